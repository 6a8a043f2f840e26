package gas

// Class groups Wasm instructions that cost the same.
type Class uint8

// The classes. Their order is part of the schedule's encoding: append only.
const (
	ClassStructure    Class = iota // block, else, end, nop: no machine code
	ClassOperand                   // constants, local.get, drop: who uses the operand pays
	ClassSimple                    // local.set and tee, integer logic and addition, comparisons
	ClassBranch                    // br, br_if, if, return, unreachable; loop, where gas is compared
	ClassBranchTable               // br_table
	ClassCall                      // call, of a guest or a host function
	ClassCallIndirect              // call_indirect, with its bounds and type check
	ClassGlobal                    // global.get, global.set
	ClassLoad                      // loads
	ClassStore                     // stores of integers
	ClassFloatStore                // stores of floats, with the NaN rule
	ClassMultiply                  // integer multiplication
	ClassDivide                    // integer division and remainder
	ClassFloat                     // float arithmetic and comparisons
	ClassFloatDivide               // float division and square root
	ClassFloatConvert              // conversions from, to and between floats
	ClassFloatBits                 // reinterpret and copysign, with the NaN rule
	ClassMemorySize                // memory.size
	ClassMemoryGrow                // memory.grow, base; see Schedule.GrowPage
	ClassMemoryBulk                // memory.copy and memory.fill, base; see Schedule.BulkUnit
	ClassSelect                    // select
	Classes                        // number of classes
)

var classNames = [Classes]string{
	"structure", "operand", "simple", "branch", "branch_table", "call", "call_indirect", "global", "load", "store",
	"float_store", "multiply", "divide", "float", "float_divide", "float_convert", "float_bits",
	"memory_size", "memory_grow", "memory_bulk", "select",
}

// String returns the class's name in tables and benchmarks.
func (c Class) String() string {
	if c < Classes {
		return classNames[c]
	}
	return "unknown"
}

// OpClass returns the class of a one-byte opcode. Opcodes that package wasm
// refuses have class ClassStructure; nothing ever charges them.
func OpClass(op byte) Class { return opClasses[op] }

// MiscClass returns the class of the opcode after the prefix 0xfc: truncations
// up to 7, bulk memory from there.
func MiscClass(op uint32) Class {
	if op <= 7 {
		return ClassFloatConvert
	}
	return ClassMemoryBulk
}

// opRange gives the opcodes from first to last a class.
type opRange struct {
	first, last byte
	class       Class
}

// Numbers are of the WebAssembly core specification, "Index of Instructions".
var opRanges = []opRange{
	{0x00, 0x00, ClassBranch},       // unreachable
	{0x03, 0x04, ClassBranch},       // loop, if
	{0x0c, 0x0d, ClassBranch},       // br, br_if
	{0x0e, 0x0e, ClassBranchTable},  // br_table
	{0x0f, 0x0f, ClassBranch},       // return
	{0x10, 0x10, ClassCall},         // call
	{0x11, 0x11, ClassCallIndirect}, // call_indirect
	{0x1a, 0x1a, ClassOperand},      // drop
	{0x1b, 0x1b, ClassSelect},       // select
	{0x20, 0x20, ClassOperand},      // local.get
	{0x21, 0x22, ClassSimple},       // local.set, tee
	{0x23, 0x24, ClassGlobal},       // global.get, set
	{0x28, 0x35, ClassLoad},
	{0x36, 0x37, ClassStore},
	{0x38, 0x39, ClassFloatStore},
	{0x3a, 0x3e, ClassStore},
	{0x3f, 0x3f, ClassMemorySize},
	{0x40, 0x40, ClassMemoryGrow},
	{0x41, 0x44, ClassOperand},     // constants
	{0x45, 0x5a, ClassSimple},      // integer comparisons
	{0x5b, 0x66, ClassFloat},       // float comparisons
	{0x67, 0x6b, ClassSimple},      // i32 clz, ctz, popcnt, add, sub
	{0x6c, 0x6c, ClassMultiply},    // i32.mul
	{0x6d, 0x70, ClassDivide},      // i32 div, rem
	{0x71, 0x7d, ClassSimple},      // i32 logic, shifts; i64 clz .. sub
	{0x7e, 0x7e, ClassMultiply},    // i64.mul
	{0x7f, 0x82, ClassDivide},      // i64 div, rem
	{0x83, 0x8a, ClassSimple},      // i64 logic, shifts
	{0x8b, 0x90, ClassFloat},       // f32 abs .. nearest
	{0x91, 0x91, ClassFloatDivide}, // f32.sqrt
	{0x92, 0x94, ClassFloat},       // f32 add, sub, mul
	{0x95, 0x95, ClassFloatDivide}, // f32.div
	{0x96, 0x97, ClassFloat},       // f32 min, max
	{0x98, 0x98, ClassFloatBits},   // f32.copysign
	{0x99, 0x9e, ClassFloat},       // f64 abs .. nearest
	{0x9f, 0x9f, ClassFloatDivide}, // f64.sqrt
	{0xa0, 0xa2, ClassFloat},       // f64 add, sub, mul
	{0xa3, 0xa3, ClassFloatDivide}, // f64.div
	{0xa4, 0xa5, ClassFloat},       // f64 min, max
	{0xa6, 0xa6, ClassFloatBits},   // f64.copysign
	{0xa7, 0xa7, ClassSimple},      // i32.wrap_i64
	{0xa8, 0xab, ClassFloatConvert},
	{0xac, 0xad, ClassSimple}, // i64.extend_i32
	{0xae, 0xbb, ClassFloatConvert},
	{0xbc, 0xbf, ClassFloatBits}, // reinterpret
	{0xc0, 0xc4, ClassSimple},    // sign extension
}

var opClasses = func() (t [256]Class) {
	for _, r := range opRanges {
		for op := int(r.first); op <= int(r.last); op++ {
			t[op] = r.class
		}
	}
	return t
}()
