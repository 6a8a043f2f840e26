//go:build wasip1

package sdk

import "unsafe"

// Results and flags of the ABI.
const (
	abiMissing = -1
	abiFailed  = -2

	scanReverse = 1
	scanNoEnd   = 2
	callQuery   = 1

	// maxLog is the longest log text in bytes.
	maxLog = 4 << 10
)

// guest is the Host of a Wasm guest.
type guest struct{}

// scratch receives what the host hands over; longer values wait as the pending
// value. One buffer is enough: a guest runs one call at a time and has one
// thread, and every value is copied out before the next host function.
var scratch [4 << 10]byte

func bytesPtr(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

func stringPtr(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }

func scratchPtr() (unsafe.Pointer, uint32) {
	return unsafe.Pointer(&scratch), uint32(len(scratch))
}

// take returns a copy of the n bytes that a host function handed over. The
// result is never nil.
func take(n int64) []byte {
	out := make([]byte, n)
	if n <= int64(len(scratch)) {
		copy(out, scratch[:n])
	} else {
		hostReadPending(bytesPtr(out), uint32(n))
	}
	return out
}

func (guest) Input() []byte { return take(hostInput(scratchPtr())) }

func (guest) Output(response []byte) { hostOutput(bytesPtr(response), uint32(len(response))) }

func (guest) Fail(code uint32, message string, details []byte) {
	hostFail(code, stringPtr(message), uint32(len(message)), bytesPtr(details), uint32(len(details)))
	panic("fail returned") // it does not: the host has ended the call
}

func (guest) Context(field uint32) []byte {
	ptr, size := scratchPtr()
	return take(hostContext(field, ptr, size))
}

func (guest) ContextInt(field uint32) int64 { return hostContextInt(field) }

func (guest) StateGet(key []byte) ([]byte, bool) {
	ptr, size := scratchPtr()
	n := hostStateGet(bytesPtr(key), uint32(len(key)), ptr, size)
	if n == abiMissing {
		return nil, false
	}
	return take(n), true
}

func (guest) StateSet(key, value []byte) {
	hostStateSet(bytesPtr(key), uint32(len(key)), bytesPtr(value), uint32(len(value)))
}

func (guest) StateDelete(key []byte) { hostStateDelete(bytesPtr(key), uint32(len(key))) }

func (guest) StateScan(start, end []byte, reverse bool) uint32 {
	var flags uint32
	if reverse {
		flags |= scanReverse
	}
	if end == nil {
		flags |= scanNoEnd
	}
	return hostStateScan(bytesPtr(start), uint32(len(start)), bytesPtr(end), uint32(len(end)), flags)
}

func (guest) ScanNext(handle uint32) (key, value []byte, ok bool) {
	ptr, size := scratchPtr()
	n := hostScanNext(handle, ptr, size)
	if n == abiMissing {
		return nil, nil, false
	}
	entry := take(n)
	keyLen := uint32(entry[0]) | uint32(entry[1])<<8 | uint32(entry[2])<<16 | uint32(entry[3])<<24
	entry = entry[4:]
	return entry[:keyLen:keyLen], entry[keyLen:], true
}

func (guest) ScanClose(handle uint32) { hostScanClose(handle) }

func (guest) Emit(typ string, payload []byte) {
	hostEmit(stringPtr(typ), uint32(len(typ)), bytesPtr(payload), uint32(len(payload)))
}

func (guest) Call(contract, method string, payload []byte, gas uint64, query bool) ([]byte, bool) {
	var flags uint32
	if query {
		flags = callQuery
	}
	ptr, size := scratchPtr()
	n := hostCall(stringPtr(contract), uint32(len(contract)), stringPtr(method), uint32(len(method)),
		bytesPtr(payload), uint32(len(payload)), gas, flags, ptr, size)
	if n <= abiFailed {
		// Failed - length: the guest must know how long the call error is.
		out := make([]byte, abiFailed-n)
		if len(out) > 0 {
			hostReadPending(bytesPtr(out), uint32(len(out)))
		}
		return out, false
	}
	return take(n), true
}

func (guest) Schedule(unixNano int64, method string, payload []byte, gas uint64) (uint64, bool) {
	id := hostSchedule(uint64(unixNano), stringPtr(method), uint32(len(method)), bytesPtr(payload), uint32(len(payload)), gas)
	return uint64(id), id != abiMissing
}

func (guest) Unschedule(id uint64) bool { return hostUnschedule(id) == 1 }

func (guest) Hash(algorithm uint32, data []byte) (sum [32]byte) {
	hostHash(algorithm, bytesPtr(data), uint32(len(data)), unsafe.Pointer(&sum))
	return sum
}

func (guest) Verify(algorithm uint32, key, message, signature []byte) bool {
	return hostVerify(algorithm, bytesPtr(key), uint32(len(key)), bytesPtr(message), uint32(len(message)),
		bytesPtr(signature), uint32(len(signature))) == 1
}

func (guest) VerifyBatch(algorithm uint32, list []byte) bool {
	return hostVerifyBatch(algorithm, bytesPtr(list), uint32(len(list))) == 1
}

func (guest) MulDiv(a, b, c Uint128, rounding Rounding) (q Uint128, result uint32) {
	// Little endian, as the guest's memory is: the low half comes first.
	var out [2]uint64
	result = hostMulDiv(a.Low, a.High, b.Low, b.High, c.Low, c.High, uint32(rounding), unsafe.Pointer(&out))
	return Uint128{High: out[1], Low: out[0]}, result
}

func (guest) Log(text string) {
	if len(text) > maxLog {
		text = text[:maxLog]
	}
	hostLog(stringPtr(text), uint32(len(text)))
}
