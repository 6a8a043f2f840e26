package contract

import (
	"github.com/chancery-chain/chancery/app/contract/storage"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/runtime"
)

// maxEventBytes bounds the events of a tx: every node holds the results of a
// whole block in memory. The runtime's limits are for one call, and a tx can make
// thousands.
const maxEventBytes = 1 << 20

// call is one contract on the stack of a tx or query: the runtime's host. Its
// writes and events are its own until the caller takes them over.
type call struct {
	exec   *Executor
	env    *Env
	parent *call
	*target
	writes *state.Overlay // nil in a query
	reads  state.Reader   // writes, or the state that a query reads
	events []Event
	// emitted is the size of all events of the tx, those of reverted calls
	// included. It is counted at the outermost call.
	emitted int
	prefix  []byte // of this contract's storage keys
	keyBuf  []byte
}

// storeKey returns the key in the state tree for a key of the contract. It is
// valid until the next call of storeKey.
func (c *call) storeKey(key []byte) []byte {
	c.keyBuf = append(append(c.keyBuf[:0], c.prefix...), key...)
	return c.keyBuf
}

func (c *call) Get(key []byte) ([]byte, bool, error) {
	v, ok := c.reads.Get(c.storeKey(key))
	return v, ok, nil
}

func (c *call) Set(key, value []byte) error {
	if c.writes == nil {
		return errWriteInQuery
	}
	c.writes.Set(c.storeKey(key), value)
	return nil
}

func (c *call) Delete(key []byte) error {
	if c.writes == nil {
		return errWriteInQuery
	}
	c.writes.Delete(c.storeKey(key))
	return nil
}

func (c *call) Scan(start, end []byte, reverse bool) (runtime.Iterator, error) {
	from := append(append([]byte{}, c.prefix...), start...)
	to := append(append([]byte{}, c.prefix...), end...)
	if end == nil {
		to = storage.End(c.prefix)
	}
	return &iterator{c.reads.Scan(from, to, reverse), len(c.prefix)}, nil
}

func (c *call) Emit(typ string, payload []byte) error {
	if c.writes == nil {
		return errWriteInQuery
	}
	root := c
	for root.parent != nil {
		root = root.parent
	}
	if root.emitted += len(typ) + len(payload); root.emitted > maxEventBytes {
		return &runtime.HostLimit{What: "size of all events of a tx"}
	}
	c.events = append(c.events, Event{Contract: c.name, Type: typ, Payload: append([]byte{}, payload...)})
	return nil
}

// Call runs another contract. A contract that is on the stack may be queried,
// but not executed again: its caller has read state that such a call could
// change under it.
func (c *call) Call(n runtime.NestedCall) (runtime.Outcome, error) {
	kind := runtime.KindExecute
	if n.Query {
		kind = runtime.KindQuery
	}
	if kind == runtime.KindExecute {
		if c.writes == nil {
			return runtime.Outcome{Status: runtime.StatusTrap, Trap: runtime.TrapReadOnly}, nil
		}
		for p := c; p != nil; p = p.parent {
			if p.name == n.Contract {
				return runtime.Outcome{Status: runtime.StatusTrap, Trap: runtime.TrapReentered}, nil
			}
		}
	}
	on, err := c.exec.target(c.reads, n.Contract, n.Method, kind)
	if err != nil {
		switch {
		case isNotFound(err):
			return runtime.Outcome{Status: runtime.StatusNotFound}, nil
		case isFrozen(err):
			return runtime.Outcome{Status: runtime.StatusFrozen}, nil
		}
		// Broken state, or code that does not load: of this node alone.
		return runtime.Outcome{}, &Fault{err}
	}
	sub := newCall(c.exec, c.env, c, on)
	if kind != runtime.KindQuery {
		sub.writes = state.NewOverlay(c.writes)
		sub.reads = sub.writes
	}
	out := sub.run(runtime.Call{
		Kind: kind, Method: n.Method, Payload: n.Payload, GasLimit: n.GasLimit, Depth: n.Depth, Trace: n.Trace,
	}, c.name)
	if out.Error != nil && out.Error.Contract == "" {
		out.Error.Contract = n.Contract
	}
	if out.Status == runtime.StatusOK && sub.writes != nil {
		sub.writes.ApplyTo(c.writes)
		c.events = append(c.events, sub.events...)
	}
	return out, nil
}

type iterator struct {
	state.Iterator
	prefix int
}

func (i *iterator) Key() []byte { return i.Iterator.Key()[i.prefix:] }
