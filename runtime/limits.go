package runtime

import (
	"errors"
	"fmt"

	"github.com/chancery-chain/chancery/runtime/gas"
	"github.com/chancery-chain/chancery/runtime/wasm"
)

// Limits bounds one call. All of it is consensus: two nodes with different
// limits compute different results, so a change needs a new protocol version.
// RATIONALE.md, "Why these limits?", has the reason for each number.
type Limits struct {
	// Schedule is the cost of everything a guest does.
	Schedule gas.Schedule

	// Code bounds modules.
	Code wasm.Limits

	MemoryPages uint32 // linear memory of an instance, in 64 KiB pages
	StackBytes  uint32 // guest stack of an instance, by the estimate of runtime/wasm
	CallDepth   int    // nested calls; the outermost call counts as 1

	InputBytes  int // request payload of a call, nested ones included
	OutputBytes int // response of a call
	KeyBytes    int // key in a contract's storage; at least 1
	ValueBytes  int // value in a contract's storage
	EventBytes  int // payload of an event
	Events      int // events of one call; a nested call counts its own
	NameBytes   int // contract name, method name or event type
	ErrorBytes  int // message and details of a contract error, each
	Scans       int // scans open at a time in one call
	LogBytes    int // text of one log call that is kept
	Signatures  int // signatures of one verify_batch

	// ImageGas is what _initialize and the warm-up may use together.
	ImageGas uint64
}

// DefaultLimits returns the limits of protocol version 1.
func DefaultLimits() Limits {
	return Limits{
		Schedule:    gas.Default(),
		Code:        wasm.DefaultLimits(),
		MemoryPages: 256, // 16 MiB
		StackBytes:  1 << 20,
		CallDepth:   16,
		InputBytes:  256 << 10,
		OutputBytes: 256 << 10,
		KeyBytes:    1 << 10,
		ValueBytes:  128 << 10,
		EventBytes:  16 << 10,
		Events:      256,
		NameBytes:   256,
		ErrorBytes:  4 << 10,
		Scans:       16,
		LogBytes:    4 << 10,
		Signatures:  1_024,
		ImageGas:    20_000_000,
	}
}

// Validate reports every fault at once.
func (l *Limits) Validate() error {
	var errs []error
	positive := func(name string, v int) {
		if v < 1 {
			errs = append(errs, fmt.Errorf("limits: %s is %d, must be at least 1", name, v))
		}
	}
	errs = append(errs, l.Schedule.Validate())
	positive("memory pages", int(l.MemoryPages))
	positive("stack bytes", int(l.StackBytes))
	positive("call depth", l.CallDepth)
	positive("input bytes", l.InputBytes)
	positive("output bytes", l.OutputBytes)
	positive("key bytes", l.KeyBytes)
	positive("value bytes", l.ValueBytes)
	positive("event bytes", l.EventBytes)
	positive("events", l.Events)
	positive("name bytes", l.NameBytes)
	positive("error bytes", l.ErrorBytes)
	positive("scans", l.Scans)
	positive("log bytes", l.LogBytes)
	positive("signatures", l.Signatures)
	if l.MemoryPages > 1<<14 {
		errs = append(errs, fmt.Errorf("limits: memory pages is %d, must be at most %d (1 GiB)", l.MemoryPages, 1<<14))
	}
	if l.ImageGas < 1 || l.ImageGas > gas.MaxLimit {
		errs = append(errs, fmt.Errorf("limits: image gas is %d, must be from 1 to %d", l.ImageGas, int64(gas.MaxLimit)))
	}
	return errors.Join(errs...)
}
