package reference

import (
	le "encoding/binary"

	"github.com/chancery-chain/chancery/runtime/gas"
)

// access returns the n bytes that a load or store touches, section 4.4.7.
func (m *Machine) access(address, offset uint32, n uint64) []byte {
	from := uint64(address) + uint64(offset)
	if from+n > uint64(len(m.Memory)) {
		panic(TrapBounds)
	}
	return m.Memory[from : from+n]
}

func (m *Machine) load(in *instruction) {
	widths := [...]uint64{4, 8, 4, 8, 1, 1, 2, 2, 1, 1, 2, 2, 4, 4}
	n := widths[in.op-0x28]
	b := m.access(m.pop32(), in.offset, n)
	var v uint64
	for i := range n {
		v |= uint64(b[i]) << (8 * i)
	}
	switch in.op {
	case 0x2c: // i32.load8_s
		v = uint64(uint32(int8(v)))
	case 0x2e: // i32.load16_s
		v = uint64(uint32(int16(v)))
	case 0x30: // i64.load8_s
		v = uint64(int8(v))
	case 0x32: // i64.load16_s
		v = uint64(int16(v))
	case 0x34: // i64.load32_s
		v = uint64(int32(v))
	}
	m.push(v)
}

func (m *Machine) store(in *instruction) {
	widths := [...]uint64{4, 8, 4, 8, 1, 2, 1, 2, 4}
	n := widths[in.op-0x36]
	v := m.pop()
	b := m.access(m.pop32(), in.offset, n)
	switch in.op {
	case 0x38:
		v = visible32(v)
	case 0x39:
		v = visible64(v)
	}
	var all [8]byte
	le.LittleEndian.PutUint64(all[:], v)
	copy(b, all[:n])
}

// grow pays for the pages that it can add, then adds them.
func (m *Machine) grow() {
	n, old := uint64(m.pop32()), uint64(len(m.Memory)/pageBytes)
	if old+n > uint64(min(m.MemoryMax, m.MemoryPages)) {
		m.push(0xffff_ffff)
		return
	}
	m.Executed += n * m.Schedule.GrowPage
	m.charge(n * m.Schedule.GrowPage)
	m.Memory = append(m.Memory, make([]byte, n*pageBytes)...)
	m.push(old)
}

// bulk pays for the length that memory.copy or memory.fill was given, then does
// it, all or nothing.
func (m *Machine) bulk(sub uint32) {
	n := m.pop32()
	from, to := m.pop32(), m.pop32() // from is the value of a fill
	cost := uint64(n) >> gas.BulkShift * m.Schedule.BulkUnit
	m.Executed += cost
	m.charge(cost)
	if sub == 10 {
		source := m.access(from, 0, uint64(n))
		copy(m.access(to, 0, uint64(n)), source)
		return
	}
	b := m.access(to, 0, uint64(n))
	for i := range b {
		b[i] = byte(from)
	}
}
