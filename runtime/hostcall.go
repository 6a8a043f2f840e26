package runtime

import (
	"encoding/binary"
	"fmt"

	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/gas"
)

func hostCall(f *frame, price gas.HostCost, s []uint64) {
	contract, method := f.bytes(arg(s, 0), arg(s, 1)), f.bytes(arg(s, 2), arg(s, 3))
	payload := f.bytes(arg(s, 4), arg(s, 5))
	requested, flags := s[6], arg(s, 7)
	f.bytes(arg(s, 8), arg(s, 9)) // a bad buffer traps before the call
	if flags&^abi.CallQuery != 0 {
		f.trap(TrapBadArgument)
	}
	if len(contract) > f.rt.limits.NameBytes || len(method) > f.rt.limits.NameBytes {
		f.limit(abi.LimitName)
	}
	if len(payload) > f.rt.limits.InputBytes {
		f.limit(abi.LimitPayload)
	}
	query := flags&abi.CallQuery != 0
	if f.call.ReadOnly() && !query {
		f.trap(TrapReadOnly)
	}
	f.charge(price.Cost(uint64(len(contract)+len(method)+len(payload))) - price.Base)

	left := uint64(f.gasLeft())
	grant := left
	if requested != 0 && requested < left {
		grant = requested
	}
	nested := NestedCall{
		Contract: string(contract), Method: string(method), Payload: payload,
		GasLimit: grant, Query: query, Depth: f.call.Depth + 1,
	}
	if f.trace != nil {
		nested.Trace = f.trace.nest(&nested, f.call.Context.Contract, f.gasLeft())
	}
	out := Outcome{Status: StatusLimit}
	if f.call.Depth < f.rt.limits.CallDepth {
		var err error
		out, err = f.host.Call(nested)
		f.check(err)
	} else if f.trace != nil {
		out.Err = &HostLimit{What: limitDepth}
	}
	switch {
	case out.Status == StatusFault:
		f.end(Outcome{Status: StatusFault, Err: out.Err})
	case out.GasUsed > grant:
		f.end(Outcome{Status: StatusFault, Err: fmt.Errorf("nested call used %d gas of %d", out.GasUsed, grant)})
	}
	f.setParts(f.partsLeft() - gas.ToParts(out.GasUsed))
	if f.trace != nil {
		f.trace.nested(nested.Trace, &out, f.gasLeft())
	}
	if out.Status == StatusOK {
		s[0] = f.give(price, arg(s, 8), arg(s, 9), out.Output)
		return
	}
	pending := encodeCallError(out)
	f.charge(price.Cost(uint64(len(pending))) - price.Base)
	f.pending, f.hasPending = pending, true
	s[0] = negative(abi.Failed - int64(len(pending)))
}

// encodeCallError encodes the pending value of a failed nested call, as package
// abi gives it.
func encodeCallError(o Outcome) []byte {
	number := func(b []byte, field byte, v uint64) []byte {
		if v == 0 {
			return b
		}
		return binary.AppendUvarint(append(b, field<<3), v)
	}
	text := func(b []byte, field byte, v string) []byte {
		if v == "" {
			return b
		}
		return append(binary.AppendUvarint(append(b, field<<3|2), uint64(len(v))), v...)
	}
	b := number(nil, 1, uint64(o.Status))
	if e := o.Error; e != nil {
		b = number(b, 2, uint64(e.Code))
		b = text(b, 3, e.Message)
		b = text(b, 4, string(e.Details))
		b = text(b, 5, e.Contract)
	}
	return b
}
