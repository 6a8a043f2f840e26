package reference_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/api"

	"github.com/chancery-chain/chancery/api/contractbuild"
	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/chancery-chain/chancery/examples/counter"
	"github.com/chancery-chain/chancery/examples/evidence"
	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/gas"
	"github.com/chancery-chain/chancery/runtime/wasm"
	"github.com/chancery-chain/chancery/runtime/wasm/reference"
)

const examples = "../../../examples"

// imageGas is the gas limit of making an image and of workloads.
const imageGas = 1 << 40

// step is a call of an example contract, or of an export with an argument.
type step struct {
	query   bool
	method  string
	request sdk.Marshaler
	export  string
	args    []uint64
	trap    reference.Trap // how it must end
}

func execute(method string, request sdk.Marshaler, trap ...reference.Trap) step {
	return step{method: method, request: request, trap: append(trap, reference.TrapNone)[0]}
}

func query(method string, request sdk.Marshaler, trap ...reference.Trap) step {
	s := execute(method, request, trap...)
	s.query = true
	return s
}

// raw is an encoded message.
type raw string

func (r raw) MarshalVT() ([]byte, error) { return []byte(r), nil }

func digest(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

// scripts have calls of the examples. Every example is run; one without a script
// answers a method that it does not have.
var scripts = map[string][]step{
	"counter": {
		execute("Seed", &counter.SeedRequest{First: 1, Count: 50}),
		execute("Bump", &counter.BumpRequest{From: 1, To: 2, Amount: 7}),
		execute("Bump", &counter.BumpRequest{From: 1, To: 1, Amount: 1}, reference.TrapHost),
		query("Get", &counter.GetRequest{Id: 2}),
	},
	"evidence": {
		execute("Anchor", &evidence.AnchorRequest{
			Sha256: digest(1), Sm3: digest(2), MediaType: "image/png", Size: 10, CaseRef: "order", CapturedAt: 1_700_000_000, Method: "scan",
		}),
		execute("Anchor", &evidence.AnchorRequest{Sha256: digest(1)}, reference.TrapHost),
		query("Get", &evidence.GetRequest{Id: "none"}, reference.TrapHost),
		query("Verify", &evidence.VerifyRequest{Digest: &evidence.VerifyRequest_Sha256{Sha256: digest(1)}}),
		query("List", &evidence.ListRequest{}, reference.TrapHost),
	},
	"conformance": {
		execute("Put", &conformance.PutRequest{Item: &conformance.Item{Name: "a", S64: -1, Blob: []byte("blob"), Numbers: []int32{1, -2}}}),
		execute("Put", &conformance.PutRequest{Item: &conformance.Item{Name: "b", U32: 5}}),
		query("Find", &conformance.FindRequest{Like: &conformance.Item{}, Limit: 10}),
		execute("Delete", &conformance.DeleteRequest{Name: "b"}),
	},
	"stamp": {
		execute("Stamp", raw("\x0a\x20"+string(digest(3))+"\x12\x06letter")),
		execute("Stamp", raw("\x0a\x20"+string(digest(4))+"\x12\x06letter")),
		query("Last", raw("\x0a\x06letter")),
		query("Last", raw("\x0a\x04none"), reference.TrapHost),
	},
	"contract of runtime/wasm": {
		{export: "fib", args: []uint64{12}}, {export: "sha", args: []uint64{1}}, {export: "sorting", args: []uint64{300}},
		{export: "jsons", args: []uint64{3}}, {export: "recovered", args: []uint64{3}},
	},
}

// TestGasAgreesContracts compares contracts with the reference: their images, then
// each call on a fresh instance of the image, with all gas that it needs and with
// less. The host's log holds the gas at each host call.
func TestGasAgreesContracts(t *testing.T) {
	if testing.Short() {
		t.Skip("builds all examples")
	}
	dirs, err := filepath.Glob(filepath.Join(examples, "*", "wasm", "main.go"))
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, main := range dirs {
		dir := filepath.Dir(filepath.Dir(main))
		t.Run(filepath.Base(dir), func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "code.wasm")
			_, err := contractbuild.Build(context.Background(), dir, out)
			require.NoError(t, err)
			code, err := os.ReadFile(out)
			require.NoError(t, err)
			script := append(slices.Clone(scripts[filepath.Base(dir)]), execute("NoSuchMethod", nil, reference.TrapHost))
			compareContract(t, code, script)
		})
	}
	t.Run("contract of runtime/wasm", func(t *testing.T) {
		compareContract(t, buildWorkloads(t), scripts["contract of runtime/wasm"])
	})
}

// buildWorkloads builds the contract of the parent package's tests, which needs
// nothing but the standard library.
func buildWorkloads(t *testing.T) []byte {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("../testdata/contract")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module contract\n\ngo 1.26.0\n"), 0o600))
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", "code.wasm", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	code, err := os.ReadFile(filepath.Join(dir, "code.wasm"))
	require.NoError(t, err)
	return code
}

// image is what instances start from: the reference's own.
type image struct {
	memory  []byte
	globals []uint64
}

func compareContract(t *testing.T, code []byte, script []step) {
	cfg := wasm.Config{
		Limits: wasm.DefaultLimits(), Schedule: gas.Default(), MaxMemoryPages: 512, MaxStack: wasm.DefaultMaxStack,
		Imports: importTypes(t, code),
	}
	pr := newProgram(t, code, cfg, engineNames...)
	require.NotNil(t, pr)
	world := &chain{imports: pr.prepared.Imports, schedule: cfg.Schedule, image: true, state: map[string][]byte{}}

	model := pr.model(t, world.fork())
	guests := map[string]side{}
	for _, engine := range engineNames {
		guests[engine] = pr.guest(t, engine, world.fork())
	}
	for _, export := range []string{abi.ExportInitialize, abi.ExportWarmup} {
		if _, ok := pr.module.Exports[export]; !ok {
			continue
		}
		want := model.invoke(export, imageGas)
		require.Equal(t, reference.TrapNone, want.Trap)
		t.Logf("%s: %d gas", export, want.Used)
		for engine, g := range guests {
			require.Equal(t, want, g.invoke(export, imageGas), "%s on %s", export, engine)
		}
	}
	for _, g := range guests {
		g.close()
	}
	im := image{bytes.Clone(model.Memory), slices.Clone(model.Globals)}
	world.image = false
	for _, s := range script {
		compareStep(t, pr, im, world, s)
	}
}

func compareStep(t *testing.T, pr *program, im image, world *chain, s step) {
	world.query, world.method, world.payload = s.query, s.method, ""
	if s.request != nil {
		b, err := s.request.MarshalVT()
		require.NoError(t, err)
		world.payload = string(b)
	}
	name := s.method
	if s.export == "" {
		s.export = abi.ExportCall
	} else {
		name = s.export
	}
	run := func(limit int64, engines ...string) (seen, *chain) {
		c := world.fork()
		model := pr.model(t, c)
		model.Memory, model.Globals = bytes.Clone(im.memory), slices.Clone(im.globals)
		want := model.invoke(s.export, limit, s.args...)
		for _, engine := range engines {
			g := pr.guest(t, engine, world.fork())
			restore(t, g.(*guest), im)
			got := g.invoke(s.export, limit, s.args...)
			require.Equal(t, want.Log, got.Log, "%s with %d gas on %s", name, limit, engine)
			require.Equal(t, want, got, "%s with %d gas on %s", name, limit, engine)
			g.close()
		}
		return want, c
	}
	full, after := run(imageGas, engineNames...)
	require.Equal(t, s.trap, full.Trap, "%s: %q", name, full.Log[max(0, len(full.Log)-1):])
	for i := range int64(12) { // the other places of TestChargingRule are too many here
		limit := full.Used * i / 12
		got, _ := run(limit, engineNames[i%2])
		require.Equal(t, reference.TrapGas, got.Trap)
	}
	for _, limit := range []int64{full.Used - 1, full.Used} {
		got, _ := run(limit, engineNames...)
		require.Equal(t, limit < full.Used, got.Trap == reference.TrapGas)
	}
	t.Logf("%s: %d gas, %d host calls", name, full.Used, len(full.Log))
	if full.Trap == reference.TrapNone {
		world.state = after.state
	}
}

// restore makes a fresh guest what the image is.
func restore(t *testing.T, g *guest, im image) {
	if more := len(im.memory) - int(g.m.Memory().Size()); more > 0 {
		_, ok := g.m.Memory().Grow(uint32(more / 65_536))
		require.True(t, ok)
	}
	require.True(t, g.m.Memory().Write(0, im.memory))
	for i, v := range g.pr.module.Globals {
		if v.Mutable {
			g.m.ExportedGlobal(globalName(g.pr.prepared, i)).(api.MutableGlobal).Set(im.globals[i])
		}
	}
}

// importTypes takes what the code itself says of its imports: the runtime's own
// check of them is tested there.
func importTypes(t *testing.T, code []byte) func(module, name string) (params, results []byte, ok bool) {
	m, err := reference.Decode(code)
	require.NoError(t, err)
	return func(module, name string) ([]byte, []byte, bool) {
		for _, im := range m.Imports {
			if im.Module == module && im.Name == name {
				return im.Type.Params, im.Type.Results, true
			}
		}
		return nil, nil, false
	}
}
