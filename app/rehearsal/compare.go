package rehearsal

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"time"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/state"
)

// Bounds of a report.
const (
	maxDifferences = 200
	maxResponse    = 4 << 10
	maxError       = 1 << 10
	maxEvent       = 1 << 10
	maxEvents      = 16
)

type gasPair struct{ before, after []uint64 }

// comparison fills a report.
type comparison struct {
	schemas *contract.Rehearsed
	report  *chanceryv1.RehearsalReport
	gas     map[string]*gasPair
}

// add compares what the two codes did with a call.
func (c *comparison) add(call *call, before, after *outcome) {
	c.report.Calls++
	var parts []string
	if !sameError(before, after) {
		parts = append(parts, "error")
	}
	if before.err == nil && after.err == nil {
		if !bytes.Equal(before.data, after.data) {
			parts = append(parts, "result")
		}
		if !slices.EqualFunc(before.events, after.events, func(a, b contract.Event) bool {
			return a.Contract == b.Contract && a.Type == b.Type && bytes.Equal(a.Payload, b.Payload)
		}) {
			parts = append(parts, "events")
		}
		g := c.gas[call.exec.Method]
		if g == nil {
			g = &gasPair{}
			c.gas[call.exec.Method] = g
		}
		g.before, g.after = append(g.before, before.gas), append(g.after, after.gas)
	}
	if len(parts) == 0 {
		return
	}
	c.report.CallsThatDiffer++
	if len(c.report.Differences) == maxDifferences {
		return
	}
	c.report.Differences = append(c.report.Differences, &chanceryv1.RehearsalDifference{
		TxHash: call.Hash[:], Height: call.height, Method: call.exec.Method, Parts: parts,
		Before: apiOutcome(c.schemas.Old, call.exec.Method, before), After: apiOutcome(c.schemas.New, call.exec.Method, after),
	})
}

// sameError compares codes and what a contract declared, never texts of the node.
func sameError(a, b *outcome) bool {
	if a.err == nil || b.err == nil {
		return a.err == b.err
	}
	if a.err.Code != b.err.Code || (a.err.Contract == nil) != (b.err.Contract == nil) {
		return false
	}
	if a.err.Contract == nil {
		return true
	}
	x, y := a.err.Contract, b.err.Contract
	return x.Contract == y.Contract && x.Code == y.Code && x.Message == y.Message && bytes.Equal(x.Details, y.Details)
}

func apiOutcome(s *schema.Contract, method string, o *outcome) *chanceryv1.RehearsalOutcome {
	out := &chanceryv1.RehearsalOutcome{GasUsed: o.gas}
	if o.err != nil {
		out.Code = uint32(o.err.Code)
		out.Error = errorText(o.err)
		return out
	}
	// JSON of a message has blanks at random; a report has the same bytes on every
	// node.
	if json, err := s.ResponseToJSON(method, o.data); err == nil {
		out.Response = clip(plain(json), maxResponse)
	}
	for i, e := range o.events {
		if i == maxEvents {
			break
		}
		text := e.Type
		if json, err := s.EventToJSON(e.Type, e.Payload); err == nil {
			text += " " + plain(json)
		}
		out.Events = append(out.Events, clip(text, maxEvent))
	}
	return out
}

// errorText says what is the same on every node: an error's own text is not.
func errorText(e *apperr.Error) string {
	if c := e.Contract; c != nil {
		return clip(c.Contract+": "+c.Name+" "+c.Message, maxError)
	}
	return e.Code.String()
}

// finish sums up the gas.
func (c *comparison) finish() {
	for _, method := range slices.Sorted(maps.Keys(c.gas)) {
		g := c.gas[method]
		slices.Sort(g.before)
		slices.Sort(g.after)
		n := len(g.before)
		c.report.Gas = append(c.report.Gas, &chanceryv1.RehearsalGas{
			Method: method, Calls: uint32(n), BeforeMedian: g.before[n/2], BeforeMost: g.before[n-1],
			AfterMedian: g.after[n/2], AfterMost: g.after[n-1],
		})
	}
}

// compareState compares what contracts store on the two sides. Only what one of
// them wrote can differ.
func (c *comparison) compareState(old, upgraded *state.Overlay) {
	collections := map[uint16]*chanceryv1.RehearsalCollection{}
	others := map[string]bool{}
	seen := map[string]bool{}
	for _, change := range slices.Concat(old.Changes(), upgraded.Changes()) {
		name, key, ok := contract.ParseStoreKey(change.Key)
		if !ok || seen[string(change.Key)] {
			continue
		}
		seen[string(change.Key)] = true
		before, had := old.Get(change.Key)
		after, has := upgraded.Get(change.Key)
		if had == has && bytes.Equal(before, after) {
			continue
		}
		if name != c.report.Rehearsal.Contract {
			others[name] = true
			continue
		}
		var number uint16
		if len(key) >= 2 {
			number = binary.BigEndian.Uint16(key)
		}
		col := collections[number]
		if col == nil {
			col = &chanceryv1.RehearsalCollection{Number: uint32(number), Name: c.collection(number)}
			collections[number] = col
		}
		switch {
		case !had:
			col.Added++
		case !has:
			col.Removed++
		default:
			col.Changed++
		}
	}
	for _, number := range slices.Sorted(maps.Keys(collections)) {
		c.report.Collections = append(c.report.Collections, collections[number])
	}
	c.report.OtherContracts = slices.Sorted(maps.Keys(others))
}

func (c *comparison) collection(number uint16) string {
	for _, s := range []*schema.Contract{c.schemas.New, c.schemas.Old} {
		for _, col := range s.Collections {
			if col.Number == number {
				return col.Name
			}
		}
	}
	return ""
}

// plain takes out the blanks outside of strings.
func plain(json []byte) string {
	var b strings.Builder
	quoted, escaped := false, false
	for _, ch := range json {
		switch {
		case quoted:
			quoted = ch != '"' || escaped
			escaped = ch == '\\' && !escaped
		case ch == '"':
			quoted = true
		case ch == ' ' || ch == '\n' || ch == '\t':
			continue
		}
		b.WriteByte(ch)
	}
	return b.String()
}

// clip bounds a text that goes into a report, which must be valid UTF-8.
func clip(s string, most int) string {
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func unixNano(n int64) time.Time { return time.Unix(0, n).UTC() }
