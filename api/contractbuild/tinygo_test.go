package contractbuild_test

import (
	"context"
	"encoding/binary"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/chancery-chain/chancery/examples/stamp"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	"github.com/stretchr/testify/require"
)

// maxTinyRegister is the most that the register template may have in bytes.
const maxTinyRegister = 120_000

// allTinyGo makes a missing TinyGo a failure, and runs what takes minutes, too.
var allTinyGo = os.Getenv("CHANCERY_TINYGO") == "all"

// needTinyGo skips a test that compiles with TinyGo where it is missing.
func needTinyGo(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles with TinyGo")
	}
	if _, err := exec.LookPath("tinygo"); err != nil && !allTinyGo {
		t.Skip("TINYGO IS NOT INSTALLED: its code is not tested here; scripts/tinygo installs it")
	}
}

// buildTiny compiles the contract in a folder with TinyGo.
func buildTiny(t *testing.T, dir string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "tiny.wasm")
	_, err := contractbuild.BuildWith(context.Background(), contractbuild.TinyGo, dir, out)
	require.NoError(t, err)
	code, err := os.ReadFile(out)
	require.NoError(t, err)
	return code
}

// TestTinyGoTemplates holds the templates' code to the chain's rules, the register
// to its size, and two builds in different folders to the same bytes.
func TestTinyGoTemplates(t *testing.T) {
	needTinyGo(t)
	for _, template := range contractbuild.Templates {
		t.Run(template.Name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "plots")
			require.NoError(t, contractbuild.NewFrom(template.Name, dir, "records/plots"))
			code := buildTiny(t, dir)
			v, err := contractbuild.Check(code)
			require.NoError(t, err)
			t.Logf("%d bytes, %d gas to initialise, %d bytes of memory", len(code), v.InitGas, v.ImageBytes)
			if template.Name != "register" {
				return
			}
			require.LessOrEqual(t, len(code), maxTinyRegister)
			other := filepath.Join(t.TempDir(), "some", "other place")
			require.NoError(t, os.CopyFS(other, os.DirFS(dir)))
			require.Equal(t, code, buildTiny(t, other), "the folder is in the code")
		})
	}
}

// TestTinyGoStories plays the catalogue's stories on TinyGo's code, in the runtime
// and on a chain.
func TestTinyGoStories(t *testing.T) {
	needTinyGo(t)
	rt, err := sharedRuntime()
	require.NoError(t, err)
	code := storyCode{}
	for _, name := range []string{"calendar", "hotline"} {
		code[name] = buildTiny(t, filepath.Join(examples, name))
	}
	for name, play := range stories {
		t.Run(name, func(t *testing.T) {
			world := runtimetest.NewWorld(rt)
			world.ScheduleLimit = 1_000
			play(t, &guest{world, code, map[string]string{}, map[string]uint64{}})
		})
		t.Run(name+" on chain", func(t *testing.T) { play(t, newChain(t, code)) })
	}
}

// TestTinyGoRequests runs malformed and damaged requests, and the features of
// collections, both ways.
func TestTinyGoRequests(t *testing.T) {
	needTinyGo(t)
	code := buildTiny(t, filepath.Join(examples, "stamp"))
	service := stamp.NewService(&stamp.Contract{})
	requireSame(t, "records/stamp", service, code, script())
	random := rand.New(rand.NewSource(2))
	var steps []step
	for range 3_000 {
		payload, err := stampRequest(random.Intn(3), []string{"letter", "收文", "a\x00b", ""}[random.Intn(4)]).MarshalVT()
		require.NoError(t, err)
		steps = append(steps, execute(clerk, "Stamp", raw(damage(random, payload))))
	}
	for _, text := range notText {
		steps = append(steps, execute(clerk, "Stamp", raw(append([]byte{0x12, byte(len(text))}, text...))))
	}
	requireSame(t, "records/stamp", service, code, steps)

	code = buildTiny(t, filepath.Join(examples, "conformance"))
	features := append(rulesScript(), callersScript()...)
	for seed := range int64(4) {
		features = append(features, keptScript(rand.New(rand.NewSource(seed)))...)
	}
	requireSame(t, conformanceName, conformance.NewService(&conformance.Contract{}), code, features)
}

// TestTinyGoMemoryIsReset: nothing frees memory in a call, so calls must not
// leave theirs behind, small or large.
func TestTinyGoMemoryIsReset(t *testing.T) {
	needTinyGo(t)
	world := newStampWorld(t, buildTiny(t, filepath.Join(examples, "stamp")))
	small, err := stampRequest(1, "letter").MarshalVT()
	require.NoError(t, err)
	large := append(binary.AppendUvarint([]byte{0x1a}, 200_000), make([]byte, 200_000)...) // an unknown field
	var gas uint64
	for i := range 1_000 {
		if i%10 == 0 {
			out := world.Execute("records/stamp", "Stamp", large)
			require.Equal(t, runtime.StatusContractError, out.Status, "call %d: %v", i, out.Err)
		}
		out := world.Query("records/stamp", "Last", []byte("\x0a\x06letter"))
		if i == 0 {
			require.Equal(t, runtime.StatusContractError, out.Status)
			require.Equal(t, runtime.StatusOK, world.Execute("records/stamp", "Stamp", small).Status)
			continue
		}
		require.Equal(t, runtime.StatusOK, out.Status, "call %d: %v", i, out.Err)
		if i == 1 {
			gas = out.GasUsed
		}
		require.Equal(t, gas, out.GasUsed, "call %d", i)
	}
}

// TestTinyGoSDK runs the SDK's own tests as TinyGo compiles them, in Wasm.
func TestTinyGoSDK(t *testing.T) {
	if !allTinyGo {
		t.Skip("takes minutes: set CHANCERY_TINYGO=all")
	}
	needTinyGo(t)
	runner := filepath.Join(t.TempDir(), "wazero")
	out, err := exec.Command("go", "build", "-o", runner, "github.com/tetratelabs/wazero/cmd/wazero").CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, name := range []string{".", "wire", "pattern", "money", "date", "idcodes", "commit"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("..", "..", "contracts-sdk", name)
			file := filepath.Join(t.TempDir(), "tests.wasm")
			build := exec.Command("tinygo", "test", "-c", "-target=wasip1", "-opt=2", "-o", file, ".")
			build.Dir = dir
			build.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
			out, err := build.CombinedOutput()
			require.NoError(t, err, "%s", out)
			// One test reads the sources of other packages, which the guest does not see.
			run := exec.Command(runner, "run", "-mount=.:/", file, "-test.v", "-test.short", "-test.skip=^TestImportsStaySmall$")
			run.Dir = dir
			out, err = run.CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Contains(t, string(out), "--- PASS: ")
			require.NotContains(t, string(out), "--- FAIL: ")
		})
	}
}
