package runtime

import (
	"crypto/sha256"

	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/gas"
)

// Error numbers of WASI preview 1.
const (
	wasiSuccess    = 0
	wasiBadFile    = 8  // EBADF
	wasiInvalid    = 28 // EINVAL
	wasiNotPresent = 52 // ENOSYS
)

// imageTime is the clock while an image is made, in unix nanoseconds:
// 2000-01-01T00:00:00Z. It must not be zero, which Go's runtime takes for a
// broken clock.
const imageTime = 946_684_800_000_000_000

// wasiFunc is one WASI function: the deterministic rest of what it does
// elsewhere.
type wasiFunc struct {
	params, results []abi.ValueType
	run             hostFunc
}

func wasi(run hostFunc, params ...abi.ValueType) wasiFunc {
	return wasiFunc{params: params, results: []abi.ValueType{abi.I32}, run: run}
}

// wasiFuncs has the implementation of every name in abi.WASI.
var wasiFuncs = map[string]wasiFunc{
	"args_get":            wasi(wasiOK, abi.I32, abi.I32),
	"args_sizes_get":      wasi(wasiNone, abi.I32, abi.I32),
	"environ_get":         wasi(wasiOK, abi.I32, abi.I32),
	"environ_sizes_get":   wasi(wasiNone, abi.I32, abi.I32),
	"clock_time_get":      wasi(wasiClock, abi.I32, abi.I64, abi.I32),
	"random_get":          wasi(wasiRandom, abi.I32, abi.I32),
	"fd_write":            wasi(wasiWrite, abi.I32, abi.I32, abi.I32, abi.I32),
	"fd_close":            wasi(wasiNoFile, abi.I32),
	"fd_fdstat_get":       wasi(wasiNoFile, abi.I32, abi.I32),
	"fd_fdstat_set_flags": wasi(wasiNoFile, abi.I32, abi.I32),
	"fd_prestat_get":      wasi(wasiNoFile, abi.I32, abi.I32),
	"fd_prestat_dir_name": wasi(wasiNoFile, abi.I32, abi.I32, abi.I32),
	"poll_oneoff":         wasi(wasiPoll, abi.I32, abi.I32, abi.I32, abi.I32),
	"sched_yield":         wasi(wasiOK),
	"proc_exit":           {params: []abi.ValueType{abi.I32}, run: wasiExit},
}

func wasiOK(_ *frame, _ gas.HostCost, s []uint64)     { s[0] = wasiSuccess }
func wasiNoFile(_ *frame, _ gas.HostCost, s []uint64) { s[0] = wasiBadFile }

// wasiPoll refuses to wait. Time does not pass during a call, so a guest that
// sleeps would never wake: Go's runtime ends it.
func wasiPoll(_ *frame, _ gas.HostCost, s []uint64) { s[0] = wasiNotPresent }

func wasiExit(f *frame, _ gas.HostCost, _ []uint64) { f.trap(TrapExit) }

// wasiNone says that a list has no entries and no bytes.
func wasiNone(f *frame, _ gas.HostCost, s []uint64) {
	if !f.in.WriteUint32(arg(s, 0), 0) || !f.in.WriteUint32(arg(s, 1), 0) {
		f.trap(TrapBadPointer)
	}
	s[0] = wasiSuccess
}

// wasiClock serves the realtime and the monotonic clock: both stand at block time.
func wasiClock(f *frame, _ gas.HostCost, s []uint64) {
	if arg(s, 0) > 1 {
		s[0] = wasiInvalid
		return
	}
	now := uint64(imageTime)
	if !f.image {
		now = uint64(f.call.Context.Time.UnixNano())
	}
	if !f.in.WriteUint64(arg(s, 2), now) {
		f.trap(TrapBadPointer)
	}
	s[0] = wasiSuccess
}

// wasiRandom gives the stream of ChaCha8 (math/rand/v2) seeded with
// SHA-256("chancery/random/v1" 0x00, tx hash, contract name). Everyone can
// compute it: it serves hash tables, never secrets or lotteries. While an image
// is made it is zeros.
func wasiRandom(f *frame, price gas.HostCost, s []uint64) {
	b := f.bytes(arg(s, 0), arg(s, 1))
	f.charge(price.Cost(uint64(len(b))) - price.Base)
	if f.image {
		clear(b)
	} else {
		if !f.seeded {
			h := sha256.New()
			h.Write([]byte("chancery/random/v1\x00"))
			h.Write(f.call.Context.TxHash[:])
			h.Write([]byte(f.call.Context.Contract))
			f.random.Seed([32]byte(h.Sum(nil)))
			f.seeded = true
		}
		_, _ = f.random.Read(b) // never fails
	}
	s[0] = wasiSuccess
}

// wasiWrite sends what goes to stdout and stderr to the debug log, cut to the log
// limit, and says that all was written. There are no other files.
func wasiWrite(f *frame, price gas.HostCost, s []uint64) {
	fd, list, count := arg(s, 0), arg(s, 1), arg(s, 2)
	if fd != 1 && fd != 2 {
		s[0] = wasiBadFile
		return
	}
	if uint64(count)*8 > 1<<32-1 {
		f.trap(TrapBadPointer)
	}
	vectors := f.bytes(list, count*8)
	f.charge(price.Cost(uint64(len(vectors))) - price.Base)
	var text []byte
	var total uint64
	for i := 0; i < len(vectors); i += 8 {
		b := f.bytes(le32(vectors[i:]), le32(vectors[i+4:]))
		total += uint64(len(b))
		if room := f.rt.limits.LogBytes - len(text); room > 0 {
			b = b[:min(room, len(b))]
			f.charge(price.Cost(uint64(len(b))) - price.Base)
			text = append(text, b...)
		}
	}
	if total > 1<<31-1 {
		s[0] = wasiInvalid
		return
	}
	f.debug("guest output", text)
	if !f.in.WriteUint32(arg(s, 3), uint32(total)) {
		f.trap(TrapBadPointer)
	}
	s[0] = wasiSuccess
}

func le32(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}
