package sdk

// Host is what a contract runs on: the chain in a Wasm guest, sdktest in plain
// Go. Contract code reaches it through Ctx and never directly. Its methods do
// what the host functions of the same names do; see docs/host-functions.md.
//
// Slices that it returns belong to the caller. It keeps none that it is given.
type Host interface {
	Input() []byte
	Output(response []byte)
	// Fail ends the call with an error and does not return.
	Fail(code uint32, message string, details []byte)
	Context(field uint32) []byte
	ContextInt(field uint32) int64
	// StateGet returns ok false when there is no value; an empty one is a value.
	StateGet(key []byte) (value []byte, ok bool)
	StateSet(key, value []byte)
	StateDelete(key []byte)
	// StateScan opens a scan of [start, end); a nil end means to the last key.
	StateScan(start, end []byte, reverse bool) (handle uint32)
	ScanNext(handle uint32) (key, value []byte, ok bool)
	ScanClose(handle uint32)
	Emit(typ string, payload []byte)
	// Call returns the response, or ok false and an encoded call error.
	Call(contract, method string, payload []byte, gas uint64, query bool) (out []byte, ok bool)
	// Schedule returns the id of a scheduled call; ok is false when the contract has
	// no such executing method or the chain gives scheduled calls less gas.
	Schedule(unixNano int64, method string, payload []byte, gas uint64) (id uint64, ok bool)
	Unschedule(id uint64) bool
	Hash(algorithm uint32, data []byte) [32]byte
	Verify(algorithm uint32, key, message, signature []byte) bool
	// VerifyBatch takes the list as the host function does; see Signature.
	VerifyBatch(algorithm uint32, list []byte) bool
	// MulDiv returns a*b/c, or an abi result that is not 0.
	MulDiv(a, b, c Uint128, rounding Rounding) (Uint128, uint32)
	Log(text string)
}

// Numbers of the ABI (runtime/abi), repeated here because a contract links
// nothing of the chain; a test of the chain compares them.
const (
	FieldChainID  = 1
	FieldTxHash   = 2
	FieldContract = 3
	FieldMethod   = 4
	FieldCaller   = 5
	FieldOrigin   = 6
	FieldOrg      = 7
	FieldRoles    = 8
	FieldKind     = 32
	FieldHeight   = 33
	FieldTime     = 34
	FieldVersion  = 35
	FieldDepth    = 36

	HashSHA256  = 1
	HashSM3     = 2
	HashSHA3256 = 3

	VerifyEd25519 = 1
	VerifySM2     = 2
	VerifyP256    = 3

	MulDivOverflow = 1
	MulDivByZero   = 2
)

// Kind says which kind of call runs.
type Kind int32

// The kinds of calls.
const (
	KindInit    Kind = 1 // by deploy, once
	KindExecute Kind = 2 // by a tx or another contract
	KindQuery   Kind = 3 // read only
	KindMigrate Kind = 4 // by an upgrade
)
