package engine

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero"
	"golang.org/x/sys/cpu"
)

// CacheStats counts what the compiled code cache did.
type CacheStats struct {
	Hits, Misses uint64
	// Bad is how many files were found damaged and made anew.
	Bad uint64
	// Images is how often Kept found something.
	Images uint64
}

// diskCache keeps machine code, and images with the modules they belong to, in files across restarts, within a budget of
// bytes. wazero would take any file of the right name and run it; so what wazero
// sees is a folder that is empty but for the one file of the module that is being
// compiled, written from bytes whose digest was checked. It is used under
// Engine.compiling.
type diskCache struct {
	dir    string // the files that are kept
	work   string // what wazero was given
	folder string // where wazero looks, below work
	wazero wazero.CompilationCache
	salt   []byte
	// program is the digest of this program: what it keeps of its own making is
	// worth nothing to another.
	program [32]byte
	max     int64
	log     *slog.Logger

	hits, misses, bad, images atomic.Uint64
}

const (
	fileSuffix = ".code"
	workPrefix = "work-"
	// fileMagic begins every file; the number is that of the format.
	fileMagic = "chancery compiled code 1\n"
	// staleWork is how old a work folder must be to have been left by a crash. A
	// living one that is removed is made again.
	staleWork = 24 * time.Hour
)

func openDiskCache(dir string, max int64, log *slog.Logger) (c *diskCache, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("open compiled code cache: %w", err)
		}
	}()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	c = &diskCache{dir: dir, max: max, log: log}
	if c.program, err = programDigest(); err != nil {
		return nil, err
	}
	c.removeStaleWork()
	if c.work, err = os.MkdirTemp(dir, workPrefix); err != nil {
		return nil, err
	}
	if c.wazero, err = wazero.NewCompilationCacheWithDir(c.work); err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.work))
	}
	// wazero makes one folder, named after its version and the platform.
	made, err := os.ReadDir(c.work)
	if err == nil && len(made) != 1 {
		err = fmt.Errorf("%d folders in %s, want 1", len(made), c.work)
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	c.folder = filepath.Join(c.work, made[0].Name())
	// Machine code of one CPU may crash on another: its features are in the key.
	c.salt = fmt.Appendf(nil, "%s\n%s %s\n%s %+v %+v\n", fileMagic, made[0].Name(), engineVersion(),
		runtime.GOARCH, cpu.X86, cpu.ARM64)
	return c, nil
}

func (c *diskCache) close() error {
	return errors.Join(c.wazero.Close(context.Background()), os.RemoveAll(c.work))
}

// key names what is kept for prepared code. That code is fixed by the code hash,
// the gas schedule, the limits and the rewriter, so its bytes stand for all of
// them and cannot fall behind one.
func (c *diskCache) key(code []byte) (key [32]byte) {
	h := sha256.New()
	h.Write(c.salt)
	sum := sha256.Sum256(code)
	h.Write(sum[:])
	return [32]byte(h.Sum(key[:0]))
}

func (c *diskCache) path(key [32]byte) string {
	return filepath.Join(c.dir, hex.EncodeToString(key[:])+fileSuffix)
}

// staged is what wazero's folder holds before a compilation.
type staged struct {
	key  [32]byte
	file os.FileInfo // nil when there was nothing to stage
}

// stage empties wazero's folder, and puts the machine code of a module there if it
// is kept and sound.
func (c *diskCache) stage(code []byte) (s staged, err error) {
	s.key = c.key(code)
	if err := c.empty(); err != nil {
		return s, err
	}
	name, content, err := c.read(s.key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.misses.Add(1)
		return s, nil
	case err != nil:
		c.forget(s.key, err)
		return s, nil
	}
	path := filepath.Join(c.folder, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return s, err
	}
	if s.file, err = os.Stat(path); err != nil {
		return s, err
	}
	c.hits.Add(1)
	c.used(s.key)
	return s, nil
}

// settle keeps what wazero has compiled, if it did, and empties its folder. That
// a file cannot be kept costs time at the next start and is no fault.
func (c *diskCache) settle(s staged) {
	if err := c.keep(s); err != nil {
		c.log.Warn("compiled code is not kept", "dir", c.dir, "err", err)
	}
	if err := c.empty(); err != nil {
		c.log.Warn("compiled code cache", "dir", c.dir, "err", err)
	}
}

func (c *diskCache) keep(s staged) error {
	made, err := os.ReadDir(c.folder)
	if err != nil {
		return err
	}
	for _, f := range made {
		info, err := f.Info()
		if err != nil || !info.Mode().IsRegular() || strings.HasSuffix(f.Name(), ".tmp") {
			continue
		}
		if s.file != nil && os.SameFile(s.file, info) {
			continue // it was used as it is
		}
		content, err := os.ReadFile(filepath.Join(c.folder, f.Name()))
		if err != nil {
			return err
		}
		if err := c.write(s.key, f.Name(), content); err != nil {
			return err
		}
		return c.evict(s.key)
	}
	return nil
}

// imageName stands in a file where one of machine code has wazero's name.
const imageName = "image"

func (c *diskCache) imageKey(name [32]byte) (key [32]byte) {
	h := sha256.New()
	h.Write(c.salt)
	h.Write([]byte(imageName))
	h.Write(c.program[:])
	h.Write(name[:])
	return [32]byte(h.Sum(key[:0]))
}

func (c *diskCache) keepImage(name [32]byte, parts [][]byte) {
	key := c.imageKey(name)
	err := c.write(key, imageName, parts...)
	if err == nil {
		err = c.evict(key)
	}
	if err != nil {
		c.log.Warn("an image is not kept", "dir", c.dir, "err", err)
	}
}

func (c *diskCache) image(name [32]byte) []byte {
	key := c.imageKey(name)
	_, content, err := c.read(key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		c.forget(key, err)
		return nil
	}
	c.images.Add(1)
	c.used(key)
	return content
}

// used notes when a file was used: that decides what is evicted, and nothing else.
func (c *diskCache) used(key [32]byte) {
	now := time.Now()
	_ = os.Chtimes(c.path(key), now, now)
}

// forget removes a file that is not what was written.
func (c *diskCache) forget(key [32]byte, why error) {
	c.bad.Add(1)
	c.log.Warn("compiled code is damaged and is made anew", "file", c.path(key), "err", why)
	_ = os.Remove(c.path(key))
}

// empty makes wazero's folder, and makes it empty.
func (c *diskCache) empty() error {
	left, err := os.ReadDir(c.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return os.MkdirAll(c.folder, 0o700)
	}
	for _, f := range left {
		err = errors.Join(err, os.RemoveAll(filepath.Join(c.folder, f.Name())))
	}
	return err
}

var errDamaged = errors.New("the file is cut or was changed")

// A file is the magic, the key, the length of wazero's name (1 byte), the name, the
// length of the machine code (8 bytes), the machine code, and the SHA-256 of all
// before. One of an image has imageName and the image instead.

// write keeps content, which comes in parts so that nobody has to join them.
func (c *diskCache) write(key [32]byte, name string, content ...[]byte) error {
	var size uint64
	for _, part := range content {
		size += uint64(len(part))
	}
	f, err := os.CreateTemp(c.dir, workPrefix+"file-")
	if err != nil {
		return err
	}
	h, out := sha256.New(), bufio.NewWriterSize(f, 64<<10)
	put := io.MultiWriter(h, out) // an error of out stays until Flush
	_, _ = put.Write(append([]byte(fileMagic), key[:]...))
	_, _ = put.Write(append([]byte{byte(len(name))}, name...))
	_, _ = put.Write(binary.LittleEndian.AppendUint64(nil, size))
	for _, part := range content {
		_, _ = put.Write(part)
	}
	_, _ = out.Write(h.Sum(nil))
	if err = errors.Join(out.Flush(), f.Close()); err == nil {
		// Not synced: what a power loss leaves is found by its digest.
		err = os.Rename(f.Name(), c.path(key))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// read returns what is kept under key, or an error of kind fs.ErrNotExist.
func (c *diskCache) read(key [32]byte) (name string, content []byte, err error) {
	b, err := os.ReadFile(c.path(key))
	if err != nil {
		return "", nil, err
	}
	if len(b) < sha256.Size {
		return "", nil, errDamaged
	}
	body, digest := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], digest) {
		return "", nil, errDamaged
	}
	body, ok := bytes.CutPrefix(body, append([]byte(fileMagic), key[:]...))
	if !ok || len(body) < 1 || len(body) < 1+int(body[0])+8 {
		return "", nil, errDamaged
	}
	name, body = string(body[1:1+body[0]]), body[1+body[0]:]
	if binary.LittleEndian.Uint64(body) != uint64(len(body)-8) || name != filepath.Base(name) {
		return "", nil, errDamaged
	}
	return name, body[8:], nil
}

// evict removes the files that were not used for the longest time until the rest
// is within the budget. The file of key stays.
func (c *diskCache) evict(key [32]byte) error {
	all, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	var files []fs.FileInfo
	var total int64
	for _, f := range all {
		// A file that has gone meanwhile is nothing to remove.
		if info, err := f.Info(); err == nil && strings.HasSuffix(f.Name(), fileSuffix) {
			files = append(files, info)
			total += info.Size()
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, f := range files {
		if total <= c.max {
			break
		}
		if path := filepath.Join(c.dir, f.Name()); path != c.path(key) {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			total -= f.Size()
		}
	}
	return nil
}

// removeStaleWork removes what processes that were killed have left.
func (c *diskCache) removeStaleWork() {
	all, _ := os.ReadDir(c.dir)
	for _, f := range all {
		info, err := f.Info()
		if err == nil && strings.HasPrefix(f.Name(), workPrefix) && time.Since(info.ModTime()) > staleWork {
			_ = os.RemoveAll(filepath.Join(c.dir, f.Name()))
		}
	}
}
