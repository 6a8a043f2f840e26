package app_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"sync"
	"testing"

	ics23 "github.com/cosmos/ics23/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/chancery-chain/chancery/api/contractbuild"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/contract/storage"
	"github.com/chancery-chain/chancery/app/query"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/runtime"
)

// counterCode is examples/counter as Wasm, built once per test run.
var counterCode = sync.OnceValues(func() ([]byte, error) { return buildExample("counter") })

// buildExample builds an example's code.
func buildExample(name string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "chancery-app-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, name+".wasm")
	if _, err := contractbuild.Build(context.Background(), "../examples/"+name, out); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}

func pack(t testing.TB, code []byte) []byte {
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	_, err := zw.Write(code)
	require.NoError(t, err)
	require.NoError(t, zw.Close())
	return b.Bytes()
}

// message encodes a request of the counter contract from JSON.
func message(t testing.TB, code []byte, method, json string) []byte {
	b, err := counterSchema(t, code).RequestFromJSON(method, []byte(json))
	require.NoError(t, err)
	return b
}

func counterSchema(t testing.TB, code []byte) *schema.Contract {
	info, err := contractbuild.Inspect(code)
	require.NoError(t, err)
	return info.Schema
}

// deployCounter starts a chain with the counter contract as records/counter.
func deployCounter(t testing.TB, o app.Options) (*apptest.Chain, []byte) {
	if testing.Short() {
		t.Skip("builds a contract with the Go toolchain")
	}
	code, err := counterCode()
	require.NoError(t, err)
	c := apptest.NewWith(t, nil, o)
	up := c.Must(c.Upload(recordsDev, "records", pack(t, code)))
	res := new(chanceryv1.UploadCodeResult)
	require.NoError(t, proto.Unmarshal(up.Data, res))
	hash := sha256.Sum256(code)
	require.Equal(t, hash[:], res.CodeHash)
	require.False(t, res.Existed)
	require.Equal(t, "chancery.v1.CodeUploaded", up.Events[0].Type)
	dep := c.Must(c.Deploy(recordsDev, "records", "records/counter", hash[:], nil))
	require.Equal(t, "chancery.v1.ContractDeployed", dep.Events[0].Type)
	return c, code
}

func TestContractOnChain(t *testing.T) {
	c, code := deployCounter(t, app.Options{Dir: t.TempDir()})
	q := c.App.Query()

	got, err := q.Contract("records/counter")
	require.NoError(t, err)
	require.Equal(t, uint64(1), got.Contract.Version)
	require.Equal(t, "chancery.examples.counter.v1.CounterService", got.Contract.Service)

	bump := message(t, code, "Bump", `{"from":1,"to":2,"amount":5}`)
	res := c.Must(c.Execute(recordsClerk, "records", "records/counter", "Bump", bump))
	require.Equal(t, "chancery.examples.counter.v1.Bumped", res.Events[0].Type)
	require.Equal(t, "records/counter", res.Events[0].Contract)
	stored, err := q.Tx(res.TxHash)
	require.NoError(t, err)
	require.True(t, proto.Equal(res, stored))

	out, err := q.CallContract(t.Context(), query.Call{Contract: "records/counter", Method: "Get", Payload: message(t, code, "Get", `{"id":"2"}`)})
	require.NoError(t, err)
	require.NotEmpty(t, out)

	t.Run("proof", func(t *testing.T) {
		key, err := counterSchema(t, code).CollectionKey("counters", []string{"2"})
		require.NoError(t, err)
		p, err := q.ContractProof(query.ProofOf{Contract: "records/counter", Key: key})
		require.NoError(t, err)
		require.False(t, p.Absent)
		hash := c.App.Info().AppHash
		full := storage.Key("records/counter", key)
		require.NoError(t, state.VerifyExistence(hash, full, p.Value, commitment(t, p.Commitment)))
		require.Error(t, state.VerifyExistence(hash, full, append(p.Value, 0), commitment(t, p.Commitment)))
		none, err := counterSchema(t, code).CollectionKey("counters", []string{"77"})
		require.NoError(t, err)
		p, err = q.ContractProof(query.ProofOf{Contract: "records/counter", Key: none})
		require.NoError(t, err)
		require.True(t, p.Absent)
		require.NoError(t, state.VerifyAbsence(hash, storage.Key("records/counter", none), commitment(t, p.Commitment)))
	})
	t.Run("refused", func(t *testing.T) {
		for _, tc := range []struct {
			name string
			raw  []byte
			want apperr.Code
			help string
		}{
			{"unknown contract", c.Execute(recordsClerk, "records", "records/none", "Bump", bump), apperr.NotFound, "records/none"},
			{"unknown method", c.Execute(recordsClerk, "records", "records/counter", "Burn", bump), apperr.NotFound, "it has"},
			{"query by a tx", c.Execute(recordsClerk, "records", "records/counter", "Get", nil), apperr.InvalidTx, "is a query"},
			{"payload that does not decode", c.Execute(recordsClerk, "records", "records/counter", "Bump", []byte{0xff}), apperr.ContractFailed, ""},
			{"contract's own error", c.Execute(recordsClerk, "records", "records/counter", "Bump", message(t, code, "Bump", `{"from":1,"to":1}`)), apperr.ContractFailed, ""},
			{"role that the contract wants", c.Execute(recordsClerk, "records", "records/counter", "Seed", message(t, code, "Seed", `{"count":1}`)), apperr.ContractFailed, ""},
			{"deploy over a name", c.Deploy(recordsDev, "records", "records/counter", make([]byte, 32), nil), apperr.AlreadyExists, "exists"},
			{"deploy of no code", c.Deploy(recordsDev, "records", "records/other", make([]byte, 32), nil), apperr.NotFound, "upload"},
			{"no gzip", c.Upload(recordsDev, "records", []byte("wasm")), apperr.InvalidTx, "gzip"},
			{"no wasm", c.Upload(recordsDev, "records", pack(t, []byte("wasm"))), apperr.InvalidCode, ""},
			{"bomb", c.Upload(recordsDev, "records", pack(t, make([]byte, 64<<20))), apperr.InvalidTx, "more than"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				require.NoError(t, c.App.CheckTx(tc.raw, false).Err)
				res := c.Block(tc.raw).Results[0]
				require.Equal(t, tc.want.String(), res.CodeName, res.Log)
				require.Contains(t, res.Log, tc.help)
				require.NotZero(t, res.GasUsed)
				require.LessOrEqual(t, res.GasUsed, res.GasWanted)
			})
		}
	})
	t.Run("simulate", func(t *testing.T) {
		raw := c.Execute(recordsClerk, "records", "records/counter", "Bump", bump)
		sim, err := q.Simulate(t.Context(), raw)
		require.NoError(t, err)
		real := c.Must(raw)
		require.Equal(t, sim.GasUsed, real.GasUsed)
	})
	t.Run("upload again", func(t *testing.T) {
		raw := c.Upload(recordsDev, "records", pack(t, code))
		again := c.Must(raw)
		r := new(chanceryv1.UploadCodeResult)
		require.NoError(t, proto.Unmarshal(again.Data, r))
		require.True(t, r.Existed)
		require.Less(t, again.GasUsed, uint64(len(code)*100))
	})
	t.Run("out of gas", func(t *testing.T) {
		before := c.App.Info()
		b := c.Body(recordsClerk, "records")
		b.GasLimit = 125_000
		b.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: "records/counter", Method: "Bump", Payload: bump}}
		res := c.Block(c.Sign(b, recordsClerk)).Results[0]
		require.Equal(t, "OutOfGas", res.CodeName, res.Log)
		require.Equal(t, res.GasWanted, res.GasUsed)
		require.NotEqual(t, before.AppHash, c.App.Info().AppHash, "the gas is charged")
	})
}

func commitment(t testing.TB, b []byte) *ics23.CommitmentProof {
	p := new(ics23.CommitmentProof)
	require.NoError(t, p.Unmarshal(b))
	return p
}

// TestContractReplay runs the same blocks on the compiler with warm and cold
// caches and on the interpreter.
func TestContractReplay(t *testing.T) {
	dir := t.TempDir()
	c, code := deployCounter(t, app.Options{Dir: dir})
	for i := range 20 {
		var txs [][]byte
		for range 5 {
			txs = append(txs, c.Execute(recordsClerk, "records", "records/counter", "Bump",
				message(t, code, "Bump", `{"from":1,"to":`+string(rune('2'+i%7))+`,"amount":3}`)))
		}
		c.Block(txs...)
		if i == 10 {
			c.Restart()
		}
	}
	want := c.App.Info().AppHash
	require.Equal(t, want, c.Replay(app.Options{Dir: t.TempDir()}), "cold caches")
	require.Equal(t, want, c.Replay(app.Options{Dir: t.TempDir(), Runtime: runtime.Config{CacheDir: filepath.Join(dir, "compiled")}}), "warm cache")
	require.Equal(t, want, c.Replay(app.Options{Dir: t.TempDir(), Runtime: runtime.Config{Interpreter: true}}), "interpreter")
}

// BenchmarkBlock executes and commits blocks of 500 calls.
func BenchmarkBlock(b *testing.B) {
	c, code := deployCounter(b, app.Options{Dir: b.TempDir()})
	payload := message(b, code, "Bump", `{"from":1,"to":2,"amount":1}`)
	blocks := make([][][]byte, b.N)
	for i := range blocks {
		for j := range 500 {
			body := c.Body(recordsDev, "records")
			body.GasLimit = 1_000_000 // all of them wait at once, within the quota
			body.Salt = []byte{byte(i), byte(i >> 8), byte(j), byte(j >> 8), 1}
			body.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: "records/counter", Method: "Bump", Payload: payload}}
			raw := c.Sign(body, recordsDev)
			require.NoError(b, c.App.CheckTx(raw, false).Err)
			blocks[i] = append(blocks[i], raw)
		}
	}
	b.ResetTimer()
	for _, txs := range blocks {
		for _, r := range c.Block(txs...).Results {
			require.Zero(b, r.Code, r.Log)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*500), "µs/tx")
}
