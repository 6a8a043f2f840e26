package runtime

import (
	"compress/gzip"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// sample is what one stack used itself; the innermost function comes first.
type sample struct {
	stack []location
	gas   uint64
	calls uint64
}

type location struct{ function, file string }

// Field numbers of pprof's profile.proto (github.com/google/pprof, proto). They
// are written by hand because the package that knows them would come with a
// program's worth of code.
const (
	profileSampleType        = 1
	profileSample            = 2
	profileMapping           = 3
	profileLocation          = 4
	profileFunction          = 5
	profileStringTable       = 6
	profileDefaultSampleType = 14

	valueTypeType = 1
	valueTypeUnit = 2

	sampleLocationID = 1
	sampleValue      = 2

	mappingID           = 1
	mappingFilename     = 5
	mappingHasFunctions = 7

	locationID        = 1
	locationMappingID = 2
	locationLine      = 4
	lineFunctionID    = 1

	functionID         = 1
	functionName       = 2
	functionSystemName = 3
	functionFilename   = 4
)

// message builds a protobuf message.
type message struct{ b []byte }

func (m *message) number(field protowire.Number, v uint64) {
	m.b = protowire.AppendVarint(protowire.AppendTag(m.b, field, protowire.VarintType), v)
}

func (m *message) bytes(field protowire.Number, v []byte) {
	m.b = protowire.AppendBytes(protowire.AppendTag(m.b, field, protowire.BytesType), v)
}

// pprofFile collects the tables that samples refer to.
type pprofFile struct {
	message
	texts     map[string]uint64
	table     []string
	locations map[location]uint64
}

// text returns the place of a text in the string table.
func (f *pprofFile) text(s string) uint64 {
	if at, ok := f.texts[s]; ok {
		return at
	}
	at := uint64(len(f.table))
	f.texts[s] = at
	f.table = append(f.table, s)
	return at
}

func (f *pprofFile) valueType(field protowire.Number, kind, unit string) {
	var m message
	m.number(valueTypeType, f.text(kind))
	m.number(valueTypeUnit, f.text(unit))
	f.bytes(field, m.b)
}

// location returns the id of a location; each has one function.
func (f *pprofFile) location(l location) uint64 {
	if id, ok := f.locations[l]; ok {
		return id
	}
	id := uint64(len(f.locations) + 1) // 0 means none
	f.locations[l] = id
	var function, place, line message
	function.number(functionID, id)
	function.number(functionName, f.text(l.function))
	function.number(functionSystemName, f.text(l.function))
	function.number(functionFilename, f.text(l.file))
	f.bytes(profileFunction, function.b)
	line.number(lineFunctionID, id)
	place.number(locationID, id)
	place.number(locationMappingID, 1)
	place.bytes(locationLine, line.b)
	f.bytes(profileLocation, place.b)
	return id
}

// writePprof writes samples of gas and calls.
func writePprof(w io.Writer, samples []sample) error {
	f := &pprofFile{texts: map[string]uint64{}, locations: map[location]uint64{}}
	f.text("") // is number 0
	f.valueType(profileSampleType, "calls", "count")
	f.valueType(profileSampleType, "gas", "gas")
	var mapping message
	mapping.number(mappingID, 1)
	mapping.number(mappingFilename, f.text("contract"))
	mapping.number(mappingHasFunctions, 1)
	f.bytes(profileMapping, mapping.b)
	for _, s := range samples {
		if len(s.stack) == 0 {
			// Gas that no function was there to use.
			s.stack = []location{{function: siteEntry}}
		}
		var ids, values []byte
		for _, l := range s.stack {
			ids = protowire.AppendVarint(ids, f.location(l))
		}
		values = protowire.AppendVarint(protowire.AppendVarint(values, s.calls), s.gas)
		var m message
		m.bytes(sampleLocationID, ids)
		m.bytes(sampleValue, values)
		f.bytes(profileSample, m.b)
	}
	f.number(profileDefaultSampleType, f.text("gas"))
	for _, s := range f.table {
		f.bytes(profileStringTable, []byte(s))
	}
	z := gzip.NewWriter(w)
	if _, err := z.Write(f.b); err != nil {
		return err
	}
	return z.Close()
}
