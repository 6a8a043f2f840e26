package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// features are what the validator of runtime/wasm lets through; wazero is told
// the same, so that a gap in one is closed by the other.
const features = api.CoreFeaturesV1 | api.CoreFeatureMutableGlobal | api.CoreFeatureSignExtensionOps |
	api.CoreFeatureMultiValue | api.CoreFeatureBulkMemoryOperations | api.CoreFeatureNonTrappingFloatToIntConversion

// ErrRefused is wrapped by errors of Compile that the module itself causes: the
// same bytes are refused on every node. Any other error is a fault of this node.
var ErrRefused = errors.New("engine refuses the module")

// Config says how an engine works. Nothing in it changes what a guest computes.
type Config struct {
	// CacheDir holds machine code across restarts. Its files are checked by a
	// digest before use; whoever can write there can make the digest too, and
	// controls the node. Empty: kept in memory only.
	CacheDir string
	// CacheBytes bounds the files in CacheDir. What was not used for the longest
	// time goes first; one file stays however large it is.
	CacheBytes int64
	// Logger gets warnings about CacheDir. Nil means none.
	Logger *slog.Logger
	// Listener, if not nil, is told of every function that a guest enters and
	// leaves. It makes guests tens of times slower, and CacheDir is not used.
	Listener Listener
	// Interpreter runs guests without compiling: tens of times slower, and
	// guests may nest no more than about 2,000 calls. For tests.
	Interpreter bool
	// MemoryPages is the most linear memory of an instance, in 64 KiB pages.
	MemoryPages uint32
	// Reset chooses how an instance's memory is put back. ResetAuto takes the
	// fastest way that works here.
	Reset ResetMode
}

// Import is one host function.
type Import struct {
	Module, Name    string
	Params, Results []byte // value types as in a Wasm binary
	// Func gets the context of Instance.Call and the stack: parameters at its
	// start, replaced by the results. It may end the call by Halt.
	Func func(ctx context.Context, stack []uint64)
}

// Engine compiles modules against a fixed set of imports. It is safe for
// concurrent use.
type Engine struct {
	config  Config
	runtime wazero.Runtime
	disk    *diskCache // nil without CacheDir
	traps   trapTable
	memory  backings

	// compiling is held while compiling: one module at a time, because the
	// compiler needs up to 100 MB for a large one.
	compiling sync.Mutex
}

// New returns an engine that links guests against imports.
func New(cfg Config, imports []Import) (*Engine, error) {
	ctx := context.Background()
	e := &Engine{config: cfg}
	var err error
	if e.memory, err = chooseBackings(cfg.Reset); err != nil {
		return nil, err
	}
	if e.config.Logger == nil {
		e.config.Logger = slog.New(slog.DiscardHandler)
	}
	var cache wazero.CompilationCache
	if cfg.CacheDir != "" && !cfg.Interpreter && cfg.Listener == nil {
		if e.disk, err = openDiskCache(cfg.CacheDir, cfg.CacheBytes, e.config.Logger); err != nil {
			return nil, errors.Join(err, e.memory.close())
		}
		cache = e.disk.wazero
	}
	e.runtime = wazero.NewRuntimeWithConfig(ctx, e.runtimeConfig(cfg.Interpreter, cache))
	if err := e.link(ctx, imports); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	if e.traps, err = learnTraps(ctx, e.runtime); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Engine) runtimeConfig(interpreter bool, cache wazero.CompilationCache) wazero.RuntimeConfig {
	rc := wazero.NewRuntimeConfig()
	if interpreter {
		rc = wazero.NewRuntimeConfigInterpreter()
	}
	rc = rc.WithCoreFeatures(features).WithDebugInfoEnabled(false)
	if e.config.MemoryPages > 0 {
		rc = rc.WithMemoryLimitPages(e.config.MemoryPages)
	}
	if cache != nil {
		rc = rc.WithCompilationCache(cache)
	}
	return rc
}

func (e *Engine) link(ctx context.Context, imports []Import) error {
	builders := map[string]wazero.HostModuleBuilder{}
	var order []string
	for _, im := range imports {
		b, ok := builders[im.Module]
		if !ok {
			b = e.runtime.NewHostModuleBuilder(im.Module)
			builders[im.Module] = b
			order = append(order, im.Module)
		}
		b.NewFunctionBuilder().WithGoFunction(api.GoFunc(im.Func), im.Params, im.Results).Export(im.Name)
	}
	for _, name := range order {
		if _, err := builders[name].Instantiate(ctx); err != nil {
			return fmt.Errorf("link host module %s: %w", name, err)
		}
	}
	return nil
}

// ResetMode returns how instances are put back.
func (e *Engine) ResetMode() ResetMode { return e.memory.mode() }

// Close frees all that the engine holds. No call may be running.
func (e *Engine) Close() error {
	ctx := context.Background()
	err := e.runtime.Close(ctx)
	if e.disk != nil {
		err = errors.Join(err, e.disk.close())
	}
	return errors.Join(err, e.memory.close())
}

// Module is compiled code.
type Module struct {
	engine   *Engine
	compiled wazero.CompiledModule
}

// Compile turns a prepared module into machine code, or takes it from the cache.
// An error wraps ErrRefused if the module causes it.
func (e *Engine) Compile(code []byte) (m *Module, err error) {
	e.compiling.Lock()
	defer e.compiling.Unlock()
	defer func() {
		// A panic in the compiler is a fault of ours and must not end the node.
		if r := recover(); r != nil {
			m, err = nil, fmt.Errorf("compiler: %v", r)
		}
	}()
	ctx := experimental.WithCompilationWorkers(context.Background(), min(runtime.GOMAXPROCS(0), 4))
	if e.config.Listener != nil {
		ctx = experimental.WithFunctionListenerFactory(ctx, listening{e.config.Listener})
	}
	compiled, err := e.compile(ctx, code)
	if err == nil {
		return &Module{engine: e, compiled: compiled}, nil
	}
	// The error may come from the module or from this node, say a full disk
	// under the cache. Only the first may decide about code, so ask once more
	// where no disk and no compiler take part.
	plain := wazero.NewRuntimeWithConfig(ctx, e.runtimeConfig(true, nil))
	defer plain.Close(ctx)
	if _, again := plain.CompileModule(ctx, code); again != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, again)
	}
	return nil, fmt.Errorf("compile (is the compiled code cache intact?): %w", err)
}

// compile compiles with the help of the disk cache.
func (e *Engine) compile(ctx context.Context, code []byte) (wazero.CompiledModule, error) {
	if e.disk == nil {
		return e.runtime.CompileModule(ctx, code)
	}
	s, err := e.disk.stage(code)
	if err != nil {
		return nil, fmt.Errorf("compiled code cache: %w", err)
	}
	defer func() { e.disk.settle(s) }()
	compiled, err := e.runtime.CompileModule(ctx, code)
	if err != nil && s.file != nil {
		// wazero does not take what it has written itself: make it anew.
		e.disk.forget(s.key, err)
		if err := e.disk.empty(); err != nil {
			return nil, fmt.Errorf("compiled code cache: %w", err)
		}
		s.file = nil
		return e.runtime.CompileModule(ctx, code)
	}
	return compiled, err
}

// Keep stores the parts in CacheDir, for Kept with the same name in this and later
// processes of the same program, which returns them joined. It is evicted as machine code is; that it cannot
// be kept is no fault.
func (e *Engine) Keep(name [32]byte, parts ...[]byte) {
	if e.disk == nil {
		return
	}
	e.compiling.Lock()
	defer e.compiling.Unlock()
	e.disk.keepImage(name, parts)
}

// Kept returns what Keep has stored, or nil. Its digest was checked.
func (e *Engine) Kept(name [32]byte) []byte {
	if e.disk == nil {
		return nil
	}
	e.compiling.Lock()
	defer e.compiling.Unlock()
	return e.disk.image(name)
}

// CacheStats returns what the compiled code cache did so far.
func (e *Engine) CacheStats() CacheStats {
	if e.disk == nil {
		return CacheStats{}
	}
	return CacheStats{Hits: e.disk.hits.Load(), Misses: e.disk.misses.Load(), Bad: e.disk.bad.Load(), Images: e.disk.images.Load()}
}

// Close frees the machine code. No instance of the module may be left.
func (m *Module) Close() error { return m.compiled.Close(context.Background()) }
