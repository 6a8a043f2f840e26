// Package contracttest does in Wasm what a contract's tests did in plain Go, and
// compares: results, errors, events and state. So every test of a contract is a
// test of its code, too, and its gas is measured.
package contracttest

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
)

// maxLine is the longest line of a recording in bytes: a call at the chain's
// limits, its writes included.
const maxLine = 64 << 20

// Report is what a replay found.
type Report struct {
	Calls int // outermost calls that were made
	// Skipped counts the calls of chains that have a contract for which there is no
	// code, and Missing names the services of those contracts.
	Skipped int
	Missing []string
	// Differences are in order of the recording, one for a chain: what follows a
	// difference differs anyhow.
	Differences []Difference
	// Methods are in order of contract and method.
	Methods []Method
}

// Difference is a call that did not do the same.
type Difference struct {
	At       string // line of the test, "order_test.go:17", or empty
	Contract string
	Method   string
	What     string // in words
}

// Method says what the calls of a method used.
type Method struct {
	Service string
	Method  string
	Kind    runtime.Kind
	Calls   int // those that succeeded
	Failed  int // those that failed as they should
	// Gas of the calls that succeeded; zero when there are none.
	Min, Median, Max uint64
}

// Replay does what a recording of package sdktest holds in a runtime. Codes has
// the code of each service by its full name. The error is of the recording or of
// this machine; differences are in the report.
func Replay(rt *runtime.Runtime, recording io.Reader, codes map[string][]byte) (*Report, error) {
	r := &replay{
		runtime: rt, codes: codes, prototypes: map[[2]string]*runtimetest.World{},
		chains: map[int]*chain{}, gas: map[methodKey]*figures{}, missing: map[string]bool{}, report: &Report{},
		declared: map[string]*schema.Contract{},
	}
	for service, code := range codes {
		declared, _, err := schema.FromCode(code)
		if err != nil {
			return nil, fmt.Errorf("code of %s: %w", service, err)
		}
		r.declared[service] = declared
	}
	lines := bufio.NewScanner(recording)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		var line sdktest.Recorded
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("recording, line %d: %w", n, err)
		}
		if err := r.line(&line); err != nil {
			return nil, fmt.Errorf("recording, line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	r.finish()
	return r.report, nil
}

type methodKey struct {
	service, method string
	kind            runtime.Kind
}

type figures struct {
	gas    []uint64
	failed int
}

type replay struct {
	runtime    *runtime.Runtime
	codes      map[string][]byte
	declared   map[string]*schema.Contract      // by service
	prototypes map[[2]string]*runtimetest.World // by contract and service
	chains     map[int]*chain
	gas        map[methodKey]*figures
	missing    map[string]bool
	report     *Report
}

// chain is one chain of the tests and its counterpart.
type chain struct {
	world    *runtimetest.World
	services map[string]string            // of each contract
	state    map[string]map[string]string // as recorded
	last     *sdktest.Recorded
	restore  func() // takes back the upgrade that was recorded last
	skip     bool   // a code is missing, or the two have parted
}

func (r *replay) line(line *sdktest.Recorded) error {
	c := r.chains[line.Chain]
	if c == nil {
		c = &chain{
			world:    runtimetest.NewWorld(r.runtime),
			services: map[string]string{}, state: map[string]map[string]string{},
		}
		c.world.Stopped = map[string]bool{}
		c.world.MaxEventBytes, c.world.ScheduleLimit = sdktest.MaxEventBytes, sdktest.MaxScheduled
		c.world.MaxScheduledGas = sdktest.MaxScheduledGas
		c.world.Declares = func(contract, method string, kind runtime.Kind) bool {
			declared := r.declared[c.services[contract]]
			if declared == nil {
				return false
			}
			m, ok := declared.Method(method)
			return ok && m.Kind == schema.Kind(kind)
		}
		r.chains[line.Chain] = c
	}
	switch {
	case line.Op == "upgrade":
		c.remember()
		return r.deploy(c, line)
	case line.Op == "deploy":
		return r.deploy(c, line)
	case line.Op == "restore" && c.restore != nil:
		c.restore()
		return r.deploy(c, line)
	case line.Op == "remove":
		delete(c.services, line.Contract)
		return nil
	case line.Op == "freeze" || line.Op == "retire" || line.Op == "unfreeze":
		c.world.Stopped[line.Contract] = line.Op != "unfreeze"
		return nil
	case line.Op != "call" || line.Call == nil:
		return fmt.Errorf("operation %q is unknown; the SDK of the contract is of another version", line.Op)
	case c.skip:
		r.report.Skipped++
		return nil
	}
	c.last = line
	return r.call(c, line)
}

// remember readies restore: an upgrade is done in several calls, and the last may
// undo them all.
func (c *chain) remember() {
	world, state := c.world.Snapshot(), make(map[string]map[string]string, len(c.state))
	for contract, entries := range c.state {
		state[contract] = maps.Clone(entries)
	}
	c.restore = func() {
		world()
		c.state = state
	}
}

func (r *replay) deploy(c *chain, line *sdktest.Recorded) error {
	code, ok := r.codes[line.Service]
	if !ok {
		r.missing[line.Service] = true
		c.skip = true
		return nil
	}
	c.services[line.Contract] = line.Service
	key := [2]string{line.Contract, line.Service}
	if r.prototypes[key] == nil {
		world := runtimetest.NewWorld(r.runtime)
		if err := world.Deploy(line.Contract, code); err != nil {
			return err
		}
		r.prototypes[key] = world
	}
	c.world.Share(r.prototypes[key])
	return nil
}

func (r *replay) call(c *chain, line *sdktest.Recorded) error {
	call := line.Call
	context := &c.world.Context
	context.ChainID, context.Height, context.Version = call.ChainID, call.Height, call.Version
	context.Time = time.Unix(0, call.Time).UTC()
	context.TxHash = [32]byte{}
	copy(context.TxHash[:], call.TxHash)
	context.Caller, context.Origin, context.Org, context.Roles = call.Address, call.Address, call.Org, call.Roles
	c.world.Permit = call.Permit
	if call.Scheduled != 0 {
		context.Caller, context.Origin = line.Contract, ""
		c.world.TakeScheduled(line.Contract, call.Scheduled)
	}
	out := runtime.Outcome{Status: runtime.StatusNotFound}
	if _, deployed := c.services[line.Contract]; deployed {
		out = c.world.Run(line.Contract, runtime.Call{
			Kind: runtime.Kind(call.Kind), Method: call.Method, Payload: call.Payload, GasLimit: runtimetest.DefaultGas, Depth: 1,
		})
	}
	if out.Status == runtime.StatusFault {
		return fmt.Errorf("%s %s: %w", line.Contract, call.Method, out.Err)
	}
	r.report.Calls++
	for _, w := range call.Writes {
		c.note(w)
	}
	what := compareOutcome(call, &out)
	if what == "" {
		what = compareEvents(call.Events, c.world.TakeEvents())
	}
	if what == "" {
		what = c.compareWrites(call.Writes)
	}
	if what != "" {
		r.differs(c, line, what)
		return nil
	}
	r.count(c.services[line.Contract], call, &out)
	return nil
}

func (r *replay) differs(c *chain, line *sdktest.Recorded, what string) {
	c.skip = true
	r.report.Differences = append(r.report.Differences, Difference{line.At, line.Contract, line.Call.Method, what})
}

func (r *replay) count(service string, call *sdktest.RecordedCall, out *runtime.Outcome) {
	if service == "" {
		return // no such contract
	}
	key := methodKey{service, call.Method, runtime.Kind(call.Kind)}
	f := r.gas[key]
	if f == nil {
		f = &figures{}
		r.gas[key] = f
	}
	if out.Status == runtime.StatusOK {
		f.gas = append(f.gas, out.GasUsed)
	} else {
		f.failed++
	}
}

// finish compares all state and sums up.
func (r *replay) finish() {
	for _, n := range slices.Sorted(maps.Keys(r.chains)) {
		if c := r.chains[n]; !c.skip && c.last != nil {
			if what := c.compareState(); what != "" {
				r.differs(c, c.last, what)
			}
		}
	}
	r.report.Missing = slices.Sorted(maps.Keys(r.missing))
	for key, f := range r.gas {
		m := Method{Service: key.service, Method: key.method, Kind: key.kind, Calls: len(f.gas), Failed: f.failed}
		if len(f.gas) > 0 {
			slices.Sort(f.gas)
			m.Min, m.Median, m.Max = f.gas[0], f.gas[len(f.gas)/2], f.gas[len(f.gas)-1]
		}
		r.report.Methods = append(r.report.Methods, m)
	}
	slices.SortFunc(r.report.Methods, func(a, b Method) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Kind, b.Kind))
	})
}

// errNoCalls is the answer to an empty recording.
var errNoCalls = errors.New("the tests made no call on a chain of sdktest")

// NoCalls returns an error when the tests gave nothing to replay.
func (r *Report) NoCalls() error {
	if r.Calls+r.Skipped == 0 {
		return errNoCalls
	}
	return nil
}
