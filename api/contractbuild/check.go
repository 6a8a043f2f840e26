package contractbuild

import (
	"fmt"
	"time"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/wasm"
)

// compilePerMB is what the node's compiler takes for a MB of rewritten code, on
// one core of the reference machine.
const compilePerMB = 350 * time.Millisecond

// Verdict is what a chain with the default limits says to code.
type Verdict struct {
	// Limits says how much of each static limit the code uses.
	Limits []Use `json:"limits"`
	// Floats is the number of float operations. They are made the same on every
	// CPU, so they are permitted; standard Go links some hundreds.
	Floats int `json:"floats"`
	// MaxFrame is the largest frame of a function on the stack in bytes, and
	// StackBytes the stack that a call has.
	MaxFrame   int `json:"max_frame"`
	StackBytes int `json:"stack_bytes"`
	// Prepared is the size in bytes of the code that nodes compile, and CompileTime
	// an estimate of how long one core takes for that.
	Prepared    int           `json:"prepared"`
	CompileTime time.Duration `json:"compile_ns"`
	// InitGas is what _initialize and the warm-up use; upload pays for it.
	InitGas   uint64 `json:"init_gas"`
	InitLimit uint64 `json:"init_limit"`
	// ImageBytes is the memory of an instance after that.
	ImageBytes int `json:"image_bytes"`
}

// Use is how much of a limit code uses.
type Use struct {
	Name  string `json:"name"`
	Used  int    `json:"used"`
	Limit int    `json:"limit"`
}

// Share returns the used part of the limit in percent, rounded up.
func (u Use) Share() int { return (u.Used*100 + u.Limit - 1) / u.Limit }

// Check says whether a chain with the default limits takes code, and how close it
// is to them. The error is a *runtime.InvalidCodeError when the chain would
// refuse it. It runs the code's initialisation.
func Check(code []byte) (*Verdict, error) {
	limits := runtime.DefaultLimits()
	stats, err := runtime.Measure(code, limits)
	if err != nil {
		return nil, err
	}
	// Gas and memory are the same without compiling, which takes longer than all
	// else.
	rt, err := runtime.New(runtime.Config{Interpreter: true}, limits)
	if err != nil {
		return nil, err
	}
	defer rt.Close()
	report, err := rt.Check(code)
	if err != nil {
		return nil, err
	}
	return &Verdict{
		Limits: Uses(stats, limits.Code), Floats: stats.FloatOps,
		MaxFrame: stats.MaxFrame, StackBytes: int(limits.StackBytes),
		Prepared:    report.Prepared,
		CompileTime: time.Duration(report.Prepared) * compilePerMB / 1_000_000,
		InitGas:     report.ImageGas, InitLimit: limits.ImageGas, ImageBytes: report.ImageBytes,
	}, nil
}

// Uses says how much of each limit a module uses.
func Uses(s *wasm.Stats, l wasm.Limits) []Use {
	return []Use{
		{"module bytes", s.ModuleBytes, l.ModuleBytes},
		{"rewritten bytes", s.RewrittenBytes, l.RewrittenBytes},
		{"functions", s.Functions, l.Functions},
		{"function types", s.Types, l.Types},
		{"globals", s.Globals, l.Globals},
		{"data segments", s.DataSegments, l.Segments},
		{"table elements", s.Elements, l.TableElements},
		{"bytes of a function", s.MaxBody, l.BodyBytes},
		{"locals of a function", s.MaxLocals, l.Locals},
		{"operands of a function", s.MaxOperands, l.Operands},
		{"nesting of blocks", s.MaxNesting, l.Nesting},
		{"nesting of loops", s.MaxLoopNesting, l.LoopNesting},
		{"labels of a br_table", s.MaxBrTable, l.BrTable},
		{"control instructions of a function", s.MaxControl, l.Control},
		{"control by locals of a function", s.MaxControlLocals, l.ControlLocals},
		{"control by locals of the module", s.ControlLocals, l.ControlLocalsModule},
		{"squared control of the module", s.ControlSquares, l.ControlSquares},
		{"deep operands", s.DeepOperands, l.DeepOperands},
		{"passed values", s.Values, l.Values},
	}
}

// Nearest returns the use with the greatest share.
func (v *Verdict) Nearest() Use {
	nearest := Use{Limit: 1}
	for _, u := range v.Limits {
		if u.Share() > nearest.Share() {
			nearest = u
		}
	}
	return nearest
}

// Frames says how many calls of the function with the largest frame fit on the
// stack within one another.
func (v *Verdict) Frames() string {
	if v.MaxFrame == 0 {
		return "none"
	}
	return fmt.Sprintf("%d", v.StackBytes/v.MaxFrame)
}
