package sdktest

import (
	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

// Limits of the chain that a call here is held to as well, as a new chain has them.
// Sizes are in bytes.
const (
	MaxPayload    = 256 << 10 // request of a call, nested ones included
	MaxResponse   = 256 << 10
	MaxKey        = 1 << 10   // key in a contract's storage
	MaxValue      = 128 << 10 // value in a contract's storage
	MaxEvent      = 16 << 10  // payload of an event
	MaxEvents     = 256       // events of one call; a nested call counts its own
	MaxEventBytes = 1 << 20   // types and payloads of all events of a tx, failed calls included
	MaxName       = 256       // name of a contract or method, type of an event
	MaxError      = 4 << 10   // message and details of an error, each
	MaxScans      = 16        // lists open at a time in one call
	MaxLog        = 4 << 10   // what is longer is cut
	MaxSignatures = 1_024     // of one batch
	MaxDepth      = 16        // nested calls; the outermost is 1

	// MaxScheduled is how many scheduled calls of a contract can wait.
	MaxScheduled = 1_000_000
	// MaxScheduledGas is the most gas that a scheduled call can ask for.
	MaxScheduledGas = 500_000_000
)

// The limits in the chain's words.
const (
	limitKey        = "key size"
	limitValue      = "value size"
	limitResponse   = "response size"
	limitPayload    = "payload size"
	limitName       = "name size"
	limitError      = "error size"
	limitEvent      = "event size"
	limitEvents     = "number of events"
	limitEventBytes = "size of all events of a tx"
	limitScans      = "open scans"
	limitSignatures = "signatures of a batch"
	limitScheduled  = "scheduled calls of a contract"
)

// Limit is the error of a call that passed a limit of the chain. A contract that
// called sees an *sdk.CallError with sdk.CallLimit.
type Limit struct {
	Contract string
	What     string // in the chain's words, "value size"
}

func (l *Limit) Error() string { return l.Contract + ": limit passed: " + l.What }

// passed carries a limit up to where the call began.
type passed struct{ what string }

// within ends the call when n is more than max.
func within(n, max int, what string) {
	if n > max {
		panic(passed{what})
	}
}

// storageKey holds a key to what the chain takes.
func storageKey(key []byte) string {
	if len(key) == 0 {
		panic("a storage key must not be empty")
	}
	within(len(key), MaxKey, limitKey)
	return string(key)
}

// emit counts an event against the limits of its call and of the tx.
func (f *frame) emit(typ string, payload []byte) {
	if typ == "" {
		panic("an event without a type")
	}
	within(len(typ), MaxName, limitEvent)
	within(len(payload), MaxEvent, limitEvent)
	f.events++
	within(f.events, MaxEvents, limitEvents)
	f.chain.emitted += len(typ) + len(payload)
	within(f.chain.emitted, MaxEventBytes, limitEventBytes)
}

// status says how a failed call is told to the contract that made it.
func status(err error) (sdk.CallStatus, *sdk.Error) {
	switch e := err.(type) {
	case *sdk.Error:
		return sdk.CallContractError, e
	case *Limit:
		return sdk.CallLimit, nil
	}
	return sdk.CallTrap, nil
}
