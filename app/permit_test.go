package app_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/chancery-chain/chancery/api/contractbuild"
	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/contract/storage"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/permit"
	"github.com/chancery-chain/chancery/app/query"
	"github.com/chancery-chain/chancery/runtime/abi"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// conformanceCode is examples/conformance as Wasm, built once per test run.
var conformanceCode = sync.OnceValues(func() ([]byte, error) { return buildExample("conformance") })

// gatedChain is a chain with a contract that has gated queries, twice, and an open
// one whose storage lies between theirs.
type gatedChain struct {
	*apptest.Chain
	t    *testing.T
	sch  *schema.Contract
	now  time.Time // the nodes' clock
	keys map[string]*key.Private
}

const (
	first  = "records/first"
	second = "housing/second"
	open   = "records/counter"
)

func newGatedChain(t *testing.T) *gatedChain {
	t.Helper()
	if testing.Short() {
		t.Skip("builds contracts with the Go toolchain")
	}
	code, err := conformanceCode()
	require.NoError(t, err)
	counter, err := counterCode()
	require.NoError(t, err)
	g := &gatedChain{t: t, keys: map[string]*key.Private{}}
	g.Chain = apptest.NewWith(t, gatedGenesis(), app.Options{Dir: t.TempDir(), Now: func() time.Time { return g.now }})
	info, err := contractbuild.Inspect(code)
	require.NoError(t, err)
	g.sch = info.Schema
	require.True(t, g.sch.Gated())

	housingDev := apptest.Key("housing-dev", key.Ed25519)
	hash, counterHash := sha256.Sum256(code), sha256.Sum256(counter)
	g.Must(g.Upload(recordsDev, "records", pack(t, code)))
	g.Must(g.Upload(recordsDev, "records", pack(t, counter)))
	init := g.request("Init", `{}`)
	g.Must(g.Deploy(recordsDev, "records", first, hash[:], init))
	g.Must(g.Deploy(housingDev, "housing", second, hash[:], init))
	g.Must(g.Deploy(recordsDev, "records", open, counterHash[:], nil))
	for i := range 3 {
		bump := message(t, counter, "Bump", fmt.Sprintf(`{"from":%d,"to":%d,"amount":5}`, 10*i+1, 10*i+2))
		g.Must(g.Execute(recordsClerk, "records", open, "Bump", bump))
	}
	for _, c := range []string{first, second} {
		g.Must(g.Execute(recordsClerk, "records", c, "Put", g.request("Put", `{"item":{"name":"secret"}}`)))
	}
	return g
}

// gatedGenesis is the test genesis with auditors.
func gatedGenesis() *app.Genesis {
	gen := apptest.Genesis()
	for i := range gen.Orgs {
		// The city is the committee; housing gave the role to a member of its own.
		if name := gen.Orgs[i].Name; name == "city" || name == "housing" {
			pub := apptest.Key(name+"-auditor", key.Ed25519).Public()
			gen.Orgs[i].Members = append(gen.Orgs[i].Members, app.GenesisMember{
				KeyType: pub.Type.String(), PublicKey: pub.Bytes, Roles: []string{"auditor"},
			})
		}
	}
	return gen
}

func (g *gatedChain) request(method, json string) []byte {
	g.t.Helper()
	b, err := g.sch.RequestFromJSON(method, []byte(json))
	require.NoError(g.t, err)
	return b
}

// query asks a contract and returns the answer as JSON.
func (g *gatedChain) query(contract, method, json string, permit []byte) (string, error) {
	g.t.Helper()
	out, err := g.App.Query().CallContract(g.t.Context(), query.Call{
		Contract: contract, Method: method, Payload: g.request(method, json), Permit: permit,
	})
	if err != nil {
		return "", err
	}
	m, ok := g.sch.Method(method)
	require.True(g.t, ok)
	text, err := schema.EncodeJSON(m.Output, out)
	require.NoError(g.t, err)
	return string(text), nil
}

// permitBody is the body of Chain.Permit for the clerk of records.
func (g *gatedChain) permitBody(change func(*chanceryv1.PermitBody)) *chanceryv1.PermitBody {
	b := &chanceryv1.PermitBody{
		ChainId: apptest.ChainID, Origin: recordsClerk.Public().Address().String(), Org: "records", Contracts: []string{first},
		ValidFrom: timestamppb.New(g.Time), ValidUntil: timestamppb.New(g.Time.Add(time.Minute)),
	}
	if change != nil {
		change(b)
	}
	return b
}

// TestPermitRefuses: every way to get a permit wrong has a code, on a gated query
// and on a public one.
func TestPermitRefuses(t *testing.T) {
	g := newGatedChain(t)
	sign := func(change func(*chanceryv1.PermitBody), keys ...*key.Private) []byte {
		if keys == nil {
			keys = append(keys, recordsClerk)
		}
		raw, err := permit.Sign(g.permitBody(change), keys...)
		require.NoError(t, err)
		return raw
	}
	good := sign(nil)
	stranger := apptest.Key("stranger", key.Ed25519)
	spoilt := new(chanceryv1.Permit)
	require.NoError(t, proto.Unmarshal(good, spoilt))
	spoilt.Signatures[0].Signature[9] ^= 1
	wrong, err := proto.Marshal(spoilt)
	require.NoError(t, err)
	rows := []struct {
		name   string
		permit []byte
		want   apperr.Code
		text   string
	}{
		{"none", nil, apperr.Unauthenticated, "Chancery-Permit"},
		{"empty", []byte{}, apperr.InvalidTx, "permit"},
		{"garbage", []byte("garbage"), apperr.InvalidTx, "permit"},
		{"a tx", g.Execute(recordsClerk, "records", first, "Put", nil), apperr.InvalidTx, "permit"},
		{"another chain's", sign(func(b *chanceryv1.PermitBody) { b.ChainId = "other-1" }), apperr.InvalidTx, "other-1"},
		{"another contract's", sign(func(b *chanceryv1.PermitBody) { b.Contracts = []string{second} }), apperr.PermissionDenied, first},
		{"expired", sign(func(b *chanceryv1.PermitBody) {
			b.ValidFrom, b.ValidUntil = timestamppb.New(g.Time.Add(-time.Minute)), timestamppb.New(g.Time.Add(-1))
		}), apperr.Expired, "until"},
		{"of tomorrow", sign(func(b *chanceryv1.PermitBody) { b.ValidFrom = timestamppb.New(g.Time.Add(1)) }), apperr.Expired, "from"},
		{"too long", sign(func(b *chanceryv1.PermitBody) { b.ValidUntil = timestamppb.New(g.Time.Add(permit.MaxValid + 1)) }), apperr.Expired, "10m"},
		{"wrong signature", wrong, apperr.Unauthenticated, "signature"},
		{"another's key", sign(nil, recordsDev), apperr.Unauthenticated, "does not belong"},
		{"another's key besides", sign(nil, recordsClerk, recordsDev), apperr.Unauthenticated, "does not belong"},
		{"a stranger for an organisation", sign(func(b *chanceryv1.PermitBody) { b.Origin = stranger.Public().Address().String() }, stranger), apperr.PermissionDenied, "records"},
		{"a stranger as somebody", sign(nil, stranger), apperr.Unauthenticated, "does not belong"},
		{"no member", sign(func(b *chanceryv1.PermitBody) { b.Org = "housing" }), apperr.PermissionDenied, "housing"},
		{"no such organisation", sign(func(b *chanceryv1.PermitBody) { b.Org = "nobody" }), apperr.NotFound, "nobody"},
	}
	_, err = g.query(first, "Gated", `{}`, good)
	require.NoError(t, err)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := g.query(first, "Gated", `{}`, row.permit)
			require.Equal(t, row.want, apperr.CodeOf(err), "%v", err)
			require.ErrorContains(t, err, row.text)
			if row.permit == nil {
				return
			}
			_, err = g.query(first, "Context", `{}`, row.permit)
			require.Equal(t, row.want, apperr.CodeOf(err), "whoever shows a permit wants to be seen: %v", err)
		})
	}
	t.Run("no tx", func(t *testing.T) {
		require.Equal(t, apperr.InvalidTx, apperr.CodeOf(g.App.CheckTx(good, false).Err))
		require.Equal(t, apperr.InvalidTx.String(), g.Block(good).Results[0].CodeName)
	})
	t.Run("by the node's clock", func(t *testing.T) {
		good := sign(nil) // the last block is newer
		_, err := g.query(first, "Gated", `{}`, good)
		require.NoError(t, err)
		g.now = g.Time.Add(time.Minute + 1)
		_, err = g.query(first, "Gated", `{}`, good)
		require.Equal(t, apperr.Expired, apperr.CodeOf(err), "an idle chain, and a permit whose signature was checked before")
		g.now = g.Time.Add(-time.Hour)
		_, err = g.query(first, "Gated", `{}`, good)
		require.NoError(t, err, "a clock that is behind the block time is wrong")
	})
}

// TestPermitShowsOrigin: the contract sees the account, its organisation and its
// roles; contracts that it asks see them when the permit names these too.
func TestPermitShowsOrigin(t *testing.T) {
	g := newGatedChain(t)
	clerk := recordsClerk.Public().Address().String()
	got, err := g.query(first, "Context", `{}`, g.Permit(recordsClerk, "records", first))
	require.NoError(t, err)
	for _, want := range []string{`"origin":"` + clerk, `"caller":"` + clerk, `"org":"records"`, `"roles":["clerk"]`} {
		require.Contains(t, squeeze(got), want)
	}
	got, err = g.query(first, "Context", `{}`, g.Permit(recordsClerk, "", first))
	require.NoError(t, err)
	require.Contains(t, squeeze(got), `"origin":"`+clerk)
	require.NotContains(t, squeeze(got), `"clerk"`, "an account that asks for itself has no roles")
	got, err = g.query(first, "Context", `{}`, nil)
	require.NoError(t, err)
	require.NotContains(t, got, clerk)

	gates := []struct {
		name, method string
		who          *key.Private
		org          string
		ok           bool
	}{
		{"account", "Gated", recordsClerk, "", true},
		{"member", "Gated", recordsClerk, "records", true},
		{"account where members are asked for", "Members", recordsClerk, "", false},
		{"member where members are asked for", "Members", recordsClerk, "records", true},
		{"member where a court is asked for", "Court", recordsClerk, "records", false},
	}
	for _, row := range gates {
		t.Run(row.name, func(t *testing.T) {
			_, err := g.query(first, row.method, `{}`, g.Permit(row.who, row.org, first))
			require.Equal(t, row.ok, err == nil, "%v", err)
			if !row.ok {
				require.Equal(t, apperr.ContractFailed, apperr.CodeOf(err))
			}
		})
	}

	ask := func(through, contract, method, json string) string {
		return fmt.Sprintf(`{"contract":%q,"method":%q,"payload":%q}`, contract, method,
			base64.StdEncoding.EncodeToString(g.request(method, json)))
	}
	nested := []struct {
		name      string
		contracts []string
		seen      bool
	}{
		{"only the first is named", []string{first}, false},
		{"both are named", []string{second, first}, true},
	}
	for _, row := range nested {
		t.Run(row.name, func(t *testing.T) {
			p := g.Permit(recordsClerk, "records", row.contracts...)
			got, err := g.query(first, "Ask", ask(first, second, "Context", `{}`), p)
			require.NoError(t, err)
			require.Equal(t, row.seen, answerHas(t, got, clerk))
			_, err = g.query(first, "Ask", ask(first, second, "Gated", `{}`), p)
			require.Equal(t, row.seen, err == nil, "%v", err)
		})
	}
	t.Run("through a contract that is not named, back to one that is", func(t *testing.T) {
		inner := g.request("Ask", ask(second, first, "Context", `{}`))
		through := fmt.Sprintf(`{"contract":%q,"method":"Ask","payload":%q}`, second, base64.StdEncoding.EncodeToString(inner))
		got, err := g.query(first, "Ask", through, g.Permit(recordsClerk, "records", first))
		require.NoError(t, err)
		require.False(t, answerHas(t, got, clerk), "the contract between would read in the clerk's name")
		got, err = g.query(first, "Ask", through, g.Permit(recordsClerk, "records", second, first))
		require.NoError(t, err)
		require.True(t, answerHas(t, got, clerk))
	})
}

// squeeze takes out spaces, which protojson varies.
func squeeze(s string) string { return string(bytes.ReplaceAll([]byte(s), []byte(" "), nil)) }

// answerHas reports whether the bytes in an answer of Ask have a text.
func answerHas(t *testing.T, json, text string) bool {
	t.Helper()
	_, b64, ok := bytes.Cut([]byte(squeeze(json)), []byte(`"output":"`))
	require.True(t, ok, json)
	b64, _, _ = bytes.Cut(b64, []byte(`"`))
	b, err := base64.StdEncoding.DecodeString(string(b64))
	require.NoError(t, err)
	return bytes.Contains(b, []byte(text))
}

// TestPermitFollowsState: what is taken from an account fails from the next block,
// although the permit is good for longer and was used before.
func TestPermitFollowsState(t *testing.T) {
	g := newGatedChain(t)
	admin := apptest.Key("records-admin", key.Ed25519)
	p := g.Permit(recordsClerk, "records", first)
	roles := func() string {
		got, err := g.query(first, "Context", `{}`, p)
		require.NoError(t, err)
		return squeeze(got)
	}
	require.Contains(t, roles(), `"roles":["clerk"]`)
	g.Must(g.SetMember(admin, "records", recordsClerk.Public(), true, "archivist"))
	require.Contains(t, roles(), `"roles":["archivist"]`)
	g.Must(g.SetMember(admin, "records", recordsClerk.Public(), false))
	_, err := g.query(first, "Gated", `{}`, p)
	require.Equal(t, apperr.PermissionDenied, apperr.CodeOf(err), "%v", err)
	_, err = g.query(first, "Gated", `{}`, g.Permit(recordsClerk, "", first))
	require.NoError(t, err, "the account is still there and asks for itself")
	g.Must(g.SetMember(admin, "records", recordsClerk.Public(), true, "clerk"))
	require.Contains(t, roles(), `"roles":["clerk"]`)
}

// TestProofsOfGatedContracts: storage is not more open than the queries.
func TestProofsOfGatedContracts(t *testing.T) {
	g := newGatedChain(t)
	secret, err := g.sch.CollectionKey("items", []string{"secret", "0"})
	require.NoError(t, err)
	q := g.App.Query()
	auditor, ownAuditor := apptest.Key("city-auditor", key.Ed25519), apptest.Key("housing-auditor", key.Ed25519)
	counter, err := counterCode()
	require.NoError(t, err)
	between, err := counterSchema(t, counter).CollectionKey("counters", []string{"5"})
	require.NoError(t, err)
	rows := []struct {
		name     string
		contract string
		permit   []byte
		want     apperr.Code
	}{
		{"nobody", first, nil, apperr.Unauthenticated},
		{"garbage", first, []byte("x"), apperr.InvalidTx},
		{"a member of the contract's organisation", first, g.Permit(recordsClerk, "records", first), apperr.OK},
		{"a member for itself", first, g.Permit(recordsClerk, "", first), apperr.PermissionDenied},
		{"a member of another organisation", second, g.Permit(recordsClerk, "records", second), apperr.PermissionDenied},
		{"a permit for another contract", second, g.Permit(apptest.Key("housing-dev", key.Ed25519), "housing", first), apperr.PermissionDenied},
		{"an auditor of the committee", first, g.Permit(auditor, "city", first), apperr.OK},
		{"who is called auditor elsewhere", first, g.Permit(ownAuditor, "housing", first), apperr.PermissionDenied},
		{"an auditor for itself", first, g.Permit(auditor, "", first), apperr.PermissionDenied},
		{"an open contract", open, nil, apperr.OK},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			key := secret
			if row.contract == open {
				key = between
			}
			p, err := q.ContractProof(query.ProofOf{Contract: row.contract, Key: key, Permit: row.permit})
			require.Equal(t, row.want, apperr.CodeOf(err), "%v", err)
			if row.want != apperr.OK {
				require.Nil(t, p)
				return
			}
			require.Equal(t, row.contract == open, p.Absent)
		})
	}
	t.Run("neighbours", func(t *testing.T) {
		// The tree's next entry after, and before, all of the open contract's.
		for _, key := range [][]byte{bytes.Repeat([]byte{0xff}, 8), {0}} {
			_, err := q.ContractProof(query.ProofOf{Contract: open, Key: key})
			require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err), "%v", err)
			_, err = q.RawProof(storage.Key(open, key), 0)
			require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err), "%v", err)
		}
	})
	t.Run("raw", func(t *testing.T) {
		_, err := q.RawProof(storage.Key(first, secret), 0)
		require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err), "%v", err)
		_, err = q.RawProof(storage.Key(second, []byte("no such key")), 0)
		require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err), "absence is told of neither: %v", err)
		_, err = q.RawProof([]byte("p/"), 0)
		require.NoError(t, err)

		g.Must(g.Execute(recordsClerk, "records", first, "Remind", g.request("Remind", `{"seconds":"600","note":"secret"}`)))
		call := append([]byte("tc/"+first+"\x00\x01"), 0, 0, 0, 0, 0, 0, 0, 1)
		_, err = q.RawProof(call, 0)
		require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err), "the request of a scheduled call: %v", err)
		_, err = q.RawProof(append(call, 0), 0)
		require.Equal(t, apperr.Unauthenticated, apperr.CodeOf(err), "it stands beside what is missing: %v", err)
	})
}

// TestScheduledRequestsOfGatedContracts: what waits to be called is what a contract
// stores, and its ids are 1, 2, 3.
func TestScheduledRequestsOfGatedContracts(t *testing.T) {
	g := newGatedChain(t)
	g.Must(g.Execute(recordsClerk, "records", first, "Remind", g.request("Remind", `{"seconds":"600","note":"secret"}`)))
	for _, row := range []struct {
		name   string
		permit []byte
		shown  bool
		want   apperr.Code
	}{
		{"nobody", nil, false, apperr.OK},
		{"a member of its organisation", g.Permit(recordsClerk, "records", first), true, apperr.OK},
		{"an auditor", g.Permit(apptest.Key("city-auditor", key.Ed25519), "city", first), true, apperr.OK},
		{"who is called auditor elsewhere", g.Permit(apptest.Key("housing-auditor", key.Ed25519), "housing", first), false, apperr.PermissionDenied},
		{"another organisation", g.Permit(apptest.Key("housing-clerk", key.SM2), "housing", first), false, apperr.PermissionDenied},
		{"garbage", []byte("x"), false, apperr.InvalidTx},
	} {
		t.Run(row.name, func(t *testing.T) {
			list, _, err := g.App.Query().Scheduled(first, 0, "", row.permit)
			require.Equal(t, row.want, apperr.CodeOf(err), "%v", err)
			one, err := g.App.Query().ScheduledCall(first, 1, row.permit)
			require.Equal(t, row.want, apperr.CodeOf(err), "%v", err)
			if row.want == apperr.OK {
				require.Len(t, list, 1)
				require.Equal(t, row.shown, len(list[0].Payload) > 0)
				require.Equal(t, row.shown, len(one.Waiting.Payload) > 0)
			}
		})
	}
}

// TestOpenedContractKeepsItsPast: an upgrade that takes the gates away opens what
// is stored from then on, and one that adds gates closes what was stored before.
func TestOpenedContractKeepsItsPast(t *testing.T) {
	g := newGatedChain(t)
	secret, err := g.sch.CollectionKey("items", []string{"secret", "0"})
	require.NoError(t, err)
	code, err := conformanceCode()
	require.NoError(t, err)
	upgrade := func(code []byte) {
		hash := sha256.Sum256(code)
		b := g.Body(recordsDev, "records")
		b.GasLimit = 1_000_000_000
		b.Action = &chanceryv1.TxBody_Upgrade{Upgrade: &chanceryv1.Upgrade{
			Contract: first, CodeHash: hash[:], MigratePayload: g.request("Migrate", `{}`), Breaking: true,
		}}
		g.Must(g.Sign(b, recordsDev))
	}
	read := func(height int64) apperr.Code {
		_, err := g.App.Query().ContractProof(query.ProofOf{Contract: first, Key: secret, Height: height})
		return apperr.CodeOf(err)
	}
	closed := g.Height
	require.Equal(t, apperr.Unauthenticated, read(0))
	openCode := ungated(t)
	g.Must(g.Upload(recordsDev, "records", pack(t, openCode)))
	upgrade(openCode)
	opened := g.Height
	require.Equal(t, apperr.OK, read(0))
	require.Equal(t, apperr.Unauthenticated, read(closed), "what was gated then")
	upgrade(code)
	require.Equal(t, apperr.Unauthenticated, read(0))
	require.Equal(t, apperr.Unauthenticated, read(opened), "what is gated now")
}

// ungated is a module that does nothing, with the conformance contract's interface
// but for its gates.
func ungated(t *testing.T) []byte {
	m := w.New().Memory(1).ExportMemory(abi.ExportMemory)
	m.ExportFunc(abi.ExportCall, m.Func(w.Void, nil))
	return m.Custom(abi.SectionDescriptors, ungatedDescriptors(t)).Bytes()
}

func ungatedDescriptors(t *testing.T) []byte {
	raw, _, err := generate.Descriptors("../examples/conformance", "")
	require.NoError(t, err)
	set := new(descriptorpb.FileDescriptorSet)
	require.NoError(t, proto.Unmarshal(raw, set))
	for _, f := range set.File {
		for _, s := range f.Service {
			for _, m := range s.Method {
				o, ok := proto.GetExtension(m.Options, contractv1.E_Method).(*contractv1.MethodOptions)
				if ok && o != nil && m.Options.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS {
					proto.ClearExtension(m.Options, contractv1.E_Method)
				}
			}
		}
	}
	raw, err = proto.Marshal(set)
	require.NoError(t, err)
	return raw
}
