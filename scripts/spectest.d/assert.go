package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/chancery-chain/chancery/runtime/wasm"
)

// assert runs an action in all lanes and compares.
func (b *bench) assert(ctx context.Context, c command, t *tally) error {
	s := b.find(c.Action.Module)
	var got [4]outcome
	for i := range b.lanes {
		if i == 2 && c.Type == "assert_exhaustion" {
			got[2] = got[0] // the interpreter stops plain code at a depth of its own
			continue
		}
		o, err := b.act(ctx, s, c.Action, i)
		if err != nil {
			return err
		}
		got[i] = o
	}
	if c.Type == "assert_exhaustion" {
		return exhausted(got)
	}
	plain, rewritten, other := got[0], got[1], got[3]
	if rewritten.gas != other.gas {
		return fmt.Errorf("gas used: %d on the compiler, %d on the interpreter", -rewritten.gas, -other.gas)
	}
	t.gas++
	for i, o := range got {
		if o.trap != plain.trap {
			return fmt.Errorf("%v: %q, plain %q", b.lanes[i], o.trap, plain.trap)
		}
		if b.lanes[i].rewritten && o.trap == "" && o.stack != 0 {
			return fmt.Errorf("%v: %d bytes of stack left behind", b.lanes[i], o.stack)
		}
	}
	if c.Type == "assert_trap" {
		if plain.trap == "" {
			return fmt.Errorf("did not trap, want %q", c.Text)
		}
	} else if plain.trap != "" {
		return fmt.Errorf("trapped: %s", plain.trap)
	}
	if c.Type == "assert_return" {
		for i, o := range got {
			if err := b.compare(c, o.results, b.lanes[i], t); err != nil {
				return err
			}
		}
	}
	if s.prepared.Stats.NaNRules == 0 && !s.sameMemory(0, 1) {
		return fmt.Errorf("memories of plain and rewritten module differ")
	}
	if !s.sameMemory(1, 3) {
		return fmt.Errorf("memories of compiler and interpreter differ")
	}
	return nil
}

// exhausted checks an endless recursion: the plain module overflows the
// engine's stack, the rewritten one its limit, and both engines at the same
// place.
func exhausted(got [4]outcome) error {
	for i, o := range got {
		switch {
		case o.trap == "":
			return fmt.Errorf("lane %d did not trap", i)
		case i%2 == 0 && !strings.Contains(o.trap, "stack overflow"):
			return fmt.Errorf("plain module trapped with %q", o.trap)
		case i == 1 && o.stack <= wasm.DefaultMaxStack:
			return fmt.Errorf("rewritten module trapped with %q, stack %d", o.trap, o.stack)
		}
	}
	return nil
}

func (b *bench) compare(c command, results []uint64, l *lane, t *tally) error {
	if len(results) != len(c.Expected) {
		return fmt.Errorf("%v: %d results, want %d", l, len(results), len(c.Expected))
	}
	for i, want := range c.Expected {
		ok, err := want.match(results[i])
		if err != nil {
			return err
		}
		if ok {
			continue
		}
		if l.rewritten && (want.matchCanonical(results[i]) || copysignOfNaN(c.Action, want, results[i])) {
			t.canonical++
			continue
		}
		return fmt.Errorf("%v: result %d is %#x, want %s %s", l, i, results[i], want.Type, want.text())
	}
	return nil
}

// copysignOfNaN says whether the action takes the sign of a negative NaN, which
// rewriting makes the canonical, positive one, and got has that sign.
func copysignOfNaN(a action, want value, got uint64) bool {
	if !strings.Contains(a.Field, "copysign") || len(a.Args) != 2 {
		return false
	}
	sign, err := a.Args[1].bits()
	if err != nil || !isNaN(want.Type, sign) {
		return false
	}
	bits, err := want.bits()
	if err != nil {
		return false
	}
	if want.Type == "f32" {
		return uint32(got) == uint32(bits)&^(1<<31)
	}
	return got == bits&^(1<<63)
}
