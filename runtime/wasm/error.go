package wasm

import "fmt"

// Rules that a module can break. Their names are stable: clients see them.
const (
	RuleMalformed   = "malformed"    // bytes do not follow the binary format
	RuleType        = "type"         // a function body does not type-check
	RuleIndex       = "index"        // an index names nothing
	RuleFeature     = "feature"      // outside the accepted feature set
	RuleImport      = "import"       // an import that the host does not offer
	RuleExport      = "export"       // an export that is refused
	RuleStart       = "start"        // a start section
	RuleMemory      = "memory"       // more memory than permitted, or a bad declaration
	RuleTable       = "table"        // a bad table
	RuleSegment     = "segment"      // a data or element segment that is refused
	RuleConfig      = "config"       // the host's own configuration is wrong
	RuleModuleSize  = "limit.module" // Limits.ModuleBytes
	RuleBodySize    = "limit.body"   // Limits.BodyBytes
	RuleNameSize    = "limit.name"   // Limits.NameBytes
	RuleTypes       = "limit.types"  // Limits.Types, Params, Results
	RuleFunctions   = "limit.functions"
	RuleImports     = "limit.imports"
	RuleExports     = "limit.exports"
	RuleGlobals     = "limit.globals"
	RuleLocals      = "limit.locals"
	RuleOperands    = "limit.operands" // Limits.Operands, DeepOperands
	RuleValues      = "limit.values"
	RuleExits       = "limit.exits" // Limits.Exits, ExitsModule
	RuleNesting     = "limit.nesting"
	RuleLoopNesting = "limit.loop_nesting"
	RuleBrTable     = "limit.br_table"
	RuleControl     = "limit.control"
	RuleControlSum  = "limit.control_sum" // Limits.ControlLocals…, ControlSquares
	RuleTableSize   = "limit.table"
	RuleSegments    = "limit.segments"
	RuleCustom      = "limit.custom"
)

// Error says why a module was refused. Its fields depend on the module and the
// configuration alone.
type Error struct {
	// Func is the index of the function whose body broke the rule, imports
	// counted, or -1.
	Func int
	// Offset is the place in the module's bytes.
	Offset int
	Rule   string
	Msg    string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Func < 0 {
		return fmt.Sprintf("invalid code at offset %d: %s: %s", e.Offset, e.Rule, e.Msg)
	}
	return fmt.Sprintf("invalid code in function %d at offset %d: %s: %s", e.Func, e.Offset, e.Rule, e.Msg)
}

// fail makes an error outside function bodies.
func fail(offset int, rule, format string, args ...any) *Error {
	return &Error{Func: -1, Offset: offset, Rule: rule, Msg: fmt.Sprintf(format, args...)}
}
