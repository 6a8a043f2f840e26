package runtime_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// TestMissingAndEmpty tells a missing key, an empty value and a value apart, in
// both ways to get at them.
func TestMissingAndEmpty(t *testing.T) {
	engines(t, func(t *testing.T, world *runtimetest.World) {
		g := newGuest(1)
		g.Data(0, []byte("evm"))
		deploy(t, world, g.entry(
			expect(g.do("state_get", 0, 1, 64, 8), 0), // e: empty
			expect(g.do("state_get", 1, 1, 64, 8), 5), // v: a value
			expect(g.do("state_get", 2, 1, 64, 8), abi.Missing),
			expect(g.do("state_get", 1, 1, 0, 0), 5), // does not fit: pending
			g.do("read_pending", 72, 5),
			g.do("state_set", 2, 1, 0, 0), // an empty value
			expect(g.do("state_get", 2, 1, 0, 0), 0),
			g.do("state_delete", 0, 1),
			expect(g.do("state_get", 0, 1, 0, 0), abi.Missing),
			g.do("state_delete", 0, 1),
			g.do("output", 64, 13),
		))
		world.Put("c", []byte("e"), []byte{})
		world.Put("c", []byte("v"), []byte("value"))
		out := world.Execute("c", "M", nil)
		require.Equal(t, ok, out.Status, "%v", out.Err)
		require.Equal(t, "value\x00\x00\x00value", string(out.Output))
		require.Equal(t, map[string][]byte{"v": []byte("value"), "m": {}}, world.State("c"))
	})
}

func TestScan(t *testing.T) {
	for _, tt := range []struct {
		name       string
		start, end string
		flags      int
		want       string
	}{
		{"all", "", "", abi.ScanNoEnd, "a=1 ab=22 b= c=3333"},
		{"from", "ab", "", abi.ScanNoEnd, "ab=22 b= c=3333"},
		{"range", "ab", "c", 0, "ab=22 b="},
		{"reverse", "", "c", abi.ScanReverse, "b= ab=22 a=1"},
		{"reverse without end", "b", "", abi.ScanReverse | abi.ScanNoEnd, "c=3333 b="},
		{"empty end", "", "", 0, ""},
		{"end before start", "c", "a", 0, ""},
		{"end is ignored", "c", "a", abi.ScanNoEnd, "c=3333"},
	} {
		for _, size := range []int{0, 6, 64} { // all pending, some, none
			t.Run(fmt.Sprintf("%s/buffer %d", tt.name, size), func(t *testing.T) {
				world := smallWorld(t, runtime.Config{})
				for k, v := range map[string]string{"a": "1", "ab": "22", "b": "", "c": "3333"} {
					world.Put("c", []byte(k), []byte(v))
				}
				g := newGuest(1)
				g.Data(0, []byte(tt.start+tt.end))
				deploy(t, world, g.entry(
					w.I32Const(1024), w.LocalSet(1), // where the next entry goes
					g.do("state_scan", 0, len(tt.start), len(tt.start), len(tt.end), tt.flags), w.LocalSet(0),
					w.Block(w.Empty, w.Loop(w.Empty,
						w.LocalGet(0), w.LocalGet(1), w.I32Const(int32(size)), w.Call(g.funcs["scan_next"]), w.I32WrapI64, w.LocalTee(2),
						w.I32Const(-1), w.I32Eq, w.BrIf(1),
						w.LocalGet(2), w.I32Const(int32(size)), w.I32GtU,
						w.If(w.Empty, w.LocalGet(1), w.LocalGet(2), w.Call(g.funcs["read_pending"])),
						w.LocalGet(1), w.LocalGet(2), w.I32Add, w.LocalSet(1), w.Br(0))),
					w.I32Const(1024), w.LocalGet(1), w.I32Const(1024), w.I32Sub, w.Call(g.funcs["output"]),
				))
				out := world.Query("c", "M", nil)
				require.Equal(t, ok, out.Status, "%v", out.Err)
				require.Equal(t, tt.want, entries(t, out.Output, tt.want))
			})
		}
	}
}

// entries decodes scan entries, whose values have the lengths that want shows.
func entries(t *testing.T, b []byte, want string) string {
	var out []string
	for _, f := range strings.Fields(want) {
		require.GreaterOrEqual(t, len(b), 4)
		n := int(binary.LittleEndian.Uint32(b))
		size := 4 + len(f) - 1
		require.GreaterOrEqual(t, len(b), size)
		out = append(out, string(b[4:4+n])+"="+string(b[4+n:size]))
		b = b[size:]
	}
	require.Empty(t, b)
	return strings.Join(out, " ")
}

func TestContext(t *testing.T) {
	engines(t, func(t *testing.T, world *runtimetest.World) {
		g := newGuest(1)
		var body w.Code
		at := 0
		for field := abi.FieldChainID; field <= abi.FieldRoles; field++ {
			body = w.Seq(body, g.try("context", field, at, 32))
			at += 32
		}
		for field := abi.FieldKind; field <= abi.FieldDepth; field++ {
			body = w.Seq(body, w.I32Const(int32(at)), g.do("context_int", field), w.Mem(w.I64Store, 0))
			at += 8
		}
		deploy(t, world, g.entry(body, g.do("output", 0, at)))
		out := world.Query("c", "Method", nil)
		require.Equal(t, ok, out.Status, "%v", out.Err)
		var want []byte
		for _, s := range []string{"test-1", string(world.Context.TxHash[:]), "c", "Method", "cy1caller", "cy1caller", "records", "clerk\nregistrar"} {
			want = append(want, s+strings.Repeat("\x00", 32-len(s))...)
		}
		for _, v := range []int64{3, 10, world.Context.Time.UnixNano(), 1, 1} {
			want = binary.LittleEndian.AppendUint64(want, uint64(v))
		}
		require.Equal(t, want, out.Output)
	})
}

func TestHash(t *testing.T) {
	for algorithm, want := range map[int]string{ // published vectors of "abc"
		abi.HashSHA256:   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		abi.HashSM3:      "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
		abi.HashSHA3_256: "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
	} {
		world := smallWorld(t, runtime.Config{})
		g := newGuest(1)
		g.Data(0, []byte("abc"))
		deploy(t, world, g.entry(g.do("hash", algorithm, 0, 3, 64), g.do("output", 64, 32)))
		require.Equal(t, want, hex.EncodeToString(world.Query("c", "M", nil).Output))
	}
}

// TestWASI checks the deterministic answers.
func TestWASI(t *testing.T) {
	engines(t, func(t *testing.T, world *runtimetest.World) {
		g := newGuest(1)
		g.Data(512, []byte{0, 0x4, 0, 0, 3, 0, 0, 0, 3, 0x4, 0, 0, 4, 0, 0, 0}) // "abc" and "defg" at 1024
		g.Data(1024, []byte("abcdefg"))
		deploy(t, world, g.entry(
			expect32(g.do("args_sizes_get", 64, 68), 0), expect32(g.do("environ_sizes_get", 64, 68), 0),
			expect32(g.do("args_get", 0, 0), 0), expect32(g.do("environ_get", 0, 0), 0),
			expect32(g.do("clock_time_get", 0, int64(1), 0), 0), expect32(g.do("clock_time_get", 1, int64(1), 8), 0),
			expect32(g.do("clock_time_get", 2, int64(1), 8), 28),
			expect32(g.do("random_get", 16, 16), 0), expect32(g.do("random_get", 32, 16), 0),
			expect32(g.do("fd_write", 2, 512, 2, 48), 0), expect32(g.do("fd_write", 3, 512, 2, 52), 8),
			expect32(g.do("fd_prestat_get", 3, 0), 8), expect32(g.do("fd_fdstat_get", 0, 0), 8), expect32(g.do("fd_close", 1), 8),
			expect32(g.do("poll_oneoff", 0, 0, 1, 0), 52), expect32(g.do("sched_yield"), 0),
			g.do("output", 0, 52),
		))
		out := world.Query("c", "M", nil)
		require.Equal(t, ok, out.Status, "%v", out.Err)
		now := binary.LittleEndian.AppendUint64(nil, uint64(world.Context.Time.UnixNano()))
		require.Equal(t, now, out.Output[:8])
		require.Equal(t, now, out.Output[8:16])
		require.NotEqual(t, out.Output[16:32], out.Output[32:48])
		require.EqualValues(t, 7, binary.LittleEndian.Uint32(out.Output[48:]))
		require.Equal(t, out.Output, world.Query("c", "M", nil).Output, "the same call gets the same stream")

		world.Context.TxHash = sha256.Sum256([]byte("another"))
		require.NotEqual(t, out.Output[16:48], world.Query("c", "M", nil).Output[16:48])
	})
}

// TestRandomStream pins the stream: it is consensus.
func TestRandomStream(t *testing.T) {
	world := smallWorld(t, runtime.Config{})
	world.Context.TxHash = [32]byte{1}
	g := newGuest(1)
	deploy(t, world, g.entry(g.try("random_get", 0, 16), g.do("output", 0, 16)))
	require.Equal(t, "a90d7b1a9d5e25faa4e36936b12057ae", hex.EncodeToString(world.Query("c", "M", nil).Output))
}

func TestHostFaults(t *testing.T) {
	engines(t, func(t *testing.T, world *runtimetest.World) {
		g := newGuest(1)
		deploy(t, world, g.unless(runtime.KindMigrate, g.do("state_set", 0, 1, 0, 1), g.try("state_get", 0, 1, 0, 0)))
		disk := errors.New("disk is full")
		world.Fault = disk
		out := world.Execute("c", "M", nil)
		require.Equal(t, runtime.StatusFault, out.Status)
		require.ErrorIs(t, out.Err, disk)
		require.Zero(t, out.GasUsed)
		world.Fault = fmt.Errorf("tx: %w", &runtime.HostLimit{What: "writes of a tx"})
		out = world.Execute("c", "M", nil)
		require.Equal(t, limit, out.Status)
		require.Greater(t, out.GasUsed, entryGas+schedule.HostCost("state_set").Base)
		world.Fault = nil
		require.Equal(t, ok, world.Execute("c", "M", nil).Status)
	})
}

func TestGuestLog(t *testing.T) {
	var text strings.Builder
	log := slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug}))
	g := newGuest(1)
	g.Data(0, []byte("hello, log"))
	code := g.entry(g.do("log", 0, 10))
	with, without := smallWorld(t, runtime.Config{Logger: log}), smallWorld(t, runtime.Config{})
	deploy(t, with, code)
	deploy(t, without, code)
	require.Equal(t, without.Query("c", "M", nil), with.Query("c", "M", nil), "logging changes nothing")
	require.Contains(t, text.String(), `contract=c method=M height=10 text="hello, log"`)
}
