package app_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/runtime/abi"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

const (
	claimedGas   = 50_000_000
	simulatedGas = 100_000_000 // the chain's max_call_gas
)

// TestClaimedSimulationsAreSmall: whoever asks without a signature gets a tenth of
// the work. A signature that does not hold, or that others may have read, is none.
func TestClaimedSimulationsAreSmall(t *testing.T) {
	c := deployHostile(t, func(*w.Module) w.Code { return w.Loop(w.Empty, w.Br(0)) })
	body := func(change func(*chanceryv1.TxBody)) *chanceryv1.TxBody {
		b := c.Body(recordsClerk, "records")
		b.GasLimit = 0
		b.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: "records/bad", Method: "Bump"}}
		if change != nil {
			change(b)
		}
		return b
	}
	signed := func(change func(*chanceryv1.TxBody)) []byte { return c.Sign(body(change), recordsClerk) }
	unsigned, err := tx.Unsigned(body(nil))
	require.NoError(t, err)
	wrong := signed(nil)
	wrong[len(wrong)-1] ^= 1
	committed := signed(func(b *chanceryv1.TxBody) { b.GasLimit = 1_000_000 })
	c.Block(committed)
	rows := []struct {
		name string
		raw  []byte
		most uint64
	}{
		{"not signed", unsigned, claimedGas},
		{"wrong signature", wrong, claimedGas},
		{"another's signature", c.Sign(body(nil), recordsDev), claimedGas},
		{"over", signed(func(b *chanceryv1.TxBody) { b.ValidUntil = timestamppb.New(c.Time.Add(-time.Second)) }), claimedGas},
		{"good for a year", signed(func(b *chanceryv1.TxBody) { b.ValidUntil = timestamppb.New(c.Time.Add(8760 * time.Hour)) }), claimedGas},
		{"signed", signed(nil), simulatedGas},
		{"signed, with a limit", signed(func(b *chanceryv1.TxBody) { b.GasLimit = 60_000_000 }), 60_000_000},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			res, err := c.App.Query().Simulate(t.Context(), row.raw)
			require.NoError(t, err)
			require.Equal(t, apperr.OutOfGas.String(), res.CodeName, res.Log)
			require.Equal(t, row.most, res.GasUsed)
			if row.most == claimedGas {
				require.Contains(t, res.Log, "no member signed")
			}
		})
	}
	t.Run("a committed tx", func(t *testing.T) {
		// Its gas limit is below both; what it may read tells.
		res, err := c.App.Query().Simulate(t.Context(), committed)
		require.NoError(t, err)
		require.Equal(t, uint64(1_000_000), res.GasUsed)
	})
	t.Run("never in a block", func(t *testing.T) {
		raw := signed(nil)
		require.Equal(t, apperr.OutOfGas, apperr.CodeOf(c.App.CheckTx(raw, false).Err))
		res := c.Block(raw).Results[0]
		require.Equal(t, apperr.OutOfGas.String(), res.CodeName)
		require.Zero(t, res.GasUsed)
	})
}

// TestSimulationsOfGatedContracts: executing methods answer what gated queries
// would not, so an origin that is only claimed runs none of them, not by a detour
// either.
func TestSimulationsOfGatedContracts(t *testing.T) {
	g := newGatedChain(t)
	const detour = "housing/detour"
	code, err := conformanceCode()
	require.NoError(t, err)
	openCode := withDescriptors(t, code, ungatedDescriptors(t))
	housingDev, housingClerk := apptest.Key("housing-dev", key.Ed25519), apptest.Key("housing-clerk", key.SM2)
	hash := sha256.Sum256(openCode)
	g.Must(g.Upload(housingDev, "housing", pack(t, openCode)))
	g.Must(g.Deploy(housingDev, "housing", detour, hash[:], g.request("Init", `{}`)))

	body := func(origin *key.Private, org string, action *chanceryv1.TxBody) *chanceryv1.TxBody {
		b := g.Body(origin, org)
		b.GasLimit, b.Action = 0, action.Action
		return b
	}
	execute := func(contract, method string, payload []byte) *chanceryv1.TxBody {
		return &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{
			Contract: contract, Method: method, Payload: payload,
		}}}
	}
	forward := func(contract, method, json string, isQuery bool) []byte {
		return g.request("Forward", fmt.Sprintf(`{"contract":%q,"method":%q,"payload":%q,"query":%v}`, contract, method,
			base64.StdEncoding.EncodeToString(g.request(method, json)), isQuery))
	}
	rows := []struct {
		name   string
		origin *key.Private
		org    string
		action *chanceryv1.TxBody
		gated  bool
	}{
		{"executing method", recordsClerk, "records", execute(first, "Put", g.request("Put", `{"item":{"name":"a","blob":"YQ=="}}`)), true},
		{"nested execute", recordsClerk, "records", execute(detour, "Forward", forward(first, "Put", `{"item":{"name":"a","blob":"YQ=="}}`, false)), true},
		{"nested query", recordsClerk, "records", execute(detour, "Forward", forward(first, "Find", `{}`, true)), true},
		{"upgrade to code that tells all", recordsDev, "records", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Upgrade{Upgrade: &chanceryv1.Upgrade{
			Contract: first, CodeHash: hash[:], MigratePayload: g.request("Migrate", `{}`), Breaking: true,
		}}}, true},
		{"open contract", recordsClerk, "records", execute(detour, "Put", g.request("Put", `{"item":{"name":"a","blob":"YQ=="}}`)), false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			b := body(row.origin, row.org, row.action)
			raw, err := tx.Unsigned(b)
			require.NoError(t, err)
			res, trace, err := g.App.Query().Trace(t.Context(), raw)
			require.NoError(t, err)
			if row.gated {
				require.Equal(t, apperr.Unauthenticated.String(), res.CodeName, res.Log)
				require.Contains(t, res.Log, first)
				require.Empty(t, res.Data)
				require.Empty(t, trace.Changes)
				require.NotContains(t, trace.String(), "secret")
			} else {
				require.Zero(t, res.Code, res.Log)
			}
			res, _, err = g.App.Query().Trace(t.Context(), g.Sign(b, row.origin))
			require.NoError(t, err)
			require.Zero(t, res.Code, res.Log)
		})
	}
	t.Run("a committed tx is no proof", func(t *testing.T) {
		raw := g.Execute(recordsClerk, "records", first, "Put", g.request("Put", `{"item":{"name":"b","blob":"Yg=="}}`))
		res, err := g.App.Query().Simulate(t.Context(), raw)
		require.NoError(t, err)
		require.Zero(t, res.Code, res.Log)
		g.Must(raw)
		res, err = g.App.Query().Simulate(t.Context(), raw)
		require.NoError(t, err)
		require.Equal(t, apperr.Unauthenticated.String(), res.CodeName, res.Log)
	})
	t.Run("a trace shows no storage to who may not read it", func(t *testing.T) {
		put := execute(detour, "Forward", forward(first, "Put", `{"item":{"name":"secret","color":1}}`, false))
		for _, who := range []struct {
			name   string
			origin *key.Private
			org    string
			reads  bool
		}{
			{"another organisation", housingClerk, "housing", false},
			{"the contract's own", recordsClerk, "records", true},
			{"an auditor", apptest.Key("city-auditor", key.Ed25519), "city", true},
			{"who is called auditor elsewhere", apptest.Key("housing-auditor", key.Ed25519), "housing", false},
		} {
			t.Run(who.name, func(t *testing.T) {
				res, trace, err := g.App.Query().Trace(t.Context(), g.Sign(body(who.origin, who.org, put), who.origin))
				require.NoError(t, err)
				require.Zero(t, res.Code, res.Log)
				nested := trace.Call.Calls[0]
				require.Equal(t, first, nested.Contract)
				require.Equal(t, who.reads, len(nested.Request) > 0)
				shown := false
				for _, c := range trace.Changes {
					shown = shown || c.Contract == first
				}
				require.Equal(t, who.reads, shown)
				require.Equal(t, !who.reads, trace.OmittedChanges > 0)
			})
		}
	})
}

// withDescriptors returns code with another interface.
func withDescriptors(t *testing.T, code, set []byte) []byte {
	t.Helper()
	out := bytes.Clone(code[:8])
	replaced := false
	for rest := code[8:]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		require.Positive(t, n)
		section := rest[:1+n+int(size)]
		rest = rest[len(section):]
		content := section[1+n:]
		if section[0] == 0 && bytes.HasPrefix(content[1:], []byte(abi.SectionDescriptors)) && int(content[0]) == len(abi.SectionDescriptors) {
			content = append(bytes.Clone(content[:1+len(abi.SectionDescriptors)]), set...)
			section = append(binary.AppendUvarint([]byte{0}, uint64(len(content))), content...)
			replaced = true
		}
		out = append(out, section...)
	}
	require.True(t, replaced)
	return out
}
