package runtime

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// Bounds of a trace, all its nested calls together.
const (
	maxTraceCalls = 1_000
	maxTraceBytes = 512 << 10
)

// Trace records what a call did, for developers. Hand an empty one to Run in
// Call.Trace; it is complete when Run returns. A call without one pays nothing for
// it. Nothing of a trace may decide a result.
type Trace struct {
	Contract string
	Version  uint64
	Method   string
	Kind     Kind
	Depth    int
	Caller   string
	// Payload and Output are nil when they would pass the bounds of a trace;
	// PayloadBytes and OutputBytes are right in any case.
	Payload, Output           []byte
	PayloadBytes, OutputBytes int

	// GasUsed is EntryGas + GuestGas + RebuildGas + the gas of Host + what Calls
	// and omitted calls used.
	GasLimit, GasUsed uint64
	// EntryGas is what the call paid for its instance. The base of that stands in
	// the caller's host function "call" for a nested one.
	EntryGas uint64
	// GuestGas is what the contract's own instructions used.
	GuestGas uint64
	// RebuildGas was paid because the memory grew.
	RebuildGas uint64
	// Host has the host functions that the call used, by name.
	Host []HostUse

	Status Status
	Trap   Trap           // for StatusTrap
	Limit  string         // what limit was passed, for StatusLimit
	Error  *ContractError // for StatusContractError
	// Calls are the nested calls in their order. Omitted counts those that would
	// pass the bounds of a trace, with what they used.
	Calls      []*Trace
	Omitted    int
	OmittedGas uint64

	budget *traceBudget
	// profile is fed when the trace was made by NewProfile.
	profile *Profile

	// The host function that runs now, the gas before it, and what nested calls
	// used during it.
	running string
	before  int64
	inner   uint64
}

// HostUse is what one call used of one host function.
type HostUse struct {
	Name  string
	Count uint64
	// Gas without that of nested calls, which stands in their own traces.
	Gas uint64
}

// traceBudget is shared by all traces of one outermost call.
type traceBudget struct{ calls, bytes int }

// begin notes what is known before the call runs. A trace that a host function
// made for a nested call knows some of it already.
func (t *Trace) begin(c *Call) {
	if t.budget == nil {
		t.budget = &traceBudget{calls: maxTraceCalls - 1, bytes: maxTraceBytes}
	}
	t.Contract, t.Version, t.Method = c.Context.Contract, c.Context.Version, c.Method
	t.Kind, t.Depth, t.Caller, t.GasLimit = c.Kind, c.Depth, c.Context.Caller, c.GasLimit
	if t.PayloadBytes = len(c.Payload); t.Payload == nil {
		t.Payload = t.copy(c.Payload)
	}
}

// copy returns a copy of b while the bounds allow it.
func (t *Trace) copy(b []byte) []byte {
	if len(b) > t.budget.bytes {
		return nil
	}
	t.budget.bytes -= len(b)
	return append([]byte{}, b...)
}

// end notes how the call ended.
func (t *Trace) end(out *Outcome) {
	t.Status, t.Trap, t.GasUsed = out.Status, out.Trap, out.GasUsed
	if t.OutputBytes = len(out.Output); out.Status == StatusOK {
		t.Output = t.copy(out.Output)
	}
	if e := out.Error; e != nil && len(e.Message) <= t.budget.bytes {
		t.budget.bytes -= len(e.Message)
		t.Error = &ContractError{Contract: cmp.Or(e.Contract, t.Contract), Code: e.Code, Message: e.Message, Details: t.copy(e.Details)}
	}
	if l := (*HostLimit)(nil); out.Status == StatusLimit && errors.As(out.Err, &l) {
		t.Limit = l.What
	}
	rest := t.GasUsed
	for _, part := range t.parts() {
		rest -= min(part, rest)
	}
	t.GuestGas = rest
	slices.SortFunc(t.Host, func(a, b HostUse) int { return strings.Compare(a.Name, b.Name) })
}

// parts lists the gas that is not the guest's own.
func (t *Trace) parts() []uint64 {
	parts := []uint64{t.EntryGas, t.RebuildGas, t.OmittedGas}
	for _, h := range t.Host {
		parts = append(parts, h.Gas)
	}
	for _, c := range t.Calls {
		parts = append(parts, c.GasUsed)
	}
	return parts
}

// enter notes that a host function begins.
func (t *Trace) enter(name string, left int64) {
	t.running, t.before, t.inner = name, left, 0
	if t.profile != nil {
		t.profile.enter(site{host: name}, left)
	}
}

// leave notes that the host function has ended, one way or the other.
func (t *Trace) leave(left int64) {
	if t.running == "" {
		return
	}
	i := slices.IndexFunc(t.Host, func(h HostUse) bool { return h.Name == t.running })
	if i < 0 {
		i = len(t.Host)
		t.Host = append(t.Host, HostUse{Name: t.running})
	}
	t.Host[i].Count++
	t.Host[i].Gas += spent(t.before, left) - min(t.inner, spent(t.before, left))
	t.running = ""
	if t.profile != nil {
		t.profile.leave(left)
	}
}

// spent is what was used of the gas that there was: a charge that was more than
// what was left used all of it.
func spent(before, after int64) uint64 {
	return uint64(max(before, 0) - max(min(after, before), 0))
}

// nest returns the trace of a nested call that is about to begin, or nil when
// there is no room for it.
func (t *Trace) nest(n *NestedCall, caller string, left int64) *Trace {
	if t.profile != nil {
		t.profile.flush(left)
	}
	if t.budget.calls == 0 {
		if t.profile == nil {
			return nil
		}
		// Only the profile goes on.
		return &Trace{budget: &traceBudget{}, profile: t.profile}
	}
	t.budget.calls--
	sub := &Trace{
		Contract: strings.ToValidUTF8(n.Contract, "\uFFFD"), Method: strings.ToValidUTF8(n.Method, "\uFFFD"),
		Kind: KindExecute, Depth: n.Depth, Caller: caller, GasLimit: n.GasLimit, PayloadBytes: len(n.Payload),
		Payload: t.copy(n.Payload), budget: t.budget, profile: t.profile,
	}
	if n.Query {
		sub.Kind = KindQuery
	}
	t.Calls = append(t.Calls, sub)
	return sub
}

// nested notes how the nested call ended; left is the caller's gas, that of the
// callee taken off. A call that never began, say of a contract that does not
// exist, has its end from here.
func (t *Trace) nested(sub *Trace, out *Outcome, left int64) {
	t.inner += out.GasUsed
	switch {
	case len(t.Calls) == 0 || t.Calls[len(t.Calls)-1] != sub:
		t.Omitted++
		t.OmittedGas += out.GasUsed
	case sub.Status == StatusOK && out.Status != StatusOK:
		sub.end(out)
	}
	if t.profile != nil {
		t.profile.resume(left)
	}
}

// finish completes the trace of a frame whose call stopped: left is what is left
// before the charge for a memory that grew, settled what is left after it.
func (t *Trace) finish(left, settled int64) {
	t.leave(left)
	t.RebuildGas = spent(left, settled)
	if t.profile != nil {
		t.profile.finish(left, settled)
	}
}
