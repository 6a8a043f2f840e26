package sdk

import (
	"math"
	"strconv"

	"github.com/chancery-chain/chancery/contracts-sdk/date"
	"github.com/chancery-chain/chancery/contracts-sdk/pattern"
)

// Ruled is a message with what its .proto asks of its fields, which may be
// nothing. Generated code gives the method to all messages of the contract; the SDK
// calls it for requests, for stored values and for events.
type Ruled interface {
	Message
	CheckRules(r *Rules)
}

// Stored is the value of a collection. Generated code gives the method to all
// messages of the contract.
type Stored interface {
	Ruled
	// UnmarshalStored decodes, and keeps fields that are not declared.
	UnmarshalStored(b []byte) error
}

// Bounds that allow every integer.
const (
	NoMin = math.MinInt64
	NoMax = math.MaxInt64
)

// Rules holds the fields of one message, and of those inside, to their rules. It
// keeps the first rule that is broken.
type Rules struct {
	path              []step
	field, rule, want string
	// listsOnly looks at the lengths of the message's own lists and no further.
	listsOnly bool
}

// step is one message on the way to a field; at is -1 outside of lists.
type step struct {
	name string
	at   int
}

// broken notes a broken rule, unless there is one before it.
func (r *Rules) broken(name string, at int, rule, want string) {
	if r.rule != "" || r.listsOnly && rule != "max_items" {
		return
	}
	for _, s := range append(r.path, step{name, at}) {
		if r.field != "" {
			r.field += "."
		}
		r.field += s.name
		if s.at >= 0 {
			r.field += "[" + strconv.Itoa(s.at) + "]"
		}
	}
	r.rule, r.want = rule, want
}

// In looks at a message inside this one; at is its place in a list, else -1.
func (r *Rules) In(name string, at int, m Ruled) {
	if r.rule != "" || r.listsOnly {
		return
	}
	r.path = append(r.path, step{name, at})
	m.CheckRules(r)
	r.path = r.path[:len(r.path)-1]
}

// Required holds a field to be set.
func (r *Rules) Required(name string, at int, set bool) {
	if !set {
		r.broken(name, at, "required", "true")
	}
}

// Defined holds an enum to its declared values.
func (r *Rules) Defined(name string, at int, defined bool) {
	if !defined {
		r.broken(name, at, "defined", "a declared value")
	}
}

// Bytes holds text or bytes to an exact length.
func (r *Rules) Bytes(name string, at, size, want int) {
	if size != want {
		r.broken(name, at, "bytes", strconv.Itoa(want))
	}
}

// MinBytes holds text or bytes to a least length.
func (r *Rules) MinBytes(name string, at, size, min int) {
	if size < min {
		r.broken(name, at, "min_bytes", strconv.Itoa(min))
	}
}

// MaxBytes holds text or bytes to a most length.
func (r *Rules) MaxBytes(name string, at, size, max int) {
	if size > max {
		r.broken(name, at, "max_bytes", strconv.Itoa(max))
	}
}

// MinItems holds a list to a least length.
func (r *Rules) MinItems(name string, size, min int) {
	if size < min {
		r.broken(name, -1, "min_items", strconv.Itoa(min))
	}
}

// MaxItems holds a list to a most length.
func (r *Rules) MaxItems(name string, size, max int) {
	if size > max {
		r.broken(name, -1, "max_items", strconv.Itoa(max))
	}
}

// Int holds a signed integer to a range.
func (r *Rules) Int(name string, at int, v, min, max int64) {
	if v < min {
		r.broken(name, at, "min", strconv.FormatInt(min, 10))
	}
	if v > max {
		r.broken(name, at, "max", strconv.FormatInt(max, 10))
	}
}

// Uint holds an unsigned integer to a range.
func (r *Rules) Uint(name string, at int, v, min, max uint64) {
	if v < min {
		r.broken(name, at, "min", strconv.FormatUint(min, 10))
	}
	if v > max {
		r.broken(name, at, "max", strconv.FormatUint(max, 10))
	}
}

// Pattern holds text to a pattern of package pattern.
func (r *Rules) Pattern(name string, at int, text, want string) {
	if r.rule == "" && !r.listsOnly && !pattern.Match(want, text) {
		r.broken(name, at, "pattern", want)
	}
}

// Code holds text to one of several code numbers, whose checks are those of
// package idcodes. Want names them.
func (r *Rules) Code(name string, at int, text, want string, checks ...func(string) error) {
	if r.rule != "" || r.listsOnly {
		return
	}
	for _, check := range checks {
		if check(text) == nil {
			return
		}
	}
	r.broken(name, at, "code", want)
}

// CheckRules returns nil when a message keeps its rules, and else an error with
// CodeInvalidField that names the first broken one.
func CheckRules(m Ruled) error { return checkRules(m, CodeInvalidField) }

func checkRules(m Ruled, code uint32) error { return check(m, code, &Rules{}) }

// checkLists holds a response to the bounds of its lists. What is inside may have
// been stored before its rules became stricter, and stays readable.
func checkLists(m Ruled) error { return check(m, CodeBrokenRule, &Rules{listsOnly: true}) }

//go:noinline
func check(m Ruled, code uint32, r *Rules) error {
	m.CheckRules(r)
	if r.rule == "" {
		return nil
	}
	text := "Field " + r.field + " breaks its rule " + r.rule + ": " + r.want + "."
	if code == CodeBrokenRule {
		text = "The contract made a value that breaks a rule: " + text
	}
	return &Error{Code: code, Message: text, Details: encodeTexts(r.field, r.rule, r.want)}
}

// wantRequestID is what to send as the id of a request.
const wantRequestID = "1 to 64 printable characters without spaces, new for each request and the same when it is sent again, such as a UUID"

// RequestID holds text to what an id of a request looks like: 1 to 64 printable
// ASCII characters without spaces.
func (r *Rules) RequestID(name string, at int, text string) {
	sound := len(text) >= 1 && len(text) <= 64
	for i := 0; i < len(text) && sound; i++ {
		sound = text[i] > ' ' && text[i] < 0x7f
	}
	if !sound {
		r.broken(name, at, "request_id", wantRequestID)
	}
}

// Date holds an integer to a day as yyyymmdd; 0 is none.
func (r *Rules) Date(name string, at int, v int64) {
	if v != 0 && (v < int64(date.Min) || v > int64(date.Max) || !date.Date(v).Valid()) {
		r.broken(name, at, "date", "a day as yyyymmdd")
	}
}

// Month holds an integer to a month as yyyymm; 0 is none.
func (r *Rules) Month(name string, at int, v int64) {
	if v != 0 && (v < 1_01 || v > 9999_12 || v%100 < 1 || v%100 > 12) {
		r.broken(name, at, "month", "a month as yyyymm")
	}
}

// Time holds an integer to seconds from 1970 to the end of the year 9999 in
// UTC+8; 0 is none.
func (r *Rules) Time(name string, at int, v int64) {
	if v < 0 || v >= 253_402_272_000 {
		r.broken(name, at, "time", "seconds since 1970")
	}
}

// NotBefore holds an integer to be no less than another field; 0 is none.
func (r *Rules) NotBefore(name string, v int64, other string, from int64) {
	if v != 0 && from != 0 && v < from {
		r.broken(name, -1, "not_before", other)
	}
}
