package sdk

import "strconv"

// Error is what a contract answers instead of a response. The call's writes and
// events are dropped, and the client sees code, message and details.
//
// Contracts make errors with the functions generated from their error enum.
type Error struct {
	// Code is the number in the contract's error enum, 1 to 59999, or one of the
	// SDK's codes.
	Code uint32
	// Message is a sentence for people, in English. Clients show the sentence of
	// their language from the contract's declaration; nobody parses it.
	Message string
	// Details is the encoded details message that the enum declares, or nil.
	Details []byte
}

// NewError returns an error with encoded details. Contracts call the generated
// Err functions instead.
func NewError(code uint32, message string, details Marshaler) *Error {
	raw, err := details.MarshalVT()
	if err != nil {
		message += " (its details do not encode)"
	}
	return &Error{Code: code, Message: message, Details: raw}
}

func (e *Error) Error() string { return e.Message }

// Codes of errors that the SDK answers with on its own. A contract's own codes
// are smaller.
const (
	// CodeFirst is the smallest code that belongs to the SDK.
	CodeFirst uint32 = 60000
	// CodeInternal: a method returned an error that is no *Error.
	CodeInternal uint32 = 60000
	// CodeUnknownMethod: the contract has no such method.
	CodeUnknownMethod uint32 = 60001
	// CodeWrongKind: the method exists and is not called this way, for example a
	// query by a tx.
	CodeWrongKind uint32 = 60002
	// CodeBadRequest: the request does not decode.
	CodeBadRequest uint32 = 60003
	// CodeMissingRole: the origin has none of the method's roles.
	CodeMissingRole uint32 = 60004
	// CodeBadPage: a page token that this list did not give, or a limit above 100.
	CodeBadPage uint32 = 60005
	// CodeDuplicate: a Set would make a second entry in a unique index. The details
	// are a DuplicateEntry.
	CodeDuplicate uint32 = 60006
	// CodeCorruptState: a stored value does not decode as its message.
	CodeCorruptState uint32 = 60007
	// CodeCallFailed: a method returned a *CallError. The details are a FailedCall.
	CodeCallFailed uint32 = 60008
	// CodeBadResponse: the response of another contract does not decode.
	CodeBadResponse uint32 = 60009
	// CodeInvalidField: a field of the request breaks a rule of the .proto. The
	// details are a BrokenRule.
	CodeInvalidField uint32 = 60010
	// CodeBrokenRule: a field of a value that the contract stores, emits or returns
	// breaks a rule of the .proto: a mistake of the contract. The details are a
	// BrokenRule.
	CodeBrokenRule uint32 = 60011
	// CodeNeedsAccount: a gated query without a permit.
	CodeNeedsAccount uint32 = 60012
	// CodeWrongCaller: the origin acts for no organisation where a member is asked
	// for, or an account calls what only contracts may call.
	CodeWrongCaller uint32 = 60013
	// CodeNoEntry: a Set of a sequence's entry that was never appended.
	CodeNoEntry uint32 = 60014
	// CodeReplayed: the id of the request was used before, in a request that was
	// carried out. The details are a ReplayedRequest.
	CodeReplayed uint32 = 60015
)

// CallStatus says how a call to another contract failed.
type CallStatus uint32

// The statuses, as the host numbers them.
const (
	CallContractError CallStatus = 1 // it returned an error of its own
	CallTrap          CallStatus = 2 // it crashed
	CallOutOfGas      CallStatus = 3 // it used up its gas
	CallLimit         CallStatus = 4 // it passed a limit of the chain
	CallNotFound      CallStatus = 6 // there is no such contract or method
	CallFrozen        CallStatus = 7 // it is frozen or retired and answers queries only
)

// CallError is how a call to another contract failed. That contract's writes
// are dropped; the caller's are kept unless it fails too.
type CallError struct {
	Status   CallStatus
	Contract string // contract that failed; it may be one further down
	// Code, Message and Details are those of the contract's error, for
	// CallContractError.
	Code    uint32
	Message string
	Details []byte
}

func (e *CallError) Error() string {
	text := "call to " + e.Contract
	switch e.Status {
	case CallContractError:
		return text + ": error " + strconv.FormatUint(uint64(e.Code), 10) + ": " + e.Message
	case CallTrap:
		return text + " crashed"
	case CallOutOfGas:
		return text + " ran out of gas"
	case CallLimit:
		return text + " passed a limit"
	case CallNotFound:
		return text + ": no such contract or method"
	case CallFrozen:
		return text + ": it is frozen"
	}
	return text + " failed"
}

// CodeOf returns the code of the *Error, or of the contract error in the
// *CallError, that err is or wraps, and 0 when there is none.
//
// It stands in for errors.As, which needs reflection.
func CodeOf(err error) uint32 {
	for err != nil {
		switch e := err.(type) {
		case *Error:
			return e.Code
		case *CallError:
			return e.Code
		}
		wrapper, ok := err.(interface{ Unwrap() error })
		if !ok {
			return 0
		}
		err = wrapper.Unwrap()
	}
	return 0
}

// DetailsOf returns the details of the error that err is or wraps, when it has
// this code; ok is false for every other error and for details that do not
// decode. Generated code calls it.
func DetailsOf[T any, P interface {
	*T
	Message
}](err error, code uint32) (details P, ok bool) {
	details = new(T)
	if !detailsOf(err, code, details) {
		return nil, false
	}
	return details, true
}

func detailsOf(err error, code uint32, details Message) bool {
	if err == nil || CodeOf(err) != code {
		return false
	}
	for {
		switch e := err.(type) {
		case *Error:
			return details.UnmarshalVT(e.Details) == nil
		case *CallError:
			return details.UnmarshalVT(e.Details) == nil
		}
		err = err.(interface{ Unwrap() error }).Unwrap()
	}
}

// asError turns whatever a method returned into the error that the call ends
// with.
func asError(err error) *Error {
	for cause := err; cause != nil; {
		switch e := cause.(type) {
		case *Error:
			if e.Code == 0 {
				return &Error{Code: CodeInternal, Message: "error without a code: " + e.Message, Details: e.Details}
			}
			return e
		case *CallError:
			return &Error{Code: CodeCallFailed, Message: e.Error(), Details: encodeCallError(e)}
		}
		wrapper, ok := cause.(interface{ Unwrap() error })
		if !ok {
			break
		}
		cause = wrapper.Unwrap()
	}
	return &Error{Code: CodeInternal, Message: err.Error()}
}
