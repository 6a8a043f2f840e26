package wasm

// Stats describes a prepared module: how much of each limit it uses, and what
// rewriting did. Figures of functions are after rewriting; Max… is of the worst
// function.
type Stats struct {
	ModuleBytes    int
	RewrittenBytes int
	Types          int
	Functions      int // imports included
	Globals        int
	DataSegments   int
	DataBytes      int
	Elements       int

	MaxBody          int
	MaxLocals        int
	MaxOperands      int
	MaxNesting       int
	MaxLoopNesting   int
	MaxBrTable       int
	MaxControl       int
	MaxControlLocals int
	MaxExits         int
	MaxFrame         int // bytes that a call adds to StackGlobal

	ControlLocals  int
	ControlSquares int
	DeepOperands   int
	Values         int
	Exits          int

	FloatOps int
	Charges  int // basic blocks with a charge alone
	Checks   int // basic blocks with a charge and a comparison
	NaNRules int
	Leaves   int // functions that need no stack check
}

func (p *preparer) finalStats(out *Prepared) Stats {
	s := p.stats
	m := &p.mod
	s.ModuleBytes, s.RewrittenBytes = len(p.code), len(out.Code)
	s.Types, s.Functions, s.Globals = len(m.types)+len(p.extraTypes), len(m.funcs), len(m.globals)
	s.DataSegments, s.DataBytes, s.Elements = len(m.data), m.dataBytes, m.elements
	return s
}

// account adds the current function's figures and checks the limits on what
// rewriting made of it.
func (f *function) account(at, size, locals, control int) {
	s, l := &f.p.stats, &f.p.cfg.Limits
	product := control * locals
	s.MaxBody = max(s.MaxBody, size)
	s.MaxLocals = max(s.MaxLocals, locals)
	s.MaxOperands = max(s.MaxOperands, f.height)
	s.MaxNesting = max(s.MaxNesting, f.st.nesting)
	s.MaxLoopNesting = max(s.MaxLoopNesting, f.st.loopNesting)
	s.MaxBrTable = max(s.MaxBrTable, f.st.brTable)
	s.MaxControl = max(s.MaxControl, control)
	s.MaxControlLocals = max(s.MaxControlLocals, product)
	s.ControlLocals += product
	s.ControlSquares += control * control
	s.DeepOperands += f.st.deep
	s.Values += f.st.values
	s.Exits += f.st.exits
	s.MaxExits = max(s.MaxExits, f.st.exits)
	s.FloatOps += f.st.floats
	s.NaNRules += f.st.nans
	s.Checks += f.checks
	s.Charges += f.charges
	if f.calls {
		s.MaxFrame = max(s.MaxFrame, f.frameSize())
	} else {
		s.Leaves++
	}
	switch {
	case size > l.BodyBytes:
		f.r.fail(at, RuleBodySize, "body of %d bytes after rewriting, at most %d are permitted", size, l.BodyBytes)
	case locals > l.Locals:
		f.r.fail(at, RuleLocals, "%d parameters and locals after rewriting, at most %d are permitted", locals, l.Locals)
	case control > l.Control:
		f.r.fail(at, RuleControl, "%d control instructions, at most %d are permitted", control, l.Control)
	case product > l.ControlLocals:
		f.r.fail(at, RuleControlSum, "control instructions by locals is %d, at most %d is permitted", product, l.ControlLocals)
	case s.DeepOperands > l.DeepOperands:
		f.r.fail(at, RuleOperands, "more than %d operands on top of %d others", l.DeepOperands, deepOperands)
	case s.Values > l.Values:
		f.r.fail(at, RuleValues, "calls, branches and blocks pass more than %d values", l.Values)
	case f.st.exits > l.Exits:
		f.r.fail(at, RuleExits, "%d instructions that may trap, at most %d are permitted", f.st.exits, l.Exits)
	case s.Exits > l.ExitsModule:
		f.r.fail(at, RuleExits, "instructions of all functions that may trap pass %d", l.ExitsModule)
	case s.ControlLocals > l.ControlLocalsModule:
		f.r.fail(at, RuleControlSum, "control instructions by locals of all functions pass %d", l.ControlLocalsModule)
	case s.ControlSquares > l.ControlSquares:
		f.r.fail(at, RuleControlSum, "squared control instructions of all functions pass %d", l.ControlSquares)
	}
}

// frameSize is what a call of the function adds to StackGlobal: an estimate
// from above of its frame in wazero's compiler, which gives every value that it
// cannot keep in a register a slot of its own.
func (f *function) frameSize() int {
	return frameBytes + slotBytes*(len(f.locals)+f.height+f.slots+len(f.typ.results))
}
