package sdktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

// RecordEnv names the environment variable that names a file. When it is set,
// every chain of the tests adds what it does to that file, one Recorded in JSON
// a line. "chancery contract test" sets it, runs the tests, and does the same
// once more with the contract's Wasm.
const RecordEnv = "CHANCERY_RECORD"

// Recorded is one line of a recording.
type Recorded struct {
	// Chain tells the chains of all test processes apart.
	Chain int `json:"chain"`
	// At is the line of the test that did it, "order_test.go:17", or empty.
	At string `json:"at,omitempty"`
	// Op is "deploy", "remove" after a deploy whose init failed, "upgrade", "restore"
	// after one that failed, "freeze", "unfreeze", "retire", or "call".
	Op       string `json:"op"`
	Contract string `json:"contract"`
	// Service is the full name of the protobuf service that the contract has from
	// here on.
	Service string        `json:"service,omitempty"`
	Call    *RecordedCall `json:"call,omitempty"`
}

// RecordedCall is one outermost call, with all that it depends on and all that it
// did.
type RecordedCall struct {
	Kind    sdk.Kind `json:"kind"`
	Method  string   `json:"method"`
	Payload []byte   `json:"payload,omitempty"`
	Address string   `json:"address,omitempty"`
	// Scheduled is the id of a scheduled call: the contract is its caller, and it has
	// no origin.
	Scheduled uint64   `json:"scheduled,omitempty"`
	Org       string   `json:"org,omitempty"`
	Roles     []string `json:"roles,omitempty"`
	ChainID   string   `json:"chain_id"`
	Height    int64    `json:"height"`
	Time      int64    `json:"time"` // nanoseconds since 1970
	TxHash    []byte   `json:"tx_hash"`
	Version   uint64   `json:"version"`

	// Output is the response of a call that succeeded.
	Output []byte `json:"output,omitempty"`
	// Permit are the contracts that see the origin of a query; none for all.
	Permit []string `json:"permit,omitempty"`
	// Failed is "" for a call that succeeded, "error" for the contract's own error,
	// "trap" for a crash, "limit" for a limit of the chain, "frozen" for a contract
	// that is stopped, "not found" for an unknown one.
	Failed  string `json:"failed,omitempty"`
	Code    uint32 `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	Details []byte `json:"details,omitempty"`

	Events []Event         `json:"events,omitempty"`
	Writes []RecordedWrite `json:"writes,omitempty"`
}

// RecordedWrite is what a key holds after a call that wrote it.
type RecordedWrite struct {
	Contract string `json:"contract"`
	Key      []byte `json:"key"`
	Value    []byte `json:"value,omitempty"`
	Deleted  bool   `json:"deleted,omitempty"`
}

// maxChains is more than the chains of one test process.
const maxChains = 1 << 24

// recorder is the open file that the chains of this process share.
type recorder struct {
	mu     sync.Mutex
	file   *os.File
	chains int
}

var recordFile = sync.OnceValue(func() *recorder {
	name := os.Getenv(RecordEnv)
	if name == "" {
		return nil
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic("sdktest: " + RecordEnv + ": " + err.Error())
	}
	return &recorder{file: file}
})

// recording is what a chain records with; nil when nothing is recorded.
type recording struct {
	to    *recorder
	chain int
}

func newRecording() *recording {
	to := recordFile()
	if to == nil {
		return nil
	}
	to.mu.Lock()
	defer to.mu.Unlock()
	to.chains++
	return &recording{to: to, chain: os.Getpid()*maxChains + to.chains}
}

func (r *recording) write(line Recorded) {
	line.Chain, line.At = r.chain, testLine()
	text, err := json.Marshal(line)
	if err != nil {
		panic("sdktest: record: " + err.Error())
	}
	r.to.mu.Lock()
	defer r.to.mu.Unlock()
	if _, err := r.to.file.Write(append(text, '\n')); err != nil {
		panic("sdktest: record: " + err.Error())
	}
}

// deployed records a change of what a contract is.
func (r *recording) deployed(op, contract string, service *sdk.Service) {
	if r == nil {
		return
	}
	line := Recorded{Op: op, Contract: contract}
	if service != nil {
		line.Service = service.Name
	}
	r.write(line)
}

// call records a call that has just ended, before its journal is dropped; writes is
// how long that was before the call.
func (r *recording) call(f *frame, name string, writes int, events []Event, out []byte, err error) {
	if r == nil {
		return
	}
	c := f.chain
	call := &RecordedCall{
		Kind: f.kind, Method: f.method, Payload: f.payload, Address: f.origin, Scheduled: f.scheduled, Org: f.org, Roles: f.roles,
		ChainID: c.ID, Height: c.height, Time: c.time.UnixNano(), TxHash: f.txHash[:],
		Permit: f.permit, Output: out, Events: events, Writes: c.written(writes),
	}
	if f.contract != nil {
		call.Version = f.contract.version
	}
	var own *sdk.Error
	var limit *Limit
	switch {
	case err == nil:
	case errors.As(err, &own):
		call.Failed, call.Code, call.Message, call.Details = "error", own.Code, own.Message, own.Details
	case errors.Is(err, ErrNotFound):
		call.Failed = "not found"
	case errors.Is(err, ErrFrozen):
		call.Failed = "frozen"
	case errors.As(err, &limit):
		call.Failed = "limit"
	default:
		call.Failed = "trap"
	}
	r.write(Recorded{Op: "call", Contract: name, Call: call})
}

// written returns what the keys of the journal hold now, from a place in it on, in
// order of contract and key.
func (c *Chain) written(from int) []RecordedWrite {
	names := map[*store]string{}
	for name, target := range c.contracts {
		names[&target.store] = name
	}
	type place struct{ contract, key string }
	seen := map[place]bool{}
	var list []RecordedWrite
	for _, u := range c.journal[from:] {
		if names[u.store] == "" {
			continue // of scheduled calls
		}
		at := place{names[u.store], u.key}
		if seen[at] {
			continue
		}
		seen[at] = true
		value, ok := u.store.get(u.key)
		list = append(list, RecordedWrite{Contract: at.contract, Key: []byte(u.key), Value: value, Deleted: !ok})
	}
	slices.SortFunc(list, func(a, b RecordedWrite) int {
		return strings.Compare(a.Contract+"\x00"+string(a.Key), b.Contract+"\x00"+string(b.Key))
	})
	return list
}

// testLine returns the line of the test that is running.
func testLine() string {
	var callers [64]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers[:])])
	for {
		frame, more := frames.Next()
		if strings.HasSuffix(frame.File, "_test.go") {
			return fmt.Sprintf("%s:%d", filepath.Base(frame.File), frame.Line)
		}
		if !more {
			return ""
		}
	}
}
