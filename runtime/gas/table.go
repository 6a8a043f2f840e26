package gas

// Table returns every cost of the schedule under a stable name, for comparison
// with the calibration and for documentation.
func (s *Schedule) Table() map[string]uint64 {
	t := map[string]uint64{
		"entry": s.Entry, "local": s.Local, "grow_page": s.GrowPage, "bulk_unit": s.BulkUnit,
		"image_page": s.ImagePage, "large_image_page": s.LargeImagePage,
		"rebuild": s.Rebuild, "rebuild_element": s.RebuildElement, "rebuild_page": s.RebuildPage,
	}
	for c := Class(0); c < Classes; c++ {
		t["op."+c.String()] = s.Op[c]
	}
	host := func(name string, h HostCost) {
		t["host."+name+".base"] = h.Base
		t["host."+name+".per_kib"] = h.PerKiB
		t["host."+name+".per_item"] = h.PerItem
	}
	host("default", s.HostDefault)
	for name, h := range s.Host {
		host(name, h)
	}
	return t
}

// Calibration is a measurement of a schedule, as calibration.json holds it.
type Calibration struct {
	// Machine says what was measured on: cpu, cores, kernel, go, wazero.
	Machine map[string]any `json:"machine"`
	// Keys is the size of the state tree.
	Keys int `json:"keys"`
	// Version and Schedule are what was measured: Schedule.Version and its Table.
	Version  uint32            `json:"version"`
	Schedule map[string]uint64 `json:"schedule"`
	// Classes has the worst case of each class of operations.
	Classes []Measured `json:"classes"`
	// Contracts has calls of real contracts.
	Contracts []Measured `json:"contracts"`
}

// Measured is the cost of one thing.
type Measured struct {
	Name     string  `json:"name"`
	Case     string  `json:"case,omitempty"`
	NsPerGas float64 `json:"ns_per_gas"`
}
