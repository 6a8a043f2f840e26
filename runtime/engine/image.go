package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

const pageSize = 64 << 10

// Spec names what an image needs of its module.
type Spec struct {
	Memory string // export of the linear memory
	// MemoryMax is the most the memory may grow to, in pages of 64 KiB.
	MemoryMax uint32
	// Globals are the exports of all mutable globals: they are part of the
	// image and put back with it. Instance.Global counts by this order.
	Globals []string
	// Entry is the export that Instance.Call runs, of type () -> ().
	Entry string
}

// Image is what instances of a module start from: a memory and the values of its
// mutable globals. Tables are no part of it, because accepted modules cannot
// change them. An Image is safe for concurrent use and is freed, with its module,
// when neither it nor an instance of it is reachable.
type Image struct {
	module  *Module
	spec    Spec
	memory  []byte
	globals []uint64
	backing backing
}

// NewImage makes an image: build gets a fresh instance, fills its memory and runs
// whatever is to be part of the image. On success the image owns the module.
func (m *Module) NewImage(spec Spec, build func(*Instance) error) (*Image, error) {
	blank := &Image{module: m, spec: spec}
	first, err := blank.instantiate(&copyBacking{})
	if err != nil {
		return nil, err
	}
	defer first.Close()
	if err := build(first); err != nil {
		return nil, err
	}
	var globals []uint64
	for _, g := range first.globals {
		globals = append(globals, g.Get())
	}
	return m.RestoreImage(spec, bytes.Clone(first.view()), globals)
}

// RestoreImage makes an image of which memory and globals are known; the image
// owns them, and on success the module.
func (m *Module) RestoreImage(spec Spec, memory []byte, globals []uint64) (*Image, error) {
	if len(globals) != len(spec.Globals) || len(memory)%pageSize != 0 {
		return nil, fmt.Errorf("image of %d bytes and %d globals, %d are named", len(memory), len(globals), len(spec.Globals))
	}
	img := &Image{module: m, spec: spec, memory: memory, globals: globals}
	var err error
	if img.backing, err = m.engine.memory.newBacking(img.memory); err != nil {
		return nil, err
	}
	if mb, ok := img.backing.(interface{ view() []byte }); ok {
		// The backing shows the same bytes; one copy in memory is enough.
		img.memory = mb.view()[:len(img.memory)]
	}
	runtime.AddCleanup(img, freeImage, freed{module: m, backing: img.backing})
	return img, nil
}

// freed is what an Image holds outside the Go heap.
type freed struct {
	module  *Module
	backing backing
}

// freeImage runs when nothing refers to the image any more: the garbage collector
// is the reference count, so a running call can never lose its code.
func freeImage(f freed) {
	_ = f.backing.close()
	_ = f.module.Close()
}

// Size returns the bytes of memory in the image.
func (img *Image) Size() int { return len(img.memory) }

// Memory returns the image's memory. The caller must not write to it and must
// keep the image alive while it reads.
func (img *Image) Memory() []byte { return img.memory }

// Globals returns the image's mutable globals in the order of Spec.Globals.
func (img *Image) Globals() []uint64 { return img.globals }

// NewInstance returns an instance equal to the image.
func (img *Image) NewInstance() (*Instance, error) {
	in, err := img.instantiate(img.backing)
	if err != nil {
		return nil, err
	}
	if have := len(in.view()); have < len(img.memory) {
		if _, ok := in.mem.Grow(uint32((len(img.memory) - have) / pageSize)); !ok {
			return nil, errors.Join(errors.New("memory does not grow to the image"), in.Close())
		}
	}
	for i, g := range in.globals {
		g.Set(img.globals[i])
	}
	return in, nil
}

func (img *Image) instantiate(from backing) (in *Instance, err error) {
	lin, err := from.newMemory(uint64(img.spec.MemoryMax) * pageSize)
	if err != nil {
		return nil, err
	}
	in = &Instance{image: img, lin: lin}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("instantiate: %v", r)
		}
		if err != nil {
			lin.Free()
			in = nil
		}
	}()
	ctx := experimental.WithMemoryAllocator(context.Background(),
		experimental.MemoryAllocatorFunc(func(_, _ uint64) experimental.LinearMemory { return lin }))
	cfg := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	mod, err := img.module.engine.runtime.InstantiateModule(ctx, img.module.compiled, cfg)
	if err != nil {
		return nil, fmt.Errorf("instantiate: %w", err)
	}
	in.mod = mod
	if in.mem = mod.ExportedMemory(img.spec.Memory); in.mem == nil {
		return nil, errors.Join(fmt.Errorf("no memory %q is exported", img.spec.Memory), mod.Close(ctx))
	}
	for _, name := range img.spec.Globals {
		g, ok := mod.ExportedGlobal(name).(api.MutableGlobal)
		if !ok {
			return nil, errors.Join(fmt.Errorf("no mutable global %q is exported", name), mod.Close(ctx))
		}
		in.globals = append(in.globals, g)
	}
	if in.entry = mod.ExportedFunction(img.spec.Entry); in.entry == nil {
		return nil, errors.Join(fmt.Errorf("no function %q is exported", img.spec.Entry), mod.Close(ctx))
	}
	return in, nil
}
