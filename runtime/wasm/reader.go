package wasm

import "unicode/utf8"

// reader reads the binary format. The first error sticks: callers may read on
// and look at err once per item. Reads after an error return zero.
type reader struct {
	b   []byte
	pos int
	end int
	err *Error
}

func (r *reader) left() int { return r.end - r.pos }

func (r *reader) fail(offset int, rule, format string, args ...any) {
	if r.err == nil {
		r.err = fail(offset, rule, format, args...)
	}
	r.pos = r.end
}

func (r *reader) byte() byte {
	if r.pos >= r.end {
		r.fail(r.pos, RuleMalformed, "unexpected end")
		return 0
	}
	c := r.b[r.pos]
	r.pos++
	return c
}

// bytes returns the next n bytes without copying.
func (r *reader) bytes(n uint32) []byte {
	if uint64(n) > uint64(r.left()) {
		r.fail(r.pos, RuleMalformed, "unexpected end: %d bytes wanted, %d left", n, r.left())
		return nil
	}
	s := r.b[r.pos : r.pos+int(n) : r.pos+int(n)]
	r.pos += int(n)
	return s
}

// u32 reads an unsigned LEB128 number. Core specification 1.0, section 5.2.2:
// at most five bytes, unused bits of the last one zero.
func (r *reader) u32() uint32 {
	if r.pos < r.end && r.b[r.pos] < 0x80 {
		r.pos++
		return uint32(r.b[r.pos-1])
	}
	return r.longU32()
}

func (r *reader) longU32() uint32 {
	start := r.pos
	var v uint32
	for shift := 0; shift < 35; shift += 7 {
		if r.pos >= r.end {
			r.fail(start, RuleMalformed, "unexpected end of number")
			return 0
		}
		c := r.b[r.pos]
		r.pos++
		if shift == 28 && c > 0x0f {
			break
		}
		v |= uint32(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	r.fail(start, RuleMalformed, "number does not fit 32 bits")
	return 0
}

// signed reads a signed LEB128 number of the given width. The unused bits of
// the last byte must repeat the sign.
func (r *reader) signed(width int) int64 {
	start := r.pos
	var v int64
	for shift := 0; shift < width; shift += 7 {
		if r.pos >= r.end {
			r.fail(start, RuleMalformed, "unexpected end of number")
			return 0
		}
		c := r.b[r.pos]
		r.pos++
		v |= int64(c&0x7f) << shift
		if rest := width - shift; rest < 7 {
			// Bits from the sign bit up must be equal, and no byte may follow.
			top := int8(c<<1) >> rest
			if c >= 0x80 || (top != 0 && top != -1) {
				break
			}
		}
		if c < 0x80 {
			if shift+7 < 64 && c&0x40 != 0 {
				v |= -1 << (shift + 7)
			}
			return v
		}
	}
	r.fail(start, RuleMalformed, "number does not fit %d bits", width)
	return 0
}

// name reads a UTF-8 string of at most limit bytes.
func (r *reader) name(limit int) string {
	start := r.pos
	b := r.bytes(r.u32())
	if r.err != nil {
		return ""
	}
	if len(b) > limit {
		r.fail(start, RuleNameSize, "name of %d bytes, at most %d are permitted", len(b), limit)
		return ""
	}
	if !utf8.Valid(b) {
		r.fail(start, RuleMalformed, "name is not UTF-8")
		return ""
	}
	return string(b)
}

// count reads a vector's length. Every item has at least one byte, so that a
// forged length ends here, before anything is allocated for it.
func (r *reader) count(limit int, rule, what string) int {
	start := r.pos
	n := r.u32()
	if r.err != nil {
		return 0
	}
	if uint64(n) > uint64(limit) {
		r.fail(start, rule, "%d %s, at most %d are permitted", n, what, limit)
		return 0
	}
	if uint64(n) > uint64(r.left()) {
		r.fail(start, RuleMalformed, "%d %s in %d bytes", n, what, r.left())
		return 0
	}
	return int(n)
}
