package contracttest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/api/contracttest"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/stretchr/testify/require"
)

const examples = "../../examples"

// record runs the tests of an example and returns what they did. Flags go to the
// go command.
func record(t *testing.T, example string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "record")
	cmd := exec.Command("go", "test", "-count=1", "-short", ".")
	cmd.Dir = filepath.Join(examples, example)
	cmd.Env = append(os.Environ(), sdktest.RecordEnv+"="+file)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	recording, err := os.ReadFile(file)
	require.NoError(t, err)
	return recording
}

func build(t *testing.T, example string) (service string, code []byte) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "code.wasm")
	report, err := contractbuild.Build(context.Background(), filepath.Join(examples, example), out)
	require.NoError(t, err)
	code, err = os.ReadFile(out)
	require.NoError(t, err)
	return report.Schema.Service, code
}

func TestReplay(t *testing.T) {
	rt, err := runtime.New(runtime.Config{}, runtime.DefaultLimits())
	require.NoError(t, err)
	defer rt.Close()
	recording := record(t, "evidence")
	service, code := build(t, "evidence")
	codes := map[string][]byte{service: code}

	report, err := contracttest.Replay(rt, bytes.NewReader(recording), codes)
	require.NoError(t, err)
	require.Empty(t, report.Differences)
	require.Empty(t, report.Missing)
	require.Zero(t, report.Skipped)
	require.NoError(t, report.NoCalls())
	methods := map[string]contracttest.Method{}
	for _, m := range report.Methods {
		methods[m.Method] = m
		require.Equal(t, service, m.Service)
	}
	anchor := methods["Anchor"]
	require.Positive(t, anchor.Calls)
	require.Positive(t, anchor.Failed)
	require.Positive(t, anchor.Min)
	require.LessOrEqual(t, anchor.Min, anchor.Median)
	require.LessOrEqual(t, anchor.Median, anchor.Max)

	// Whatever the recording has otherwise is found, at its line.
	for name, change := range map[string]struct {
		change func(call *sdktest.RecordedCall) bool
		want   string
	}{
		"response": {func(c *sdktest.RecordedCall) bool { c.Output = append(c.Output, 8); return c.Failed == "" }, "plain Go: response"},
		"code":     {func(c *sdktest.RecordedCall) bool { c.Code++; return c.Failed == "error" }, "plain Go: error"},
		"message":  {func(c *sdktest.RecordedCall) bool { c.Message += "!"; return c.Failed == "error" }, `!"; Wasm: error`},
		"details":  {func(c *sdktest.RecordedCall) bool { c.Details = []byte{1}; return c.Failed == "error" }, "plain Go: details 01"},
		"crash":    {func(c *sdktest.RecordedCall) bool { c.Failed = "trap"; return true }, "plain Go: trap; Wasm: "},
		"payload":  {func(c *sdktest.RecordedCall) bool { c.Payload = nil; return c.Method == "Anchor" && c.Failed == "" }, "plain Go: ok; Wasm: error 60010"},
		"time":     {func(c *sdktest.RecordedCall) bool { c.Time += 1e9; return c.Method == "Anchor" && c.Failed == "" }, "plain Go: response"},
		"event": {func(c *sdktest.RecordedCall) bool {
			if len(c.Events) > 0 {
				c.Events[0].Payload = nil
				return true
			}
			return false
		}, "holds  in plain Go"},
		"event missing": {func(c *sdktest.RecordedCall) bool {
			had := len(c.Events) > 0
			c.Events = nil
			return had
		}, "Wasm emits event 1"},
		"value": {func(c *sdktest.RecordedCall) bool {
			if len(c.Writes) > 0 {
				c.Writes[0].Value = []byte("x")
				return true
			}
			return false
		}, "holds 78 in plain Go"},
		"write missing": {func(c *sdktest.RecordedCall) bool {
			had := len(c.Writes) > 0
			c.Writes = nil
			return had
		}, "at the end, key"},
	} {
		t.Run(name, func(t *testing.T) {
			changed, at := changeFirst(t, recording, change.change)
			report, err := contracttest.Replay(rt, bytes.NewReader(changed), codes)
			require.NoError(t, err)
			require.Len(t, report.Differences, 1)
			d := report.Differences[0]
			require.Contains(t, d.What, change.want)
			require.Contains(t, d.At, "_test.go:")
			if !strings.HasPrefix(d.What, "at the end") {
				require.Equal(t, at, d.At)
			}
		})
	}

	report, err = contracttest.Replay(rt, bytes.NewReader(recording), nil)
	require.NoError(t, err)
	require.Equal(t, []string{service}, report.Missing)
	require.Zero(t, report.Calls)
	require.Positive(t, report.Skipped)

	report, err = contracttest.Replay(rt, strings.NewReader(""), codes)
	require.NoError(t, err)
	require.Error(t, report.NoCalls())
	for _, text := range []string{"no JSON\n", `{"op":"else"}` + "\n", `{"op":"call"}` + "\n"} {
		_, err = contracttest.Replay(rt, strings.NewReader(text), codes)
		require.ErrorContains(t, err, "recording, line 1")
	}
}

// changeFirst changes the first call that change is true for, and returns where
// that is.
func changeFirst(t *testing.T, recording []byte, change func(*sdktest.RecordedCall) bool) (changed []byte, at string) {
	t.Helper()
	for text := range strings.Lines(string(recording)) {
		var line sdktest.Recorded
		require.NoError(t, json.Unmarshal([]byte(text), &line))
		if at == "" && line.Call != nil {
			before := *line.Call
			if change(line.Call) {
				at = line.At
			} else {
				*line.Call = before
			}
		}
		b, err := json.Marshal(line)
		require.NoError(t, err)
		changed = append(append(changed, b...), '\n')
	}
	require.NotEmpty(t, at, "no call to change")
	return changed, at
}

// TestReplayConformance does in Wasm what the tests of the contract did that uses
// everything: frozen contracts, upgrades that are taken back and the limits of the
// chain are among it.
func TestReplayConformance(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two contracts")
	}
	rt, err := runtime.New(runtime.Config{}, runtime.DefaultLimits())
	require.NoError(t, err)
	defer rt.Close()
	recording := record(t, "conformance")
	codes := map[string][]byte{}
	for _, example := range []string{"conformance", "evidence"} {
		service, code := build(t, example)
		codes[service] = code
	}
	report, err := contracttest.Replay(rt, bytes.NewReader(recording), codes)
	require.NoError(t, err)
	require.Empty(t, report.Differences)
	require.Empty(t, report.Missing)
	require.Positive(t, report.Calls)
}
