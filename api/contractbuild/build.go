// Package contractbuild builds contracts to Wasm, says what built code carries,
// and lays down new contracts. "chancery contract" is a thin shell around it.
//
// Builds need the Go toolchain and nothing else, and are the same bytes from
// every folder and machine with the same Go version.
package contractbuild

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/api/schema"
)

// MaxCodeBytes is the largest code that the chain takes.
const MaxCodeBytes = 4 << 20

// buildArgs are the arguments of go that shape the code.
var buildArgs = []string{"build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w"}

// buildEnv are the variables that shape the code. The empty ones keep a
// developer's own settings out of it.
var buildEnv = []string{
	"GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0",
	"GOFLAGS=", "GOWASM=", "GOEXPERIMENT=", "GOWORK=off", "GODEBUG=", "GO111MODULE=",
}

// Data says what code was built from and how: the JSON in its custom section
// chancery:build.
type Data struct {
	// Go is the version of the Go toolchain, for example "go1.26.8".
	Go string `json:"go"`
	// SDK is the hash of the SDK's sources, "sha256:…".
	SDK string `json:"sdk"`
	// Source is the hash of all sources, "sha256:…", the SDK's included; see
	// hashSources.
	Source string `json:"source"`
	// Command repeats the build in the contract's folder.
	Command string `json:"command"`
}

// Report describes a build.
type Report struct {
	Out       string
	Schema    *schema.Contract
	Data      Data
	CodeHash  [32]byte // SHA-256 of the file
	Size      int      // bytes
	GzipSize  int      // bytes as uploaded
	Imports   []string // "module.name" of the functions the code imports
	BuildTime time.Duration
}

// Build compiles the contract in dir to Wasm and writes it to out. The generated
// code in dir must be fresh. Errors of the Go compiler are in the error's text.
func Build(ctx context.Context, dir, out string) (*Report, error) {
	begin := time.Now()
	files, err := generate.Generate(dir, "")
	if err != nil {
		return nil, err
	}
	if stale := generate.Stale(dir, files); len(stale) > 0 {
		return nil, fmt.Errorf("%s: %s does not match the .proto; run: chancery contract generate %s", dir, strings.Join(stale, ", "), dir)
	}
	set, contract, err := generate.Descriptors(dir, "")
	if err != nil {
		return nil, err
	}
	data, err := buildData(ctx, dir)
	if err != nil {
		return nil, err
	}
	code, err := compile(ctx, dir)
	if err != nil {
		return nil, err
	}
	about, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	code = appendSection(code, schema.SectionDescriptors, set)
	code = appendSection(code, schema.SectionBuild, about)
	if len(code) > MaxCodeBytes {
		return nil, fmt.Errorf("the code has %d bytes, the chain takes at most %d; see which packages it links: GOOS=wasip1 GOARCH=wasm go list -deps ./wasm", len(code), MaxCodeBytes)
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(out, code, 0o644); err != nil {
		return nil, err
	}
	imports, err := functionImports(code)
	if err != nil {
		return nil, err
	}
	packed, err := gzipSize(code)
	if err != nil {
		return nil, err
	}
	return &Report{
		Out: out, Schema: contract, Data: *data, CodeHash: sha256.Sum256(code),
		Size: len(code), GzipSize: packed, Imports: imports, BuildTime: time.Since(begin),
	}, nil
}

// compile runs the Go compiler and returns the module.
func compile(ctx context.Context, dir string) ([]byte, error) {
	temp, err := os.MkdirTemp("", "chancery-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	out := filepath.Join(temp, "contract.wasm")
	if _, err := runGo(ctx, dir, append(slices.Clone(buildArgs), "-o", out, "./wasm")...); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}

// runGo runs the go command for the contract's platform and returns what it
// printed.
func runGo(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), buildEnv...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, errors.New("the go command is not installed; contracts are built with Go 1.26 or newer (https://go.dev/dl)")
		}
		return nil, fmt.Errorf("go %s in %s: %w\n%s", args[0], dir, err, strings.TrimSpace(stderr.String()))
	}
	return stdout.Bytes(), nil
}

// gzipSize returns the size of code as it is uploaded.
func gzipSize(code []byte) (int, error) {
	var n counter
	w, err := gzip.NewWriterLevel(&n, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(code); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return int(n), nil
}

// counter counts what is written to it.
type counter int

var _ io.Writer = new(counter)

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
