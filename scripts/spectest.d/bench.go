package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/chancery-chain/chancery/runtime/gas"
	"github.com/chancery-chain/chancery/runtime/wasm"
)

const (
	features = api.CoreFeaturesV1 | api.CoreFeatureBulkMemoryOperations | api.CoreFeatureMultiValue |
		api.CoreFeatureNonTrappingFloatToIntConversion | api.CoreFeatureSignExtensionOps
	gasLimit = 1 << 60
	// memoryCompared bounds the comparison of memories, in bytes.
	memoryCompared = 1 << 20
)

// lane is one way to run a module.
type lane struct {
	engine    string
	rewritten bool
	runtime   wazero.Runtime
}

func (l *lane) String() string {
	if l.rewritten {
		return "rewritten on " + l.engine
	}
	return "plain on " + l.engine
}

// subject is a module in every lane.
type subject struct {
	instances [4]api.Module
	prepared  *wasm.Prepared
}

// bench holds the modules of one script.
type bench struct {
	lanes      [4]*lane
	current    *subject
	named      map[string]*subject
	registered map[string]*subject
}

func newBench(ctx context.Context) (*bench, error) {
	b := &bench{named: map[string]*subject{}, registered: map[string]*subject{}}
	for i := range b.lanes {
		l := &lane{engine: "compiler", rewritten: i%2 == 1}
		cfg := wazero.NewRuntimeConfigCompiler()
		if i >= 2 {
			l.engine, cfg = "interpreter", wazero.NewRuntimeConfigInterpreter()
		}
		l.runtime = wazero.NewRuntimeWithConfig(ctx, cfg.WithCoreFeatures(features))
		b.lanes[i] = l
		host := l.runtime.NewHostModuleBuilder("spectest")
		for name, params := range hostFunctions {
			host.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(context.Context, []uint64) {}), params, nil).Export(name)
		}
		if _, err := host.Instantiate(ctx); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *bench) close(ctx context.Context) {
	for _, l := range b.lanes {
		_ = l.runtime.Close(ctx)
	}
}

// hostFunctions are the functions of the suite's host module.
var hostFunctions = map[string][]api.ValueType{
	"print":         {},
	"print_i32":     {api.ValueTypeI32},
	"print_i64":     {api.ValueTypeI64},
	"print_f32":     {api.ValueTypeF32},
	"print_f64":     {api.ValueTypeF64},
	"print_i32_f32": {api.ValueTypeI32, api.ValueTypeF32},
	"print_f64_f64": {api.ValueTypeF64, api.ValueTypeF64},
}

func (b *bench) config() wasm.Config {
	return wasm.Config{
		Limits: wasm.DefaultLimits(), Schedule: gas.Default(),
		MaxMemoryPages: 65_536, MaxStack: wasm.DefaultMaxStack,
		Imports: func(module, name string) ([]byte, []byte, bool) {
			if params, ok := hostFunctions[name]; ok && module == "spectest" {
				return params, nil, true
			}
			if s := b.registered[module]; s != nil {
				if d, ok := s.instances[0].ExportedFunctionDefinitions()[name]; ok {
					return d.ParamTypes(), d.ResultTypes(), true
				}
			}
			return nil, nil, false
		},
	}
}

// load makes a module current. It returns the rule by which the module was
// refused, if any.
func (b *bench) load(ctx context.Context, name string, code []byte) (rule string, err error) {
	b.current = nil
	delete(b.named, name)
	s, err := b.instantiate(ctx, code)
	var refused *wasm.Error
	if errors.As(err, &refused) {
		b.taint(ctx, code)
		switch refused.Rule {
		case wasm.RuleMalformed, wasm.RuleType, wasm.RuleIndex, wasm.RuleConfig:
			// A module that the suite holds to be right; only features that are not
			// accepted can look like this.
			if b.compiles(ctx, code) {
				return "", err
			}
		}
		return refused.Rule, nil
	}
	if err != nil {
		return "", err
	}
	b.current = s
	if name != "" {
		b.named[name] = s
	}
	return "", nil
}

// compiles reports whether wazero accepts a module with our features.
func (b *bench) compiles(ctx context.Context, code []byte) bool {
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(features))
	defer r.Close(ctx)
	_, err := r.CompileModule(ctx, code)
	return err == nil
}

func (b *bench) instantiate(ctx context.Context, code []byte) (*subject, error) {
	p, err := wasm.Prepare(code, b.config())
	if err != nil {
		return nil, err
	}
	s := &subject{prepared: p}
	for i, l := range b.lanes {
		input := code
		if l.rewritten {
			input = p.Code
		}
		resolve := experimental.WithImportResolver(ctx, func(name string) api.Module {
			if s := b.registered[name]; s != nil {
				return s.instances[i]
			}
			return nil
		})
		compiled, err := l.runtime.CompileModule(ctx, input)
		if err != nil {
			return nil, fmt.Errorf("%v: compile: %w", l, err)
		}
		m, err := l.runtime.InstantiateModule(resolve, compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
		if err != nil {
			return nil, fmt.Errorf("%v: instantiate: %w", l, err)
		}
		if l.rewritten {
			for _, d := range p.Data {
				if !m.Memory().Write(d.Offset, d.Bytes) {
					return nil, fmt.Errorf("%v: data segment out of memory", l)
				}
			}
		}
		s.instances[i] = m
	}
	return s, nil
}

// taint forgets the modules that a refused module shares memory with, and those
// that call them: the suite expects to find its writes there.
func (b *bench) taint(ctx context.Context, code []byte) {
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer r.Close(ctx)
	c, err := r.CompileModule(ctx, code)
	if err != nil {
		return
	}
	for _, m := range c.ImportedMemories() {
		from, _, _ := m.Import()
		shared := b.registered[from]
		delete(b.registered, from)
		stale := func(s *subject) bool {
			return s != nil && (s == shared || slices.ContainsFunc(s.prepared.Imports, func(i wasm.Import) bool { return i.Module == from }))
		}
		maps.DeleteFunc(b.named, func(_ string, s *subject) bool { return stale(s) })
		if stale(b.current) {
			b.current = nil
		}
	}
}

func (b *bench) register(name, as string) {
	if s := b.find(name); s != nil {
		b.registered[as] = s
	} else {
		delete(b.registered, as)
	}
}

func (b *bench) find(name string) *subject {
	if name == "" {
		return b.current
	}
	return b.named[name]
}

// assertRefused checks a module that the suite holds to be wrong. What it
// refuses because of a feature that we accept is judged by wazero with our
// features.
func (b *bench) assertRefused(ctx context.Context, kind string, code []byte) error {
	_, err := wasm.Prepare(code, b.config())
	if err != nil {
		b.taint(ctx, code)
		return nil
	}
	if kind == "assert_unlinkable" || kind == "assert_uninstantiable" {
		if _, err := b.instantiate(ctx, code); err == nil {
			return errors.New("was instantiated")
		}
		return nil
	}
	if !b.compiles(ctx, code) {
		return errors.New("was accepted")
	}
	return nil
}

// outcome is how an action ended in one lane.
type outcome struct {
	results []uint64
	trap    string // first line of the error
	gas     int64  // left
	stack   uint32
}

func (b *bench) act(ctx context.Context, s *subject, a action, i int) (o outcome, err error) {
	m := s.instances[i]
	if a.Type == "get" {
		g := m.ExportedGlobal(a.Field)
		if g == nil {
			return o, fmt.Errorf("no global %q", a.Field)
		}
		return outcome{results: []uint64{g.Get()}}, nil
	}
	fn := m.ExportedFunction(a.Field)
	if fn == nil {
		return o, fmt.Errorf("no function %q", a.Field)
	}
	var args []uint64
	for _, v := range a.Args {
		bits, err := v.bits()
		if err != nil {
			return o, fmt.Errorf("argument %q: %w", v.text(), err)
		}
		args = append(args, bits)
	}
	if b.lanes[i].rewritten {
		for _, other := range b.all(s) {
			other.instances[i].ExportedGlobal(wasm.GasGlobal).(api.MutableGlobal).Set(gasLimit)
			other.instances[i].ExportedGlobal(wasm.StackGlobal).(api.MutableGlobal).Set(0)
		}
	}
	o.results, err = fn.Call(ctx, args...)
	if err != nil {
		o.trap, _, _ = strings.Cut(err.Error(), "\n")
	}
	if b.lanes[i].rewritten {
		for _, other := range b.all(s) {
			o.gas += int64(other.instances[i].ExportedGlobal(wasm.GasGlobal).Get()) - gasLimit
			o.stack += uint32(other.instances[i].ExportedGlobal(wasm.StackGlobal).Get())
		}
	}
	return o, nil
}

// all returns s and the modules that it may call.
func (b *bench) all(s *subject) []*subject {
	out := []*subject{s}
	for _, r := range b.registered {
		if r != s {
			out = append(out, r)
		}
	}
	return out
}

// sameMemory compares the beginning of two lanes' memories.
func (s *subject) sameMemory(i, j int) bool {
	if s.prepared.MemoryMax == 0 {
		return true
	}
	x, y := s.instances[i], s.instances[j]
	if x.Memory().Size() != y.Memory().Size() {
		return false
	}
	n := min(x.Memory().Size(), memoryCompared)
	a, _ := x.Memory().Read(0, n)
	c, _ := y.Memory().Read(0, n)
	return bytes.Equal(a, c)
}
