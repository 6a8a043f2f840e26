// Package sdktest runs contracts as plain Go against a chain in memory, so that
// a contract's tests take milliseconds and need no node.
//
// It keeps the chain's rules: a failed call leaves no writes and no events, a
// query cannot write, a contract on the call stack is not executed again, a Go panic
// ends the call as a trap, and sizes, numbers and depth have the chain's limits. A
// contract can be frozen, retired and upgraded.
//
// What it has not: gas, memory and stack, quotas and caps of sponsors, the rules by
// which the chain takes an upgrade, and the bound on what one block makes of
// scheduled calls. The chain refuses an unknown method and one of the wrong kind
// before the contract is asked; here the contract does, with sdk.CodeUnknownMethod
// and sdk.CodeWrongKind.
//
//	chain := sdktest.New()
//	err := chain.Deploy("records/evidence", evidence.NewService(&evidence.Contract{}))
//	clerk := chain.Account("cy1clerk", "records", "clerk")
//	client := evidence.NewEvidenceServiceClient(clerk, "records/evidence")
//	resp, err := client.Anchor(&evidence.AnchorRequest{…})
//
// A Chain and its accounts are for one goroutine.
package sdktest

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

// Event is an event that was emitted and not reverted.
type Event struct {
	Contract string
	Type     string // full name of the message
	Payload  []byte // the message, encoded
}

// Entry is one key and value of a contract's storage.
type Entry struct {
	Key, Value []byte
}

// Chain is a chain in memory.
type Chain struct {
	// ID is the chain id that contracts see.
	ID string

	height    int64
	time      time.Time
	txs       uint64
	contracts map[string]*contract
	journal   []undo
	events    []Event
	logs      []string
	stack     []*frame
	recording *recording
	made      []ScheduledCall
	// emitted is the size of all events of the tx, those of reverted calls included.
	emitted int
}

// contract is a deployed contract.
type contract struct {
	name    string
	version uint64
	service *sdk.Service
	status  lifeStatus
	store   store
	// scheduled has the calls that wait, the number of the last one and the turn.
	scheduled store
}

// New returns a chain at height 1 and 2026-01-01 00:00:00 UTC.
func New() *Chain {
	return &Chain{
		ID:        "test",
		height:    1,
		time:      time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		contracts: map[string]*contract{},
		recording: newRecording(),
	}
}

// Deploy puts a contract that has no init method on chain. Of one that has, the init
// method is not run, as it would be on the chain; see DeployInit.
func (c *Chain) Deploy(name string, service *sdk.Service) error {
	if c.contracts[name] != nil {
		return fmt.Errorf("deploy %s: the name is taken", name)
	}
	c.contracts[name] = &contract{name: name, version: 1, service: service}
	c.recording.deployed("deploy", name, service)
	return nil
}

// DeployInit puts a contract on chain and runs its init method as an account.
// When that fails nothing is deployed.
func (c *Chain) DeployInit(a *Account, name string, service *sdk.Service, method string, req sdk.Marshaler) error {
	payload, err := req.MarshalVT()
	if err != nil {
		return err
	}
	if err := c.Deploy(name, service); err != nil {
		return err
	}
	if _, err := c.run(a, sdk.KindInit, name, method, payload, nil); err != nil {
		delete(c.contracts, name)
		c.recording.deployed("remove", name, nil)
		return err
	}
	return nil
}

// StopRecording leaves out of the recording what follows on this chain. It is for a
// test that upgrades from or to code which is not the contract's own, such as an
// earlier version in the test itself: there is no Wasm of it to compare with.
func (c *Chain) StopRecording() { c.recording = nil }

// Height returns the height of the block that the next call runs in.
func (c *Chain) Height() int64 { return c.height }

// Time returns the block time of the next call.
func (c *Chain) Time() time.Time { return c.time }

// SetTime begins a new block with a block time: the calls that are due by then are
// made first. It panics when t lies before Time, but for the first block: block time
// never goes back.
func (c *Chain) SetTime(t time.Time) {
	if c.height > 1 && t.Before(c.time) {
		panic("sdktest: block time does not go back, from " + c.time.Format(time.RFC3339Nano) + " to " + t.UTC().Format(time.RFC3339Nano))
	}
	c.height++
	c.time = t.UTC()
	c.runScheduled()
}

// Advance begins a new block, d after the last; see SetTime.
func (c *Chain) Advance(d time.Duration) { c.SetTime(c.time.Add(d)) }

// Events returns all events so far, in order.
func (c *Chain) Events() []Event { return append([]Event(nil), c.events...) }

// Logs returns what contracts logged, failed calls included.
func (c *Chain) Logs() []string { return append([]string(nil), c.logs...) }

// State returns a contract's storage in order of the keys; nil when there is no
// such contract.
func (c *Chain) State(name string) []Entry {
	target := c.contracts[name]
	if target == nil {
		return nil
	}
	return target.store.entries("", nil)
}

// Trap is the error of a call that crashed: the contract panicked or broke a
// rule of the host.
type Trap struct {
	Contract string
	Reason   string
}

func (t *Trap) Error() string { return "trap in " + t.Contract + ": " + t.Reason }

// ErrNotFound is the error of a call to a contract that is not deployed.
var ErrNotFound = errors.New("no such contract")

// ErrNotSponsored is the error of an account that acts for no organisation and
// executes a method that is not declared as sponsored: nobody would pay. Here every
// sponsored method is paid for, without a bound; on a chain an admin of the
// contract's organisation sets one.
var ErrNotSponsored = errors.New("the account acts for no organisation, and the method is not sponsored")

// newTx returns the outermost frame of a tx or query.
func (c *Chain) newTx(a *Account, kind sdk.Kind, method string, payload []byte) *frame {
	root := &frame{
		chain: c, kind: kind, method: method, payload: payload,
		caller: a.Address, origin: a.Address, org: a.Org, roles: sortedRoles(a.Roles), depth: 1,
	}
	if a.Org == "" {
		root.roles = nil // there is no organisation to have them in
	}
	if kind != sdk.KindQuery {
		c.txs++
		root.txHash = sha256.Sum256(binary.BigEndian.AppendUint64([]byte(c.ID), c.txs))
	}
	return root
}

// run is one tx or one query from outside.
func (c *Chain) run(a *Account, kind sdk.Kind, name, method string, payload []byte, permit []string) ([]byte, error) {
	if target := c.contracts[name]; kind == sdk.KindExecute && a.Org == "" && target != nil && !target.service.IsSponsored(method) {
		return nil, fmt.Errorf("call %s.%s: %w", name, method, ErrNotSponsored)
	}
	root := c.newTx(a, kind, method, payload)
	root.permit = permit
	out, err := c.outermost(root, name)
	c.journal = c.journal[:0]
	return out, err
}

// outermost enters a contract and records what it did. The journal stays.
func (c *Chain) outermost(root *frame, name string) ([]byte, error) {
	writes, events := len(c.journal), len(c.events)
	c.emitted = 0
	out, err := c.enter(root, name)
	c.recording.call(root, name, writes, c.events[events:], out, err)
	return out, err
}

// enter runs a frame on a contract and reverts what it did when it fails.
func (c *Chain) enter(f *frame, name string) (out []byte, err error) {
	target := c.contracts[name]
	if target == nil {
		return nil, fmt.Errorf("call %s: %w", name, ErrNotFound)
	}
	f.contract = target
	if f.kind == sdk.KindExecute {
		if err := target.checkActive(); err != nil {
			return nil, err
		}
	}
	writes, events := len(c.journal), len(c.events)
	c.stack = append(c.stack, f)
	defer func() {
		c.stack = c.stack[:len(c.stack)-1]
		switch r := recover().(type) {
		case nil:
		case failure:
			err = r.err
		case passed:
			err = &Limit{Contract: name, What: r.what}
		default:
			err = &Trap{Contract: name, Reason: fmt.Sprint(r)}
		}
		if err != nil {
			out = nil
			c.revert(writes)
			c.events = c.events[:events]
		}
	}()
	within(len(f.payload), MaxPayload, limitPayload)
	within(len(f.method), MaxName, limitName)
	target.service.Run(f)
	return f.output, nil
}

// onStack reports whether a contract is being executed.
func (c *Chain) onStack(name string) bool {
	for _, f := range c.stack {
		if f.contract.name == name {
			return true
		}
	}
	return false
}
