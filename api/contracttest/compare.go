package contracttest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
)

// compareOutcome says in words how a call ended otherwise than recorded, or "".
func compareOutcome(call *sdktest.RecordedCall, out *runtime.Outcome) string {
	if want, got := recordedEnd(call), end(out); want != got {
		return "plain Go: " + want + "; Wasm: " + got
	}
	switch {
	case out.Status == runtime.StatusOK && !bytes.Equal(call.Output, out.Output):
		return fmt.Sprintf("plain Go: response %x; Wasm: response %x", call.Output, out.Output)
	case out.Status == runtime.StatusContractError && !bytes.Equal(call.Details, out.Error.Details):
		return fmt.Sprintf("plain Go: details %x of error %d; Wasm: details %x", call.Details, call.Code, out.Error.Details)
	}
	return ""
}

func recordedEnd(call *sdktest.RecordedCall) string {
	switch call.Failed {
	case "":
		return runtime.StatusOK.String()
	case "error":
		return fmt.Sprintf("error %d, %q", call.Code, call.Message)
	case "trap":
		return runtime.StatusTrap.String()
	case "limit":
		return runtime.StatusLimit.String()
	case "frozen":
		return runtime.StatusFrozen.String()
	}
	return runtime.StatusNotFound.String()
}

func end(out *runtime.Outcome) string {
	if out.Status == runtime.StatusContractError {
		return fmt.Sprintf("error %d, %q", out.Error.Code, out.Error.Message)
	}
	return out.Status.String()
}

func compareEvents(want []sdktest.Event, got []runtimetest.Event) string {
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(got):
			return fmt.Sprintf("plain Go emits event %d, %s; Wasm emits %d events", i+1, want[i].Type, len(got))
		case i >= len(want):
			return fmt.Sprintf("Wasm emits event %d, %s; plain Go emits %d events", i+1, got[i].Type, len(want))
		case want[i].Contract != got[i].Contract || want[i].Type != got[i].Type:
			return fmt.Sprintf("event %d is %s of %s in plain Go, %s of %s in Wasm", i+1, want[i].Type, want[i].Contract, got[i].Type, got[i].Contract)
		case !bytes.Equal(want[i].Payload, got[i].Payload):
			return fmt.Sprintf("event %d, %s, holds %x in plain Go, %x in Wasm", i+1, want[i].Type, want[i].Payload, got[i].Payload)
		}
	}
	return ""
}

// note remembers what a key holds in plain Go.
func (c *chain) note(w sdktest.RecordedWrite) {
	state := c.state[w.Contract]
	if state == nil {
		state = map[string]string{}
		c.state[w.Contract] = state
	}
	if w.Deleted {
		delete(state, string(w.Key))
	} else {
		state[string(w.Key)] = string(w.Value)
	}
}

// compareWrites looks at the keys that a call wrote in plain Go. What the Wasm
// wrote beside them is found by compareState.
func (c *chain) compareWrites(writes []sdktest.RecordedWrite) string {
	contracts := map[string]map[string][]byte{}
	for _, w := range writes {
		state, known := contracts[w.Contract]
		if !known {
			state = c.world.State(w.Contract)
			contracts[w.Contract] = state
		}
		value, has := state[string(w.Key)]
		if has == w.Deleted || !bytes.Equal(value, w.Value) {
			return fmt.Sprintf("key %x of %s holds %s in plain Go, %s in Wasm", w.Key, w.Contract, held(string(w.Value), !w.Deleted), held(string(value), has))
		}
	}
	return ""
}

// compareState compares all that the contracts store at the end.
func (c *chain) compareState() string {
	for _, contract := range slices.Sorted(maps.Keys(c.services)) {
		want, got := c.state[contract], c.world.State(contract)
		keys := map[string]bool{}
		for key := range want {
			keys[key] = true
		}
		for key := range got {
			keys[key] = true
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			before, inGo := want[key]
			after, inWasm := got[key]
			if inGo != inWasm || before != string(after) {
				return fmt.Sprintf("at the end, key %x of %s holds %s in plain Go, %s in Wasm", key, contract, held(before, inGo), held(string(after), inWasm))
			}
		}
	}
	return ""
}

func held(value string, has bool) string {
	if !has {
		return "nothing"
	}
	return fmt.Sprintf("%x", value)
}
