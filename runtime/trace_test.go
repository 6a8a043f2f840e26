package runtime_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

var rewrite = flag.Bool("rewrite", false, "write golden files anew")

// traced are host calls whose whole cost is pinned: what a contract with nothing
// else pays for the call.
var traced = []struct {
	name string
	args []any
}{
	{"input", []any{0, 64}}, {"input", []any{0, 0}},
	{"output", []any{0, 0}}, {"output", []any{0, 1000}}, {"output", []any{0, 1025}},
	{"fail", []any{1, 0, 100, 0, 100}},
	{"context", []any{2, 0, 32}}, {"context_int", []any{33}},
	{"state_get", []any{0, 1, 0, 64}}, {"state_get", []any{0, 3, 0, 64}}, {"state_get", []any{0, 3, 0, 0}},
	{"state_set", []any{0, 1, 0, 0}}, {"state_set", []any{0, 32, 0, 1000}},
	{"state_delete", []any{0, 1}},
	{"state_scan", []any{0, 1, 8, 1, 0}}, {"state_scan", []any{0, 3, 0, 0, 2}},
	{"emit", []any{0, 20, 0, 0}}, {"emit", []any{0, 20, 0, 1000}},
	{"call", []any{0, 5, 0, 5, 0, 0, int64(0), 0, 0, 0}}, {"call", []any{0, 1, 0, 1, 0, 1000, int64(0), 1, 0, 0}},
	{"schedule", []any{int64(1), 0, 5, 0, 0, int64(1)}}, {"schedule", []any{int64(1), 0, 5, 0, 1000, int64(1)}}, {"unschedule", []any{int64(1)}},
	{"hash", []any{1, 0, 0, 0}}, {"hash", []any{1, 0, 1000, 0}}, {"hash", []any{2, 0, 1000, 0}}, {"hash", []any{3, 0, 1000, 0}},
	{"verify", []any{1, 0, 32, 0, 100, 0, 64}}, {"verify", []any{2, 0, 65, 0, 100, 0, 64}},
	{"verify", []any{3, 0, 65, 0, 100, 0, 64}},
	{"verify_batch", []any{1, 0, 0}}, {"verify_batch", []any{1, 1024, 12}}, {"verify_batch", []any{3, 1024, 12}}, {"verify_batch", []any{2, 1024, 1200}},
	{"mul_div", []any{int64(6), int64(0), int64(7), int64(0), int64(2), int64(0), 0, 1024}}, {"mul_div", []any{int64(6), int64(1), int64(7), int64(1), int64(0), int64(0), 3, 1024}},
	{"log", []any{0, 0}}, {"log", []any{0, 1000}}, {"log", []any{0, 8000}},
	{"clock_time_get", []any{0, int64(0), 0}}, {"random_get", []any{0, 0}}, {"random_get", []any{0, 1000}},
	{"args_sizes_get", []any{0, 8}}, {"fd_write", []any{1, 1024, 3, 0}}, {"fd_close", []any{1}},
	{"poll_oneoff", []any{0, 0, 0, 0}}, {"sched_yield", nil}, {"proc_exit", []any{0}},
}

// TestTrace pins what each host function costs. A diff of the golden file is a
// change of consensus.
func TestTrace(t *testing.T) {
	var b strings.Builder
	engines(t, func(t *testing.T, world *runtimetest.World) {
		b.Reset()
		cost := func(body func(*guest) w.Code) runtime.Outcome {
			g := newGuest(1)
			g.Data(0, []byte("key"))
			deploy(t, world, g.entry(body(g)))
			world.Put("c", []byte("key"), []byte("value"))
			return world.Execute("c", "M", []byte("payload"))
		}
		empty := cost(func(*guest) w.Code { return nil })
		fmt.Fprintf(&b, "entry %d\n", empty.GasUsed)
		for _, tr := range traced {
			out := cost(func(g *guest) w.Code {
				c := g.do(tr.name, tr.args...)
				for _, module := range []string{"chancery", "wasi_snapshot_preview1"} {
					if _, results, _ := runtime.ImportType(module, tr.name); len(results) > 0 {
						c = w.Seq(c, w.Drop)
					}
				}
				return c
			})
			line := fmt.Sprintf("%s%v %d", tr.name, tr.args, out.GasUsed-empty.GasUsed)
			if out.Status != ok {
				line += " " + out.Status.String()
			}
			fmt.Fprintln(&b, line)
		}
		path := filepath.Join("testdata", "trace", "host.txt")
		if *rewrite {
			require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err, "run with -rewrite to make it")
		require.Equal(t, string(want), b.String())
	})
}
