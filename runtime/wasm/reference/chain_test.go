package reference_test

import (
	"bytes"
	"crypto/sha256"
	le "encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/gas"
	"github.com/chancery-chain/chancery/runtime/wasm"
)

// chain is a host with the functions of the ABI that the example contracts need,
// in their simplest form. It charges by the schedule, once for each call; functions
// that it does not have end the call. What it does matters less than that it does
// the same on all sides.
type chain struct {
	imports  []wasm.Import
	schedule gas.Schedule
	image    bool // no call, fixed clock

	query           bool
	method, payload string
	state           map[string][]byte

	output  []byte
	pending []byte
	scans   [][][]byte
	lines   []string
}

// fork returns a chain in the same state, for another side.
func (c *chain) fork() *chain {
	d := *c
	d.state = maps.Clone(c.state)
	d.output, d.pending, d.scans, d.lines = nil, nil, nil, nil
	return &d
}

func (c *chain) log() []string { return c.lines }

// call is a call of a host function.
type call struct {
	*chain
	side  side
	price gas.HostCost
	args  []uint64
	bad   bool // a pointer was
}

func (c *chain) serve(s side, index int, args []uint64) ([]uint64, bool) {
	im := c.imports[index]
	h := &call{chain: c, side: s, price: c.schedule.HostCost(im.Name), args: args}
	c.lines = append(c.lines, fmt.Sprintf("%s%v with %d", im.Name, args, s.left()))
	h.pay(0)
	result, ok := int64(0), false
	if f, known := chainFuncs[im.Name]; known && !(c.image && im.Module == abi.Module) {
		result, ok = f(h)
	}
	if len(im.Results) == 0 {
		return nil, ok && !h.bad
	}
	bits := uint64(result)
	if im.Results[0] == abi.I32 {
		bits = uint64(uint32(result))
	}
	return []uint64{bits}, ok && !h.bad
}

// pay charges for n bytes, and for n of zero the base.
func (h *call) pay(n int) {
	cost := h.price.Base
	if n > 0 {
		cost = h.price.Cost(uint64(n)) - h.price.Base
	}
	h.side.setLeft(gas.Charge(h.side.left(), cost))
}

// bytes returns the guest's bytes of which arguments i and i+1 are the pointer and
// the length.
func (h *call) bytes(i int) []byte { return h.at(uint32(h.args[i]), uint32(h.args[i+1])) }

func (h *call) at(ptr, n uint32) []byte {
	m := h.side.memory()
	if uint64(ptr)+uint64(n) > uint64(len(m)) {
		h.bad = true
		return make([]byte, n%1024)
	}
	return m[ptr : uint64(ptr)+uint64(n)]
}

// give follows the buffer rule of the ABI.
func (h *call) give(i int, value []byte) (int64, bool) {
	h.pay(len(value))
	if dst := h.bytes(i); len(value) <= len(dst) {
		copy(dst, value)
	} else {
		h.pending = value
	}
	return int64(len(value)), true
}

func (h *call) put32(ptr uint64, v uint32) (int64, bool) {
	if b := h.at(uint32(ptr), 4); len(b) == 4 {
		le.LittleEndian.PutUint32(b, v)
	}
	return 0, true
}

func nothing(*call) (int64, bool) { return 0, true }
func noFile(*call) (int64, bool)  { return 8, true }

var chainFuncs = map[string]func(h *call) (int64, bool){
	"input": func(h *call) (int64, bool) { return h.give(0, []byte(h.payload)) },
	"output": func(h *call) (int64, bool) {
		h.pay(len(h.bytes(0)))
		h.output = bytes.Clone(h.bytes(0))
		return 0, true
	},
	"fail": func(h *call) (int64, bool) {
		h.pay(len(h.bytes(1)) + len(h.bytes(3)))
		h.lines = append(h.lines, string(h.bytes(1)))
		return 0, false
	},
	"read_pending": func(h *call) (int64, bool) {
		h.pay(copy(h.bytes(0), h.pending))
		return 0, true
	},
	"context": func(h *call) (int64, bool) {
		text := map[uint64]string{abi.FieldMethod: h.method, abi.FieldRoles: "clerk\ndeveloper\nregistrar"}
		if s, ok := text[h.args[0]]; ok {
			return h.give(1, []byte(s))
		}
		return h.give(1, []byte(fmt.Sprintf("field-%d", h.args[0])))
	},
	"context_int": func(h *call) (int64, bool) {
		switch h.args[0] {
		case abi.FieldKind:
			if h.query {
				return 3, true
			}
			return 2, true
		case abi.FieldTime:
			return 1_800_000_000_000_000_000, true
		}
		return 1, true
	},
	"state_get": func(h *call) (int64, bool) {
		v, ok := h.state[string(h.bytes(0))]
		if !ok {
			return abi.Missing, true
		}
		return h.give(2, v)
	},
	"state_set": func(h *call) (int64, bool) {
		h.pay(len(h.bytes(0)) + len(h.bytes(2)))
		h.state[string(h.bytes(0))] = bytes.Clone(h.bytes(2))
		return 0, true
	},
	"state_delete": func(h *call) (int64, bool) {
		delete(h.state, string(h.bytes(0)))
		return 0, true
	},
	"state_scan": func(h *call) (int64, bool) {
		start, end, flags := string(h.bytes(0)), string(h.bytes(2)), h.args[4]
		var items [][]byte
		for _, k := range slices.Sorted(maps.Keys(h.state)) {
			if k >= start && (flags&abi.ScanNoEnd != 0 || k < end) {
				item := le.LittleEndian.AppendUint32(nil, uint32(len(k)))
				items = append(items, append(append(item, k...), h.state[k]...))
			}
		}
		if flags&abi.ScanReverse != 0 {
			slices.Reverse(items)
		}
		h.scans = append(h.scans, items)
		return int64(len(h.scans) - 1), true
	},
	"scan_next": func(h *call) (int64, bool) {
		i := h.args[0]
		if i >= uint64(len(h.scans)) {
			return 0, false
		}
		if len(h.scans[i]) == 0 {
			return abi.Missing, true
		}
		item := h.scans[i][0]
		h.scans[i] = h.scans[i][1:]
		return h.give(1, item)
	},
	"scan_close": nothing,
	"emit": func(h *call) (int64, bool) {
		h.pay(len(h.bytes(0)) + len(h.bytes(2)))
		return 0, true
	},
	"schedule": func(h *call) (int64, bool) {
		h.pay(len(h.bytes(1)) + len(h.bytes(3)))
		return 1, true
	},
	"unschedule": func(*call) (int64, bool) { return 0, true },
	"log":        nothing,
	"hash": func(h *call) (int64, bool) { // SHA-256, whatever was asked for
		h.pay(len(h.bytes(1)))
		d := sha256.Sum256(h.bytes(1))
		copy(h.at(uint32(h.args[3]), 32), d[:])
		return 0, true
	},

	"args_get": nothing, "environ_get": nothing, "sched_yield": nothing,
	"args_sizes_get":    func(h *call) (int64, bool) { _, _ = h.put32(h.args[1], 0); return h.put32(h.args[0], 0) },
	"environ_sizes_get": func(h *call) (int64, bool) { _, _ = h.put32(h.args[1], 0); return h.put32(h.args[0], 0) },
	"clock_time_get": func(h *call) (int64, bool) {
		if b := h.at(uint32(h.args[2]), 8); len(b) == 8 {
			le.LittleEndian.PutUint64(b, 1_800_000_000_000_000_000)
		}
		return 0, true
	},
	"random_get": func(h *call) (int64, bool) {
		for i := range h.bytes(0) {
			h.bytes(0)[i] = byte(i * 7)
		}
		return 0, true
	},
	"fd_write": func(h *call) (int64, bool) {
		total := uint32(0)
		for i := range uint32(h.args[2]) {
			if v := h.at(uint32(h.args[1])+8*i, 8); len(v) == 8 {
				total += le.LittleEndian.Uint32(v[4:])
			}
		}
		return h.put32(h.args[3], total)
	},
	"fd_close": noFile, "fd_fdstat_get": noFile, "fd_fdstat_set_flags": noFile, "fd_prestat_get": noFile, "fd_prestat_dir_name": noFile,
}
