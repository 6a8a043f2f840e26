package quota

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/chancery-chain/chancery/app/state"
)

// Line names a line of the breakdown: whom what was charged to on which day.
type Line struct {
	Org string
	Day Day
	// Contract is empty for what concerns none.
	Contract string
	// Method is that of the contract, or the name of an action.
	Method string
}

func (l Line) compare(m Line) int {
	return cmp.Or(cmp.Compare(l.Org, m.Org), cmp.Compare(l.Day, m.Day), cmp.Compare(l.Contract, m.Contract), cmp.Compare(l.Method, m.Method))
}

// Count is what a line adds up.
type Count struct {
	Txs, Failed       uint64
	Gas, SponsoredGas uint64
	// Bytes is by how much state grew; negative when it shrank.
	Bytes int64
}

// Breakdown collects what the txs of a block were charged for. It goes to the
// index: nothing in consensus reads it.
type Breakdown map[Line]Count

// Add counts a tx.
func (b Breakdown) Add(l Line, c Count) {
	sum := b[l]
	sum.add(c)
	b[l] = sum
}

func (c *Count) add(d Count) {
	c.Txs += d.Txs
	c.Failed += d.Failed
	c.Gas += d.Gas
	c.SponsoredGas += d.SponsoredGas
	c.Bytes += d.Bytes
}

// IndexPrefix begins the index keys of the breakdown:
//
//	u/<org> 0x00 <day> <contract> 0x00 <method>
//
// with the day as four bytes, big-endian. Names have no zero byte.
const IndexPrefix = "u/"

func (l Line) key() []byte {
	k := append([]byte(IndexPrefix+l.Org), 0)
	k = binary.BigEndian.AppendUint32(k, uint32(l.Day))
	k = append(append(k, l.Contract...), 0)
	return append(k, l.Method...)
}

func parseLine(key []byte) (*Line, error) {
	rest, isUsage := bytes.CutPrefix(key, []byte(IndexPrefix))
	org, rest, ok := bytes.Cut(rest, []byte{0})
	if !isUsage || !ok || len(rest) < 4 {
		return nil, fmt.Errorf("usage row with a key of %d bytes", len(key))
	}
	contract, method, ok := bytes.Cut(rest[4:], []byte{0})
	if !ok {
		return nil, fmt.Errorf("usage row with a key of %d bytes", len(key))
	}
	return &Line{string(org), Day(binary.BigEndian.Uint32(rest)), string(contract), string(method)}, nil
}

const countBytes = 5 * 8

func (c Count) encode() []byte {
	b := make([]byte, 0, countBytes)
	for _, n := range [...]uint64{c.Txs, c.Failed, c.Gas, c.SponsoredGas, uint64(c.Bytes)} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return b
}

func decodeCount(b []byte) (Count, error) {
	if len(b) != countBytes {
		return Count{}, fmt.Errorf("usage row of %d bytes", len(b))
	}
	at := func(i int) uint64 { return binary.BigEndian.Uint64(b[8*i:]) }
	return Count{Txs: at(0), Failed: at(1), Gas: at(2), SponsoredGas: at(3), Bytes: int64(at(4))}, nil
}

// Writes returns the index rows of a block's breakdown, added to what the index has
// of the days before it, in order of their keys.
func (b Breakdown) Writes(index state.Index) ([]state.IndexWrite, error) {
	lines := make([]Line, 0, len(b))
	for l := range b {
		lines = append(lines, l)
	}
	slices.SortFunc(lines, Line.compare)
	writes := make([]state.IndexWrite, 0, len(lines))
	for _, l := range lines {
		sum, k := b[l], l.key()
		old, ok, err := index.Get(k)
		if err != nil {
			return nil, err
		}
		if ok {
			before, err := decodeCount(old)
			if err != nil {
				return nil, err
			}
			sum.add(before)
		}
		writes = append(writes, state.IndexWrite{Key: k, Value: sum.encode()})
	}
	return writes, nil
}

// Lines says which lines of the breakdown to walk.
type Lines struct {
	Org      string // empty for all
	Contract string // empty for all
	From, To Day    // both included
	After    *Line  // last line already seen, or nil
	Limit    int    // most lines to return
}

// maxSteps bounds the rows that one page looks at.
const maxSteps = 10_000

// ListLines calls fn for the lines of a page in order of organisation, day,
// contract and method. next is the line to go on after, nil at the end; a page may
// be short, or empty, before that.
func ListLines(index state.Index, p Lines, fn func(Line, Count)) (next *Line, err error) {
	start, end := []byte(IndexPrefix), []byte(IndexPrefix[:1]+string(rune(IndexPrefix[1]+1)))
	if p.Org != "" {
		start = Line{Org: p.Org, Day: p.From}.key()
		end = append([]byte(IndexPrefix+p.Org), 1)
		if p.To < LastDay {
			end = Line{Org: p.Org, Day: p.To + 1}.key()
		}
	}
	if p.After != nil {
		start = append(p.After.key(), 0)
	}
	it := index.Scan(start, end, false)
	defer it.Close()
	found, steps := 0, 0
	var last *Line
	for it.Next() {
		if found == p.Limit || steps == maxSteps {
			return last, nil
		}
		l, err := parseLine(it.Key())
		if err != nil {
			return nil, err
		}
		steps++
		last = l
		if l.Day < p.From || l.Day > p.To || p.Contract != "" && l.Contract != p.Contract {
			continue
		}
		c, err := decodeCount(it.Value())
		if err != nil {
			return nil, err
		}
		found++
		fn(*l, c)
	}
	return nil, it.Close()
}
