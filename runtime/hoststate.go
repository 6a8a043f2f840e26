package runtime

import (
	"bytes"
	"encoding/binary"

	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/gas"
)

// key returns a storage key, which has at least one byte.
func (f *frame) key(ptr, n uint32) []byte {
	if n == 0 {
		f.trap(TrapBadArgument)
	}
	k := f.bytes(ptr, n)
	if len(k) > f.rt.limits.KeyBytes {
		f.limit(abi.LimitKey)
	}
	return k
}

func hostStateGet(f *frame, price gas.HostCost, s []uint64) {
	key := f.key(arg(s, 0), arg(s, 1))
	f.bytes(arg(s, 2), arg(s, 3)) // a bad buffer traps before the read
	f.charge(price.Cost(uint64(len(key))) - price.Base)
	value, ok, err := f.host.Get(key)
	f.check(err)
	if !ok {
		s[0] = negative(abi.Missing)
		return
	}
	s[0] = f.give(price, arg(s, 2), arg(s, 3), value)
}

func hostStateSet(f *frame, price gas.HostCost, s []uint64) {
	key := f.key(arg(s, 0), arg(s, 1))
	value := f.bytes(arg(s, 2), arg(s, 3))
	if len(value) > f.rt.limits.ValueBytes {
		f.limit(abi.LimitValue)
	}
	f.charge(price.Cost(uint64(len(key)+len(value))) - price.Base)
	f.check(f.host.Set(key, value))
}

func hostStateDelete(f *frame, price gas.HostCost, s []uint64) {
	key := f.key(arg(s, 0), arg(s, 1))
	f.charge(price.Cost(uint64(len(key))) - price.Base)
	f.check(f.host.Delete(key))
}

func hostStateScan(f *frame, price gas.HostCost, s []uint64) {
	start, end := f.bytes(arg(s, 0), arg(s, 1)), f.bytes(arg(s, 2), arg(s, 3))
	flags := arg(s, 4)
	if flags&^(abi.ScanReverse|abi.ScanNoEnd) != 0 {
		f.trap(TrapBadArgument)
	}
	// A bound may be one byte longer than a key: the end of what begins with the
	// longest key, or the start just behind it.
	if len(start) > f.rt.limits.KeyBytes+1 || len(end) > f.rt.limits.KeyBytes+1 {
		f.limit(abi.LimitKey)
	}
	f.charge(price.Cost(uint64(len(start)+len(end))) - price.Base)
	handle := -1
	for i, it := range f.scans {
		if it == nil {
			handle = i
			break
		}
	}
	if handle < 0 {
		if len(f.scans) >= f.rt.limits.Scans {
			f.limit(abi.LimitScans)
		}
		f.scans = append(f.scans, nil)
		handle = len(f.scans) - 1
	}
	var it Iterator = emptyIterator{}
	if flags&abi.ScanNoEnd != 0 {
		end = nil
	}
	if end == nil || bytes.Compare(start, end) < 0 {
		// The host may keep the bounds as long as the scan; the guest may not.
		start = bytes.Clone(start)
		if end != nil {
			end = bytes.Clone(end)
		}
		var err error
		it, err = f.host.Scan(start, end, flags&abi.ScanReverse != 0)
		f.check(err)
	}
	f.scans[handle] = it
	s[0] = uint64(handle)
}

// emptyIterator is a scan of nothing.
type emptyIterator struct{}

func (emptyIterator) Step() (on, more bool) { return false, false }
func (emptyIterator) Key() []byte           { return nil }
func (emptyIterator) Value() []byte         { return nil }
func (emptyIterator) Close() error          { return nil }

func (f *frame) scan(handle uint32) Iterator {
	if uint64(handle) >= uint64(len(f.scans)) || f.scans[handle] == nil {
		f.trap(TrapBadArgument)
	}
	return f.scans[handle]
}

func (f *frame) closeScan(handle uint32) {
	it := f.scans[handle]
	f.scans[handle] = nil
	f.check(it.Close())
}

func hostScanNext(f *frame, price gas.HostCost, s []uint64) {
	handle := arg(s, 0)
	it := f.scan(handle)
	f.bytes(arg(s, 1), arg(s, 2)) // a bad buffer traps before the read
	on, more := it.Step()
	for !on && more {
		// A deleted key, passed over. Others, earlier in the block, may have deleted it.
		f.charge(price.PerItem)
		on, more = it.Step()
	}
	if !on {
		f.closeScan(handle)
		s[0] = negative(abi.Missing)
		return
	}
	k, v := it.Key(), it.Value()
	n := 4 + len(k) + len(v)
	f.charge(price.Cost(uint64(n)) - price.Base)
	dst := f.bytes(arg(s, 1), arg(s, 2))
	if n > len(dst) {
		dst = make([]byte, n)
		f.pending, f.hasPending = dst, true
	}
	binary.LittleEndian.PutUint32(dst, uint32(len(k)))
	copy(dst[4:], k)
	copy(dst[4+len(k):], v)
	s[0] = uint64(n)
}

func hostScanClose(f *frame, _ gas.HostCost, s []uint64) {
	handle := arg(s, 0)
	f.scan(handle)
	f.closeScan(handle)
}
