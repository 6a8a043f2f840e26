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
