package runtime

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/engine"
	"github.com/chancery-chain/chancery/runtime/gas"
	"github.com/chancery-chain/chancery/runtime/wasm"
)

// Positions of the injected globals among those of an image.
const (
	globalGas = iota
	globalStack
)

// make turns code into a Code: prepare, compile, run initialisation and warm-up,
// keep the image.
func (r *Runtime) make(hash [32]byte, code []byte) (*Code, error) {
	p, err := wasm.Prepare(code, r.prepareConfig())
	if err != nil {
		var e *wasm.Error
		if errors.As(err, &e) {
			return nil, &InvalidCodeError{Func: e.Func, Offset: e.Offset, Rule: e.Rule, Msg: e.Msg}
		}
		return nil, fmt.Errorf("prepare code: %w", err)
	}
	if err := checkEntryPoints(p); err != nil {
		return nil, err
	}
	m, err := r.engine.Compile(p.Code)
	if errors.Is(err, engine.ErrRefused) {
		return nil, &InvalidCodeError{Func: -1, Rule: RuleEngine, Msg: "the engine refuses the module"}
	}
	if err != nil {
		return nil, err
	}
	c := &Code{hash: hash, custom: map[string][]byte{}}
	for name, b := range p.Custom {
		c.custom[name] = bytes.Clone(b) // p shares memory with the whole upload
	}
	if r.config.Profile {
		c.names = functionNames(code)
	}
	spec := engine.Spec{
		Memory: abi.ExportMemory, MemoryMax: p.MemoryMax, Entry: abi.ExportCall,
		Globals: globals(p),
	}
	var used uint64
	c.image, err = m.NewImage(spec, func(in *engine.Instance) error {
		used, err = r.initialise(c, in, p)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	c.rebuild = r.limits.Schedule.RebuildCost(p.Stats.Elements, c.image.Size())
	c.report = Report{
		Descriptors: c.Descriptors(), Build: c.Build(), CodeBytes: len(code), Prepared: len(p.Code),
		ImageBytes: c.image.Size(), ImageGas: used,
	}
	for _, im := range p.Imports {
		c.report.Imports = append(c.report.Imports, im.Module+"."+im.Name)
	}
	if err := r.keep(c, p, spec); err != nil {
		r.config.Logger.Warn("code is not kept", "err", err)
	}
	return c, nil
}

// globals lists a module's mutable globals, the injected ones first.
func globals(p *wasm.Prepared) []string {
	out := []string{wasm.GasGlobal, wasm.StackGlobal}
	for _, name := range p.Globals {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// checkEntryPoints checks the exports that the ABI names.
func checkEntryPoints(p *wasm.Prepared) error {
	refuse := func(format string, args ...any) error {
		return &InvalidCodeError{Func: -1, Rule: RuleEntryPoint, Msg: fmt.Sprintf(format, args...)}
	}
	found := map[string]bool{}
	for _, e := range p.Exports {
		switch e.Name {
		case abi.ExportMemory:
			if e.Kind != wasm.KindMemory {
				return refuse("export %q is not a memory", e.Name)
			}
		case abi.ExportCall, abi.ExportInitialize, abi.ExportWarmup:
			if e.Kind != wasm.KindFunc || len(e.Params)+len(e.Results) > 0 {
				return refuse("export %q is not a function without parameters and results", e.Name)
			}
		}
		found[e.Name] = true
	}
	for _, name := range []string{abi.ExportMemory, abi.ExportCall} {
		if !found[name] {
			return refuse("export %q is missing", name)
		}
	}
	return nil
}

// initialise makes a fresh instance what the image is to be, and returns the gas
// that the guest used for it.
func (r *Runtime) initialise(c *Code, in *engine.Instance, p *wasm.Prepared) (uint64, error) {
	for _, d := range p.Data {
		if !in.Write(d.Offset, d.Bytes) {
			return 0, &InvalidCodeError{Func: -1, Rule: RuleImage, Msg: "a data segment lies outside memory"}
		}
	}
	limit := r.limits.ImageGas
	f := newFrame(r, in)
	left := int64(limit)
	for _, name := range []string{abi.ExportInitialize, abi.ExportWarmup} {
		f.release()
		f.image = true
		f.begin(c, Call{GasLimit: limit, Depth: 1, Context: Context{Time: time.Unix(0, imageTime)}}, nil)
		f.setParts(gas.ToParts(uint64(left)))
		stop, ok := in.CallExport(f, name)
		if !ok {
			continue
		}
		out := f.settle(stop)
		switch out.Status {
		case StatusOK:
		case StatusFault:
			return 0, fmt.Errorf("make image: %s: %w", name, out.Err)
		default:
			r.config.Logger.Debug("code refused: image", "export", name, "cause", out.Err)
			return 0, &InvalidCodeError{Func: -1, Rule: RuleImage, Msg: name + " ends with " + out.describe()}
		}
		left = f.gasLeft()
	}
	f.setParts(0)
	return gas.Used(limit, left), nil
}

func (r *Runtime) prepareConfig() wasm.Config {
	return wasm.Config{
		Limits: r.limits.Code, Schedule: r.limits.Schedule,
		MaxMemoryPages: r.limits.MemoryPages, MaxStack: uint64(r.limits.StackBytes),
		Imports: importType,
	}
}
