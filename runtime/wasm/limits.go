package wasm

// Limits bounds what a module may ask of the compiler and of an instance. They
// are consensus parameters. Each is checked before the work that it bounds, and
// those of functions once more for what rewriting added.
//
// wazero's compiler is superlinear on some shapes; measured without limits:
// 64 KB with 2,000 locals live across 2,000 ifs compile in 10 s, 8,000 nested
// loops take 1.7 GB. The largest outputs of standard Go stay well below all of
// these limits.
type Limits struct {
	// ModuleBytes is the size of a module as uploaded. Compile time and memory
	// grow with it.
	ModuleBytes int
	// RewrittenBytes is the size after rewriting.
	RewrittenBytes int
	// BodyBytes is the size of one function body, locals included, after
	// rewriting. It also bounds the largest basic block.
	BodyBytes int
	// Types is the number of function types.
	Types int
	// Params is the number of parameters of one function or block type.
	Params int
	// Results is the number of results of one function or block type.
	Results int
	// Functions is the number of functions, imports included.
	Functions int
	// Imports is the number of imports.
	Imports int
	// Exports is the number of exports that the module declares.
	Exports int
	// NameBytes is the length of one import or export name.
	NameBytes int
	// Globals is the number of globals. Every reset copies the mutable ones.
	Globals int
	// Locals is the number of a function's parameters and locals, after
	// rewriting, which adds at most four.
	Locals int
	// Operands is the largest operand height of a function.
	Operands int
	// DeepOperands is the number of operands of the module that are pushed on top
	// of 12 others. The compiler has no registers for them.
	DeepOperands int
	// Values is the number of values that the calls, branches and block ends of
	// the module pass, counted per instruction and label. 10,000 calls with 16
	// results in each of 200 functions compile in 29 s.
	Values int
	// Exits is the number of instructions of one function that may trap: loads,
	// stores and divisions; a truncation counts as two and call_indirect, which has
	// three checks, as three. Each check leaves the function in machine code at a place
	// of its own, and the compiler's work is worse than linear in those: 10,000
	// call_indirect in each of 82 functions compile in 16 s and 390 MB.
	Exits int
	// ExitsModule is their number in the module. A body of 60 KB has room for
	// 20,000 loads that each take the last one's result.
	ExitsModule int
	// Nesting is the depth of blocks, loops and ifs.
	Nesting int
	// LoopNesting is the depth of loops. The register allocator's cost grows
	// with it.
	LoopNesting int
	// BrTable is the number of labels of one br_table, its default aside.
	BrTable int
	// Control is the number of control instructions of one function after
	// rewriting: blocks, loops, ifs, elses, branches, br_table labels, returns and
	// injected comparisons; memory.grow, memory.copy and memory.fill count as four
	// each. Each makes a basic block or an edge of the compiler's graph.
	Control int
	// ControlLocals is the product of Control and the locals of one function: the
	// values that may be live at the joins.
	ControlLocals int
	// ControlLocalsModule is the sum of that product over all functions.
	ControlLocalsModule int
	// ControlSquares is the sum of squared Control over all functions.
	ControlSquares int
	// TableElements is the size of the table and the number of elements in all
	// segments together. A new instance writes a record for each.
	TableElements int
	// Segments is the number of data segments.
	Segments int
	// ElementSegments is the number of element segments. A new instance has a
	// record of each.
	ElementSegments int
	// CustomSections is the number of kept custom sections.
	CustomSections int
	// CustomBytes is the size of the kept custom sections together.
	CustomBytes int
	// UncheckedGas is the most gas, in parts, that one function can use between two
	// comparisons of its gas with zero. A call that has run out of gas ends after
	// at most this much for every frame of its stack.
	UncheckedGas uint64
}

// DefaultLimits returns the limits of protocol version 1.
func DefaultLimits() Limits {
	return Limits{
		ModuleBytes:         4 << 20,
		RewrittenBytes:      7 << 19,
		BodyBytes:           64 << 10,
		Types:               1_000,
		Params:              32,
		Results:             16,
		Functions:           10_000,
		Imports:             100,
		Exports:             1_000,
		NameBytes:           256,
		Globals:             1_000,
		Locals:              256,
		Operands:            256,
		DeepOperands:        200_000,
		Values:              500_000,
		Exits:               8_192,
		ExitsModule:         400_000,
		Nesting:             1_024,
		LoopNesting:         32,
		BrTable:             2_048,
		Control:             4_096,
		ControlLocals:       64 << 10,
		ControlLocalsModule: 4 << 20,
		ControlSquares:      100_000_000,
		TableElements:       16_384,
		Segments:            100_000,
		ElementSegments:     1_000,
		CustomSections:      16,
		CustomBytes:         1 << 20,
		UncheckedGas:        4_096,
	}
}
