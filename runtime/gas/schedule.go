package gas

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// maxOpCost bounds every cost of the schedule, so that a body of the largest
// size, on a stack of the largest depth, stays far from 2^63 parts.
const maxOpCost = 1 << 20

// BulkShift is the base-2 logarithm of the bytes that Schedule.BulkUnit pays
// for. The guest computes it inline, so it is a shift.
const BulkShift = 5

// ImageKept is how many pages of 64 KiB an instance may write and keep between
// calls: 8 MiB, as runtime/engine does. Go contracts have images of 4 to 5 MiB.
const ImageKept = 128

// Schedule is the cost of everything a guest can do. It is a consensus
// parameter: a change needs a new Version, and code prepared under another
// version must be prepared again. Treat it as immutable; Host is shared by
// copies.
type Schedule struct {
	// Version names the schedule in cache keys and in state.
	Version uint32
	// Op is the cost of one instruction by its class, in parts of a gas. So are
	// Entry, Local, GrowPage and BulkUnit: the guest's own code takes them. All
	// other costs are whole gas.
	Op [Classes]uint64
	// Entry is charged when a guest function is entered, for its frame, its
	// checks and its exit. In parts.
	Entry uint64
	// Local is charged at entry for every declared local, which is set to zero. In
	// parts.
	Local uint64
	// GrowPage is charged for every page (64 KiB) that memory.grow adds, before
	// it does. A growth beyond the maximum adds none and pays the base only. In
	// parts.
	GrowPage uint64
	// BulkUnit is charged for every full 32 bytes that memory.copy or memory.fill
	// is asked to write, before it does. In parts.
	BulkUnit uint64
	// ImagePage is charged to every call for each page (64 KiB) of its image: the
	// call may write to all, and they must be put back.
	ImagePage uint64
	// LargeImagePage is charged instead for each page of an image of more than
	// ImageKept pages. An instance that writes more than these gives its pages back
	// to the system, and the next call finds none in place.
	LargeImagePage uint64
	// Rebuild, RebuildElement for each element of the module's tables, and
	// RebuildPage for each page of its image are charged to a call that grew its
	// memory, when it ends: its instance cannot be put back. The engine writes a
	// record for each element of the next one, which has no page in place.
	Rebuild, RebuildElement, RebuildPage uint64
	// Host is the cost of host functions by name (package abi). Missing names
	// cost HostDefault.
	Host map[string]HostCost
	// HostDefault is the cost of a host function without an entry of its own,
	// such as those of WASI.
	HostDefault HostCost
}

// HostCost is what one host function costs.
type HostCost struct {
	// Base is charged for every call, a failing one included.
	Base uint64
	// PerKiB is charged for every 1,024 bytes that the function reads or writes,
	// in proportion and rounded up.
	PerKiB uint64
	// PerItem is charged for every element of a list: each signature of
	// verify_batch, each deleted key that scan_next passes over.
	PerItem uint64
}

// Cost returns the charge for a call that moves n bytes, saturating.
func (h HostCost) Cost(n uint64) uint64 {
	whole := Mul(n>>10, h.PerKiB)
	rest := (Mul(n&1023, h.PerKiB) + 1023) >> 10
	return Add(h.Base, Add(whole, rest))
}

// InstanceCost returns what a call pays for an instance whose image has that many
// bytes, beside the base of the host function call.
func (s *Schedule) InstanceCost(imageBytes int) uint64 {
	pages := imagePages(imageBytes)
	if pages > ImageKept {
		return Mul(pages, s.LargeImagePage)
	}
	return Mul(pages, s.ImagePage)
}

// RebuildCost returns what a call pays whose memory grew, for an instance of a
// module with that many elements and an image of that many bytes. Calls of a large
// image have paid for its pages already.
func (s *Schedule) RebuildCost(elements, imageBytes int) uint64 {
	cost := Add(s.Rebuild, Mul(uint64(elements), s.RebuildElement))
	if pages := imagePages(imageBytes); pages <= ImageKept {
		cost = Add(cost, Mul(pages, s.RebuildPage))
	}
	return cost
}

func imagePages(bytes int) uint64 { return (uint64(bytes) + 1<<16 - 1) >> 16 }

// HostCost returns the cost of the host function with that name.
func (s *Schedule) HostCost(name string) HostCost {
	if c, ok := s.Host[name]; ok {
		return c
	}
	return s.HostDefault
}

// OpCosts returns the cost of every one-byte opcode.
func (s *Schedule) OpCosts() (t [256]uint64) {
	for op := range t {
		t[op] = s.Op[OpClass(byte(op))]
	}
	return t
}

// Default returns schedule version 1. Its costs are fitted to what scripts/bench
// gas measures; calibration.json has the measurement and doc.go the method.
func Default() Schedule {
	const perByte = 1024 // PerKiB of one gas a byte
	s := Schedule{
		Version:        1,
		Entry:          24,
		Local:          4,
		GrowPage:       16_000 * Parts,
		ImagePage:      736,
		LargeImagePage: 12_500,
		Rebuild:        50_000,
		RebuildElement: 35,
		RebuildPage:    10_500,
		BulkUnit:       32,
		HostDefault:    HostCost{Base: 100, PerKiB: perByte / 8},
		Host: map[string]HostCost{
			"input":        {Base: 100, PerKiB: perByte / 8},
			"output":       {Base: 100, PerKiB: perByte / 8},
			"fail":         {Base: 500, PerKiB: perByte},
			"read_pending": {Base: 100, PerKiB: perByte / 8},
			"context":      {Base: 100, PerKiB: perByte / 8},
			"context_int":  {Base: 100},
			"state_get":    {Base: 3_000, PerKiB: perByte},
			"state_set":    {Base: 14_000, PerKiB: 4 * perByte},
			"state_delete": {Base: 14_000, PerKiB: 8 * perByte},
			"state_scan":   {Base: 6_000, PerKiB: perByte},
			"scan_next":    {Base: 1_200, PerKiB: perByte, PerItem: 300},
			"scan_close":   {Base: 100},
			"emit":         {Base: 500, PerKiB: 2 * perByte},
			"call":         {Base: 2_500, PerKiB: perByte},
			"schedule":     {Base: 60_000, PerKiB: 4 * perByte},
			"unschedule":   {Base: 60_000},
			"hash":         {Base: 500, PerKiB: 3 * perByte},
			"verify":       {Base: 70_000, PerKiB: 3 * perByte},
			"verify_batch": {Base: 40_000, PerKiB: 3 * perByte, PerItem: 32_000},
			"mul_div":      {Base: 100},
			"log":          {Base: 200, PerKiB: perByte / 4},
			"random_get":   {Base: 300, PerKiB: 2 * perByte},
			"fd_write":     {Base: 300, PerKiB: perByte},
		},
	}
	s.Op = [Classes]uint64{
		ClassStructure:    0,
		ClassOperand:      0,
		ClassSimple:       6,
		ClassBranch:       6,
		ClassBranchTable:  24,
		ClassCall:         44,
		ClassCallIndirect: 64,
		ClassGlobal:       4,
		ClassLoad:         80,
		ClassStore:        46,
		ClassFloatStore:   48,
		ClassMultiply:     6,
		ClassDivide:       32,
		ClassFloat:        7,
		ClassFloatDivide:  40,
		ClassFloatConvert: 16,
		ClassFloatBits:    18,
		ClassMemorySize:   2,
		ClassMemoryGrow:   1600,
		ClassMemoryBulk:   160,
		ClassSelect:       6,
	}
	return s
}

// Validate reports every fault of the schedule at once: costs that are so large
// that sums could overflow, and costs of zero that would make an endless loop
// or recursion free.
func (s *Schedule) Validate() error {
	var errs []error
	check := func(name string, v, low uint64) {
		if v < low || v > maxOpCost {
			errs = append(errs, fmt.Errorf("gas schedule: %s is %d, must be between %d and %d", name, v, low, maxOpCost))
		}
	}
	for c := Class(0); c < Classes; c++ {
		low := uint64(0)
		switch c {
		case ClassBranch, ClassBranchTable, ClassCall, ClassCallIndirect, ClassMemoryGrow, ClassMemoryBulk:
			low = 1
		}
		check(c.String(), s.Op[c], low)
	}
	check("entry", s.Entry, 1)
	check("local", s.Local, 0)
	check("grow_page", s.GrowPage, 1)
	check("image_page", s.ImagePage, 0)
	check("large_image_page", s.LargeImagePage, s.ImagePage)
	check("rebuild", s.Rebuild, 0)
	check("rebuild_element", s.RebuildElement, 0)
	check("rebuild_page", s.RebuildPage, 0)
	check("bulk_unit", s.BulkUnit, 1)
	check("host_default", s.HostDefault.Base, 1)
	for _, name := range slices.Sorted(maps.Keys(s.Host)) {
		check("host function "+name, s.Host[name].Base, 1)
		check("host function "+name+" per KiB", s.Host[name].PerKiB, 0)
		check("host function "+name+" per item", s.Host[name].PerItem, 0)
	}
	return errors.Join(errs...)
}
