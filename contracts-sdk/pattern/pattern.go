// Package pattern matches text against the patterns of field rules: rows of
// characters and classes, each with a count. Matching reads the text once and
// never goes back, whatever the text is.
//
//	[A-Z]{2}-[0-9]{4,8}    two capitals, a hyphen, 4 to 8 digits
//	[^\s]{1,64}            1 to 64 characters, none a space or control character
//	[a-z]+/[a-z0-9.+-]+    a media type
//
// A class stands in brackets and may have ranges; "^" at its beginning means all
// but these. "." is any character, "\s" a space, control or invisible character,
// and "\" before a sign means the sign. Counts are "{3}", "{2,5}", "{2,}", "?",
// "*" and "+". There are no groups and no alternatives.
package pattern

import "unicode/utf8"

// atom is one class with its count.
type atom struct {
	set      string // what stands in the brackets, without "^"
	negate   bool
	min, max int // max is -1 when there is none
}

// Match reports whether the whole text matches. A pattern that Check refuses
// matches nothing, or less than it seems to say.
func Match(pattern, text string) bool {
	for pattern != "" {
		a, rest, fault := cut(pattern)
		if fault != "" {
			return false
		}
		n := 0
		for text != "" && n != a.max {
			r, size := utf8.DecodeRuneInString(text)
			if !a.has(r) {
				break
			}
			text = text[size:]
			n++
		}
		if n < a.min {
			return false
		}
		pattern = rest
	}
	return text == ""
}

// has reports whether a character is in the class.
func (a atom) has(r rune) bool {
	for set := a.set; set != ""; {
		lo, hi, rest, _ := cutItem(set)
		set = rest
		if lo < 0 && isSpace(r) || lo <= r && r <= hi {
			return !a.negate
		}
	}
	return a.negate
}

// spaces are the characters of "\s", in pairs of first and last.
var spaces = [...]rune{
	0, ' ', 0x7f, 0xa0, 0xad, 0xad, 0x1680, 0x1680, 0x2000, 0x200f, 0x2028, 0x202f, 0x205f, 0x206f, 0x3000, 0x3000, 0xfeff, 0xfeff,
}

func isSpace(r rune) bool {
	for i := 0; i < len(spaces); i += 2 {
		if spaces[i] <= r && r <= spaces[i+1] {
			return true
		}
	}
	return false
}

// cut takes the first class and its count off a pattern. Fault says what is
// wrong, or is empty.
func cut(pattern string) (a atom, rest, fault string) {
	switch c := pattern[0]; c {
	case '[':
		end := 1
		for end < len(pattern) && pattern[end] != ']' {
			if pattern[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(pattern) {
			return a, "", "a class does not end; write [a-z]"
		}
		a.set, rest = pattern[1:end], pattern[end+1:]
		if a.set != "" && a.set[0] == '^' {
			a.set, a.negate = a.set[1:], true
		}
		if a.set == "" {
			return a, "", "an empty class; write [a-z]"
		}
	case '.':
		a.negate, rest = true, pattern[1:]
	case '(', ')', '|', '^', '$', ']', '{', '}', '?', '*', '+':
		return a, "", "\"" + string(c) + "\" has no meaning here; write \\" + string(c) + " for the sign itself"
	default:
		_, size := utf8.DecodeRuneInString(pattern)
		if c == '\\' && len(pattern) > 1 {
			size = 2
		}
		a.set, rest = pattern[:size], pattern[size:]
	}
	for set := a.set; set != ""; {
		if _, _, set, fault = cutItem(set); fault != "" {
			return a, "", fault
		}
	}
	a.min, a.max, rest, fault = cutCount(rest)
	return a, rest, fault
}

// cutItem takes one character or range off a class; lo is -1 for "\s".
func cutItem(set string) (lo, hi rune, rest, fault string) {
	lo, rest, fault = cutChar(set)
	if fault != "" || lo < 0 || len(rest) < 2 || rest[0] != '-' {
		return lo, lo, rest, fault
	}
	hi, rest, fault = cutChar(rest[1:])
	if fault == "" && hi < lo {
		fault = "a range that ends before it begins"
	}
	return lo, hi, rest, fault
}

func cutChar(set string) (r rune, rest, fault string) {
	r, size := utf8.DecodeRuneInString(set)
	if r == utf8.RuneError && size <= 1 {
		return 0, "", "it is not UTF-8"
	}
	if r != '\\' {
		return r, set[size:], ""
	}
	if len(set) < 2 {
		return 0, "", `a "\" at the end`
	}
	c := set[1]
	switch {
	case c == 's':
		return -1, set[2:], ""
	case c >= utf8.RuneSelf, c <= ' ', '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		return 0, "", `"\" stands before s or a sign; write [0-9] for digits`
	}
	return rune(c), set[2:], ""
}

// maxCount is the largest number in a count.
const maxCount = 65_535

func cutCount(text string) (min, max int, rest, fault string) {
	if text == "" {
		return 1, 1, "", ""
	}
	switch text[0] {
	case '?':
		return 0, 1, text[1:], ""
	case '*':
		return 0, -1, text[1:], ""
	case '+':
		return 1, -1, text[1:], ""
	case '{':
	default:
		return 1, 1, text, ""
	}
	min, rest = cutNumber(text[1:])
	max = min
	if rest != "" && rest[0] == ',' && min >= 0 {
		if max, rest = cutNumber(rest[1:]); max >= 0 && max < min {
			return 0, 0, "", "a count whose most is below its least"
		}
	}
	if min < 0 || min > maxCount || max > maxCount || max == 0 || rest == "" || rest[0] != '}' {
		return 0, 0, "", "a count that is none; write {3}, {2,5} or {2,}"
	}
	return min, max, rest[1:], ""
}

// cutNumber returns -1 when there are no digits, or a leading zero.
func cutNumber(text string) (n int, rest string) {
	n = -1
	if len(text) > 1 && text[0] == '0' && '0' <= text[1] && text[1] <= '9' {
		return n, text
	}
	for text != "" && '0' <= text[0] && text[0] <= '9' && n <= maxCount {
		if n < 0 {
			n = 0
		}
		n, text = 10*n+int(text[0]-'0'), text[1:]
	}
	return n, text
}
