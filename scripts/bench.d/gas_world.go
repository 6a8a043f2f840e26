package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/schedule"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/runtime"
)

// world serves contracts as the chain does: their storage lies in the state
// tree, below one overlay for the block and one for the tx, and blocks are
// committed. What contracts pay must cover all of that.
type world struct {
	rt    *runtime.Runtime
	store *state.Store
	view  *state.View
	block *state.Overlay
	tx    *state.Overlay
	codes map[string]*runtime.Code
	now   time.Time
	// bytes counts what was written in the block.
	bytes int
	// once is set when the next call is to be the last of a block that is dropped.
	once bool
}

// What fills a block: the writes of 300 txs, or 4 MiB.
const (
	blockWrites = 1_000
	blockBytes  = 4 << 20
)

// statePrefix begins the keys of a contract, as long as a real one.
const statePrefix = "contract/storage/bench-00/x/"

func newWorld(rt *runtime.Runtime, dir string, keys int) (*world, error) {
	store, err := state.Open(state.Options{Dir: dir, NoSync: true})
	if err != nil {
		return nil, err
	}
	v := &world{rt: rt, store: store, codes: map[string]*runtime.Code{}, now: time.Unix(1_800_000_000, 0).UTC()}
	value := make([]byte, 100)
	const step = 100_000
	for from := 0; from < keys; from += step {
		o := state.NewOverlay(nil)
		for i := from; i < min(from+step, keys); i++ {
			binary.BigEndian.PutUint64(value, uint64(i))
			o.Set(storeKey(numberKey(uint32(i))), value)
		}
		if _, err := store.Stage(store.Height()+1, o.Changes()); err != nil {
			return nil, err
		}
		if err := store.Commit(nil); err != nil {
			return nil, err
		}
	}
	settle()
	return v, v.begin()
}

// settle waits until the process is at rest: a tree file may still be written.
func settle() {
	for {
		before := cpuTime()
		time.Sleep(500 * time.Millisecond)
		if cpuTime()-before < 20*time.Millisecond {
			return
		}
	}
}

// numberKey is the key of a number as guests write it: little endian, so that
// neighbours are far apart in the tree.
func numberKey(i uint32) []byte { return binary.LittleEndian.AppendUint32(nil, i) }

func storeKey(key []byte) []byte { return append([]byte(statePrefix), key...) }

// begin opens a block on the last committed height.
func (v *world) begin() (err error) {
	if v.view, err = v.store.View(0); err != nil {
		return err
	}
	v.bytes = 0
	v.block = state.NewOverlay(v.view)
	v.tx = state.NewOverlay(v.block)
	return nil
}

// commit ends the block.
func (v *world) commit() error {
	if v.block.Len() == 0 {
		return nil
	}
	if _, err := v.store.Stage(v.store.Height()+1, v.block.Changes()); err != nil {
		return err
	}
	if err := v.view.Close(); err != nil {
		return err
	}
	if err := v.store.Commit(nil); err != nil {
		return err
	}
	return v.begin()
}

func (v *world) close() error {
	if err := v.view.Close(); err != nil {
		return err
	}
	return v.store.Close()
}

func (v *world) deploy(name string, code []byte) error {
	if _, err := v.rt.Check(code); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	c, err := v.rt.Load(sha256.Sum256(code), func() ([]byte, error) { return code, nil })
	v.codes[name] = c
	return err
}

// call is how a contract is called.
type call struct {
	contract, method string
	payload          []byte
	query            bool
	caller           string
}

// benchGas is the gas limit of a call.
const benchGas = 20_000_000_000

// run runs a call as a tx of the block. A block that is full is committed within
// the call's time.
func (v *world) run(c call) runtime.Outcome {
	kind := runtime.KindExecute
	if c.query {
		kind = runtime.KindQuery
	}
	caller := c.caller
	if caller == "" {
		caller = "cy1caller"
	}
	h := &chainHost{world: v, over: v.tx, prefix: []byte(statePrefix), context: runtime.Context{
		ChainID: "bench-1", Height: 10, Time: v.now, TxHash: sha256.Sum256([]byte("tx")), Contract: c.contract,
		Version: 1, Caller: caller, Origin: caller, Org: "bench-00", Roles: []string{"clerk", "developer"},
	}}
	out := v.rt.Run(v.codes[c.contract], runtime.Call{
		Kind: kind, Method: c.method, Payload: c.payload, GasLimit: benchGas, Context: h.context,
	}, h)
	if out.Status == runtime.StatusOK {
		v.tx.ApplyTo(v.block)
	}
	v.tx.Reset()
	v.now = v.now.Add(time.Millisecond)
	if v.once {
		v.once = false
		v.block, v.bytes = state.NewOverlay(v.view), 0
		v.tx = state.NewOverlay(v.block)
	}
	if v.block.Len() >= blockWrites || v.bytes >= blockBytes {
		if err := v.commit(); err != nil {
			return runtime.Outcome{Status: runtime.StatusFault, Err: err}
		}
	}
	return out
}

// chainHost serves one call as app/contract does.
type chainHost struct {
	world   *world
	over    *state.Overlay
	prefix  []byte
	keyBuf  []byte
	events  []event
	context runtime.Context
}

type event struct {
	typ     string
	payload []byte
}

func (h *chainHost) key(k []byte) []byte {
	h.keyBuf = append(append(h.keyBuf[:0], h.prefix...), k...)
	return h.keyBuf
}

func (h *chainHost) Get(key []byte) ([]byte, bool, error) {
	v, ok := h.over.Get(h.key(key))
	return v, ok, nil
}

func (h *chainHost) Set(key, value []byte) error {
	h.over.Set(h.key(key), value)
	h.world.bytes += len(key) + len(value)
	return nil
}

func (h *chainHost) Delete(key []byte) error {
	h.over.Delete(h.key(key))
	return nil
}

func (h *chainHost) Scan(start, end []byte, reverse bool) (runtime.Iterator, error) {
	from := append(bytes.Clone(h.prefix), start...)
	to := append(bytes.Clone(h.prefix), end...)
	if end == nil {
		to[len(to)-1]++
	}
	return &chainIterator{h.over.Scan(from, to, reverse), len(h.prefix)}, nil
}

func (h *chainHost) Schedule(c runtime.ScheduledCall) (uint64, bool, error) {
	id, err := schedule.Add(h.over, h.context.Contract, &statev1.ScheduledCall{
		Time: c.Time, Method: c.Method, Payload: bytes.Clone(c.Payload), GasLimit: c.GasLimit, Height: h.context.Height,
	})
	h.world.bytes += len(c.Payload)
	return id, err == nil, err
}

func (h *chainHost) Unschedule(id uint64) (bool, error) {
	return schedule.Cancel(h.over, h.context.Contract, id)
}

func (h *chainHost) Emit(typ string, payload []byte) error {
	h.events = append(h.events, event{typ, bytes.Clone(payload)})
	return nil
}

// Call looks a contract up in the state, as the chain must, and runs it on an
// overlay of its own.
func (h *chainHost) Call(n runtime.NestedCall) (runtime.Outcome, error) {
	h.over.Get(append([]byte("contract/record/"), n.Contract...))
	code, ok := h.world.codes[n.Contract]
	if !ok {
		return runtime.Outcome{Status: runtime.StatusNotFound}, nil
	}
	kind := runtime.KindExecute
	if n.Query {
		kind = runtime.KindQuery
	}
	sub := &chainHost{world: h.world, over: state.NewOverlay(h.over), prefix: []byte(statePrefix), context: h.context}
	sub.context.Contract, sub.context.Caller = n.Contract, h.context.Contract
	out := h.world.rt.Run(code, runtime.Call{
		Kind: kind, Method: n.Method, Payload: n.Payload, GasLimit: n.GasLimit, Depth: n.Depth, Context: sub.context,
	}, sub)
	if out.Status == runtime.StatusOK {
		sub.over.ApplyTo(h.over)
		h.events = append(h.events, sub.events...)
	}
	return out, nil
}

type chainIterator struct {
	state.Iterator
	prefix int
}

func (i *chainIterator) Key() []byte { return i.Iterator.Key()[i.prefix:] }
