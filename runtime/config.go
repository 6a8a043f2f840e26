package runtime

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/chancery-chain/chancery/runtime/engine"
)

// Config says how a Runtime works on this node. Nothing in it changes a result.
type Config struct {
	// CacheDir holds compiled code and images across restarts. Only the node may be able to
	// write there: what it holds is run as machine code, once its digest was
	// checked. Empty: memory only.
	CacheDir string
	// CacheBytes bounds the files in CacheDir; what was not used for the longest
	// time goes first. One of a standard Go contract has about 15 MB. 0 means
	// 4 GiB.
	CacheBytes int64
	// Interpreter runs guests without compiling them. For tests: it is tens of
	// times slower, and guests that nest more than about 2,000 calls end in
	// StatusFault.
	Interpreter bool
	// CodeBytes bounds the memory of codes that stay ready, estimated; those that
	// run now stay in any case. One of a standard Go contract takes about 20 MB, and
	// 40 ms to load again from CacheDir. 0 means 4 GiB.
	CodeBytes int64
	// PoolBytes bounds the memory of idle instances, estimated. 0 means 512 MiB.
	PoolBytes int64
	// Reset is how instances are put back after a call: scan, pagemap or copy.
	// Empty takes the fastest that works on this machine.
	Reset string
	// Profile makes profiles possible, and calls tens of times slower. For
	// developers' tools alone; compiled code is not kept on disk.
	Profile bool
	// Logger gets the guests' logs at debug level, and warnings about CacheDir. Nil
	// means none.
	Logger *slog.Logger
}

// Validate reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	if c.CodeBytes < 0 {
		errs = append(errs, fmt.Errorf("runtime: code bytes is %d, must not be negative", c.CodeBytes))
	}
	if c.PoolBytes < 0 {
		errs = append(errs, fmt.Errorf("runtime: pool bytes is %d, must not be negative", c.PoolBytes))
	}
	if c.CacheBytes < 0 {
		errs = append(errs, fmt.Errorf("runtime: cache bytes is %d, must not be negative", c.CacheBytes))
	}
	switch engine.ResetMode(c.Reset) {
	case engine.ResetAuto, engine.ResetScan, engine.ResetPagemap, engine.ResetCopy:
	default:
		errs = append(errs, fmt.Errorf("runtime: reset is %q, must be scan, pagemap or copy", c.Reset))
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	if c.CodeBytes == 0 {
		c.CodeBytes = 4 << 30
	}
	if c.PoolBytes == 0 {
		c.PoolBytes = 512 << 20
	}
	if c.CacheBytes == 0 {
		c.CacheBytes = 4 << 30
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}
