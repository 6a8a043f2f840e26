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

// buildEnv are the variables that shape the code. The empty ones keep a
// developer's own settings out of it.
var buildEnv = []string{
	"GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0",
	"GOFLAGS=", "GOWASM=", "GOEXPERIMENT=", "GOWORK=off", "GODEBUG=", "GO111MODULE=",
}

// command is how a compiler is run.
type command struct {
	name    string
	args    []string
	env     []string
	version string // for the build data; empty when that is the Go version alone
	tags    string // build tags that the compiler sets beside the platform's
	// after is run on what the compiler wrote, its custom sections dropped; the file
	// and -o with another follow.
	after []string
	shown int // how many of env the build data repeats
}

var goCommand = command{
	name: "go", args: []string{"build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w"},
	env: buildEnv, shown: 3,
}

// String returns the command as a shell takes it, without the output file.
func (c command) String() string {
	words := append(slices.Clone(c.env[:c.shown]), c.name)
	for _, arg := range c.args {
		if flag, value, ok := strings.Cut(arg, "="); ok && strings.Contains(value, " ") {
			quote := "'"
			if strings.Contains(value, quote) {
				quote = `"`
			}
			arg = flag + "=" + quote + value + quote
		}
		words = append(words, arg)
	}
	words = append(words, "./wasm")
	if len(c.after) > 0 {
		words = append(append(words, "&&", filepath.Base(c.after[0])), c.after[1:]...)
	}
	return strings.Join(words, " ")
}

// Data says what code was built from and how: the JSON in its custom section
// chancery:build.
type Data struct {
	// Go is the version of the Go toolchain, for example "go1.26.8", or what
	// "tinygo version" says where that compiled, Go's version included.
	Go string `json:"go"`
	// Compiler is that of packed code, and empty for Go; see PackedData.
	Compiler string `json:"compiler,omitempty"`
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
	Out      string
	Schema   *schema.Contract
	Data     Data
	CodeHash [32]byte // SHA-256 of the file
	Size     int      // bytes
	GzipSize int      // bytes as uploaded
	Imports  []string // "module.name" of the functions the code imports
	// Sizes is nil for code of TinyGo, which leaves no names of functions.
	Sizes     *Sizes
	BuildTime time.Duration
}

// Compiler is what compiles a contract.
type Compiler string

// The compilers.
const (
	// StandardGo is the Go toolchain.
	StandardGo Compiler = "go"
	// TinyGo makes smaller code of the same sources, where it is installed.
	TinyGo Compiler = "tinygo"
)

// Build compiles the contract in dir to Wasm with standard Go and writes it to
// out; see BuildWith.
func Build(ctx context.Context, dir, out string) (*Report, error) {
	return BuildWith(ctx, StandardGo, dir, out)
}

// BuildWith compiles the contract in dir to Wasm and writes it to out. The
// generated code in dir must be fresh. Errors of the compiler are in the error's
// text.
func BuildWith(ctx context.Context, compiler Compiler, dir, out string) (*Report, error) {
	begin := time.Now()
	if err := CheckFolder(dir); err != nil {
		return nil, err
	}
	files, err := generate.Generate(dir, "")
	if err != nil {
		return nil, err
	}
	stale, err := generate.Stale(dir, files)
	if err != nil {
		return nil, err
	}
	if len(stale) > 0 {
		return nil, fmt.Errorf("%s: %s does not match the .proto; run: chancery contract generate %s", dir, strings.Join(stale, ", "), dir)
	}
	set, contract, err := generate.Descriptors(dir, "")
	if err != nil {
		return nil, err
	}
	code, data, err := compileWithData(ctx, compiler, dir)
	if err != nil {
		return nil, withMissing(err, contract)
	}
	about, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	code = appendSection(code, schema.SectionDescriptors, set)
	code = appendSection(code, schema.SectionBuild, about)
	if len(code) > MaxCodeBytes {
		return nil, tooLarge(code)
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
	sizes, _ := SizesOf(code)
	return &Report{
		Out: out, Sizes: sizes, Schema: contract, Data: *data, CodeHash: sha256.Sum256(code),
		Size: len(code), GzipSize: packed, Imports: imports, BuildTime: time.Since(begin),
	}, nil
}

// compileWithData compiles while the sources are listed and hashed.
func compileWithData(ctx context.Context, compiler Compiler, dir string) ([]byte, *Data, error) {
	command := goCommand
	if compiler == TinyGo {
		var err error
		if command, err = tinyGoCommand(ctx, dir); err != nil {
			return nil, nil, err
		}
	}
	var data *Data
	var dataErr error
	listed := make(chan struct{})
	go func() {
		defer close(listed)
		data, dataErr = buildData(ctx, dir, command.tags)
	}()
	code, err := compile(ctx, command, dir)
	<-listed
	// What is wrong with the sources the compiler says best.
	if err == nil {
		err = dataErr
	}
	if err != nil {
		return nil, nil, err
	}
	data.Command = command.String()
	if command.version != "" {
		data.Go = command.version
	}
	return code, data, nil
}

// compile runs a compiler and returns the module.
func compile(ctx context.Context, c command, dir string) ([]byte, error) {
	temp, err := os.MkdirTemp("", "chancery-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	out := filepath.Join(temp, "contract.wasm")
	if _, err := run(ctx, c.name, dir, c.env, append(slices.Clone(c.args), "-o", out, "./wasm")...); err != nil {
		return nil, err
	}
	code, err := os.ReadFile(out)
	if err != nil || len(c.after) == 0 {
		return code, err
	}
	if code, err = dropCustom(code); err != nil {
		return nil, err
	}
	if err := os.WriteFile(out, code, 0o600); err != nil {
		return nil, err
	}
	optimised := out + ".opt"
	if _, err := run(ctx, c.after[0], dir, c.env, append(slices.Clone(c.after[1:]), out, "-o", optimised)...); err != nil {
		return nil, err
	}
	return os.ReadFile(optimised)
}

// runGo runs the go command for the contract's platform and returns what it
// printed.
func runGo(ctx context.Context, dir string, args ...string) ([]byte, error) {
	return run(ctx, goCommand.name, dir, buildEnv, args...)
}

// run runs a toolchain's command in dir and returns what it printed.
func run(ctx context.Context, name, dir string, env []string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		switch {
		case errors.Is(err, exec.ErrNotFound) && name == "go":
			return nil, errors.New("the go command is not installed; contracts are built with Go 1.26 or newer (https://go.dev/dl)")
		case errors.Is(err, exec.ErrNotFound):
			return nil, errNoTinyGo
		case ctx.Err() != nil:
			err = ctx.Err() // rather than "signal: killed"
		}
		return nil, fmt.Errorf("%s %s in %s: %w\n%s", name, args[0], dir, err, strings.TrimSpace(stderr.String()))
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
