package runtime

import (
	"fmt"

	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/engine"
)

// InvalidCodeError says why code is refused. Its fields depend on the code and
// on Limits alone, so that every node gives the same answer.
type InvalidCodeError struct {
	// Func is the index of the function that breaks the rule, imports counted, or
	// -1 where no function is to blame.
	Func int
	// Offset is the place in the uploaded bytes.
	Offset int
	// Rule is the stable name of the rule.
	Rule string
	// Msg explains it to people.
	Msg string
}

// Rules beside those of runtime/wasm.
const (
	RuleEntryPoint = "entry_point" // a required export is missing or has another type
	RuleEngine     = "engine"      // the engine refuses what validation accepted
	RuleImage      = "image"       // initialisation or warm-up fails
)

// Error implements error.
func (e *InvalidCodeError) Error() string {
	if e.Func < 0 {
		return fmt.Sprintf("invalid code at offset %d: %s: %s", e.Offset, e.Rule, e.Msg)
	}
	return fmt.Sprintf("invalid code in function %d at offset %d: %s: %s", e.Func, e.Offset, e.Rule, e.Msg)
}

// Report is what Check learns of accepted code. All of it is the same on every
// node.
type Report struct {
	Descriptors []byte // encoded google.protobuf.FileDescriptorSet, nil when there is none
	Build       []byte // build data as JSON, nil when there is none
	CodeBytes   int    // as uploaded
	Prepared    int    // bytes after rewriting
	ImageBytes  int    // memory of the image
	ImageGas    uint64 // used by initialisation and warm-up
	Imports     []string
}

// Code is uploaded code, ready to run. It is safe for concurrent use, and stays
// usable as long as it is referred to, whatever the cache does meanwhile. Ask Load
// again for each call rather than keep it: calls of a code that the cache has
// dropped pay for a new instance each.
type Code struct {
	hash   [32]byte
	image  *engine.Image
	custom map[string][]byte
	report Report
	// rebuild is what a call pays that grew its memory.
	rebuild uint64
	names   map[uint32]string // of functions, for profiles alone

	// Guarded by pool.mu.
	idle    []*worker // the most recently used last
	dropped bool      // by the cache: nothing becomes idle any more
}

// bytesOfPrepared estimates the memory that a byte of a prepared module takes:
// machine code, 4.5 to 5.5 bytes, and the engine's records of functions.
const bytesOfPrepared = 7

// bytes estimates the memory of the code, its instances aside.
func (c *Code) bytes() int64 {
	n := bytesOfPrepared*c.report.Prepared + c.report.ImageBytes
	for _, b := range c.custom {
		n += len(b)
	}
	return int64(n)
}

// Hash returns the code hash.
func (c *Code) Hash() [32]byte { return c.hash }

// Descriptors returns the encoded google.protobuf.FileDescriptorSet that the code
// carries, or nil. The caller must not change it.
func (c *Code) Descriptors() []byte { return c.custom[abi.SectionDescriptors] }

// Build returns the build data that the code carries, as JSON, or nil. The caller
// must not change it.
func (c *Code) Build() []byte { return c.custom[abi.SectionBuild] }

// Report returns what Check reports of the code.
func (c *Code) Report() *Report {
	r := c.report
	return &r
}
