package pattern

import (
	"errors"
	"unicode/utf8"
)

// MaxBytes is the longest pattern.
const MaxBytes = 256

// Check reports what is wrong with a pattern, or nil. Besides malformed ones it
// refuses those that could be matched in several ways: a class whose count can
// vary must share no character with what may follow it. So the longest run is
// always the right one.
func Check(pattern string) error {
	if pattern == "" {
		return errors.New("it is empty")
	}
	if len(pattern) > MaxBytes {
		return errors.New("it is longer than 256 bytes")
	}
	var atoms []atom
	var texts []string
	for rest := pattern; rest != ""; {
		a, after, fault := cut(rest)
		if fault != "" {
			return errors.New(fault)
		}
		atoms, texts = append(atoms, a), append(texts, rest[:len(rest)-len(after)])
		rest = after
	}
	for i, a := range atoms {
		if a.min == a.max {
			continue
		}
		for j := i + 1; j < len(atoms); j++ {
			if overlap(a.spans(), atoms[j].spans()) {
				return errors.New(texts[i] + " is followed by " + texts[j] + ", which has characters in common with it")
			}
			if atoms[j].min > 0 {
				break
			}
		}
	}
	return nil
}

// span is a range of characters, both ends included.
type span struct{ lo, hi rune }

// spans returns the characters of a class.
func (a atom) spans() []span {
	var in []span
	for set := a.set; set != ""; {
		lo, hi, rest, _ := cutItem(set)
		set = rest
		if lo >= 0 {
			in = append(in, span{lo, hi})
			continue
		}
		for i := 0; i < len(spaces); i += 2 {
			in = append(in, span{spaces[i], spaces[i+1]})
		}
	}
	if !a.negate {
		return in
	}
	// All but these: cut each out of what is left.
	out := []span{{0, utf8.MaxRune}}
	for _, cut := range in {
		var left []span
		for _, s := range out {
			if s.lo < cut.lo {
				left = append(left, span{s.lo, min(s.hi, cut.lo-1)})
			}
			if s.hi > cut.hi {
				left = append(left, span{max(s.lo, cut.hi+1), s.hi})
			}
		}
		out = left
	}
	return out
}

func overlap(a, b []span) bool {
	for _, x := range a {
		for _, y := range b {
			if x.lo <= y.hi && y.lo <= x.hi {
				return true
			}
		}
	}
	return false
}
