package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
)

// trapTable holds wazero's error value of each trap. wazero does not export
// them, and their text is no ground for consensus; so each trap is provoked once
// when an engine starts, and later errors are compared by identity.
type trapTable [trapCount]error

// probeBodies provoke one trap each: bodies of functions of type () -> (),
// without locals, in the order of the traps from TrapUnreachable on.
var probeBodies = [][]byte{
	{0x00, 0x0b}, // unreachable
	{0x41, 0x7f, 0x28, 0x02, 0x00, 0x1a, 0x0b},                         // i32.load at 2^32-1
	{0x41, 0x01, 0x41, 0x00, 0x6d, 0x1a, 0x0b},                         // 1 / 0
	{0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x41, 0x7f, 0x6d, 0x1a, 0x0b}, // -2^31 / -1
	{0x43, 0x00, 0x00, 0xc0, 0x7f, 0xa8, 0x1a, 0x0b},                   // i32.trunc_f32_s of NaN
	{0x41, 0x01, 0x11, 0x00, 0x00, 0x0b},                               // call_indirect of an empty element
	{0x41, 0x00, 0x11, 0x01, 0x00, 0x1a, 0x0b},                         // call_indirect of another type
}

// probeModule is a module with one exported function per probe body, a page of
// memory, and a table of two elements of which the first is function 0.
func probeModule() []byte {
	section := func(id byte, content ...byte) []byte {
		return append([]byte{id, byte(len(content))}, content...)
	}
	n := byte(len(probeBodies))
	funcs, exports, bodies := []byte{n}, []byte{n}, []byte{n}
	for i, body := range probeBodies {
		funcs = append(funcs, 0)
		exports = append(exports, 1, 'a'+byte(i), 0, byte(i))
		bodies = append(bodies, byte(len(body)+1), 0)
		bodies = append(bodies, body...)
	}
	out := []byte{0, 'a', 's', 'm', 1, 0, 0, 0}
	out = append(out, section(1, 2, 0x60, 0, 0, 0x60, 0, 1, 0x7f)...) // () -> (), () -> (i32)
	out = append(out, section(3, funcs...)...)
	out = append(out, section(4, 1, 0x70, 0, 2)...)
	out = append(out, section(5, 1, 0, 1)...)
	out = append(out, section(7, exports...)...)
	out = append(out, section(9, 1, 0, 0x41, 0, 0x0b, 1, 0)...)
	return append(out, section(10, bodies...)...)
}

func learnTraps(ctx context.Context, r wazero.Runtime) (trapTable, error) {
	var table trapTable
	mod, err := r.InstantiateWithConfig(ctx, probeModule(), wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return table, fmt.Errorf("probe traps: %w", err)
	}
	defer mod.Close(ctx)
	for i := range probeBodies {
		trap := TrapUnreachable + Trap(i)
		_, err := mod.ExportedFunction(string(rune('a' + i))).Call(ctx)
		if err == nil {
			return table, fmt.Errorf("probe traps: no error for trap %d", trap)
		}
		table[trap] = root(err)
		for other := TrapUnreachable; other < trap; other++ {
			// An empty element and an index outside the table share one error;
			// every other pair must be apart.
			if table[other] == table[trap] {
				return table, fmt.Errorf("probe traps: traps %d and %d look alike", other, trap)
			}
		}
	}
	return table, nil
}

// classify returns the trap that err is, or TrapNone.
func (t *trapTable) classify(err error) Trap {
	r := root(err)
	for trap := TrapUnreachable; trap < trapCount; trap++ {
		if t[trap] == r {
			return trap
		}
	}
	return TrapNone
}

// root returns the innermost error of a chain.
func root(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
