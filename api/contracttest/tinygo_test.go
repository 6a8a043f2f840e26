package contracttest_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/api/contracttest"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/stretchr/testify/require"
)

// TestReplayTinyGo replays the tests of every example on the code that TinyGo
// makes of it: same answers, errors, events and state as plain Go. What a test
// makes of an older contract is left out: its code is not in the folder.
func TestReplayTinyGo(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles every example")
	}
	if _, err := exec.LookPath("tinygo"); err != nil && os.Getenv("CHANCERY_TINYGO") != "all" {
		t.Skip("TINYGO IS NOT INSTALLED: that its code behaves like Go's is not tested here; scripts/tinygo installs it")
	}
	rt, err := runtime.New(runtime.Config{}, runtime.DefaultLimits())
	require.NoError(t, err)
	defer rt.Close()
	codes := map[string][]byte{}
	names := []string{"counter", "stamp", "evidence", "calendar", "conformance", "hotline"}
	for _, name := range names {
		out := filepath.Join(t.TempDir(), name+".wasm")
		report, err := contractbuild.BuildWith(context.Background(), contractbuild.TinyGo, filepath.Join(examples, name), out)
		require.NoError(t, err)
		codes[report.Schema.Service], err = os.ReadFile(out)
		require.NoError(t, err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			report, err := contracttest.Replay(rt, bytes.NewReader(record(t, name)), codes)
			require.NoError(t, err)
			require.Empty(t, report.Differences)
			require.NoError(t, report.NoCalls())
			t.Logf("%d calls, %d skipped for want of %v", report.Calls, report.Skipped, report.Missing)
			for _, m := range report.Methods {
				t.Logf("%-24s %5d calls, gas %d, %d, %d", m.Method, m.Calls, m.Min, m.Median, m.Max)
			}
		})
	}
}
