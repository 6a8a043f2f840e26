package sdktest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha3"
	"errors"
	"strings"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/wire"
)

// maxScans is how many scans a call may have open.
const maxScans = 16

// frame is one call: the sdk.Host that a contract runs on.
type frame struct {
	chain    *Chain
	contract *contract
	kind     sdk.Kind
	method   string
	payload  []byte
	caller   string
	origin   string
	org      string
	roles    []string
	txHash   [32]byte
	depth    int
	// scheduled is the id of a scheduled call, else 0.
	scheduled uint64

	output []byte
	scans  map[uint32][]Entry
	opened uint32
}

// failure carries a contract's error up to where the call began.
type failure struct{ err *sdk.Error }

func (f *frame) Input() []byte { return append([]byte{}, f.payload...) }

func (f *frame) Output(response []byte) { f.output = append([]byte{}, response...) }

func (f *frame) Fail(code uint32, message string, details []byte) {
	panic(failure{&sdk.Error{Code: code, Message: message, Details: details}})
}

func (f *frame) Context(field uint32) []byte {
	switch field {
	case sdk.FieldChainID:
		return []byte(f.chain.ID)
	case sdk.FieldTxHash:
		return append([]byte{}, f.txHash[:]...)
	case sdk.FieldContract:
		return []byte(f.contract.name)
	case sdk.FieldMethod:
		return []byte(f.method)
	case sdk.FieldCaller:
		return []byte(f.caller)
	case sdk.FieldOrigin:
		return []byte(f.origin)
	case sdk.FieldOrg:
		return []byte(f.org)
	case sdk.FieldRoles:
		return []byte(strings.Join(f.roles, "\n"))
	}
	panic("unknown field of the context")
}

func (f *frame) ContextInt(field uint32) int64 {
	switch field {
	case sdk.FieldKind:
		return int64(f.kind)
	case sdk.FieldHeight:
		return f.chain.height
	case sdk.FieldTime:
		return f.chain.time.UnixNano()
	case sdk.FieldVersion:
		return int64(f.contract.version)
	case sdk.FieldDepth:
		return int64(f.depth)
	}
	panic("unknown field of the context")
}

func (f *frame) StateGet(key []byte) ([]byte, bool) {
	value, ok := f.contract.store.get(string(key))
	if !ok {
		return nil, false
	}
	return append([]byte{}, value...), true
}

// mustWrite traps a write of a query.
func (f *frame) mustWrite() {
	if f.kind == sdk.KindQuery {
		panic("a query must not write")
	}
}

func (f *frame) StateSet(key, value []byte) {
	f.mustWrite()
	if len(key) == 0 {
		panic("a storage key must not be empty")
	}
	f.chain.write(&f.contract.store, string(key), value, false)
}

func (f *frame) StateDelete(key []byte) {
	f.mustWrite()
	f.chain.write(&f.contract.store, string(key), nil, true)
}

func (f *frame) StateScan(start, end []byte, reverse bool) uint32 {
	if len(f.scans) >= maxScans {
		panic("too many open scans")
	}
	var limit *string
	if end != nil {
		text := string(end)
		limit = &text
	}
	list := f.contract.store.entries(string(start), limit)
	if reverse {
		for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
			list[i], list[j] = list[j], list[i]
		}
	}
	if f.scans == nil {
		f.scans = map[uint32][]Entry{}
	}
	f.opened++
	f.scans[f.opened] = list
	return f.opened
}

func (f *frame) ScanNext(handle uint32) (key, value []byte, ok bool) {
	list, open := f.scans[handle]
	if !open {
		panic("no such scan")
	}
	if len(list) == 0 {
		delete(f.scans, handle)
		return nil, nil, false
	}
	f.scans[handle] = list[1:]
	return list[0].Key, list[0].Value, true
}

func (f *frame) ScanClose(handle uint32) { delete(f.scans, handle) }

func (f *frame) Emit(typ string, payload []byte) {
	f.mustWrite()
	f.chain.events = append(f.chain.events, Event{Contract: f.contract.name, Type: typ, Payload: append([]byte{}, payload...)})
}

func (f *frame) Call(name, method string, payload []byte, _ uint64, query bool) ([]byte, bool) {
	kind := sdk.KindExecute
	if query {
		kind = sdk.KindQuery
	} else {
		f.mustWrite()
	}
	target := f.chain.contracts[name]
	switch {
	case f.depth >= maxDepth:
		return callError(sdk.CallLimit, name, nil), false
	case !query && f.chain.onStack(name):
		return callError(sdk.CallTrap, name, nil), false
	case target == nil || !target.service.Has(method, kind):
		return callError(sdk.CallNotFound, name, nil), false
	}
	out, err := f.chain.enter(&frame{
		chain: f.chain, kind: kind, method: method, payload: append([]byte{}, payload...),
		caller: f.contract.name, origin: f.origin, org: f.org, roles: f.roles, txHash: f.txHash, depth: f.depth + 1,
	}, name)
	var own *sdk.Error
	switch {
	case err == nil:
		return append([]byte{}, out...), true
	case errors.As(err, &own):
		return callError(sdk.CallContractError, name, own), false
	}
	return callError(sdk.CallTrap, name, nil), false
}

// callError encodes a call error as the host does.
func callError(status sdk.CallStatus, name string, own *sdk.Error) []byte {
	b := wire.AppendVarint([]byte{1 << 3}, uint64(status))
	if own != nil {
		b = wire.AppendVarint(append(b, 2<<3), uint64(own.Code))
		b = appendBytes(append(b, 3<<3|2), []byte(own.Message))
		b = appendBytes(append(b, 4<<3|2), own.Details)
	}
	return appendBytes(append(b, 5<<3|2), []byte(name))
}

func appendBytes(b, p []byte) []byte { return append(wire.AppendVarint(b, uint64(len(p))), p...) }

func (f *frame) Hash(algorithm uint32, data []byte) [32]byte {
	switch algorithm {
	case sdk.HashSHA256:
		return sha256.Sum256(data)
	case sdk.HashSM3:
		return sm3(data)
	case sdk.HashSHA3256:
		return sha3.Sum256(data)
	}
	panic("unknown hash algorithm")
}

func (f *frame) Verify(algorithm uint32, key, message, signature []byte) bool {
	switch algorithm {
	case sdk.VerifyEd25519:
		// The standard library's rules differ from ZIP-215 on keys and signatures
		// that no honest signer makes.
		return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, message, signature)
	case sdk.VerifySM2:
		return verifySM2(key, message, signature)
	case sdk.VerifyP256:
		return verifyP256(key, message, signature)
	}
	panic("unknown signature algorithm")
}

func (f *frame) Log(text string) { f.chain.logs = append(f.chain.logs, f.contract.name+": "+text) }
