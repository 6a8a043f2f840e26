// Package apperr has the one error type of the chain and the one table of its
// codes. An error is made where its cause is known and wrapped with %w above.
package apperr

import (
	"errors"
	"fmt"
)

// Error is an error with a stable code. Only Code, and for a contract's own
// error ContractError, reach consensus; Msg and Err are text for people.
type Error struct {
	Code Code
	// Msg says what was wrong with what, without the code's own sentence.
	Msg string
	// Field is the path of the field that was wrong, for InvalidTx.
	Field string
	// Contract is set for ContractFailed.
	Contract *ContractError
	// Err is the cause. It goes to the log and never to a client when Code is
	// Internal.
	Err error
}

// ContractError is an error that a contract declared and returned.
type ContractError struct {
	Contract string
	Code     uint32
	Name     string // in the contract's error enum
	Message  string
	Details  []byte // encoded message that the enum declares for it; may be empty
}

// New returns an error with a formatted message.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Msg: fmt.Sprintf(format, args...)}
}

// Invalid returns an InvalidTx error that names a field.
func Invalid(field, format string, args ...any) *Error {
	return &Error{Code: InvalidTx, Field: field, Msg: fmt.Sprintf(format, args...)}
}

// Wrap returns an error with a cause.
func Wrap(code Code, err error, format string, args ...any) *Error {
	return &Error{Code: code, Msg: fmt.Sprintf(format, args...), Err: err}
}

func (e *Error) Error() string {
	s := e.Code.String()
	if e.Field != "" {
		s += ": " + e.Field
	}
	if e.Msg != "" {
		s += ": " + e.Msg
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is an *Error with the same code, so that
// errors.Is(err, apperr.Code.Err()) tests for a code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Msg == "" && t.Err == nil
}

// Err returns a bare error of this code to compare with errors.Is.
func (c Code) Err() error { return &Error{Code: c} }

// From returns err's *Error. An error without one is a fault of ours: Internal.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: Internal, Err: err}
}

// CodeOf returns err's code; OK for nil.
func CodeOf(err error) Code {
	if err == nil {
		return OK
	}
	return From(err).Code
}
