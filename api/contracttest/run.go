package contracttest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/runtime"
)

// Options say what to test.
type Options struct {
	// Dir is the contract's folder.
	Dir string
	// With are the folders of other contracts that the tests deploy.
	With []string
	// Run is a regular expression of the tests to run; empty for all.
	Run string
	// Plain leaves the Wasm out.
	Plain bool
	// Compiler of the Wasm; standard Go when empty.
	Compiler contractbuild.Compiler
}

// Result is how the tests went.
type Result struct {
	Plain *PlainResult
	// Wasm is nil when only plain tests were asked for, or these failed; so are Code,
	// the build of the contract in Dir, and CodeBytes.
	Wasm      *Report
	Code      *contractbuild.Report
	CodeBytes []byte

	PlainFor time.Duration // of the plain tests
	WasmFor  time.Duration // of the replay alone
	TotalFor time.Duration
}

// OK reports whether all tests passed and the Wasm did the same.
func (r *Result) OK() bool {
	return r.Plain.OK() && (r.Wasm == nil || len(r.Wasm.Differences) == 0)
}

// manyCalls is from how many bytes of recording on it is worth compiling the code
// rather than interpreting it.
const manyCalls = 1 << 20

// Run runs the tests of the contract in o.Dir as plain Go with coverage, builds
// it meanwhile, and does the same in Wasm. Tests that fail and differences are in
// the result; the error is of a build or of this machine.
func Run(ctx context.Context, o Options) (*Result, error) {
	begin := time.Now()
	if err := contractbuild.CheckFolder(o.Dir); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	temp, err := os.MkdirTemp("", "chancery-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	record := filepath.Join(temp, "record")
	if o.Plain {
		record = ""
	}
	built := make(chan builds, 1)
	go func() {
		if o.Plain {
			built <- builds{}
			return
		}
		built <- build(ctx, o, temp)
	}()
	r := &Result{}
	plain, plainErr := runPlain(ctx, o.Dir, o.Run, record, filepath.Join(temp, "cover"))
	r.PlainFor = time.Since(begin)
	if plainErr != nil {
		cancel()
		<-built
		return nil, plainErr
	}
	r.Plain = plain
	if !plain.OK() {
		cancel()
		<-built
		return r, nil
	}
	b := <-built
	if b.err != nil {
		return nil, b.err
	}
	if !o.Plain {
		r.Code, r.CodeBytes = b.report, b.codes[b.report.Schema.Service]
		replayed := time.Now()
		if r.Wasm, err = replayFile(record, b.codes); err != nil {
			return nil, err
		}
		r.WasmFor = time.Since(replayed)
	}
	r.TotalFor = time.Since(begin)
	return r, nil
}

// builds are the codes of the contracts by service.
type builds struct {
	codes  map[string][]byte
	report *contractbuild.Report
	err    error
}

func build(ctx context.Context, o Options, temp string) builds {
	b := builds{codes: map[string][]byte{}}
	for i, dir := range append([]string{o.Dir}, o.With...) {
		out := filepath.Join(temp, fmt.Sprintf("%d.wasm", i))
		compiler := o.Compiler
		if compiler == "" {
			compiler = contractbuild.StandardGo
		}
		report, err := contractbuild.BuildWith(ctx, compiler, dir, out)
		if err != nil {
			return builds{err: err}
		}
		if i == 0 {
			b.report = report
		}
		if b.codes[report.Schema.Service], err = os.ReadFile(out); err != nil {
			return builds{err: err}
		}
	}
	return b
}

// replayFile replays a recording, which is not there when the tests made no
// chain.
func replayFile(name string, codes map[string][]byte) (*Report, error) {
	info, err := os.Stat(name)
	if errors.Is(err, os.ErrNotExist) {
		return &Report{}, nil
	}
	if err != nil {
		return nil, err
	}
	// A short recording is interpreted: that begins at once. Results and gas are the
	// same, but the interpreter gives up on deep calls, so then, too, the code is
	// compiled.
	if info.Size() < manyCalls {
		if report, err := replayWith(name, codes, true); err == nil {
			return report, nil
		}
	}
	return replayWith(name, codes, false)
}

func replayWith(name string, codes map[string][]byte, interpret bool) (*Report, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rt, err := runtime.New(runtime.Config{Interpreter: interpret}, runtime.DefaultLimits())
	if err != nil {
		return nil, err
	}
	report, err := Replay(rt, file, codes)
	return report, errors.Join(err, rt.Close())
}

// recordEnv is the variable for the tests.
func recordEnv(file string) string { return sdktest.RecordEnv + "=" + file }
