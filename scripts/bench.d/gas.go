package main

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/gas"
)

// gasCase is one way to spend gas.
type gasCase struct {
	class string // of the figure
	name  string
	code  []byte
	call  call // contract and payload are filled in
	// fewest and most bound how often the body runs in a call; 0 means no bound.
	fewest, most int
	want         runtime.Status
	// blocks makes samples of whole blocks, commit included.
	blocks bool
	// before runs ahead of every call, outside the time.
	before func() error
	// least takes the least of the samples instead of their median: for work of the
	// processor alone, to which others can only add.
	least bool
	// marginal leaves out what a call costs whose body runs once: for operations
	// that any number of may follow a dear beginning.
	marginal bool
	// pad is the length to which the payload is filled up.
	pad int
	// fixed is set when the payload does not say how often the body runs.
	fixed bool
}

// gasResult is what was measured of a case.
type gasResult struct {
	class, name string
	ns, gas     float64 // of a call
	samples     []float64
}

func (r *gasResult) ratio() float64 { return r.ns / r.gas }

// cpuTime is the processor time of the whole process: other processes do not
// count, our garbage collector does.
func cpuTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err) // this clock always exists
	}
	return time.Duration(t.Nano())
}

func gasBench(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("gas", flag.ExitOnError)
	keys := f.Int("keys", 1_000_000, "keys in the state tree")
	rounds := f.Int("rounds", 9, "samples of each case")
	only := f.String("only", "", "measure these classes alone, by names with commas between")
	built := f.String("contracts", "", "folder with the examples' code; empty builds them")
	verbose := f.Bool("v", false, "print every case to stderr")
	write := f.Bool("write", false, "write the calibration table of runtime/gas anew")
	if err := f.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "chancery-gas-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	rt, err := runtime.New(runtime.Config{CodeBytes: 64 << 30, PoolBytes: 2 << 30}, runtime.DefaultLimits())
	if err != nil {
		return err
	}
	defer rt.Close()
	progress("filling a state tree with %d keys", *keys)
	v, err := newWorld(rt, filepath.Join(dir, "state"), *keys)
	if err != nil {
		return err
	}
	defer v.close()
	cases := slices.Concat(operationCases(), flowCases(), accessCases())
	for _, c := range cases {
		c.least = true
	}
	cases = slices.Concat(cases, endCases(), memoryCases(), hostCases(v, *keys))
	if err := v.commit(); err != nil {
		return err
	}
	misses := missCases()
	if *only != "" {
		misses = slices.DeleteFunc(misses, func(c *gasCase) bool { return !chosen(*only, c.class) })
		cases = slices.DeleteFunc(cases, func(c *gasCase) bool { return !chosen(*only, c.class) })
	}
	if chosen(*only, contractClass) {
		contracts, err := contractCases(ctx, v, *built, dir)
		if err != nil {
			return err
		}
		cases = append(cases, contracts...)
	}
	results, err := measureGas(ctx, v, append(cases, misses...), *rounds)
	if err != nil {
		return err
	}
	if *verbose {
		for _, r := range results {
			fmt.Fprintf(os.Stderr, "%-20s %-40s %10.3f ns/gas %14.0f ns %12.0f gas\n", r.class, r.name, r.ratio(), r.ns, r.gas)
		}
	}
	return reportGas(results, *keys, *write)
}

// chosen says whether a class is among those asked for.
func chosen(only, class string) bool {
	return only == "" || slices.Contains(strings.Split(only, ","), class)
}

// measureGas takes the samples in rounds over all cases, so that a noisy minute
// touches each a little instead of one a lot.
func measureGas(ctx context.Context, v *world, cases []*gasCase, rounds int) ([]*gasResult, error) {
	var results []*gasResult
	progress("%d cases", len(cases))
	for i, c := range cases {
		if c.call.contract == "" {
			c.call.contract = fmt.Sprintf("case/%d", i)
			if err := v.deploy(c.call.contract, c.code); err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
		}
		if err := c.size(v); err != nil {
			return nil, err
		}
		results = append(results, &gasResult{class: c.class, name: c.name})
	}
	for range rounds {
		for i, c := range cases {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := c.sample(v, results[i]); err != nil {
				return nil, err
			}
		}
	}
	for i, r := range results {
		if r.ns = middle(r.samples); cases[i].least {
			r.ns = slices.Min(r.samples)
		}
	}
	return results, nil
}

// Lengths of a call and of a sample.
const (
	callTime   = 500 * time.Microsecond
	sampleTime = 2 * time.Millisecond
)

// size finds how often the body must run for a call to last.
func (c *gasCase) size(v *world) error {
	if c.fixed {
		_, _, err := c.once(v)
		return err
	}
	for n, cold := max(1, c.fewest), true; ; n *= 4 {
		if c.most > 0 {
			n = min(n, c.most)
		}
		c.call.payload = make([]byte, max(4, c.pad))
		binary.LittleEndian.PutUint32(c.call.payload, uint32(n))
		if cold { // the first call of all is slow
			if _, _, err := c.once(v); err != nil {
				return err
			}
			cold = false
		}
		took, _, err := c.once(v)
		if err != nil {
			return err
		}
		if took >= callTime && (n > 1 || !c.marginal) || n == c.most {
			return nil
		}
	}
}

func (c *gasCase) once(v *world) (took time.Duration, gas uint64, err error) {
	if c.before != nil {
		if err := c.before(); err != nil {
			return 0, 0, err
		}
	}
	start := cpuTime()
	out := v.run(c.call)
	took = cpuTime() - start
	if out.Status != c.want {
		return 0, 0, fmt.Errorf("%s %s: %v, %v: %w", c.class, c.name, out.Status, out.Trap, cmp.Or(out.Err, fmt.Errorf("%v", out.Error)))
	}
	return took, out.GasUsed, nil
}

func (c *gasCase) sample(v *world, r *gasResult) error {
	if _, _, err := c.once(v); err != nil { // brings code and data back into the caches
		return err
	}
	if c.blocks {
		if err := v.commit(); err != nil {
			return err
		}
	}
	var took time.Duration
	var gas uint64
	n := 0
	for took < sampleTime || c.blocks && v.block.Len() > 0 {
		t, g, err := c.once(v)
		if err != nil {
			return err
		}
		took += t
		gas += g
		n++
	}
	if c.marginal {
		long := c.call.payload
		c.call.payload = binary.LittleEndian.AppendUint32(nil, 1)
		for range n {
			t, g, err := c.once(v)
			if err != nil {
				return err
			}
			took -= t
			gas -= g
		}
		c.call.payload = long
	}
	r.samples = append(r.samples, float64(took.Nanoseconds())/float64(n))
	r.gas = float64(gas) / float64(n)
	return nil
}

func middle(v []float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}

// reportGas prints the worst case of each class, and what contracts pay.
func reportGas(results []*gasResult, keys int, write bool) error {
	worst := map[string]*gasResult{}
	var order []string
	var contracts []float64
	for _, r := range results {
		if r.class == contractClass {
			contracts = append(contracts, r.ratio())
			figure{Name: "gas.contract_" + r.name + "_ns_per_gas", Value: r.ratio(), Unit: "ns/gas"}.print()
			continue
		}
		if worst[r.class] == nil {
			order = append(order, r.class)
		}
		if worst[r.class] == nil || r.ratio() > worst[r.class].ratio() {
			worst[r.class] = r
		}
	}
	top := 0.0
	for _, class := range order {
		r := worst[class]
		top = max(top, r.ratio())
		figure{Name: "gas." + class + "_ns_per_gas", Value: r.ratio(), Unit: "ns/gas", Case: r.name}.print()
	}
	figure{Name: "gas.worst_ns_per_gas", Value: top, Unit: "ns/gas"}.print()
	if len(contracts) > 0 {
		figure{Name: "gas.contract_median_ns_per_gas", Value: middle(contracts), Unit: "ns/gas"}.print()
	}
	b, err := json.Marshal(map[string]any{"machine": thisMachine(), "keys": keys})
	if err != nil {
		return err
	}
	fmt.Println(string(b))
	if !write {
		return nil
	}
	return writeCalibration(results, worst, order, keys)
}

// writeCalibration writes the table that runtime/gas is tested against.
func writeCalibration(results []*gasResult, worst map[string]*gasResult, order []string, keys int) error {
	m, err := json.Marshal(thisMachine())
	if err != nil {
		return err
	}
	s := gas.Default()
	c := gas.Calibration{Keys: keys, Version: s.Version, Schedule: s.Table()}
	if err := json.Unmarshal(m, &c.Machine); err != nil {
		return err
	}
	round := func(v float64) float64 { return math.Round(v*1000) / 1000 }
	for _, class := range order {
		r := worst[class]
		c.Classes = append(c.Classes, gas.Measured{Name: class, Case: r.name, NsPerGas: round(r.ratio())})
	}
	for _, r := range results {
		if r.class == contractClass {
			c.Contracts = append(c.Contracts, gas.Measured{Name: r.name, NsPerGas: round(r.ratio())})
		}
	}
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join("runtime", "gas", "calibration.json"), append(b, '\n'), 0o644)
}
