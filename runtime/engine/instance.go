package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero/api"
)

// instanceOverhead estimates what an instance costs beside its memory: the
// engine's records of functions, table elements and stack.
const instanceOverhead = 256 << 10

// Instance is a live module. It serves one call at a time.
type Instance struct {
	image   *Image
	mod     api.Module
	mem     api.Memory
	lin     memory
	globals []api.MutableGlobal
	entry   api.Function
}

// Call runs the entry point. Host functions get ctx.
func (in *Instance) Call(ctx context.Context) Stop {
	return in.run(ctx, in.entry)
}

// CallExport runs an export of type () -> () by name; ok is false when there is
// none.
func (in *Instance) CallExport(ctx context.Context, name string) (stop Stop, ok bool) {
	f := in.mod.ExportedFunction(name)
	if f == nil {
		return Stop{}, false
	}
	return in.run(ctx, f), true
}

func (in *Instance) run(ctx context.Context, f api.Function) (stop Stop) {
	defer func() {
		if r := recover(); r != nil {
			stop = Stop{Kind: StopFault, Err: fmt.Errorf("engine: %v", r)}
		}
	}()
	err := f.CallWithStack(ctx, nil)
	if fault := in.lin.fault(); fault != nil {
		return Stop{Kind: StopFault, Err: fault}
	}
	if err == nil {
		return Stop{}
	}
	if errors.Is(err, errHalt) {
		return Stop{Kind: StopHalt, Err: err}
	}
	if trap := in.image.module.engine.traps.classify(err); trap != TrapNone {
		return Stop{Kind: StopTrap, Trap: trap, Err: err}
	}
	return Stop{Kind: StopFault, Err: err}
}

// Grown reports whether the memory is larger than the image's.
func (in *Instance) Grown() bool { return int(in.mem.Size()) > len(in.image.memory) }

// Reset puts memory and globals back to the image. It returns false when that is
// impossible, because the memory grew, or failed; the instance must then be
// closed.
func (in *Instance) Reset() bool {
	if int(in.mem.Size()) != len(in.image.memory) {
		return false
	}
	if err := in.lin.reset(); err != nil {
		return false
	}
	for i, g := range in.globals {
		g.Set(in.image.globals[i])
	}
	return true
}

// Diff says how the instance differs from its image; empty if it does not.
func (in *Instance) Diff() string {
	for i, g := range in.globals {
		if g.Get() != in.image.globals[i] {
			return fmt.Sprintf("global %s is %#x, in the image %#x", in.image.spec.Globals[i], g.Get(), in.image.globals[i])
		}
	}
	if v := in.view(); !bytes.Equal(v, in.image.memory) {
		for i := range min(len(v), len(in.image.memory)) {
			if v[i] != in.image.memory[i] {
				return fmt.Sprintf("memory differs first at byte %d", i)
			}
		}
		return fmt.Sprintf("memory has %d bytes, in the image %d", len(v), len(in.image.memory))
	}
	return ""
}

// Resident estimates the bytes of memory that the instance has for itself.
func (in *Instance) Resident() int64 { return in.lin.resident() + instanceOverhead }

// Close frees the instance.
func (in *Instance) Close() error { return in.mod.Close(context.Background()) }

// Global returns mutable global i, by the order of Spec.Globals, as raw bits.
func (in *Instance) Global(i int) uint64 { return in.globals[i].Get() }

// SetGlobal sets mutable global i.
func (in *Instance) SetGlobal(i int, v uint64) { in.globals[i].Set(v) }

// Read returns the guest's bytes [ptr, ptr+n) themselves, not a copy: valid until
// the guest runs again. It returns false if they are not all inside memory.
func (in *Instance) Read(ptr, n uint32) ([]byte, bool) { return in.mem.Read(ptr, n) }

// Write copies b to ptr, or returns false if it does not fit inside memory.
func (in *Instance) Write(ptr uint32, b []byte) bool { return in.mem.Write(ptr, b) }

// WriteUint32 writes v at ptr, little endian.
func (in *Instance) WriteUint32(ptr, v uint32) bool { return in.mem.WriteUint32Le(ptr, v) }

// WriteUint64 writes v at ptr, little endian.
func (in *Instance) WriteUint64(ptr uint32, v uint64) bool { return in.mem.WriteUint64Le(ptr, v) }

// ReadUint32 returns the little-endian number at ptr.
func (in *Instance) ReadUint32(ptr uint32) (uint32, bool) {
	b, ok := in.mem.Read(ptr, 4)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint32(b), true
}

func (in *Instance) view() []byte {
	v, _ := in.mem.Read(0, in.mem.Size())
	return v
}
