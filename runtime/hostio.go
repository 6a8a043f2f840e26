package runtime

import (
	"log/slog"
	"strings"

	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/gas"
)

func hostInput(f *frame, price gas.HostCost, s []uint64) {
	s[0] = f.give(price, arg(s, 0), arg(s, 1), f.call.Payload)
}

func hostOutput(f *frame, price gas.HostCost, s []uint64) {
	b := f.bytes(arg(s, 0), arg(s, 1))
	if len(b) > f.rt.limits.OutputBytes {
		f.limit(abi.LimitResponse)
	}
	f.charge(price.Cost(uint64(len(b))) - price.Base)
	// A copy, because the guest may use the memory again before it returns.
	// Calls that set it again reuse the buffer, or a large response set in a loop
	// would cost more than its price.
	if f.output == nil {
		f.output = []byte{}
	}
	f.output = append(f.output[:0], b...)
}

func hostFail(f *frame, price gas.HostCost, s []uint64) {
	code := arg(s, 0)
	msg, details := f.bytes(arg(s, 1), arg(s, 2)), f.bytes(arg(s, 3), arg(s, 4))
	if code == 0 {
		f.trap(TrapBadArgument)
	}
	if len(msg) > f.rt.limits.ErrorBytes || len(details) > f.rt.limits.ErrorBytes {
		f.limit(abi.LimitError)
	}
	f.charge(price.Cost(uint64(len(msg)+len(details))) - price.Base)
	f.end(Outcome{Status: StatusContractError, Error: &ContractError{
		Code: code,
		// Results are protobuf, where text must be valid UTF-8.
		Message: strings.ToValidUTF8(string(msg), "\uFFFD"),
		Details: append([]byte{}, details...),
	}})
}

func hostReadPending(f *frame, price gas.HostCost, s []uint64) {
	n := arg(s, 1)
	if !f.hasPending || uint64(n) != uint64(len(f.pending)) {
		f.trap(TrapBadArgument)
	}
	dst := f.bytes(arg(s, 0), n)
	f.charge(price.Cost(uint64(n)) - price.Base)
	copy(dst, f.pending)
	f.pending, f.hasPending = nil, false
}

func hostContext(f *frame, price gas.HostCost, s []uint64) {
	c := &f.call.Context
	var text string
	switch arg(s, 0) {
	case abi.FieldChainID:
		text = c.ChainID
	case abi.FieldTxHash:
		text = string(c.TxHash[:])
	case abi.FieldContract:
		text = c.Contract
	case abi.FieldMethod:
		text = f.call.Method
	case abi.FieldCaller:
		text = c.Caller
	case abi.FieldOrigin:
		text = c.Origin
	case abi.FieldOrg:
		text = c.Org
	case abi.FieldRoles:
		text = strings.Join(c.Roles, "\n")
	default:
		f.trap(TrapBadArgument)
	}
	s[0] = f.give(price, arg(s, 1), arg(s, 2), []byte(text))
}

func hostContextInt(f *frame, _ gas.HostCost, s []uint64) {
	c := &f.call.Context
	switch arg(s, 0) {
	case abi.FieldKind:
		s[0] = uint64(f.call.Kind)
	case abi.FieldHeight:
		s[0] = uint64(c.Height)
	case abi.FieldTime:
		s[0] = uint64(c.Time.UnixNano())
	case abi.FieldVersion:
		s[0] = c.Version
	case abi.FieldDepth:
		s[0] = uint64(f.call.Depth)
	default:
		f.trap(TrapBadArgument)
	}
}

func hostEmit(f *frame, price gas.HostCost, s []uint64) {
	typ, payload := f.bytes(arg(s, 0), arg(s, 1)), f.bytes(arg(s, 2), arg(s, 3))
	if len(typ) == 0 {
		f.trap(TrapBadArgument)
	}
	if len(typ) > f.rt.limits.NameBytes || len(payload) > f.rt.limits.EventBytes {
		f.limit(abi.LimitEvent)
	}
	f.charge(price.Cost(uint64(len(typ)+len(payload))) - price.Base)
	if f.events >= f.rt.limits.Events {
		f.limit(abi.LimitEvents)
	}
	f.events++
	f.check(f.host.Emit(strings.ToValidUTF8(string(typ), "\uFFFD"), payload))
}

// hostLog charges the same whether the node keeps logs or not.
func hostLog(f *frame, price gas.HostCost, s []uint64) {
	text := f.bytes(arg(s, 0), arg(s, 1))
	if len(text) > f.rt.limits.LogBytes {
		text = text[:f.rt.limits.LogBytes]
	}
	f.charge(price.Cost(uint64(len(text))) - price.Base)
	f.debug("guest log", text)
}

func (f *frame) debug(msg string, text []byte) {
	l := f.rt.config.Logger
	if len(text) == 0 || !l.Enabled(f.Context, slog.LevelDebug) {
		return
	}
	l.Debug(msg, "contract", f.call.Context.Contract, "method", f.call.Method,
		"height", f.call.Context.Height, "text", strings.ToValidUTF8(string(text), "\uFFFD"))
}
