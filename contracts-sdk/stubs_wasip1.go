//go:build wasip1

package sdk

import "unsafe"

// The host functions, as runtime/abi lists them. Pointers are offsets into the
// guest's memory and lengths are bytes.

//go:wasmimport chancery input
func hostInput(buf unsafe.Pointer, size uint32) int64

//go:wasmimport chancery output
func hostOutput(ptr unsafe.Pointer, size uint32)

//go:wasmimport chancery fail
func hostFail(code uint32, msg unsafe.Pointer, msgLen uint32, details unsafe.Pointer, detailsLen uint32)

//go:wasmimport chancery read_pending
func hostReadPending(buf unsafe.Pointer, size uint32)

//go:wasmimport chancery context
func hostContext(field uint32, buf unsafe.Pointer, size uint32) int64

//go:wasmimport chancery context_int
func hostContextInt(field uint32) int64

//go:wasmimport chancery state_get
func hostStateGet(key unsafe.Pointer, keyLen uint32, buf unsafe.Pointer, size uint32) int64

//go:wasmimport chancery state_set
func hostStateSet(key unsafe.Pointer, keyLen uint32, value unsafe.Pointer, valueLen uint32)

//go:wasmimport chancery state_delete
func hostStateDelete(key unsafe.Pointer, keyLen uint32)

//go:wasmimport chancery state_scan
func hostStateScan(start unsafe.Pointer, startLen uint32, end unsafe.Pointer, endLen uint32, flags uint32) uint32

//go:wasmimport chancery scan_next
func hostScanNext(handle uint32, buf unsafe.Pointer, size uint32) int64

//go:wasmimport chancery scan_close
func hostScanClose(handle uint32)

//go:wasmimport chancery emit
func hostEmit(typ unsafe.Pointer, typLen uint32, payload unsafe.Pointer, payloadLen uint32)

//go:wasmimport chancery call
func hostCall(contract unsafe.Pointer, contractLen uint32, method unsafe.Pointer, methodLen uint32,
	payload unsafe.Pointer, payloadLen uint32, gas uint64, flags uint32, buf unsafe.Pointer, size uint32) int64

//go:wasmimport chancery schedule
func hostSchedule(unixNano uint64, method unsafe.Pointer, methodLen uint32, payload unsafe.Pointer, payloadLen uint32, gas uint64) int64

//go:wasmimport chancery unschedule
func hostUnschedule(id uint64) uint32

//go:wasmimport chancery hash
func hostHash(algorithm uint32, ptr unsafe.Pointer, size uint32, out unsafe.Pointer)

//go:wasmimport chancery verify
func hostVerify(algorithm uint32, key unsafe.Pointer, keyLen uint32, msg unsafe.Pointer, msgLen uint32,
	sig unsafe.Pointer, sigLen uint32) uint32

//go:wasmimport chancery verify_batch
func hostVerifyBatch(algorithm uint32, list unsafe.Pointer, size uint32) uint32

//go:wasmimport chancery mul_div
func hostMulDiv(aLow, aHigh, bLow, bHigh, cLow, cHigh uint64, rounding uint32, out unsafe.Pointer) uint32

//go:wasmimport chancery log
func hostLog(ptr unsafe.Pointer, size uint32)
