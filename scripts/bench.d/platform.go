package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/chancery-chain/chancery/api/contractbuild"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	counterv1 "github.com/chancery-chain/chancery/api/gen/examples/counter/v1"
	"github.com/chancery-chain/chancery/app"
	appcontract "github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/scripts/internal/testbed"
)

// platformSettings of a run; they are printed with its figures.
type platformSettings struct {
	Accounts  int `json:"accounts"`
	Orgs      int `json:"orgs"`
	Contracts int `json:"contracts"`
	Counters  int `json:"counters"`
	BlockTxs  int `json:"block_txs"`
	Blocks    int `json:"blocks"`
}

// platformBench measures what the platform adds to a contract call, and what a
// state with a city's organisations, accounts and contracts adds to that. All three
// subjects execute and commit the same blocks of calls, in turn, on real disk;
// signatures were checked before, as by CheckTx. Figures are CPU time.
func platformBench(ctx context.Context, args []string) error {
	s := platformSettings{Counters: 10_000}
	f := flag.NewFlagSet("platform", flag.ExitOnError)
	f.IntVar(&s.Accounts, "accounts", 1_000_000, "accounts of the large state, 100 to an organisation")
	f.IntVar(&s.Contracts, "contracts", 10_000, "contracts of the large state")
	f.IntVar(&s.BlockTxs, "txs", 200, "calls in a block")
	f.IntVar(&s.Blocks, "blocks", 60, "blocks that are measured")
	profile := f.String("profile", "", "write a CPU profile of the measured blocks here")
	if err := f.Parse(args); err != nil {
		return err
	}
	s.Orgs = max(s.Accounts/100, 1)
	dir, err := os.MkdirTemp("", "chancery-platform-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	code, err := counterWasm(ctx, dir)
	if err != nil {
		return err
	}
	few, err := testbed.Accounts(100)
	if err != nil {
		return err
	}
	progress("a chain of one organisation")
	small, err := newPlatform(filepath.Join(dir, "small"), few, code, 1, s.Counters)
	if err != nil {
		return err
	}
	defer small.app.Close()
	progress("making %d accounts", s.Accounts)
	many, err := testbed.Accounts(s.Accounts)
	if err != nil {
		return err
	}
	progress("a chain of %d organisations, %d accounts and %d contracts", s.Orgs, s.Accounts, s.Contracts)
	large, err := newPlatform(filepath.Join(dir, "large"), many, code, s.Contracts, s.Counters)
	if err != nil {
		return err
	}
	defer large.app.Close()
	progress("the runtime and the state alone")
	bare, err := newBare(filepath.Join(dir, "bare"), code, s.Counters)
	if err != nil {
		return err
	}
	defer bare.close()

	subjects := []func([][2]uint64) (time.Duration, error){small.block, large.near, large.block, bare.block}
	times := make([][]float64, len(subjects))
	random := rand.New(rand.NewPCG(1, 2))
	const warm = 5
	if *profile != "" {
		out, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer out.Close()
		if err := pprof.StartCPUProfile(out); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	for i := range warm + s.Blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		moves := make([][2]uint64, s.BlockTxs)
		for j := range moves {
			from := random.Uint64N(uint64(s.Counters))
			moves[j] = [2]uint64{from, (from + 1 + random.Uint64N(uint64(s.Counters)-1)) % uint64(s.Counters)}
		}
		for j, block := range subjects {
			took, err := block(moves)
			if err != nil {
				return err
			}
			if i >= warm {
				times[j] = append(times[j], float64(took.Nanoseconds())/1e3/float64(s.BlockTxs))
			}
		}
	}
	median := func(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }
	one, same, all, alone := median(times[0]), median(times[1]), median(times[2]), median(times[3])
	settings, err := json.Marshal(s)
	if err != nil {
		return err
	}
	progress("settings %s", settings)
	figure{Name: "platform.call_us", Value: one, Unit: "us", Case: "one organisation"}.print()
	figure{Name: "platform.call_us", Value: same, Unit: "us", Case: "the same callers in a city's state"}.print()
	figure{Name: "platform.call_us", Value: all, Unit: "us", Case: "callers from all over a city's state"}.print()
	figure{Name: "platform.bare_call_us", Value: alone, Unit: "us"}.print()
	figure{Name: "platform.added_us", Value: one - alone, Unit: "us"}.print()
	figure{Name: "platform.large_ratio", Value: same / one, Unit: "x"}.print()
	figure{Name: "platform.spread_ratio", Value: all / one, Unit: "x"}.print()
	return nil
}

func counterWasm(ctx context.Context, dir string) ([]byte, error) {
	out := filepath.Join(dir, "counter.wasm")
	if _, err := contractbuild.Build(ctx, "examples/counter", out); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}

// platform is a whole state machine.
type platform struct {
	app      *app.App
	accounts []testbed.Account
	at       time.Time
	height   int64
	salt     uint64
}

func newPlatform(dir string, accounts []testbed.Account, code []byte, contracts, counters int) (*platform, error) {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	a, err := app.Open(app.Options{Dir: dir, Logger: log})
	if err != nil {
		return nil, err
	}
	genesis, err := json.Marshal(testbed.Genesis(accounts))
	if err != nil {
		return nil, err
	}
	p := &platform{app: a, accounts: accounts, at: time.Unix(1_800_000_000, 0)}
	if _, err := a.InitChain(app.GenesisRequest{ChainID: testbed.ChainID, Time: p.at, InitialHeight: 1, AppState: genesis}); err != nil {
		return nil, err
	}
	packed, err := packGzip(code)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(code)
	dev := accounts[0]
	upload, err := p.sign(dev, 2_000_000_000, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_UploadCode{UploadCode: &chanceryv1.UploadCode{CodeGzip: packed}}})
	if err != nil {
		return nil, err
	}
	if _, err := p.commit([][]byte{upload}); err != nil {
		return nil, err
	}
	var txs [][]byte
	for i := range contracts {
		raw, err := p.sign(dev, 1_000_000, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Deploy{Deploy: &chanceryv1.Deploy{
			Contract: platformContract(dev.Org, i), CodeHash: hash[:],
		}}})
		if err != nil {
			return nil, err
		}
		if txs = append(txs, raw); len(txs) == 500 || i == contracts-1 {
			if _, err := p.commit(txs); err != nil {
				return nil, err
			}
			txs = nil
		}
	}
	return p, p.seed(counters)
}

func platformContract(org string, i int) string { return fmt.Sprintf("%s/counter-%05d", org, i) }

func packGzip(b []byte) ([]byte, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		return nil, err
	}
	err := z.Close()
	return out.Bytes(), err
}

// seedStep is how many counters one call writes.
const seedStep = 500

func (p *platform) seed(counters int) error {
	for first := 0; first < counters; first += seedStep {
		raw, err := p.execute(p.accounts[0], 100_000_000, "Seed", &counterv1.SeedRequest{First: uint64(first), Count: seedStep})
		if err != nil {
			return err
		}
		if _, err := p.commit([][]byte{raw}); err != nil {
			return err
		}
	}
	return nil
}

func (p *platform) execute(by testbed.Account, gas uint64, method string, m proto.Message) ([]byte, error) {
	payload, err := proto.Marshal(m)
	if err != nil {
		return nil, err
	}
	return p.sign(by, gas, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{
		Contract: platformContract(p.accounts[0].Org, 0), Method: method, Payload: payload,
	}}})
}

func (p *platform) sign(by testbed.Account, gas uint64, b *chanceryv1.TxBody) ([]byte, error) {
	p.salt++
	b.ChainId, b.Origin, b.Org, b.GasLimit = testbed.ChainID, by.Key.Public().Address().String(), by.Org, gas
	b.ValidUntil = timestamppb.New(p.at.Add(time.Minute))
	b.Salt = binary.BigEndian.AppendUint64(nil, p.salt)
	raw, _, err := tx.Sign(b, by.Key)
	return raw, err
}

// block makes and commits a block of calls by accounts all over the state, and
// returns the CPU time of that. Each is of another organisation as a rule, so that
// the block writes as many rows of usage as it has calls.
func (p *platform) block(moves [][2]uint64) (time.Duration, error) {
	return p.blockBy(p.accounts, moves)
}

// near is block by the accounts of one organisation.
func (p *platform) near(moves [][2]uint64) (time.Duration, error) {
	var own []testbed.Account
	for i := 0; i < len(p.accounts); i += max(len(p.accounts)/100, 1) {
		own = append(own, p.accounts[i])
	}
	return p.blockBy(own, moves)
}

func (p *platform) blockBy(accounts []testbed.Account, moves [][2]uint64) (time.Duration, error) {
	txs := make([][]byte, len(moves))
	for i, m := range moves {
		by := accounts[(uint64(i)*7919+p.salt*104729)%uint64(len(accounts))]
		var err error
		if txs[i], err = p.execute(by, 1_000_000, "Bump", &counterv1.BumpRequest{From: m[0], To: m[1], Amount: 1}); err != nil {
			return 0, err
		}
		if res := p.app.CheckTx(txs[i], false); res.Err != nil {
			return 0, res.Err
		}
	}
	return p.commit(txs)
}

func (p *platform) commit(txs [][]byte) (time.Duration, error) {
	p.height++
	p.at = p.at.Add(time.Second)
	before := cpuTime()
	res, err := p.app.ExecuteBlock(app.Block{Height: p.height, Time: p.at, Txs: txs})
	if err != nil {
		return 0, err
	}
	if _, err := p.app.Commit(); err != nil {
		return 0, err
	}
	took := cpuTime() - before
	for _, r := range res.Results {
		if r.Code != 0 {
			return 0, fmt.Errorf("height %d: %s", p.height, r.Log)
		}
	}
	return took, nil
}

// bare is the contract runtime over the state alone: no txs, no accounts, no
// organisations, no quotas.
type bare struct {
	rt    *runtime.Runtime
	exec  *appcontract.Executor
	store *state.Store
	env   appcontract.Env
}

const bareContract = "bench-00/counter-00000"

func newBare(dir string, code []byte, counters int) (*bare, error) {
	rt, err := runtime.New(runtime.Config{CacheDir: filepath.Join(dir, "compiled")}, runtime.DefaultLimits())
	if err != nil {
		return nil, err
	}
	store, err := state.Open(state.Options{Dir: filepath.Join(dir, "state")})
	if err != nil {
		return nil, err
	}
	b := &bare{rt: rt, store: store, exec: appcontract.NewExecutor(rt, nil, slog.New(slog.NewTextHandler(io.Discard, nil)))}
	b.env = appcontract.Env{ChainID: testbed.ChainID, Height: 1, Time: time.Unix(1_800_000_000, 0), Origin: "cy1bench", Org: "bench-00", Roles: []string{"admin", "developer"}}
	by := appcontract.Author{Org: "bench-00", Origin: "cy1bench", Height: 1, Time: b.env.Time, Admin: true}
	packed, err := packGzip(code)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(code)
	const plenty = 1 << 40
	w, done, err := b.begin()
	if err != nil {
		return nil, err
	}
	if _, err := b.exec.Upload(w, by, &chanceryv1.UploadCode{CodeGzip: packed}, appcontract.Prices{CodeByte: 1, UnpackByte: 1}, plenty); err != nil {
		return nil, err
	}
	if _, err := b.exec.Deploy(w, &b.env, by, &chanceryv1.Deploy{Contract: bareContract, CodeHash: hash[:]}, plenty); err != nil {
		return nil, err
	}
	for first := 0; first < counters; first += seedStep {
		if err := b.call(w, "Seed", &counterv1.SeedRequest{First: uint64(first), Count: seedStep}); err != nil {
			return nil, err
		}
	}
	return b, done()
}

// begin opens a block; done commits it.
func (b *bare) begin() (w *state.Overlay, done func() error, err error) {
	view, err := b.store.View(0)
	if err != nil {
		return nil, nil, err
	}
	w = state.NewOverlay(view)
	return w, func() error {
		if _, err := b.store.Stage(b.store.Height()+1, w.Changes()); err != nil {
			return err
		}
		view.Close()
		return b.store.Commit(nil)
	}, nil
}

func (b *bare) call(w *state.Overlay, method string, m proto.Message) error {
	payload, err := proto.Marshal(m)
	if err != nil {
		return err
	}
	own := state.NewOverlay(w)
	if _, err := b.exec.Execute(own, &b.env, bareContract, method, payload, 100_000_000); err != nil {
		return err
	}
	own.ApplyTo(w)
	return nil
}

func (b *bare) block(moves [][2]uint64) (time.Duration, error) {
	before := cpuTime()
	w, done, err := b.begin()
	if err != nil {
		return 0, err
	}
	for _, m := range moves {
		if err := b.call(w, "Bump", &counterv1.BumpRequest{From: m[0], To: m[1], Amount: 1}); err != nil {
			return 0, err
		}
	}
	err = done()
	return cpuTime() - before, err
}

func (b *bare) close() {
	b.store.Close()
	b.rt.Close()
}
