package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// value is a number as the suite writes it: decimal bits, or a class of NaNs.
type value struct {
	Type  string `json:"type"`
	Value any    `json:"value"`
}

const (
	quiet32 = 0x7fc00000
	quiet64 = 0x7ff8 << 48
)

func (v value) text() string {
	s, _ := v.Value.(string)
	return s
}

// bits returns an argument as wazero takes it.
func (v value) bits() (uint64, error) {
	width := 64
	if strings.HasSuffix(v.Type, "32") {
		width = 32
	}
	return strconv.ParseUint(v.text(), 10, width)
}

func isNaN(typ string, bits uint64) bool {
	switch typ {
	case "f32", "i32":
		return math.Float32frombits(uint32(bits)) != math.Float32frombits(uint32(bits))
	case "f64", "i64":
		return math.Float64frombits(bits) != math.Float64frombits(bits)
	}
	return false
}

// match says whether got is what the suite expects of a plain module.
func (v value) match(got uint64) (bool, error) {
	switch v.text() {
	case "nan:canonical":
		if v.Type == "f32" {
			return uint32(got)&^(1<<31) == quiet32, nil
		}
		return got&^(1<<63) == quiet64, nil
	case "nan:arithmetic":
		if v.Type == "f32" {
			return uint32(got)&quiet32 == quiet32, nil
		}
		return got&quiet64 == quiet64, nil
	}
	want, err := v.bits()
	if err != nil {
		return false, fmt.Errorf("expected value %q of type %s: %w", v.text(), v.Type, err)
	}
	if strings.HasSuffix(v.Type, "32") {
		got = uint64(uint32(got))
	}
	return got == want, nil
}

// matchCanonical says whether got is the canonical NaN where the suite expects
// the bits of some NaN: the difference that rewriting makes.
func (v value) matchCanonical(got uint64) bool {
	want, err := v.bits()
	if err != nil || !isNaN(v.Type, want) {
		return false
	}
	if strings.HasSuffix(v.Type, "32") {
		return uint32(got) == quiet32
	}
	return got == quiet64
}
