package contractbuild_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha3"
	"math"
	"math/big"
	"math/rand"
	"testing"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/stretchr/testify/require"
)

const conformanceName = "test/first"

func mustEncode(t *testing.T, m sdk.Marshaler) []byte {
	t.Helper()
	raw, err := m.MarshalVT()
	require.NoError(t, err)
	return raw
}

// TestConformanceInWasm runs every feature of contracts both ways.
func TestConformanceInWasm(t *testing.T) {
	if testing.Short() {
		t.Skip("many calls in the runtime")
	}
	code := buildExample(t, "conformance")
	service := conformance.NewService(&conformance.Contract{})
	script := append(nestedScript(t), contextScript(t)...)
	for way := range conformance.Way(8) {
		script = append(script, execute(notary, "Fail", &conformance.FailRequest{Way: way}))
	}
	for _, by := range []party{shop, judge, {"cy1c", "x", []string{"clerk"}}, {"cy1j", "x", []string{"judge"}}} {
		script = append(script, query(by, "Restricted", &conformance.RestrictedRequest{}))
	}
	for _, req := range []*conformance.OnceRequest{{Id: "r-1", Name: "once", Fail: true}, {Id: "r-1", Name: "once"}, {Id: "r-1", Name: "once"}, {Id: "r-1", Name: "twice"}, {Id: ""}} {
		script = append(script, execute(shop, "Once", req))
	}
	for _, by := range []party{shop, judge, {"cy1c", "x", []string{"clerk"}}} {
		script = append(script, execute(by, "Office", &conformance.OfficeRequest{}))
	}
	got := requireSame(t, conformanceName, service, code, script)
	traps := 0
	for _, a := range got.Answers {
		if a.Trap {
			traps++
		}
	}
	require.Equal(t, 2, traps, "the panic and the index out of range")

	for seed := range int64(4) {
		requireSame(t, conformanceName, service, code, itemScript(rand.New(rand.NewSource(seed))))
	}
}

// nestedScript has calls between two contracts.
func nestedScript(t *testing.T) []step {
	put := func(name string) []byte {
		return mustEncode(t, &conformance.PutRequest{Item: &conformance.Item{Name: name, F64: 7}})
	}
	fail := func(way conformance.Way) []byte { return mustEncode(t, &conformance.FailRequest{Way: way}) }
	many := make([]int32, 10_000) // more bytes than the SDK's buffer holds
	var script []step
	for i, req := range []*conformance.ForwardRequest{
		{Item: &conformance.Item{Name: "mine", Numbers: many}, Contract: second, Method: "Put", Payload: put("theirs")},
		{Contract: second, Method: "Find", Query: true},
		{Contract: second, Method: "Fail", Payload: fail(conformance.Way_WAY_DECLARED)},
		{Contract: second, Method: "Fail", Payload: fail(conformance.Way_WAY_LONG)},
		{Contract: second, Method: "Fail", Payload: fail(conformance.Way_WAY_PANIC)},
		{Item: &conformance.Item{Name: "reverted"}, Contract: second, Method: "Fail", Payload: fail(conformance.Way_WAY_PLAIN), Propagate: true},
		{Contract: "test/none", Method: "Put"},
		{Contract: second, Method: "Put", Payload: put("theirs, too")}, // not unique
		{Contract: second, Method: "Forward", Payload: mustEncode(t, &conformance.ForwardRequest{Contract: conformanceName, Method: "Put"})},
		{Contract: second, Method: "Forward", Payload: mustEncode(t, &conformance.ForwardRequest{Contract: conformanceName, Method: "Find", Query: true})},
	} {
		if req.Item != nil {
			req.Item.F64 = uint64(100 + i)
		}
		script = append(script, execute(shop, "Forward", req))
	}
	method, payload := "Context", []byte(nil)
	for range 18 {
		script = append(script, query(shop, "Ask", &conformance.AskRequest{Contract: second, Method: method, Payload: payload}))
		payload = mustEncode(t, &conformance.AskRequest{Contract: second, Method: method, Payload: payload})
		method = "Ask"
	}
	return script
}

// contextScript asks for the context, with signatures right and wrong.
func contextScript(t *testing.T) []step {
	data := []byte("signed by both")
	edKey := ed25519.NewKeyFromSeed(make([]byte, 32))
	edSig := ed25519.Sign(edKey, data)
	priv := sm2Key(t)
	asn1, err := priv.Sign(rand.New(rand.NewSource(1)), data, sm2.DefaultSM2SignerOpts)
	require.NoError(t, err)
	smSig := rawSignature(t, asn1)
	smPub := append([]byte{4}, append(priv.X.FillBytes(make([]byte, 32)), priv.Y.FillBytes(make([]byte, 32))...)...)

	good := &conformance.ContextRequest{
		Data: data, Ed25519Key: edKey.Public().(ed25519.PublicKey), Ed25519Signature: edSig, Sm2Key: smPub, Sm2Signature: smSig,
	}
	changed := &conformance.ContextRequest{
		Data: append(data, '!'), Ed25519Key: good.Ed25519Key, Ed25519Signature: edSig, Sm2Key: smPub, Sm2Signature: smSig,
	}
	return []step{
		query(notary, "Context", good),
		query(shop, "Context", changed),
		query(shop, "Context", &conformance.ContextRequest{Data: data, Ed25519Key: smPub, Ed25519Signature: smSig, Sm2Key: good.Ed25519Key, Sm2Signature: edSig[:5]}),
	}
}

func sm2Key(t *testing.T) *sm2.PrivateKey {
	t.Helper()
	key, err := sm2.NewPrivateKey(big.NewInt(0x1234567).FillBytes(make([]byte, 32)))
	require.NoError(t, err)
	return key
}

// rawSignature turns an ASN.1 signature into r and s, 32 bytes each.
func rawSignature(t *testing.T, asn1 []byte) []byte {
	t.Helper()
	integer := func(b []byte) (*big.Int, []byte) {
		require.Equal(t, byte(2), b[0])
		n := int(b[1])
		return new(big.Int).SetBytes(b[2 : 2+n]), b[2+n:]
	}
	r, rest := integer(asn1[2:])
	s, _ := integer(rest)
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}

// itemScript puts, deletes and finds random items in every order.
func itemScript(r *rand.Rand) []step {
	names := []string{"", "a", "a\x00", "b", "案"}
	integers := []int64{math.MinInt64, -1, 0, 1, math.MaxInt64}
	item := func() *conformance.Item {
		item := &conformance.Item{
			Name: names[r.Intn(5)], S64: integers[r.Intn(5)], Blob: []byte(names[r.Intn(5)]),
			I32: int32(integers[r.Intn(5)]), U32: uint32(r.Intn(3)), F64: uint64(integers[r.Intn(5)]),
			Color: conformance.Color(r.Intn(3)), Numbers: []int32{int32(r.Uint32())},
		}
		switch r.Intn(3) {
		case 0:
			item.Note = new(string)
			item.Choice = &conformance.Item_Raw{Raw: []byte{}}
		case 1:
			item.Choice = &conformance.Item_Nested_{Nested: &conformance.Item_Nested{Flag: true}}
		}
		return item
	}
	var script []step
	for range 60 {
		switch r.Intn(5) {
		case 0, 1:
			script = append(script, execute(shop, "Put", &conformance.PutRequest{Item: item()}))
		case 2:
			like := item()
			script = append(script, execute(shop, "Delete", &conformance.DeleteRequest{Name: like.Name, S64: like.S64}))
		default:
			script = append(script, query(shop, "Find", &conformance.FindRequest{
				Order: conformance.Order(r.Intn(7)), Like: item(), Reverse: r.Intn(2) == 0, Limit: uint32(r.Intn(102)),
			}))
		}
	}
	return script
}

// TestPlainGoHashes holds the hashes of sdktest to independent ones.
func TestPlainGoHashes(t *testing.T) {
	var script []step
	var want []*conformance.ContextResponse
	for n := range 200 {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(i * n)
		}
		script = append(script, query(shop, "Context", &conformance.ContextRequest{Data: data}))
		first, second, third := sha256.Sum256(data), sm3.Sum(data), sha3.Sum256(data)
		want = append(want, &conformance.ContextResponse{Sha256: first[:], Sm3: second[:], Sha3: third[:]})
	}
	got := inPlainGo(t, conformanceName, conformance.NewService(&conformance.Contract{}), script)
	for i, a := range got.Answers {
		var resp conformance.ContextResponse
		require.NoError(t, resp.UnmarshalVT(a.Output))
		require.Equal(t, want[i].Sha256, resp.Sha256)
		require.Equal(t, want[i].Sm3, resp.Sm3, "%d bytes", i)
		require.Equal(t, want[i].Sha3, resp.Sha3)
	}
}
