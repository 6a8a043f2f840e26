package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"sync"
	"time"

	"github.com/chancery-chain/chancery/examples/counter"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
)

// plainHost serves calls from a map, as the peer's does: the figures are of the
// runtime, not of a state tree.
type plainHost map[string][]byte

func (h plainHost) Get(key []byte) ([]byte, bool, error) {
	v, ok := h[string(key)]
	return v, ok, nil
}
func (h plainHost) Set(key, value []byte) error {
	// In place where it fits: what a host allocates is not the runtime's.
	if old, ok := h[string(key)]; ok && len(old) == len(value) {
		copy(old, value)
		return nil
	}
	h[string(key)] = bytes.Clone(value)
	return nil
}
func (h plainHost) Delete(key []byte) error                              { delete(h, string(key)); return nil }
func (h plainHost) Schedule(runtime.ScheduledCall) (uint64, bool, error) { return 0, false, nil }

func (h plainHost) Unschedule(uint64) (bool, error) { return false, nil }

func (h plainHost) Emit(string, []byte) error { return nil }
func (h plainHost) Scan(_, _ []byte, _ bool) (runtime.Iterator, error) {
	return nil, errors.New("bench: no scans")
}
func (h plainHost) Call(runtime.NestedCall) (runtime.Outcome, error) {
	return runtime.Outcome{}, errors.New("bench: no nested calls")
}

// subject is a contract and a call of it.
type subject struct {
	rt     *runtime.Runtime
	code   *runtime.Code
	method string
}

func newSubject(rt *runtime.Runtime, code []byte, method string) (*subject, error) {
	if _, err := rt.Check(code); err != nil {
		return nil, err
	}
	c, err := rt.Load(sha256.Sum256(code), func() ([]byte, error) { return code, nil })
	return &subject{rt, c, method}, err
}

var bumpPayload = encode(&counter.BumpRequest{From: 1, To: 2, Amount: 1})

func (s *subject) call(h runtime.Host) error {
	out := s.rt.Run(s.code, runtime.Call{
		Kind: runtime.KindExecute, Method: s.method, Payload: bumpPayload, GasLimit: 100_000_000,
		Context: runtime.Context{ChainID: "bench-1", Height: 10, Time: time.Unix(1_800_000_000, 0), Contract: "bench", Version: 1, Caller: "cy1caller", Origin: "cy1caller", Org: "bench", Roles: []string{"clerk"}},
	}, h)
	if out.Status != runtime.StatusOK {
		return fmt.Errorf("%s: %v: %w", s.method, out.Status, out.Err)
	}
	return nil
}

// times runs calls one by one for some time and returns how long each took.
func (s *subject) times(length time.Duration) ([]time.Duration, error) {
	h := plainHost{}
	for range 200 {
		if err := s.call(h); err != nil {
			return nil, err
		}
	}
	var took []time.Duration
	for begin := time.Now(); time.Since(begin) < length; {
		start := time.Now()
		if err := s.call(h); err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}

func runtimeBench(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("runtime", flag.ExitOnError)
	peer := f.Bool("peer", false, "measure wasmvm beside it")
	built := f.String("contracts", "", "folder with the examples' code; empty builds them")
	if err := f.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "chancery-runtime-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bump, err := buildContract(ctx, *built, dir, "counter")
	if err != nil {
		return err
	}
	guest, err := runtimetest.BuildGo(filepath.Join("runtime", "testdata", "guest"))
	if err != nil {
		return err
	}
	var beside func() (map[string]float64, error)
	if *peer {
		if beside, err = buildPeer(ctx, dir); err != nil {
			return err
		}
	}
	rt, err := runtime.New(runtime.Config{}, runtime.DefaultLimits())
	if err != nil {
		return err
	}
	defer rt.Close()
	empty, err := newSubject(rt, guest, "Empty")
	if err != nil {
		return err
	}
	transfer, err := newSubject(rt, bump, "Bump")
	if err != nil {
		return err
	}
	if err := calls(empty, transfer, beside); err != nil {
		return err
	}
	if err := allocations(transfer); err != nil {
		return err
	}
	if err := scaling(transfer); err != nil {
		return err
	}
	if err := tinyTransfer(ctx, rt, dir); err != nil {
		return err
	}
	if err := slowdowns(ctx); err != nil {
		return err
	}
	large, err := buildContract(ctx, *built, dir, "evidence")
	if err != nil {
		return err
	}
	paths := map[string][]byte{"evidence": large, "counter": bump}
	for name, code := range paths {
		if err := os.WriteFile(filepath.Join(dir, name+".code"), code, 0o600); err != nil {
			return err
		}
	}
	if err := processes(ctx, filepath.Join(dir, "evidence.code"), filepath.Join(dir, "counter.code"), dir); err != nil {
		return err
	}
	b, err := json.Marshal(map[string]any{"machine": thisMachine(), "reset": rt.Stats().Reset, "transfer_bytes": len(bump)})
	if err != nil {
		return err
	}
	fmt.Println(string(b))
	return nil
}

// calls measures calls one by one, by turns with the peer's.
func calls(empty, transfer *subject, beside func() (map[string]float64, error)) error {
	const rounds, length = 5, 300 * time.Millisecond
	var e, t []time.Duration
	theirs := map[string][]float64{}
	for range rounds {
		more, err := empty.times(length)
		if err != nil {
			return err
		}
		e = append(e, more...)
		if more, err = transfer.times(length); err != nil {
			return err
		}
		t = append(t, more...)
		if beside == nil {
			continue
		}
		figures, err := beside()
		if err != nil {
			return err
		}
		for name, v := range figures {
			theirs[name] = append(theirs[name], v)
		}
	}
	us := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
	figure{Name: "runtime.empty_call_us", Value: us(quantile(e, 0.5)), Unit: "µs"}.print()
	figure{Name: "runtime.transfer_us", Value: us(quantile(t, 0.5)), Unit: "µs"}.print()
	figure{Name: "runtime.transfer_p99_us", Value: us(quantile(t, 0.99)), Unit: "µs"}.print()
	for _, c := range []struct {
		name, peer string
		ours       []time.Duration
	}{{"noop", "peer.noop_us", e}, {"store", "peer.store_us", t}} {
		if v := theirs[c.peer]; len(v) > 0 {
			figure{Name: c.peer, Value: middle(v), Unit: "µs"}.print()
			figure{Name: "peer." + c.name + "_ratio", Value: us(quantile(c.ours, 0.5)) / middle(v), Unit: "ours/theirs"}.print()
		}
	}
	return nil
}

// buildPeer builds the module scripts/peer and returns what runs it.
func buildPeer(ctx context.Context, dir string) (func() (map[string]float64, error), error) {
	command := func(name string, args ...string) ([]byte, error) {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir = filepath.Join("scripts", "peer")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOFLAGS=", "GOWORK=off")
		cmd.Stderr = os.Stderr
		return cmd.Output()
	}
	progress("building the peer")
	binary := filepath.Join(dir, "peer")
	if _, err := command("go", "build", "-o", binary, "."); err != nil {
		return nil, fmt.Errorf("build scripts/peer (it needs a C compiler): %w", err)
	}
	module, err := command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CosmWasm/wasmvm/v3")
	if err != nil {
		return nil, err
	}
	testdata := filepath.Join(strings.TrimSpace(string(module)), "testdata")
	return func() (map[string]float64, error) {
		out, err := command(binary, "-testdata", testdata, "-time", "300ms")
		if err != nil {
			return nil, err
		}
		found := map[string]float64{}
		for line := range bytes.Lines(out) {
			var v figure
			if err := json.Unmarshal(line, &v); err != nil {
				return nil, err
			}
			found[v.Name] = v.Value
		}
		return found, nil
	}, nil
}

// allocations counts what a call allocates with a host that allocates nothing.
func allocations(s *subject) error {
	const n = 2_000
	h := plainHost{}
	for range 100 {
		if err := s.call(h); err != nil {
			return err
		}
	}
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	for range n {
		if err := s.call(h); err != nil {
			return err
		}
	}
	goruntime.ReadMemStats(&after)
	figure{Name: "runtime.allocs_per_call", Value: float64(after.Mallocs-before.Mallocs) / n, Unit: "allocations"}.print()
	figure{Name: "runtime.alloc_bytes_per_call", Value: float64(after.TotalAlloc-before.TotalAlloc) / n, Unit: "bytes"}.print()
	return nil
}

// scaling compares two threads with one, in turns so short that some find both
// cores free. It takes the best turn of each, because another process on one of
// the cores can only take away; and, against all turns, the calls per processor
// time, which others hardly change but which does not see waiting for locks.
func scaling(s *subject) error {
	const turns, length = 300, 4 * time.Millisecond
	best, calls, cpu := [3]float64{}, [3]float64{}, [3]float64{}
	for range turns {
		for threads := 1; threads <= 2; threads++ {
			n, wall, used, err := s.turn(threads, length)
			if err != nil {
				return err
			}
			best[threads] = max(best[threads], n/wall.Seconds())
			calls[threads] += n
			cpu[threads] += used.Seconds()
		}
	}
	figure{Name: "runtime.scaling_2", Value: best[2] / best[1], Unit: "times"}.print()
	figure{Name: "runtime.scaling_2_cpu", Value: 2 * (calls[2] / cpu[2]) / (calls[1] / cpu[1]), Unit: "times"}.print()
	return nil
}

// turn calls from several threads for some time.
func (s *subject) turn(threads int, length time.Duration) (calls float64, wall, cpu time.Duration, err error) {
	var wg sync.WaitGroup
	counts, errs := make([]int, threads), make([]error, threads)
	before, begin := cpuTime(), time.Now()
	for i := range threads {
		wg.Go(func() {
			h, n := plainHost{}, 0
			for errs[i] == nil && time.Since(begin) < length {
				errs[i] = s.call(h)
				n++
			}
			counts[i] = n
		})
	}
	wg.Wait()
	wall, cpu = time.Since(begin), cpuTime()-before
	for _, n := range counts {
		calls += float64(n)
	}
	return calls, wall, cpu, errors.Join(errs...)
}
