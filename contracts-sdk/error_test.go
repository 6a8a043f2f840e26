package sdk

import (
	"errors"
	"fmt"
	"testing"

	"github.com/chancery-chain/chancery/contracts-sdk/wire"
)

func TestCodeOf(t *testing.T) {
	tests := []struct {
		err  error
		want uint32
	}{
		{nil, 0},
		{errors.New("plain"), 0},
		{&Error{Code: 7}, 7},
		{fmt.Errorf("around: %w", &Error{Code: 7}), 7},
		{&CallError{Status: CallContractError, Code: 8}, 8},
		{&CallError{Status: CallTrap}, 0},
	}
	for _, tt := range tests {
		if got := CodeOf(tt.err); got != tt.want {
			t.Errorf("CodeOf(%v) = %d, want %d", tt.err, got, tt.want)
		}
	}
}

func TestAsError(t *testing.T) {
	tests := []struct {
		err     error
		code    uint32
		message string
	}{
		{errors.New("plain"), CodeInternal, "plain"},
		{&Error{Code: 7, Message: "seven"}, 7, "seven"},
		{&Error{Message: "zero"}, CodeInternal, "error without a code: zero"},
		{fmt.Errorf("around: %w", &Error{Code: 7, Message: "seven"}), 7, "seven"},
		{&CallError{Status: CallContractError, Contract: "a/b", Code: 9, Message: "nine"}, CodeCallFailed, "call to a/b: error 9: nine"},
		{&CallError{Status: CallOutOfGas, Contract: "a/b"}, CodeCallFailed, "call to a/b ran out of gas"},
	}
	for _, tt := range tests {
		if got := asError(tt.err); got.Code != tt.code || got.Message != tt.message {
			t.Errorf("asError(%v) = %d %q", tt.err, got.Code, got.Message)
		}
	}
}

// note is a message with one text.
type note struct{ text string }

func (n *note) MarshalVT() ([]byte, error) { return encodeTexts(n.text), nil }
func (n *note) UnmarshalVT(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	text, _, err := wire.Span(b, 1)
	n.text = string(text)
	return err
}

func TestDetailsOf(t *testing.T) {
	own := NewError(7, "seven", &note{"n"})
	for _, err := range []error{own, fmt.Errorf("around: %w", own), &CallError{Status: CallContractError, Code: 7, Details: own.Details}} {
		if details, ok := DetailsOf[note](err, 7); !ok || details.text != "n" {
			t.Errorf("%v: %v %v", err, details, ok)
		}
	}
	for _, err := range []error{nil, errors.New("plain"), &Error{Code: 8, Details: own.Details}, &Error{Code: 7, Details: []byte{10, 5}}} {
		if _, ok := DetailsOf[note](err, 7); ok {
			t.Errorf("%v has details", err)
		}
	}
}

// TestFailedCallDetails: what a called contract said is in the details, unless it
// is too much.
func TestFailedCallDetails(t *testing.T) {
	failed := &CallError{Status: CallContractError, Contract: "a/b", Code: 300, Message: "m", Details: []byte("d")}
	want := "\x08\x01\x12\x03a/b\x18\xac\x02\x22\x01m\x2a\x01d"
	if got := asError(failed).Details; string(got) != want {
		t.Errorf("%q", got)
	}
	failed.Message = string(make([]byte, 5000))
	if got := asError(failed).Details; string(got) != want[:10] {
		t.Errorf("%q", got)
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		text string
		max  int
		want string
	}{{"abc", 3, "abc"}, {"abcd", 3, "abc"}, {"a案", 3, "a"}, {"a案", 4, "a案"}, {"案", 2, ""}} {
		if got := cut(tt.text, tt.max); got != tt.want {
			t.Errorf("cut(%q, %d) = %q, want %q", tt.text, tt.max, got, tt.want)
		}
	}
}

// FuzzCallError feeds bytes that the host would never write: whatever they are,
// the contract named stays known and nothing panics.
func FuzzCallError(f *testing.F) {
	f.Add([]byte("\x08\x01\x10\x07\x1a\x03abc\x22\x01d\x2a\x03x/y"))
	f.Add([]byte("\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Add([]byte("\x33\x34\x0f"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e := decodeCallError("a/b", raw)
		if e.Contract == "" {
			t.Fatal("the contract's name is lost")
		}
		_ = e.Error()
	})
}

func TestCallErrorFields(t *testing.T) {
	raw := []byte("\x08\x01\x10\x07\x1a\x03abc\x22\x01d\x2a\x03x/y\x98\x01\x05")
	got := decodeCallError("a/b", raw)
	want := CallError{Status: CallContractError, Contract: "x/y", Code: 7, Message: "abc", Details: []byte("d")}
	if got.Status != want.Status || got.Contract != want.Contract || got.Code != want.Code ||
		got.Message != want.Message || string(got.Details) != "d" {
		t.Fatalf("got %+v", got)
	}
	if _, err := wire.Skip([]byte("\x08")); err == nil {
		t.Fatal("half a field was skipped")
	}
}
