package contract

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract/storage"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/runtime"
)

// Env is what contracts can learn about the tx or query that runs them.
type Env struct {
	ChainID string
	Height  int64
	Time    time.Time
	TxHash  [32]byte
	Origin  string
	Org     string
	Roles   []string
	// Sponsored is true when the contract's organisation pays: the method must be
	// declared so.
	Sponsored bool
	// Caller is who calls the outermost contract; empty for the origin.
	Caller string
	// MaxScheduledGas is the most gas that a call may have which the contract asks
	// for at a time.
	MaxScheduledGas uint64
	// Trace, if not nil, records the outermost call and all nested ones. It is for
	// simulations; a block has none.
	Trace *runtime.Trace
	// Sight narrows who sees the origin, in queries and simulations.
	Sight Sight
}

// Author is who put code or a contract on chain, and when.
type Author struct {
	Org    string
	Origin string
	Height int64
	Time   time.Time
	// Simulated is true where nothing is kept and nobody pays.
	Simulated bool
	// Admin is true when the origin has that role in Org.
	Admin bool
	// CommitteeProposal is the number of the committee's proposal that decided;
	// Org and Origin are empty then. It is 0 for a tx.
	CommitteeProposal uint64
	// NotSuspended returns those of some organisations whose approvals count.
	NotSuspended func(r state.Reader, orgs []string) ([]string, error)
}

// Done is what an action did. GasUsed counts for failures too; the rest is empty
// then.
type Done struct {
	Data    []byte
	Events  []Event
	GasUsed uint64
}

// Fault is an error of this node alone, such as compiled code that cannot be
// written to disk. It never becomes a result.
type Fault struct{ Err error }

func (f *Fault) Error() string { return f.Err.Error() }

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

var errWriteInQuery = errors.New("write in a query")

// schemasKept bounds the parsed interfaces in memory.
const schemasKept = 256

// Executor runs contracts. It is safe for several goroutines.
type Executor struct {
	rt      *runtime.Runtime
	log     *slog.Logger
	schemas *lru.Cache[[32]byte, described]

	scheduler Scheduler
	// reading is held by whoever reads an interface for strangers.
	reading sync.Mutex
}

// described is the interface of code, parsed and as the code carries it.
type described struct {
	schema *schema.Contract
	set    []byte
}

// NewExecutor returns an executor on a runtime, which stays the caller's.
func NewExecutor(rt *runtime.Runtime, s Scheduler, log *slog.Logger) *Executor {
	schemas, err := lru.New[[32]byte, described](schemasKept)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &Executor{rt: rt, log: log, schemas: schemas, scheduler: s}
}

// Execute runs an executing method of a contract over w with at most gas gas.
func (e *Executor) Execute(w *state.Overlay, env *Env, name, method string, payload []byte, gas uint64) (Done, error) {
	on, err := e.target(w, name, method, runtime.KindExecute)
	if err == nil && env.Sponsored {
		err = on.checkSponsored(method)
	}
	if err != nil {
		return Done{}, err
	}
	c := newCall(e, env, nil, on)
	c.reads, c.writes = w, w
	out := c.run(runtime.Call{
		Kind: runtime.KindExecute, Method: method, Payload: payload, GasLimit: gas, Depth: 1,
	}, cmp.Or(env.Caller, env.Origin))
	return c.done(out)
}

// Query runs a query of a contract over r with at most gas gas.
func (e *Executor) Query(r state.Reader, env *Env, name, method string, payload []byte, gas uint64) (Done, error) {
	on, err := e.target(r, name, method, runtime.KindQuery)
	if err != nil {
		return Done{}, err
	}
	c := newCall(e, env, nil, on)
	c.reads = r
	out := c.run(runtime.Call{
		Kind: runtime.KindQuery, Method: method, Payload: payload, GasLimit: gas, Depth: 1,
	}, env.Origin)
	return c.done(out)
}

// newCall makes the frame of a call; the caller of an outermost one sets what it
// reads and writes. A nested call reads its parent's state; Call gives it
// an overlay of its own.
func newCall(e *Executor, env *Env, parent *call, on *target) *call {
	c := &call{exec: e, env: env, parent: parent, target: on, prefix: storage.Of(on.name)}
	if parent != nil {
		c.reads = parent.reads
	}
	return c
}

func (c *call) run(rc runtime.Call, caller string) runtime.Outcome {
	if err := c.env.checkClaim(c.name, c.schema); err != nil {
		return runtime.Outcome{Status: runtime.StatusFault, Err: err}
	}
	origin, org, roles := c.origin()
	rc.Context = runtime.Context{
		ChainID: c.env.ChainID, Height: c.env.Height, Time: c.env.Time, TxHash: c.env.TxHash,
		Contract: c.name, Version: c.record.Version, Caller: caller,
		Origin: origin, Org: org, Roles: roles,
	}
	if c.parent == nil {
		rc.Trace = c.env.Trace
	}
	return c.exec.rt.Run(c.code, rc, c)
}

// done turns the outcome of a tx's outermost call into codes. It is the one
// place that does.
func (c *call) done(out runtime.Outcome) (Done, error) {
	d := Done{GasUsed: out.GasUsed}
	switch out.Status {
	case runtime.StatusOK:
		d.Data, d.Events = out.Output, c.events
		return d, nil
	case runtime.StatusContractError:
		return d, c.contractError(out.Error)
	case runtime.StatusOutOfGas:
		return d, apperr.Wrap(apperr.OutOfGas, out.Err, "%s used its gas", c.name)
	case runtime.StatusLimit:
		return d, apperr.Wrap(apperr.LimitExceeded, out.Err, "%s", c.name)
	case runtime.StatusTrap:
		return d, apperr.Wrap(apperr.ContractTrap, out.Err, "%s: %s", c.name, out.Trap)
	}
	if err := unproved(out.Err); err != nil {
		return d, err
	}
	c.exec.log.Error("runtime fault", "contract", c.name, "height", c.env.Height, "err", out.Err)
	if isOwn(out.Err) {
		return d, &Fault{fmt.Errorf("run %s: %w", c.name, out.Err)}
	}
	return d, apperr.Wrap(apperr.Internal, out.Err, "%s", c.name)
}

// isOwn reports whether an error is certainly of this node alone: one that was
// marked so, or one of the operating system, such as a want of memory or file
// handles. As a result it would differ from what other nodes have. A fault that a
// bug makes is the same everywhere; it must not stop every node.
func isOwn(err error) bool {
	var f *Fault
	var errno syscall.Errno
	return errors.As(err, &f) || errors.As(err, &errno)
}

func (c *call) contractError(ce *runtime.ContractError) error {
	e := apperr.New(apperr.ContractFailed, "%s: %s", c.name, ce.Message)
	e.Contract = &apperr.ContractError{Contract: c.name, Code: ce.Code, Message: ce.Message, Details: ce.Details}
	if declared, ok := c.schema.Error(ce.Code); ok {
		e.Contract.Name = declared.Name
	}
	return e
}

// target is a contract that is about to run.
type target struct {
	name   string
	record *statev1.Contract
	code   *runtime.Code
	schema *schema.Contract
}

// target finds a contract and checks that the method may be run in this way.
func (e *Executor) target(r state.Reader, name, method string, kind runtime.Kind) (*target, error) {
	rec, err := Get(r, name)
	if err != nil {
		return nil, err
	}
	if kind == runtime.KindExecute {
		if err := checkActive(name, rec); err != nil {
			return nil, err
		}
	}
	code, sch, err := e.load(r, rec.CodeHash)
	if err != nil {
		return nil, err
	}
	m, ok := sch.Method(method)
	if !ok {
		return nil, apperr.New(apperr.NotFound, "contract %s has no method %q; it has %s", name, method, methodNames(sch))
	}
	return &target{name, rec, code, sch}, checkKind(name, m, kind)
}

func checkKind(name string, m *schema.Method, kind runtime.Kind) error {
	switch {
	case kind == runtime.KindQuery && m.Kind != schema.KindQuery:
		return apperr.Invalid("method", "%s.%s is no query; run it by a transaction", name, m.Name)
	case kind == runtime.KindExecute && m.Kind == schema.KindQuery:
		return apperr.Invalid("method", "%s.%s is a query; read it at /c/%s", name, m.Name, name)
	case kind == runtime.KindExecute && m.Kind != schema.KindExecute:
		return apperr.Invalid("method", "%s.%s is run by deploy or upgrade only", name, m.Name)
	}
	return nil
}

// load returns compiled code and its interface.
func (e *Executor) load(r state.Reader, hash []byte) (*runtime.Code, *schema.Contract, error) {
	code, err := e.rt.Load([32]byte(hash), func() ([]byte, error) {
		rec, err := GetCode(r, hash)
		if err != nil {
			return nil, err
		}
		return unpackStored(rec)
	})
	if err != nil {
		return nil, nil, &Fault{fmt.Errorf("load code %x: %w", hash, err)}
	}
	sch, err := e.schema([32]byte(hash), code.Descriptors())
	if err != nil {
		return nil, nil, &Fault{fmt.Errorf("interface of code %x: %w", hash, err)}
	}
	return code, sch, nil
}

func (e *Executor) schema(hash [32]byte, set []byte) (*schema.Contract, error) {
	if d, ok := e.schemas.Get(hash); ok {
		return d.schema, nil
	}
	s, err := schema.Parse(set)
	if err == nil {
		e.schemas.Add(hash, described{s, set})
	}
	return s, err
}

// Schema returns a deployed contract's record and interface, with the set it was
// read from. It does not load the code: anybody may ask for any contract, and
// compiling would take a second each and push out what blocks need.
func (e *Executor) Schema(r state.Reader, name string) (*schema.Contract, *statev1.Contract, []byte, error) {
	rec, err := Get(r, name)
	if err != nil {
		return nil, nil, nil, err
	}
	d, err := e.describe(r, [32]byte(rec.CodeHash))
	if err != nil {
		return nil, nil, nil, &Fault{fmt.Errorf("interface of code %x: %w", rec.CodeHash, err)}
	}
	return d.schema, rec, d.set, nil
}

// CodeSchema returns the interface of code on chain, with the set it was read from, or
// NotFound. Like Schema it does not load the code.
func (e *Executor) CodeSchema(r state.Reader, hash []byte) (*schema.Contract, []byte, error) {
	if len(hash) != 32 {
		return nil, nil, apperr.Invalid("code_hash", "has %d bytes, not 32", len(hash))
	}
	if !codes.Has(r, [32]byte(hash)) {
		return nil, nil, codeMissing(hash)
	}
	d, err := e.describe(r, [32]byte(hash))
	if err != nil {
		return nil, nil, &Fault{fmt.Errorf("interface of code %x: %w", hash, err)}
	}
	return d.schema, d.set, nil
}

// describe reads the interface of stored code for whoever asks a node, one at a time:
// unpacking takes megabytes and tens of milliseconds.
func (e *Executor) describe(r state.Reader, hash [32]byte) (described, error) {
	if d, ok := e.schemas.Get(hash); ok {
		return d, nil
	}
	e.reading.Lock()
	defer e.reading.Unlock()
	return e.describeNow(r, hash) // another may have read it while this one waited
}

// describeNow is describe for a block, which waits for no stranger: there may be
// thousands of them.
func (e *Executor) describeNow(r state.Reader, hash [32]byte) (described, error) {
	if d, ok := e.schemas.Get(hash); ok {
		return d, nil
	}
	rec, err := GetCode(r, hash[:])
	if err != nil {
		return described{}, err
	}
	code, err := unpackStored(rec)
	if err != nil {
		return described{}, err
	}
	s, set, err := schema.FromCode(code)
	if err != nil {
		return described{}, err
	}
	d := described{s, bytes.Clone(set)} // set shares memory with the whole code
	e.schemas.Add(hash, d)
	return d, nil
}

// isFrozen reports whether an error says that a contract takes no calls.
func isFrozen(err error) bool { return !isOwn(err) && apperr.CodeOf(err) == apperr.Frozen }

// isNotFound reports whether an error says that there is no such contract or
// method. A fault of this node never does, whatever it wraps.
func isNotFound(err error) bool {
	if isOwn(err) {
		return false
	}
	c := apperr.CodeOf(err)
	return c == apperr.NotFound || c == apperr.InvalidTx
}

func methodNames(s *schema.Contract) string {
	names := make([]string, len(s.Methods))
	for i, m := range s.Methods {
		names[i] = m.Name
	}
	return strings.Join(names, ", ")
}
