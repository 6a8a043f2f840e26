package abci

import (
	"errors"
	"math"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/query"
	"github.com/chancery-chain/chancery/app/tx"
)

// machine is a state machine that answers as a test says.
type machine struct {
	info     app.Info
	genesis  app.GenesisRequest
	check    func(raw []byte, recheck bool) app.CheckResult
	execute  func(app.Block) (*app.BlockResult, error)
	commit   func() (int64, error)
	prepare  func([][]byte) [][]byte
	proposal error
	tooOld   error
}

func (m *machine) Info() app.Info { return m.info }
func (m *machine) InitChain(g app.GenesisRequest) ([]byte, error) {
	m.genesis = g
	return []byte("genesis hash"), nil
}
func (m *machine) CheckTx(raw []byte, recheck bool) app.CheckResult { return m.check(raw, recheck) }
func (m *machine) PrepareTxs(txs [][]byte, _, _ int64, _ time.Time) [][]byte {
	return m.prepare(txs)
}
func (m *machine) CheckProposal([][]byte, int64, time.Time) error          { return m.proposal }
func (m *machine) ExecuteBlock(b app.Block) (*app.BlockResult, error)      { return m.execute(b) }
func (m *machine) Commit() (int64, error)                                  { return m.commit() }
func (m *machine) CheckSoftware() error                                    { return m.tooOld }
func (m *machine) RawProof(key []byte, h int64) (*query.StateProof, error) { return proofOf(key, h) }

func proofOf(key []byte, h int64) (*query.StateProof, error) {
	switch string(key) {
	case "present":
		return &query.StateProof{Height: 7, Value: []byte("value"), Commitment: []byte("proof")}, nil
	case "absent":
		return &query.StateProof{Height: 7, Absent: true, Commitment: []byte("proof")}, nil
	case "panic":
		panic("a bug")
	case "broken":
		return nil, errors.New("/secret/path: disk on fire")
	}
	return nil, apperr.New(apperr.Pruned, "height %d", h)
}

func TestInitChain(t *testing.T) {
	params := types.DefaultConsensusParams().ToProto()
	params.Block.MaxGas = -1
	m := &machine{info: app.Info{ProtocolVersion: 1}}
	res, err := New(Options{App: m}).InitChain(t.Context(), &abci.RequestInitChain{
		ChainId: "test-1", Time: time.Unix(5, 0), InitialHeight: 1, ConsensusParams: &params, AppStateBytes: []byte("{}"),
		Validators: []abci.ValidatorUpdate{abci.Ed25519ValidatorUpdate(make([]byte, 32), 3)},
	})
	require.NoError(t, err)
	require.Equal(t, "genesis hash", string(res.AppHash))
	require.Empty(t, res.Validators, "CometBFT keeps those of the genesis")
	require.Equal(t, app.GenesisRequest{ChainID: "test-1", Time: time.Unix(5, 0), InitialHeight: 1, AppState: []byte("{}"), ProtocolVersion: 1,
		Validators:        []app.ConsensusValidator{{KeyType: "ed25519", PublicKey: make([]byte, 32), Power: 3}},
		ValidatorKeyTypes: []string{"ed25519"},
	}, m.genesis)
	require.EqualValues(t, 1, res.ConsensusParams.Version.App)
}

func TestCheckConsensusParams(t *testing.T) {
	rows := []struct {
		name   string
		change func(*types.ConsensusParams)
		want   []string
	}{
		{"default", func(*types.ConsensusParams) {}, nil},
		{"unlimited block", func(p *types.ConsensusParams) { p.Block.MaxBytes = -1 }, nil},
		{"ML-DSA", func(p *types.ConsensusParams) { p.Validator.PubKeyTypes = []string{types.ABCIPubKeyTypeMlDsa65} }, nil},
		{"small block", func(p *types.ConsensusParams) { p.Block.MaxBytes = tx.MaxBytes }, []string{"block.max_bytes"}},
		{"gas limit", func(p *types.ConsensusParams) { p.Block.MaxGas = 5 }, []string{"block.max_gas"}},
		{"vote extensions", func(p *types.ConsensusParams) { p.ABCI.VoteExtensionsEnableHeight = 5 }, []string{"NotActive"}},
		{"other protocol", func(p *types.ConsensusParams) { p.Version.App = 9 }, []string{"version.app"}},
		{"all at once", func(p *types.ConsensusParams) {
			p.Block.MaxGas, p.Version.App, p.Validator.PubKeyTypes = 5, 9, []string{"secp256k1"}
		}, []string{"block.max_gas", "version.app", "secp256k1"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p := types.DefaultConsensusParams()
			row.change(p)
			proto := p.ToProto()
			err := CheckConsensusParams(&proto)
			if row.want == nil {
				require.NoError(t, err)
			}
			for _, w := range row.want {
				require.ErrorContains(t, err, w)
			}
		})
	}
	require.Error(t, CheckConsensusParams(nil))
}

func TestFinalizeBlockTranslates(t *testing.T) {
	m := &machine{execute: func(b app.Block) (*app.BlockResult, error) {
		require.Equal(t, app.Block{Height: 3, Time: time.Unix(9, 0), Txs: [][]byte{{1}, {2}}}, b)
		return &app.BlockResult{AppHash: []byte("hash"), Results: []*chanceryv1.TxResult{
			{Data: []byte("data"), GasWanted: math.MaxUint64, GasUsed: 5, Events: []*chanceryv1.Event{
				{Contract: "records/evidence", Type: "evidence.v1.Anchored", Payload: []byte("not repeated")},
			}},
			{Code: uint32(apperr.QuotaExceeded), Log: "why"},
		}}, nil
	}}
	res, err := New(Options{App: m}).FinalizeBlock(t.Context(), &abci.RequestFinalizeBlock{Height: 3, Time: time.Unix(9, 0), Txs: [][]byte{{1}, {2}}})
	require.NoError(t, err)
	require.Equal(t, &abci.ResponseFinalizeBlock{AppHash: []byte("hash"), TxResults: []*abci.ExecTxResult{
		{Data: []byte("data"), GasWanted: math.MaxInt64, GasUsed: 5, Events: []abci.Event{
			{Type: "evidence.v1.Anchored", Attributes: []abci.EventAttribute{{Key: "contract", Value: "records/evidence", Index: true}}},
		}},
		{Code: 9, Log: "why", Codespace: "chancery"},
	}}, res)
}

// A node that failed once answers nothing of consensus any more, and says so
// once.
func TestFaultStopsConsensus(t *testing.T) {
	for name, execute := range map[string]func(app.Block) (*app.BlockResult, error){
		"error": func(app.Block) (*app.BlockResult, error) { return nil, errors.New("disk full") },
		"panic": func(app.Block) (*app.BlockResult, error) { panic("disk full") },
	} {
		t.Run(name, func(t *testing.T) {
			var faults []error
			m := &machine{execute: execute, commit: func() (int64, error) { t.Error("committed after a fault"); return 0, nil }}
			a := New(Options{App: m, OnFault: func(err error) { faults = append(faults, err) }})
			_, err := a.FinalizeBlock(t.Context(), &abci.RequestFinalizeBlock{Height: 3})
			require.ErrorContains(t, err, "FinalizeBlock at height 3")
			require.ErrorContains(t, err, "disk full")
			_, err = a.Commit(t.Context(), &abci.RequestCommit{})
			require.ErrorContains(t, err, "failed before")
			require.Len(t, faults, 1)
		})
	}
}

func TestProposals(t *testing.T) {
	m := &machine{prepare: func(txs [][]byte) [][]byte { return txs[1:] }}
	a := New(Options{App: m})
	prepared, err := a.PrepareProposal(t.Context(), &abci.RequestPrepareProposal{Txs: [][]byte{{1}, {2}}})
	require.NoError(t, err)
	require.Equal(t, [][]byte{{2}}, prepared.Txs)
	verdict, err := a.ProcessProposal(t.Context(), &abci.RequestProcessProposal{})
	require.NoError(t, err)
	require.True(t, verdict.IsAccepted())
	m.proposal = apperr.New(apperr.InvalidTx, "tx 0")
	verdict, err = a.ProcessProposal(t.Context(), &abci.RequestProcessProposal{})
	require.NoError(t, err)
	require.False(t, verdict.IsAccepted())
}

func TestCheckTxNeverFails(t *testing.T) {
	var evicted []error
	m := &machine{check: func(raw []byte, _ bool) app.CheckResult {
		switch string(raw) {
		case "good":
			return app.CheckResult{Hash: tx.Hash{1}, GasWanted: 5}
		case "bad":
			return app.CheckResult{Hash: tx.Hash{2}, Err: apperr.Invalid("org", "is empty")}
		case "fault":
			return app.CheckResult{Err: errors.New("/secret/path")}
		}
		panic("a bug")
	}}
	a := New(Options{App: m, OnEvict: func(h tx.Hash, err error) {
		require.Equal(t, tx.Hash{2}, h)
		evicted = append(evicted, err)
	}})
	rows := []struct {
		raw  string
		typ  abci.CheckTxType
		want error
	}{
		{"good", abci.CheckTxType_New, nil},
		{"bad", abci.CheckTxType_New, &apperr.Error{Code: apperr.InvalidTx, Field: "org", Msg: "is empty"}},
		{"bad", abci.CheckTxType_Recheck, &apperr.Error{Code: apperr.InvalidTx, Field: "org", Msg: "is empty"}},
		{"fault", abci.CheckTxType_New, &apperr.Error{Code: apperr.Internal}},
		{"bug", abci.CheckTxType_New, &apperr.Error{Code: apperr.Internal}},
	}
	for _, row := range rows {
		res, err := a.CheckTx(t.Context(), &abci.RequestCheckTx{Tx: []byte(row.raw), Type: row.typ})
		require.NoError(t, err)
		require.Equal(t, row.want, CheckError(res), row.raw)
	}
	require.Len(t, evicted, 1, "only a recheck evicts")
}

func TestQuery(t *testing.T) {
	rows := []struct {
		name   string
		req    abci.RequestQuery
		code   apperr.Code
		value  string
		proved bool
	}{
		{"present", abci.RequestQuery{Path: StorePath, Data: []byte("present")}, apperr.OK, "value", false},
		{"proved", abci.RequestQuery{Path: StorePath, Data: []byte("present"), Prove: true}, apperr.OK, "value", true},
		{"absent", abci.RequestQuery{Path: StorePath, Data: []byte("absent"), Prove: true}, apperr.OK, "", true},
		{"unknown path", abci.RequestQuery{Path: "/nothing", Data: []byte("present")}, apperr.NotFound, "", false},
		{"no key", abci.RequestQuery{Path: StorePath}, apperr.InvalidTx, "", false},
		{"negative height", abci.RequestQuery{Path: StorePath, Data: []byte("present"), Height: -1}, apperr.InvalidTx, "", false},
		{"pruned", abci.RequestQuery{Path: StorePath, Data: []byte("old"), Height: 1}, apperr.Pruned, "", false},
		{"fault", abci.RequestQuery{Path: StorePath, Data: []byte("broken")}, apperr.Internal, "", false},
		{"panic", abci.RequestQuery{Path: StorePath, Data: []byte("panic")}, apperr.Internal, "", false},
	}
	a := New(Options{Store: &machine{}})
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			res, err := a.Query(t.Context(), &row.req)
			require.NoError(t, err)
			require.Equal(t, uint32(row.code), res.Code, res.Log)
			require.Equal(t, row.value, string(res.Value))
			require.Equal(t, row.proved, res.ProofOps != nil)
			require.NotContains(t, res.Log, "secret")
			require.Equal(t, row.code == apperr.OK, res.Log == "")
		})
	}
}

func TestRetainHeight(t *testing.T) {
	rows := []struct{ needed, height, keep, want int64 }{
		{0, 1000, 0, 0},     // nobody asks for anything
		{700, 1000, 0, 700}, // the state machine does
		{0, 1000, 100, 901}, // the operator does
		{700, 1000, 100, 700},
		{950, 1000, 100, 901},
		{0, 50, 100, 0},
	}
	for _, row := range rows {
		require.Equal(t, row.want, retainHeight(row.needed, row.height, row.keep), "%+v", row)
	}
}

func TestNotActive(t *testing.T) {
	a := New(Options{App: &machine{}})
	list, err := a.ListSnapshots(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, list.Snapshots)
	offer, err := a.OfferSnapshot(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, abci.ResponseOfferSnapshot_ABORT, offer.Result)
	_, err = a.ApplySnapshotChunk(t.Context(), nil)
	require.ErrorIs(t, err, apperr.NotActive.Err())
	_, err = a.ExtendVote(t.Context(), nil)
	require.ErrorIs(t, err, apperr.NotActive.Err())
	_, err = a.ReapTxs(t.Context(), nil)
	require.ErrorIs(t, err, apperr.NotActive.Err())
	insert, err := a.InsertTx(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, uint32(apperr.NotActive), insert.Code)
	verify, err := a.VerifyVoteExtension(t.Context(), &abci.RequestVerifyVoteExtension{VoteExtension: []byte("x")})
	require.NoError(t, err)
	require.False(t, verify.IsAccepted())
}

// The mempool sets its callback after CheckTxAsync returned, and must be called
// all the same.
func TestClientCallsBack(t *testing.T) {
	a := New(Options{App: &machine{check: func([]byte, bool) app.CheckResult { return app.CheckResult{GasWanted: 5} }}})
	c, err := ClientCreator{App: a}.NewABCIClient()
	require.NoError(t, err)
	var global int
	c.SetResponseCallback(func(*abci.Request, *abci.Response) { global++ })
	rr, err := c.CheckTxAsync(t.Context(), &abci.RequestCheckTx{Tx: []byte("x")})
	require.NoError(t, err)
	var got *abci.ResponseCheckTx
	rr.SetCallback(func(res *abci.Response) { got = res.GetCheckTx() })
	require.Equal(t, int64(5), got.GetGasWanted())
	require.Equal(t, 1, global)
}

// TestCommitBeforeOtherRules: the block stands, and the node is told to stop before
// the next one.
func TestCommitBeforeOtherRules(t *testing.T) {
	tooOld := &app.SoftwareTooOldError{Height: 8, ProtocolVersion: 2}
	m := &machine{commit: func() (int64, error) { return 0, nil }, tooOld: tooOld}
	var fault error
	a := New(Options{App: m, OnFault: func(err error) { fault = err }})
	_, err := a.Commit(t.Context(), nil)
	require.NoError(t, err)
	require.ErrorIs(t, fault, tooOld)
	require.ErrorContains(t, fault, "from height 8 the chain runs protocol version 2")
}
