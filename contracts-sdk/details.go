package sdk

import "github.com/chancery-chain/chancery/contracts-sdk/wire"

// The details of the SDK's own errors are the messages BrokenRule,
// DuplicateEntry and FailedCall of chancery/contract/v1/options.proto. They are
// encoded by hand, because the SDK has no generated messages.

// encodeTexts encodes texts as the fields 1, 2 and so on.
func encodeTexts(texts ...string) []byte {
	var b []byte
	for i, text := range texts {
		b = appendText(b, uint64(i+1), text)
	}
	return b
}

func appendText(b []byte, field uint64, text string) []byte {
	if text == "" {
		return b
	}
	return append(wire.AppendVarint(append(b, byte(field<<3|2)), uint64(len(text))), text...)
}

func appendUint(b []byte, field, v uint64) []byte {
	if v == 0 {
		return b
	}
	return wire.AppendVarint(append(b, byte(field<<3)), v)
}

// maxErrorDetails is how many bytes of details the host takes.
const maxErrorDetails = 4 << 10

// encodeCallError encodes a call error as details of the caller's own error.
// What the called contract said is left out when it would not fit.
func encodeCallError(e *CallError) []byte {
	b := appendText(appendUint(nil, 1, uint64(e.Status)), 2, e.Contract)
	b = appendUint(b, 3, uint64(e.Code))
	full := appendText(appendText(b, 4, e.Message), 5, string(e.Details))
	if len(full) > maxErrorDetails {
		return b
	}
	return full
}
