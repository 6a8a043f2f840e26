package runtime

import (
	"maps"
	"slices"
)

// ImportType tells tests the type of a host function.
var ImportType = importType

// Implemented returns the names that the binding has, of the ABI and of WASI.
func Implemented() (abi, wasi []string) {
	return slices.Sorted(maps.Keys(hostFuncs)), slices.Sorted(maps.Keys(wasiFuncs))
}

// IdleDiffs compares every idle instance of a code with its image and with a
// fresh instance. It returns the number of instances and what differs.
func IdleDiffs(r *Runtime, c *Code) (n int, diffs []string) {
	fresh, err := c.image.NewInstance()
	if err != nil {
		return 0, []string{err.Error()}
	}
	defer fresh.Close()
	if d := fresh.Diff(); d != "" {
		diffs = append(diffs, "fresh: "+d)
	}
	r.pool.mu.Lock()
	defer r.pool.mu.Unlock()
	for _, w := range c.idle {
		if d := w.in.Diff(); d != "" {
			diffs = append(diffs, d)
		}
	}
	return len(c.idle), diffs
}

// HashImage returns the image's memory and globals, for comparing two runtimes.
func HashImage(c *Code) (memory []byte, globals []uint64) {
	return slices.Clone(c.image.Memory()), slices.Clone(c.image.Globals())
}

// MulDiv is mul_div on numbers of (high, low) halves.
func MulDiv(a, b, c [2]uint64, rounding uint32) ([2]uint64, uint32) {
	q, result := mulDiv(uint128{a[0], a[1]}, uint128{b[0], b[1]}, uint128{c[0], c[1]}, rounding)
	return [2]uint64{q.hi, q.lo}, result
}

// FunctionNames reads a module's name section.
var FunctionNames = functionNames

// Readable is a name of the name section for people.
var Readable = readable

// Kept returns what the runtime keeps of a code on disk, and KeepAs puts something
// else in its place, with the right digest.
func Kept(r *Runtime, hash [32]byte) []byte {
	name, _ := keptName(hash, &r.limits)
	return r.engine.Kept(name)
}

// KeepAs is described at Kept.
func KeepAs(r *Runtime, hash [32]byte, b []byte) {
	name, _ := keptName(hash, &r.limits)
	r.engine.Keep(name, b)
}
