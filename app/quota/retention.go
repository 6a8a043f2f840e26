package quota

import "github.com/chancery-chain/chancery/app/state"

// Sweep is how far the rows of the breakdown of past days were dropped. The zero value
// has not begun. Rows are dropped some in each block, so that no block waits for the
// turn of a day.
type Sweep struct {
	before Day
	from   []byte // key to go on at; nil at the beginning
	over   bool   // all of them are gone
}

// sweepSteps bounds the rows and organisations that a block's step looks at.
const sweepSteps = 64

// FirstKept returns the oldest day whose rows are kept on a day, when the last days of
// them are.
func FirstKept(today Day, days int) Day { return today - min(today, Day(max(days, 1)-1)) }

// Step returns the index writes that drop rows of days before one, and where the next
// step goes on. When nothing is left to drop it looks at nothing until a later day.
func (s Sweep) Step(index state.Index, before Day) ([]state.IndexWrite, Sweep, error) {
	if s.before != before {
		s = Sweep{before: before}
	}
	var drop []state.IndexWrite
	for steps := 0; !s.over && steps < sweepSteps; {
		org, err := s.stepOrg(index, &drop, &steps)
		if err != nil {
			return nil, s, err
		}
		if org == "" {
			s.over = true
		} else if steps < sweepSteps {
			s.from = append([]byte(IndexPrefix+org), 1) // the next organisation
		}
	}
	return drop, s, nil
}

// stepOrg drops rows of the first organisation from s.from on, whose name it returns;
// empty when there is none.
func (s *Sweep) stepOrg(index state.Index, drop *[]state.IndexWrite, steps *int) (string, error) {
	start, end := s.from, []byte(IndexPrefix[:1]+string(rune(IndexPrefix[1]+1)))
	if start == nil {
		start = []byte(IndexPrefix)
	}
	it := index.Scan(start, end, false)
	defer it.Close()
	org := ""
	for it.Next() {
		l, err := parseLine(it.Key())
		if err != nil {
			return "", err
		}
		if org != "" && l.Org != org {
			return org, it.Close()
		}
		org = l.Org
		*steps++
		if l.Day >= s.before {
			return org, it.Close()
		}
		key := append([]byte{}, it.Key()...)
		*drop = append(*drop, state.IndexWrite{Key: key, Delete: true})
		if s.from = append(key[:len(key):len(key)], 0); *steps >= sweepSteps {
			return org, it.Close()
		}
	}
	return org, it.Close()
}
