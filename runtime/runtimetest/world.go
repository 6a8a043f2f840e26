// Package runtimetest runs contracts without a chain: a World keeps storage,
// events and deployed code in plain Go maps and serves a runtime's calls.
//
//	w := runtimetest.NewWorld(rt)
//	err := w.Deploy("records/evidence", code)
//	out := w.Execute("records/evidence", "Anchor", payload)
package runtimetest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
)

// DefaultGas is the gas limit of Execute and Query.
const DefaultGas = 1_000_000_000

// Event is an event that a contract emitted.
type Event struct {
	Contract, Type string
	Payload        []byte
}

// World is a runtime.Host factory over maps. It is for one goroutine; several
// worlds may share a runtime.
type World struct {
	Runtime *runtime.Runtime
	// Context is what calls see; Contract is set for each. Change it freely.
	Context runtime.Context
	// Fault, when set, is what every access to storage answers.
	Fault error
	// Declares, when set, says whether a contract has a method of this kind; a
	// nested call of another ends in StatusNotFound, as on the chain.
	Declares func(contract, method string, kind runtime.Kind) bool
	// Stopped are the contracts that are not executed: frozen or retired.
	Stopped map[string]bool
	// Permit, when not nil, are the contracts that see the origin of a call, when all
	// before them on the stack do.
	Permit []string
	// MaxEventBytes, when set, bounds the events of a tx, those of reverted calls
	// included, and MaxScheduledGas the gas of a scheduled call.
	MaxEventBytes   int
	MaxScheduledGas uint64
	// ScheduleLimit is how many calls a contract can schedule; 0 means MaxScheduled.
	ScheduleLimit int

	codes   map[string]*runtime.Code
	state   map[string]map[string][]byte
	events  []Event
	undo    []change
	emitted int      // bytes of events in this tx
	running []string // contracts that are executing, the outermost first
}

type change struct {
	contract, key string
	value         []byte
	had           bool
}

// NewWorld returns an empty world.
func NewWorld(rt *runtime.Runtime) *World {
	return &World{
		Runtime: rt,
		Context: runtime.Context{
			ChainID: "test-1", Height: 10, Time: time.Unix(1_800_000_000, 0).UTC(), TxHash: sha256.Sum256([]byte("tx")),
			Version: 1, Caller: "cy1caller", Origin: "cy1caller", Org: "records", Roles: []string{"clerk", "registrar"},
		},
		codes: map[string]*runtime.Code{}, state: map[string]map[string][]byte{},
	}
}

// Deploy checks and loads code and gives it a name. It runs no init.
func (w *World) Deploy(contract string, code []byte) error {
	if _, err := w.Runtime.Check(code); err != nil {
		return err
	}
	c, err := w.Runtime.Load(sha256.Sum256(code), func() ([]byte, error) { return code, nil })
	if err != nil {
		return err
	}
	w.codes[contract] = c
	return nil
}

// Code returns what Deploy loaded.
func (w *World) Code(contract string) *runtime.Code { return w.codes[contract] }

// Execute runs a method that may write.
func (w *World) Execute(contract, method string, payload []byte) runtime.Outcome {
	return w.Run(contract, runtime.Call{Kind: runtime.KindExecute, Method: method, Payload: payload, GasLimit: DefaultGas})
}

// Query runs a method that may not.
func (w *World) Query(contract, method string, payload []byte) runtime.Outcome {
	return w.Run(contract, runtime.Call{Kind: runtime.KindQuery, Method: method, Payload: payload, GasLimit: DefaultGas})
}

// Run runs any call; its context is the world's. Writes and events of a call that
// does not end in StatusOK are reverted.
func (w *World) Run(contract string, c runtime.Call) runtime.Outcome {
	c.Context = w.Context
	c.Context.Contract = contract
	w.undo, w.emitted = w.undo[:0], 0
	return w.run(contract, c)
}

func (w *World) run(contract string, c runtime.Call) runtime.Outcome {
	code, ok := w.codes[contract]
	if !ok {
		return runtime.Outcome{Status: runtime.StatusNotFound}
	}
	if c.Kind == runtime.KindExecute && w.Stopped[contract] {
		return runtime.Outcome{Status: runtime.StatusFrozen}
	}
	if !c.ReadOnly() {
		if slices.Contains(w.running, contract) {
			return runtime.Outcome{Status: runtime.StatusTrap, Trap: runtime.TrapReentered}
		}
		w.running = append(w.running, contract)
		defer func() { w.running = w.running[:len(w.running)-1] }()
	}
	changes, events := len(w.undo), len(w.events)
	out := w.Runtime.Run(code, c, &host{world: w, contract: contract, call: c})
	if out.Status != runtime.StatusOK {
		for i := len(w.undo) - 1; i >= changes; i-- {
			ch := w.undo[i]
			if ch.had {
				w.state[ch.contract][ch.key] = ch.value
			} else {
				delete(w.state[ch.contract], ch.key)
			}
		}
		w.undo = w.undo[:changes]
		w.events = w.events[:events]
	}
	return out
}

// State returns a copy of a contract's storage.
func (w *World) State(contract string) map[string][]byte { return maps.Clone(w.state[contract]) }

// Snapshot returns a function that puts back all storage and scheduled calls as they
// are now, and drops the events since.
func (w *World) Snapshot() (restore func()) {
	state, events := make(map[string]map[string][]byte, len(w.state)), len(w.events)
	for contract, entries := range w.state {
		state[contract] = maps.Clone(entries)
	}
	return func() { w.state, w.events = state, w.events[:min(events, len(w.events))] }
}

// Put sets a key of a contract's storage from outside.
func (w *World) Put(contract string, key, value []byte) {
	w.set(contract, string(key), bytes.Clone(value))
}

// TakeEvents returns the events since the last time.
func (w *World) TakeEvents() []Event {
	e := w.events
	w.events = nil
	return e
}

func (w *World) set(contract, key string, value []byte) {
	m := w.state[contract]
	if m == nil {
		m = map[string][]byte{}
		w.state[contract] = m
	}
	m[key] = value
}

// host serves one call.
type host struct {
	world    *World
	contract string
	call     runtime.Call
}

// Get implements runtime.Host.
func (h *host) Get(key []byte) ([]byte, bool, error) {
	v, ok := h.world.state[h.contract][string(key)]
	return v, ok, h.world.Fault
}

// Set implements runtime.Host.
func (h *host) Set(key, value []byte) error {
	h.note(key)
	h.world.set(h.contract, string(key), append([]byte{}, value...))
	return h.world.Fault
}

// Delete implements runtime.Host.
func (h *host) Delete(key []byte) error {
	h.note(key)
	delete(h.world.state[h.contract], string(key))
	return h.world.Fault
}

func (h *host) note(key []byte) {
	old, had := h.world.state[h.contract][string(key)]
	h.world.undo = append(h.world.undo, change{h.contract, string(key), old, had})
}

// Scan implements runtime.Host over a copy of the keys.
func (h *host) Scan(start, end []byte, reverse bool) (runtime.Iterator, error) {
	it := &iterator{}
	m := h.world.state[h.contract]
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if k >= string(start) && (end == nil || k < string(end)) {
			it.keys, it.values = append(it.keys, k), append(it.values, m[k])
		}
	}
	if reverse {
		slices.Reverse(it.keys)
		slices.Reverse(it.values)
	}
	return it, h.world.Fault
}

// Emit implements runtime.Host.
func (h *host) Emit(typ string, payload []byte) error {
	h.world.emitted += len(typ) + len(payload)
	if most := h.world.MaxEventBytes; most > 0 && h.world.emitted > most {
		return &runtime.HostLimit{What: "size of all events of a tx"}
	}
	h.world.events = append(h.world.events, Event{h.contract, typ, append([]byte{}, payload...)})
	return h.world.Fault
}

// Call implements runtime.Host.
func (h *host) Call(c runtime.NestedCall) (runtime.Outcome, error) {
	kind := runtime.KindExecute
	if c.Query {
		kind = runtime.KindQuery
	}
	// What stops a call before the method is looked for.
	if kind == runtime.KindExecute && slices.Contains(h.world.running, c.Contract) {
		return runtime.Outcome{Status: runtime.StatusTrap, Trap: runtime.TrapReentered}, nil
	}
	if kind == runtime.KindExecute && h.world.Stopped[c.Contract] {
		return runtime.Outcome{Status: runtime.StatusFrozen}, nil
	}
	if h.world.Declares != nil && !h.world.Declares(c.Contract, c.Method, kind) {
		return runtime.Outcome{Status: runtime.StatusNotFound}, nil
	}
	ctx := h.call.Context
	ctx.Caller, ctx.Contract = h.contract, c.Contract
	if h.world.Permit != nil && !slices.Contains(h.world.Permit, c.Contract) {
		ctx.Origin, ctx.Org, ctx.Roles = "", "", nil
	}
	out := h.world.run(c.Contract, runtime.Call{
		Kind: kind, Method: c.Method, Payload: c.Payload, GasLimit: c.GasLimit, Depth: c.Depth, Context: ctx, Trace: c.Trace,
	})
	if out.Error != nil && out.Error.Contract == "" {
		out.Error.Contract = c.Contract
	}
	return out, nil
}

// MaxScheduled is how many calls a World's contract can schedule: fewer than a
// chain takes, so that tests reach it.
const MaxScheduled = 100

// scheduleOf names the storage that a contract's scheduled calls lie in; no
// contract has such a name.
func scheduleOf(contract string) string { return "scheduled calls of " + contract }

const lastScheduled = "last"

func scheduledKey(id uint64) string { return string(binary.BigEndian.AppendUint64([]byte("id"), id)) }

// Schedule implements runtime.Host. A World runs nothing by itself; see Due.
func (h *host) Schedule(c runtime.ScheduledCall) (id uint64, ok bool, err error) {
	if h.world.Declares != nil && !h.world.Declares(h.contract, c.Method, runtime.KindExecute) {
		return 0, false, nil
	}
	if most := h.world.MaxScheduledGas; most > 0 && c.GasLimit > most {
		return 0, false, nil
	}
	own := &host{world: h.world, contract: scheduleOf(h.contract)}
	if last, ok, _ := own.Get([]byte(lastScheduled)); ok {
		id = binary.BigEndian.Uint64(last)
	}
	id++
	if len(h.world.state[own.contract]) > cmp.Or(h.world.ScheduleLimit, MaxScheduled) { // the number of the last is one of them
		return 0, false, &runtime.HostLimit{What: abi.LimitScheduled}
	}
	if err := own.Set([]byte(lastScheduled), binary.BigEndian.AppendUint64(nil, id)); err != nil {
		return 0, false, err
	}
	value := binary.BigEndian.AppendUint64(nil, uint64(c.Time))
	value = binary.BigEndian.AppendUint64(value, c.GasLimit)
	value = append(append(value, byte(len(c.Method))), c.Method...)
	return id, true, own.Set([]byte(scheduledKey(id)), append(value, c.Payload...))
}

// Unschedule implements runtime.Host.
func (h *host) Unschedule(id uint64) (bool, error) {
	own := &host{world: h.world, contract: scheduleOf(h.contract)}
	_, ok, _ := own.Get([]byte(scheduledKey(id)))
	return ok, own.Delete([]byte(scheduledKey(id)))
}

// Due removes and returns the scheduled call of a contract that is due first at
// the world's time, for the caller to run; ok is false when there is none.
func (w *World) Due(contract string) (c runtime.ScheduledCall, ok bool) {
	calls := w.state[scheduleOf(contract)]
	first := ""
	for _, key := range slices.Sorted(maps.Keys(calls)) {
		if key == lastScheduled {
			continue
		}
		// In order of time, then of id.
		if at := int64(binary.BigEndian.Uint64(calls[key])); at <= w.Context.Time.UnixNano() && (first == "" || at < c.Time) {
			first, c.Time = key, at
		}
	}
	if first == "" {
		return c, false
	}
	value := calls[first]
	n := int(value[16])
	c.GasLimit, c.Method, c.Payload = binary.BigEndian.Uint64(value[8:]), string(value[17:17+n]), value[17+n:]
	delete(calls, first)
	return c, true
}

// TakeScheduled removes a scheduled call, which the caller runs.
func (w *World) TakeScheduled(contract string, id uint64) {
	delete(w.state[scheduleOf(contract)], scheduledKey(id))
}

type iterator struct {
	keys   []string
	values [][]byte
	at     int // 1 for the first
}

// Next implements runtime.Iterator.
// Step implements runtime.Iterator.
func (it *iterator) Step() (on, more bool) {
	on = it.next()
	return on, on
}

func (it *iterator) next() bool {
	if it.at >= len(it.keys) {
		return false
	}
	it.at++
	return true
}

// Key implements runtime.Iterator.
func (it *iterator) Key() []byte { return []byte(it.keys[it.at-1]) }

// Value implements runtime.Iterator.
func (it *iterator) Value() []byte { return it.values[it.at-1] }

// Close implements runtime.Iterator.
func (it *iterator) Close() error { return nil }

// Share deploys to w all that other has, without loading it again.
func (w *World) Share(other *World) { maps.Copy(w.codes, other.codes) }

// Host returns a host for one outermost call of a contract, for callers that run
// it themselves. Nothing is reverted when the call fails.
func (w *World) Host(contract string) runtime.Host {
	c := runtime.Call{Context: w.Context}
	c.Context.Contract = contract
	return &host{world: w, contract: contract, call: c}
}
