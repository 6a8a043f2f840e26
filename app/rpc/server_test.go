package rpc

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/grpchealth"
	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/gen/chancery/v1/chanceryv1connect"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/query"
	"github.com/chancery-chain/chancery/app/tx"
)

// fake is a node of which a test holds the strings. Methods of Query that no
// test needs are nil and would panic.
type fake struct {
	Query
	mu        sync.Mutex
	results   map[tx.Hash]*chanceryv1.TxResult
	status    Status
	header    atomic.Int64
	broadcast func(raw []byte) error
	simulate  func(ctx context.Context) (*chanceryv1.TxResult, error)
	schema    *schema.Contract // nil for one with an error and nothing else
	call      func(c query.Call) ([]byte, error)
	code      func(hash []byte) (*chanceryv1.GetCodeResponse, error)
	peers     []Peer
	signers   map[int64][]Signer
	idle      int64 // height since which the state is the same
	pruned    bool
	asked     chan struct{} // told of every AppHash, unless nil
}

func (f *fake) Tx(hash []byte) (*chanceryv1.TxResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r, ok := f.results[tx.Hash(hash)]; ok {
		return r, nil
	}
	return nil, apperr.New(apperr.NotFound, "tx %x", hash)
}

func (f *fake) Simulate(ctx context.Context, _ []byte) (*chanceryv1.TxResult, error) {
	return f.simulate(ctx)
}

func (f *fake) CallContract(_ context.Context, c query.Call) ([]byte, error) { return f.call(c) }

func (f *fake) Schema(string) (*schema.Contract, uint64, []byte, error) {
	if f.schema != nil {
		return f.schema, 1, []byte("hash"), nil
	}
	return &schema.Contract{Errors: []schema.Error{{Code: 3, Name: "ERROR_HELD", ConnectCode: "aborted", Message: "It is held."}}}, 1, []byte("hash"), nil
}

func (f *fake) Contract(name string) (*chanceryv1.GetContractResponse, error) {
	return &chanceryv1.GetContractResponse{Contract: &chanceryv1.Contract{Name: name}}, nil
}

func (f *fake) ContractProof(of query.ProofOf) (*query.StateProof, error) {
	return &query.StateProof{Height: of.Height, Value: []byte("v"), Commitment: of.Permit}, nil
}

func (f *fake) Code(hash []byte, _ bool) (*chanceryv1.GetCodeResponse, error) {
	return f.code(hash)
}

// AppHash is another after every block, until idle.
func (f *fake) AppHash(h int64) ([]byte, error) {
	if f.asked != nil {
		f.asked <- struct{}{}
	}
	if f.pruned {
		return nil, apperr.New(apperr.Pruned, "")
	}
	return []byte{byte(min(h, f.idle))}, nil
}

func (f *fake) ValidatorChanges(int64, int64, int) ([]int64, error) { return nil, nil }

func (f *fake) EarliestHeight() int64                         { return 1 }
func (f *fake) Limits() *chanceryv1.Limits                    { return &chanceryv1.Limits{MaxTxGas: 5} }
func (f *fake) Peers() []Peer                                 { return f.peers }
func (f *fake) Signers(h int64) ([]Signer, bool)              { s, ok := f.signers[h]; return s, ok }
func (f *fake) Status() Status                                { return f.status }
func (f *fake) Broadcast(_ context.Context, raw []byte) error { return f.broadcast(raw) }
func (f *fake) LastHeader() int64                             { return f.header.Load() }
func (f *fake) SignedHeader(h int64) (header, v []byte, e error) {
	return []byte{byte(h)}, []byte("v"), nil
}

// setState sets the last committed height, and since when the state is the same.
func (f *fake) setState(height, idle int64) {
	f.idle, f.status.Height, f.status.AppHash = idle, height, []byte{byte(min(height, idle))}
}

func (f *fake) commit(s *Server, r *chanceryv1.TxResult) {
	f.mu.Lock()
	f.results[tx.Hash(r.TxHash)] = r
	f.mu.Unlock()
	s.Committed([]*chanceryv1.TxResult{r})
}

// serve starts a server on loopback.
func serve(t *testing.T, limits Limits) (*fake, *Server, string) {
	t.Helper()
	f := &fake{results: make(map[tx.Hash]*chanceryv1.TxResult), status: Status{ChainID: "test-1", Height: 10}}
	s := New(Options{Query: f, Broadcaster: f, Headers: f, Node: f, Limits: limits})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		require.NoError(t, s.Shutdown(context.Background()))
		require.NoError(t, <-done)
	})
	return f, s, "http://" + l.Addr().String()
}

// rawTx is the form of a tx: an envelope with a body.
func rawTx(body string) ([]byte, tx.Hash) {
	return append([]byte{0x0a, byte(len(body))}, body...), tx.HashBody([]byte(body))
}

func submitTo(t *testing.T, url string, raw []byte) (*chanceryv1.SubmitResponse, error) {
	t.Helper()
	res, err := chanceryv1connect.NewTxServiceClient(http.DefaultClient, url).
		Submit(t.Context(), connect.NewRequest(&chanceryv1.SubmitRequest{Tx: raw}))
	if err != nil {
		return nil, err
	}
	return res.Msg, nil
}

func requireDetail(t *testing.T, err error, code apperr.Code) *chanceryv1.ErrorDetail {
	t.Helper()
	var ce *connect.Error
	require.ErrorAs(t, err, &ce)
	require.Len(t, ce.Details(), 1)
	v, verr := ce.Details()[0].Value()
	require.NoError(t, verr)
	d, ok := v.(*chanceryv1.ErrorDetail)
	require.True(t, ok)
	require.Equal(t, code.String(), d.Name, "%v", err)
	return d
}

func TestSubmitWaitsForCommit(t *testing.T) {
	f, s, url := serve(t, Limits{})
	raw, h := rawTx("a")
	result := &chanceryv1.TxResult{TxHash: h[:], Height: 7}
	other := &chanceryv1.TxResult{TxHash: make([]byte, 32), Height: 7}

	t.Run("committed after the check", func(t *testing.T) {
		f.broadcast = func([]byte) error {
			go func() {
				s.Committed([]*chanceryv1.TxResult{other})
				f.commit(s, result)
			}()
			return nil
		}
		res, err := submitTo(t, url, raw)
		require.NoError(t, err)
		require.Equal(t, int64(7), res.Result.Height)
	})
	t.Run("committed during the check", func(t *testing.T) {
		raw, h := rawTx("b")
		f.broadcast = func([]byte) error {
			f.commit(s, &chanceryv1.TxResult{TxHash: h[:], Height: 8})
			return nil
		}
		res, err := submitTo(t, url, raw)
		require.NoError(t, err)
		require.Equal(t, int64(8), res.Result.Height)
	})
	t.Run("pending already", func(t *testing.T) {
		raw, h := rawTx("c")
		f.broadcast = func([]byte) error {
			go f.commit(s, &chanceryv1.TxResult{TxHash: h[:], Height: 9})
			return ErrKnown
		}
		res, err := submitTo(t, url, raw)
		if err != nil { // committed before the look-up: the same fact as an error
			require.Equal(t, int64(9), requireDetail(t, err, apperr.Replayed).TxResult.Height)
			return
		}
		require.Equal(t, int64(9), res.Result.Height)
	})
	for name, refusal := range map[string]error{"known": ErrKnown, "replayed": apperr.New(apperr.Replayed, "")} {
		t.Run("committed before, "+name, func(t *testing.T) {
			f.broadcast = func([]byte) error { return refusal }
			_, err := submitTo(t, url, raw)
			require.Equal(t, connect.CodeAlreadyExists, connect.CodeOf(err))
			require.Equal(t, int64(7), requireDetail(t, err, apperr.Replayed).TxResult.Height)
		})
	}
	t.Run("refused", func(t *testing.T) {
		f.broadcast = func([]byte) error { return apperr.Invalid("org", "is empty") }
		_, err := submitTo(t, url, raw)
		require.Equal(t, "org", requireDetail(t, err, apperr.InvalidTx).Field)
	})
	t.Run("evicted", func(t *testing.T) {
		raw, h := rawTx("d")
		f.broadcast = func([]byte) error {
			go s.Evicted(h, apperr.New(apperr.QuotaExceeded, "no gas left"))
			return nil
		}
		_, err := submitTo(t, url, raw)
		requireDetail(t, err, apperr.QuotaExceeded)
		require.ErrorContains(t, err, "another may still commit it")
	})
	t.Run("catching up", func(t *testing.T) {
		f.status.CatchingUp = true
		defer func() { f.status.CatchingUp = false }()
		_, err := submitTo(t, url, raw)
		requireDetail(t, err, apperr.Unavailable)
	})
	require.Zero(t, s.waiters.count)
	require.Empty(t, s.waiters.byHash)
}

func TestWaitEnds(t *testing.T) {
	f, s, url := serve(t, Limits{MaxWait: 20 * time.Millisecond, MaxWaiters: 1})
	f.broadcast = func([]byte) error { return nil }
	client := chanceryv1connect.NewTxServiceClient(http.DefaultClient, url)
	_, h := rawTx("a")
	wait := func(ctx context.Context) error {
		_, err := client.Wait(ctx, connect.NewRequest(&chanceryv1.WaitRequest{TxHash: h[:]}))
		return err
	}
	err := wait(t.Context())
	require.Equal(t, connect.CodeDeadlineExceeded, connect.CodeOf(err))
	requireDetail(t, err, apperr.Timeout)

	one, err := s.waiters.add(h)
	require.NoError(t, err)
	requireDetail(t, wait(t.Context()), apperr.Unavailable) // the only place is taken
	one.drop()
	one.drop()
	require.Zero(t, s.waiters.count)

	// A client that goes away leaves nothing behind.
	ctx, cancel := context.WithCancel(t.Context())
	w, err := s.waiters.add(h)
	require.NoError(t, err)
	cancel()
	_, err = w.wait(ctx, time.Hour)
	require.ErrorIs(t, err, context.Canceled)
	w.drop()
	require.Empty(t, s.waiters.byHash)
}

func TestShutdownAnswersWaiters(t *testing.T) {
	f, s, url := serve(t, Limits{})
	f.broadcast = func([]byte) error { go func() { _ = s.Shutdown(context.Background()) }(); return nil }
	raw, _ := rawTx("a")
	_, err := submitTo(t, url, raw)
	requireDetail(t, err, apperr.Unavailable)
}

func TestGate(t *testing.T) {
	f, _, url := serve(t, Limits{Runs: 1, RunQueue: 1, RunTimeout: 50 * time.Millisecond})
	client := chanceryv1connect.NewTxServiceClient(http.DefaultClient, url)
	simulate := func() error {
		_, err := client.Simulate(t.Context(), connect.NewRequest(&chanceryv1.SimulateRequest{Tx: []byte("x")}))
		return err
	}
	entered, leave := make(chan struct{}), make(chan struct{})
	f.simulate = func(context.Context) (*chanceryv1.TxResult, error) {
		entered <- struct{}{}
		<-leave
		return &chanceryv1.TxResult{}, nil
	}
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- simulate() }()
	<-entered
	// One runs; of two more, one waits for its turn in vain or finds no place to
	// wait at all.
	go func() { second <- simulate() }()
	err := simulate()
	require.Equal(t, connect.CodeResourceExhausted, connect.CodeOf(err))
	requireDetail(t, err, apperr.Busy)
	requireDetail(t, <-second, apperr.Busy)
	close(leave)
	require.NoError(t, <-first)

	f.simulate = func(ctx context.Context) (*chanceryv1.TxResult, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	requireDetail(t, simulate(), apperr.Busy)
}

func TestInternalErrorsAreHidden(t *testing.T) {
	f, s, url := serve(t, Limits{})
	var log strings.Builder
	s.errors.log = slog.New(slog.NewTextHandler(&log, nil))
	raw, _ := rawTx("a")
	for name, broadcast := range map[string]func([]byte) error{
		"error":    func([]byte) error { return errors.New("/secret/path: disk full") },
		"internal": func([]byte) error { return apperr.Wrap(apperr.Internal, errors.New("/secret/path"), "secret") },
		"panic":    func([]byte) error { panic("/secret/path") },
	} {
		t.Run(name, func(t *testing.T) {
			f.broadcast = broadcast
			_, err := submitTo(t, url, raw)
			require.Equal(t, connect.CodeInternal, connect.CodeOf(err))
			d := requireDetail(t, err, apperr.Internal)
			require.NotContains(t, err.Error(), "secret")
			require.Contains(t, err.Error(), d.RequestId)
			require.Contains(t, log.String(), d.RequestId)
			require.Contains(t, log.String(), "secret")
		})
	}
}

func TestContractErrors(t *testing.T) {
	f, _, url := serve(t, Limits{})
	raw, _ := rawTx("a")
	f.broadcast = func([]byte) error {
		return &apperr.Error{Code: apperr.ContractFailed, Contract: &apperr.ContractError{Contract: "records/evidence", Code: 3}}
	}
	_, err := submitTo(t, url, raw)
	require.Equal(t, connect.CodeAborted, connect.CodeOf(err), "as the contract declares")
	d := requireDetail(t, err, apperr.ContractFailed)
	require.Equal(t, "ERROR_HELD", d.ContractError.Name)
	require.ErrorContains(t, err, "It is held.")

	f.broadcast = func([]byte) error {
		return &apperr.Error{Code: apperr.ContractFailed, Contract: &apperr.ContractError{Contract: "records/evidence", Code: 99, Message: "odd"}}
	}
	_, err = submitTo(t, url, raw)
	require.Equal(t, connect.CodeFailedPrecondition, connect.CodeOf(err))
	require.ErrorContains(t, err, "error 99: odd")
}

// Every code of the table becomes the Connect code that the table names.
func TestEveryCode(t *testing.T) {
	f, _, url := serve(t, Limits{})
	raw, _ := rawTx("a")
	for _, info := range apperr.All() {
		f.broadcast = func([]byte) error { return apperr.New(info.Code, "why") }
		_, err := submitTo(t, url, raw)
		require.Equal(t, info.Connect, connect.CodeOf(err).String(), info.Name)
		d := requireDetail(t, err, info.Code)
		require.Equal(t, info.EN, d.Help)
		require.Equal(t, info.ZH, d.HelpZh)
		if info.Code != apperr.Internal {
			require.ErrorContains(t, err, "why")
			require.ErrorContains(t, err, info.EN)
		}
	}
}

func TestHealth(t *testing.T) {
	f, _, url := serve(t, Limits{})
	check := func(service string) (grpchealth.Status, error) {
		res, err := health{s: &Server{o: Options{Node: f}}, services: []string{chanceryv1connect.TxServiceName}}.
			Check(t.Context(), &grpchealth.CheckRequest{Service: service})
		if err != nil {
			return 0, err
		}
		return res.Status, nil
	}
	healthz := func() int {
		res, err := http.Get(url + "/healthz")
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	status, err := check("")
	require.NoError(t, err)
	require.Equal(t, grpchealth.StatusServing, status)
	require.Equal(t, 200, healthz())

	f.status.CatchingUp = true
	status, err = check(chanceryv1connect.TxServiceName)
	require.NoError(t, err)
	require.Equal(t, grpchealth.StatusNotServing, status)
	require.Equal(t, 503, healthz())
	_, err = check("no.Service")
	require.ErrorIs(t, err, apperr.NotFound.Err())
}

func TestProve(t *testing.T) {
	f, s, url := serve(t, Limits{})
	f.header.Store(10)
	client := chanceryv1connect.NewProofServiceClient(http.DefaultClient, url)
	rows := []struct {
		name      string
		height    int64 // asked for
		committed int64
		idle      int64 // the state is the same since this height
		want      int64 // proved; 0 for an error
	}{
		{"last, and the header above it is there", 0, 9, 9, 9},
		{"last, which changed nothing", 0, 10, 9, 9}, // header 10 is the newest
		{"last, long idle", 0, 10, 2, 9},
		{"older", 4, 10, 10, 4},
		{"future", 11, 10, 10, 0},
		{"negative", -1, 10, 10, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f.setState(row.committed, row.idle)
			res, err := client.Prove(t.Context(), connect.NewRequest(&chanceryv1.ProveRequest{Contract: "records/evidence", Key: []byte("k"), Height: row.height}))
			if row.want == 0 {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, row.want, res.Msg.Proof.Height)
			require.Equal(t, []byte{byte(row.want + 1)}, res.Msg.Proof.SignedHeader, "the header above carries the app hash")
		})
	}
	for _, row := range []struct {
		name   string
		height int64
		pruned bool
	}{
		{"just committed", 10, false},
		{"the last one is waited for", 0, false},
		{"the one before is pruned", 0, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			f.setState(10, 10)
			f.pruned = row.pruned
			f.header.Store(10)
			f.asked = make(chan struct{}, 1)
			done := make(chan int64, 1)
			go func() {
				res, err := client.Prove(t.Context(), connect.NewRequest(&chanceryv1.ProveRequest{Contract: "records/evidence", Key: []byte("k"), Height: row.height}))
				if err != nil {
					t.Error(err)
				}
				done <- res.Msg.GetProof().GetHeight()
			}()
			if row.height == 0 {
				<-f.asked
			}
			s.Committed(nil) // of no use yet
			f.header.Store(11)
			for {
				s.Committed(nil)
				select {
				case h := <-done:
					require.Equal(t, int64(10), h, "never the block before the last")
					return
				default:
				}
			}
		})
	}
	for _, k := range [][]byte{nil, make([]byte, 1025)} {
		_, err := client.Prove(t.Context(), connect.NewRequest(&chanceryv1.ProveRequest{Contract: "records/evidence", Key: k}))
		requireDetail(t, err, apperr.InvalidTx)
	}
}

func TestLRU(t *testing.T) {
	c := newLRU[string, int](2)
	c.put("a", 1)
	c.put("b", 2)
	_, _ = c.get("a")
	c.put("c", 3) // b was used longest ago
	_, ok := c.get("b")
	require.False(t, ok)
	v, ok := c.get("a")
	require.True(t, ok)
	require.Equal(t, 1, v)
	c.put("a", 4)
	v, _ = c.get("a")
	require.Equal(t, 4, v)
	require.Equal(t, 2, c.len())
}

func FuzzHashOf(f *testing.F) {
	raw, _ := rawTx("body")
	f.Add(raw)
	f.Add([]byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, err := hashOf(raw)
		if d, derr := tx.Decode(raw); derr == nil {
			require.NoError(t, err)
			require.Equal(t, d.Hash, h)
		}
	})
}
