package runtime

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/chancery-chain/chancery/runtime/engine"
)

// Runtime runs contracts. It is safe for concurrent use.
type Runtime struct {
	config    Config
	limits    Limits
	engine    *engine.Engine
	codes     *codeCache
	pool      *pool
	entryGas  uint64 // of the outermost call
	verifyGas uint64 // of one signature that gains nothing from a batch
}

// New returns a runtime. Limits are consensus, Config is this node's own.
func New(cfg Config, limits Limits) (*Runtime, error) {
	if err := errors.Join(cfg.Validate(), limits.Validate()); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	r := &Runtime{
		config: cfg, limits: limits,
		codes: newCodeCache(cfg.CodeBytes), pool: newPool(cfg.PoolBytes),
		entryGas:  limits.Schedule.HostCost("call").Base,
		verifyGas: limits.Schedule.HostCost("verify").Base,
	}
	ec := engine.Config{
		CacheDir: cfg.CacheDir, CacheBytes: cfg.CacheBytes, Interpreter: cfg.Interpreter,
		MemoryPages: limits.MemoryPages, Reset: engine.ResetMode(cfg.Reset), Logger: cfg.Logger,
	}
	if cfg.Profile {
		ec.Listener = listener{}
	}
	var err error
	r.engine, err = engine.New(ec, imports(&limits.Schedule))
	if err != nil {
		return nil, fmt.Errorf("start runtime: %w", err)
	}
	return r, nil
}

// Close frees everything. No call may be running or follow.
func (r *Runtime) Close() error {
	r.pool.close()
	return r.engine.Close()
}

// Limits returns the limits that the runtime was made with.
func (r *Runtime) Limits() Limits { return r.limits }

// Check decides whether code may be uploaded: it validates and prepares it
// completely, compiles it and makes its image. The code is ready for Load
// afterwards.
//
// The error is a *InvalidCodeError if the code is refused, the same on every
// node; any other error is a fault of this node.
func (r *Runtime) Check(code []byte) (*Report, error) {
	c, err := r.load(sha256.Sum256(code), func() ([]byte, error) { return code, nil })
	if err != nil {
		return nil, err
	}
	return c.Report(), nil
}

// Load returns the code with the hash, ready to run. It calls code for the bytes
// only if the code is neither in memory nor on disk; of concurrent callers one does the work. An
// error is a fault of this node, because code was checked when it was uploaded.
func (r *Runtime) Load(hash [32]byte, code func() ([]byte, error)) (*Code, error) {
	c, err := r.load(hash, code)
	if err != nil {
		return nil, fmt.Errorf("load code %x: %w", hash[:6], err)
	}
	return c, nil
}

func (r *Runtime) load(hash [32]byte, code func() ([]byte, error)) (*Code, error) {
	c, dropped, err := r.codes.load(hash, func() (c *Code, err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("prepare code: %v", p)
			}
		}()
		if c, err := r.restore(hash); c != nil {
			return c, nil
		} else if err != nil {
			r.config.Logger.Warn("code is made anew", "code", hex.EncodeToString(hash[:6]), "err", err)
		}
		b, err := code()
		if err != nil {
			return nil, err
		}
		if sha256.Sum256(b) != hash {
			return nil, errors.New("bytes do not have this code hash")
		}
		return r.makeOrRefuse(hash, b)
	})
	r.pool.drop(dropped)
	return c, err
}

// makeOrRefuse turns a panic of the rewriter or the compiler into a refusal. It
// depends on the code alone, so every node refuses it; as a fault of the node it
// would stop them all.
func (r *Runtime) makeOrRefuse(hash [32]byte, b []byte) (c *Code, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &InvalidCodeError{Func: -1, Rule: RuleEngine, Msg: "the engine cannot compile the module"}
		}
	}()
	return r.make(hash, b)
}

// Stats counts what the runtime keeps, for metrics.
type Stats struct {
	Codes         int
	CodeBytes     int64 // estimated
	IdleInstances int
	IdleBytes     int64
	Reset         string // how instances are put back: scan, pagemap or copy
	// What the compiled code cache on disk did since the start; CacheBad counts
	// damaged files, CacheImages codes that were loaded without being prepared.
	CacheHits, CacheMisses, CacheBad, CacheImages uint64
}

// Stats returns the current counts.
func (r *Runtime) Stats() Stats {
	n, b := r.pool.stats()
	codes, codeBytes := r.codes.stats()
	c := r.engine.CacheStats()
	return Stats{
		Codes: codes, CodeBytes: codeBytes, IdleInstances: n, IdleBytes: b, Reset: string(r.engine.ResetMode()),
		CacheHits: c.Hits, CacheMisses: c.Misses, CacheBad: c.Bad, CacheImages: c.Images,
	}
}
