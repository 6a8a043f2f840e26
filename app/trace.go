package app

import (
	"errors"
	"strings"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/query"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/runtime"
)

// Bounds of the changes in a trace.
const (
	maxTraceChanges     = 1_000
	maxTraceChangeBytes = 1 << 20
)

// apiTrace is a trace for the API.
func (a *App) apiTrace(view *state.View, s *simulation) *chanceryv1.Trace {
	out := &chanceryv1.Trace{TxGas: s.result.GasUsed}
	t := tracer{a: a, view: view, sim: s, hidden: make(map[string]bool)}
	if s.calls.Contract != "" {
		out.Call = t.call(s.calls)
		out.TxGas -= min(out.TxGas, s.calls.GasUsed)
	}
	if s.writes == nil {
		return out
	}
	size := 0
	for _, c := range s.writes.Changes() {
		name, key, ok := contract.ParseStoreKey(c.Key)
		if !ok {
			continue // an account, a quota: not what a contract stores
		}
		if t.hides(name) {
			out.OmittedChanges++
			continue
		}
		change := &chanceryv1.StorageChange{Contract: name, Key: key}
		if !c.Delete {
			change.After = append([]byte{}, c.Value...)
		}
		if before, had := view.Get(c.Key); had {
			change.Before = append([]byte{}, before...)
		}
		if change.After == nil && change.Before == nil {
			continue // made and removed again
		}
		size += len(key) + len(change.Before) + len(change.After)
		if len(out.Changes) == maxTraceChanges || size > maxTraceChangeBytes {
			out.OmittedChanges++
			continue
		}
		out.Changes = append(out.Changes, change)
	}
	return out
}

var apiKinds = map[runtime.Kind]chanceryv1.MethodKind{
	runtime.KindInit:    chanceryv1.MethodKind_METHOD_KIND_INIT,
	runtime.KindExecute: chanceryv1.MethodKind_METHOD_KIND_EXECUTE,
	runtime.KindQuery:   chanceryv1.MethodKind_METHOD_KIND_QUERY,
	runtime.KindMigrate: chanceryv1.MethodKind_METHOD_KIND_MIGRATE,
}

var apiStatuses = map[runtime.Status]chanceryv1.CallStatus{
	runtime.StatusOK:            chanceryv1.CallStatus_CALL_STATUS_OK,
	runtime.StatusContractError: chanceryv1.CallStatus_CALL_STATUS_CONTRACT_ERROR,
	runtime.StatusTrap:          chanceryv1.CallStatus_CALL_STATUS_TRAP,
	runtime.StatusOutOfGas:      chanceryv1.CallStatus_CALL_STATUS_OUT_OF_GAS,
	runtime.StatusLimit:         chanceryv1.CallStatus_CALL_STATUS_LIMIT,
	runtime.StatusNotFound:      chanceryv1.CallStatus_CALL_STATUS_NOT_FOUND,
	runtime.StatusFrozen:        chanceryv1.CallStatus_CALL_STATUS_FROZEN,
	runtime.StatusFault:         chanceryv1.CallStatus_CALL_STATUS_FAULT,
}

// tracer makes the API's trace of a simulation.
type tracer struct {
	a      *App
	view   *state.View
	sim    *simulation
	hidden map[string]bool
}

// hides reports whether the origin may not read all of a contract: one with gated
// queries shows more inside than in its answers. A delegate reads nothing in its
// principal's right but the answers of what it was given to do.
func (t *tracer) hides(name string) bool {
	if h, ok := t.hidden[name]; ok {
		return h
	}
	s, _, _, err := t.a.exec.Schema(t.view, name)
	var fault *contract.Fault
	h := errors.As(err, &fault) || err == nil && s.Gated() // a contract that the tx itself deploys is not in view
	if h && t.sim.who != nil && t.sim.body.Principal == "" {
		may, err := query.MayReadStorage(t.view, name, t.sim.body.Org, t.sim.who.roles)
		h = err != nil || !may
	}
	t.hidden[name] = h
	return h
}

func (tr *tracer) call(t *runtime.Trace) *chanceryv1.CallTrace {
	out := &chanceryv1.CallTrace{
		// Names of a nested call are the guest's bytes, and text must be UTF-8.
		Contract: strings.ToValidUTF8(t.Contract, "\uFFFD"), Version: t.Version, Method: strings.ToValidUTF8(t.Method, "\uFFFD"),
		Kind: apiKinds[t.Kind], Depth: uint32(t.Depth), Caller: t.Caller,
		Request: t.Payload, RequestBytes: uint32(t.PayloadBytes), Response: t.Output, ResponseBytes: uint32(t.OutputBytes),
		GasLimit: t.GasLimit, GasUsed: t.GasUsed, EntryGas: t.EntryGas, GuestGas: t.GuestGas, RebuildGas: t.RebuildGas,
		Status: apiStatuses[t.Status], Reason: t.Limit, OmittedCalls: uint32(t.Omitted), OmittedGas: t.OmittedGas,
	}
	if t.Status == runtime.StatusTrap {
		out.Reason = t.Trap.String()
	}
	if e := t.Error; e != nil {
		out.Error = &chanceryv1.ContractError{Contract: e.Contract, Code: e.Code, Message: e.Message, Details: e.Details}
		// A contract that this tx deploys is not in view: its error has no name.
		if s, _, _, err := tr.a.exec.Schema(tr.view, e.Contract); err == nil {
			if declared, ok := s.Error(e.Code); ok {
				out.Error.Name = declared.Name
			}
		}
	}
	for _, h := range t.Host {
		out.Host = append(out.Host, &chanceryv1.HostUse{Name: h.Name, Count: h.Count, Gas: h.Gas})
	}
	for _, c := range t.Calls {
		out.Calls = append(out.Calls, tr.call(c))
	}
	if t.Depth > 1 && tr.hides(t.Contract) {
		out.Request, out.Response = nil, nil
		if out.Error != nil {
			out.Error.Message, out.Error.Details = "", nil
		}
	}
	return out
}
