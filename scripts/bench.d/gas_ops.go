package main

import (
	"strings"

	"github.com/chancery-chain/chancery/runtime/gas"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// numeric are the names of the opcodes from 0x45 on, in order.
var numeric = strings.Fields(`
i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u
i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u
f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge
i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u
i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr
i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u
i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr
f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign
f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign
i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u
i64.extend_i32_s i64.extend_i32_u i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u
f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64
f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32
i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64
i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s`)

// saturating are the names of the opcodes behind the prefix 0xfc.
var saturating = strings.Fields(`
i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u
i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u`)

// operation is one numeric instruction with its type.
type operation struct {
	name     string
	code     w.Code
	class    gas.Class
	in, out  string // i32, i64, f32, f64
	operands int
}

func operations() (out []operation) {
	for i, name := range numeric {
		out = append(out, newOperation(name, w.Code{byte(0x45 + i)}, gas.OpClass(byte(0x45+i))))
	}
	for i, name := range saturating {
		out = append(out, newOperation(name, w.Code{0xfc, byte(i)}, gas.MiscClass(uint32(i))))
	}
	return out
}

// newOperation reads the type of an instruction from its name.
func newOperation(name string, code w.Code, class gas.Class) operation {
	typ, verb, _ := strings.Cut(name, ".")
	o := operation{name: name, code: code, class: class, in: typ, out: typ, operands: 2}
	head, _, _ := strings.Cut(verb, "_")
	switch head {
	case "eqz":
		o.operands, o.out = 1, "i32"
	case "clz", "ctz", "popcnt", "abs", "neg", "ceil", "floor", "nearest", "sqrt", "extend8", "extend16", "extend32":
		o.operands = 1
	case "eq", "ne", "lt", "gt", "le", "ge":
		o.out = "i32"
	case "trunc", "wrap", "extend", "convert", "demote", "promote", "reinterpret":
		o.operands = 1
		for _, t := range []string{"i32", "i64", "f32", "f64"} {
			if strings.Contains(verb, t) {
				o.in = t
			}
		}
	}
	return o
}

// back turns the second type into the first again, by the cheapest instruction
// of the pair's own kind.
var back = map[string]string{
	"i32<i64": "i32.wrap_i64", "i64<i32": "i64.extend_i32_u", "f32<f64": "f32.demote_f64", "f64<f32": "f64.promote_f32",
	"f32<i32": "f32.convert_i32_s", "f64<i32": "f64.convert_i32_s", "f32<i64": "f32.convert_i64_s", "f64<i64": "f64.convert_i64_s",
	"i32<f32": "i32.trunc_sat_f32_s", "i64<f32": "i64.trunc_sat_f32_s", "i32<f64": "i32.trunc_sat_f64_s", "i64<f64": "i64.trunc_sat_f64_s",
}

var (
	localOf = map[string]uint32{"i32": lI, "i64": lL, "f32": lF, "f64": lD}
	loadOf  = map[string]byte{"i32": w.I32Load, "i64": w.I64Load, "f32": w.F32Load, "f64": w.F64Load}
)

// operandsOf are places that hold operands of a type: none of them is known to
// the compiler.
func operandsOf(typ string) []int {
	switch typ {
	case "f32":
		return []int{atFOne4, atNaN4}
	case "f64":
		return []int{atFOne, atNaN}
	}
	return []int{atThree, atBig}
}

const unrolled = 64

// operationCases has chains in which each instruction waits for the one before,
// for every numeric instruction, with small, large and NaN operands.
func operationCases() (cases []*gasCase) {
	byName := map[string]w.Code{}
	all := operations()
	for _, o := range all {
		byName[o.name] = o.code
	}
	for _, o := range all {
		for _, first := range operandsOf(o.in) {
			for _, second := range operandsOf(o.in) {
				if o.operands == 1 && second != first {
					continue
				}
				for _, body := range chains(o, byName, first, second) {
					g := newGuest(1, 1)
					x := localOf[o.in]
					before := w.Seq(read(loadOf[o.in], first), set(x), read(loadOf[o.in], second), set(x+1))
					cases = append(cases, &gasCase{
						class: o.class.String(), name: o.name + operandNote(first, second),
						code: g.entry(before, w.Repeat(unrolled, body)),
					})
				}
			}
		}
	}
	return append(cases, selectCases()...)
}

func operandNote(first, second int) string {
	word := map[int]string{atThree: "3", atBig: "2^62", atFOne: "1.25", atFOne4: "1.25", atNaN: "NaN", atNaN4: "NaN"}
	return "(" + word[first] + "," + word[second] + ")"
}

// chains returns the bodies that link an instruction to itself: eight of it and
// one assignment.
func chains(o operation, byName map[string]w.Code, first, second int) []w.Code {
	x, y := get(localOf[o.in]), get(localOf[o.in]+1)
	store := set(localOf[o.in])
	const n = 8
	trapping := strings.Contains(o.name, "trunc_f") && (first == atNaN || first == atNaN4)
	switch {
	case o.class == gas.ClassDivide:
		// Set bits keep the dividend large and the divisor from being zero.
		big, one := read(w.I64Load, atBig), w.I64Const(1)
		or := w.Code{0x84}
		if o.in == "i32" {
			big, one, or = w.I32Const(1<<30), w.I32Const(1), w.Code{0x72}
		}
		return []w.Code{
			w.Seq(x, w.Repeat(n, y, o.code, one, or), store),
			w.Seq(x, w.Repeat(n, y, o.code, big, or), store),
			w.Seq(w.Repeat(n, y), x, w.Repeat(n, o.code, one, or), store),
		}
	case trapping:
		return nil
	case o.out == "i32" && o.in[0] == 'f' && o.operands == 2: // comparison of floats
		return []w.Code{w.Seq(x, w.Repeat(n, y, x, y, o.code, w.Select), store)}
	case o.out != o.in && o.class == gas.ClassFloatBits:
		return []w.Code{w.Seq(x, w.Repeat(n, o.code, reinterpretBack(o.in)), store)}
	case o.out != o.in:
		ret := byName[back[o.in+"<"+o.out]]
		if o.operands == 1 {
			return []w.Code{w.Seq(x, w.Repeat(n, o.code, ret), store)}
		}
		return []w.Code{w.Seq(x, w.Repeat(n, y, o.code, ret), store)}
	case o.operands == 1:
		return []w.Code{w.Seq(x, w.Repeat(n, o.code), store)}
	case o.class == gas.ClassFloatDivide || o.class == gas.ClassFloatBits:
		return []w.Code{
			w.Seq(x, w.Repeat(n, y, o.code), store),
			w.Seq(w.Repeat(n, y), x, w.Repeat(n, o.code), store),
		}
	}
	return []w.Code{w.Seq(x, w.Repeat(n, y, o.code), store)}
}

func reinterpretBack(to string) w.Code {
	return map[string]w.Code{"f32": {0xbe}, "f64": {0xbf}, "i32": {0xbc}, "i64": {0xbd}}[to]
}

// selectCases chains selects whose condition is not known.
func selectCases() (cases []*gasCase) {
	for _, t := range []string{"i32", "i64", "f32", "f64"} {
		g := newGuest(1, 1)
		x := localOf[t]
		before := w.Seq(read(loadOf[t], operandsOf(t)[0]), set(x), read(w.I32Load, atOne), set(lI2))
		body := w.Seq(get(x), w.Repeat(8, get(x+1), get(lI2), w.Select), set(x))
		if t == "i32" {
			body = w.Seq(get(x), w.Repeat(8, get(x), get(lI2), w.Select), set(x))
		}
		cases = append(cases, &gasCase{
			class: gas.ClassSelect.String(), name: t + " select", code: g.entry(before, w.Repeat(unrolled, body)),
		})
	}
	return cases
}
