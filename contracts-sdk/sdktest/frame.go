package sdktest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha3"
	"slices"
	"strings"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/wire"
)

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

	// permit, if not nil, are the contracts that see the origin.
	permit []string

	output []byte
	scans  map[uint32][]Entry
	opened uint32
	events int
}

// failure carries a contract's error up to where the call began.
type failure struct{ err *sdk.Error }

func (f *frame) Input() []byte { return append([]byte{}, f.payload...) }

func (f *frame) Output(response []byte) {
	within(len(response), MaxResponse, limitResponse)
	f.output = append([]byte{}, response...)
}

func (f *frame) Fail(code uint32, message string, details []byte) {
	if code == 0 {
		panic("an error without a code")
	}
	within(max(len(message), len(details)), MaxError, limitError)
	message = strings.ToValidUTF8(message, "\uFFFD")
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
	value, ok := f.contract.store.get(storageKey(key))
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
	name := storageKey(key)
	within(len(value), MaxValue, limitValue)
	f.chain.write(&f.contract.store, name, value, false)
}

func (f *frame) StateDelete(key []byte) {
	f.mustWrite()
	f.chain.write(&f.contract.store, storageKey(key), nil, true)
}

func (f *frame) StateScan(start, end []byte, reverse bool) uint32 {
	// A bound may be one byte longer than a key.
	within(max(len(start), len(end)), MaxKey+1, limitKey)
	within(len(f.scans)+1, MaxScans, limitScans)
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

func (f *frame) ScanClose(handle uint32) {
	if _, open := f.scans[handle]; !open {
		panic("no such scan")
	}
	delete(f.scans, handle)
}

func (f *frame) Emit(typ string, payload []byte) {
	f.mustWrite()
	f.emit(typ, payload)
	typ = strings.ToValidUTF8(typ, "\uFFFD")
	f.chain.events = append(f.chain.events, Event{Contract: f.contract.name, Type: typ, Payload: append([]byte{}, payload...)})
}

func (f *frame) Call(name, method string, payload []byte, _ uint64, query bool) ([]byte, bool) {
	within(max(len(name), len(method)), MaxName, limitName)
	within(len(payload), MaxPayload, limitPayload)
	kind := sdk.KindExecute
	if query {
		kind = sdk.KindQuery
	} else {
		f.mustWrite()
	}
	target := f.chain.contracts[name]
	switch {
	case f.depth >= MaxDepth:
		return callError(sdk.CallLimit, name, nil), false
	case !query && f.chain.onStack(name):
		return callError(sdk.CallTrap, name, nil), false
	case target == nil:
		return callError(sdk.CallNotFound, name, nil), false
	case !query && target.status != active:
		return callError(sdk.CallFrozen, name, nil), false
	case !target.service.Has(method, kind):
		return callError(sdk.CallNotFound, name, nil), false
	}
	callee := &frame{
		chain: f.chain, kind: kind, method: method, payload: append([]byte{}, payload...), permit: f.permit,
		caller: f.contract.name, origin: f.origin, org: f.org, roles: f.roles, txHash: f.txHash, depth: f.depth + 1,
	}
	if f.permit != nil && !slices.Contains(f.permit, name) {
		// Nor do those that this one calls: it could ask them in the origin's name.
		callee.origin, callee.org, callee.roles = "", "", nil
	}
	out, err := f.chain.enter(callee, name)
	if err == nil {
		return append([]byte{}, out...), true
	}
	how, own := status(err)
	return callError(how, name, own), false
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

func (f *frame) Log(text string) {
	text = strings.ToValidUTF8(text[:min(len(text), MaxLog)], "\uFFFD")
	f.chain.logs = append(f.chain.logs, f.contract.name+": "+text)
}
