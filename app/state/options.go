package state

import (
	"errors"
	"fmt"
)

// Defaults of Options.
const (
	DefaultViewsKept           = 128
	DefaultViewsBytes          = 8 << 20
	DefaultSnapshotEveryBytes  = 32 << 20
	DefaultSnapshotEveryBlocks = 10_000
)

// Options says where a store lies and how it keeps house. None of it touches
// consensus: nodes may differ.
type Options struct {
	// Dir is the store's folder; it is made if missing. One process may open it.
	Dir string
	// ViewsKept is how many heights stay readable at most, the last one included.
	// 0 means DefaultViewsKept.
	ViewsKept int
	// ViewsBytes is how many bytes of changes lie between the heights that stay
	// readable at most; the last two stay in any case. Memory holds some 30 bytes
	// of nodes for each of them when a million keys are written at random.
	// 0 means DefaultViewsBytes.
	ViewsBytes int64
	// SnapshotEveryBytes is how many bytes of changes are written before the tree
	// file is written anew, or a quarter of the tree file, whichever is more. It
	// bounds the replay at Open and the memory of changed nodes. 0 means
	// DefaultSnapshotEveryBytes.
	SnapshotEveryBytes int64
	// SnapshotEveryBlocks is the most heights between two tree files, so that
	// empty blocks do not pile up. 0 means DefaultSnapshotEveryBlocks.
	SnapshotEveryBlocks int64
	// NoSync lets Commit return before its batch is on disk. A crash of the
	// process may then lose the last heights too. For tests and benchmarks.
	NoSync bool
	// Logf gets one line per tree file written and per fault that the store gets
	// over by itself. Nil means silence.
	Logf func(format string, args ...any)
}

// Validate reports every fault of the options at once.
func (o Options) Validate() error {
	var errs []error
	if o.Dir == "" {
		errs = append(errs, errors.New("state: Dir is empty"))
	}
	if o.ViewsKept < 0 {
		errs = append(errs, fmt.Errorf("state: ViewsKept is %d", o.ViewsKept))
	}
	if o.ViewsBytes < 0 {
		errs = append(errs, fmt.Errorf("state: ViewsBytes is %d", o.ViewsBytes))
	}
	if o.SnapshotEveryBytes < 0 {
		errs = append(errs, fmt.Errorf("state: SnapshotEveryBytes is %d", o.SnapshotEveryBytes))
	}
	if o.SnapshotEveryBlocks < 0 {
		errs = append(errs, fmt.Errorf("state: SnapshotEveryBlocks is %d", o.SnapshotEveryBlocks))
	}
	return errors.Join(errs...)
}

func (o *Options) fill() {
	if o.ViewsKept == 0 {
		o.ViewsKept = DefaultViewsKept
	}
	if o.ViewsBytes == 0 {
		o.ViewsBytes = DefaultViewsBytes
	}
	if o.SnapshotEveryBytes == 0 {
		o.SnapshotEveryBytes = DefaultSnapshotEveryBytes
	}
	if o.SnapshotEveryBlocks == 0 {
		o.SnapshotEveryBlocks = DefaultSnapshotEveryBlocks
	}
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
}
