package quota

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
)

// Method names a method that can be sponsored.
type Method struct{ Contract, Name string }

// String returns the method's name within the chain. No two methods share one: a
// contract's name has no dot.
func (m Method) String() string { return m.Contract + "." + m.Name }

// Call is a sponsored call.
type Call struct {
	Method
	Account key.Address
}

// GetSponsorship returns what is paid for calls of a method; ok is false when
// nothing is. Gas of a period that is over is not in it.
func GetSponsorship(r state.Reader, m Method, period uint64) (s *statev1.Sponsorship, ok bool, err error) {
	s, ok, err = sponsorships.Get(r, state.PairOf(m.Contract, m.Name))
	if ok && s.Period != period {
		s.Period, s.GasUsed = period, 0
	}
	return s, ok, err
}

// ListSponsorships walks sponsorships in order of contract and method, those of an
// organisation's contracts or, for an empty org, all.
func ListSponsorships(r state.Reader, org string, after *Method, limit int, fn func(Method, *statev1.Sponsorship) error) (more bool, err error) {
	if org != "" && after == nil {
		// No contract is called just "<org>/", so the page begins at the first.
		after = &Method{Contract: org + "/"}
	}
	page := state.Page[state.Pair[string, string]]{Limit: limit}
	if after != nil {
		at := state.PairOf(after.Contract, after.Name)
		page.After = &at
	}
	done := false
	more, err = sponsorships.Iterate(r, page, func(k state.Pair[string, string], s *statev1.Sponsorship) error {
		if org != "" && (len(k.First) <= len(org) || k.First[:len(org)+1] != org+"/") {
			done = true
			return state.Stop
		}
		return fn(Method{k.First, k.Second}, s)
	})
	return more && !done, err
}

// SetSponsorship sets what is paid for calls of a method from the next tx on; nil
// ends it. What was used in the current period stays used.
func SetSponsorship(w state.Writer, m Method, s *statev1.Sponsorship) error {
	at := state.PairOf(m.Contract, m.Name)
	old, ok, err := sponsorships.Get(w, at)
	if err != nil {
		return err
	}
	if s == nil {
		if !ok {
			return apperr.New(apperr.NotFound, "calls of %s are not sponsored", m)
		}
		sponsorships.Delete(w, at)
		return nil
	}
	if ok {
		s.Period, s.GasUsed = old.Period, old.GasUsed
	}
	return sponsorships.Set(w, at, s)
}

// Sponsored is what a sponsorship still covers in a period.
type Sponsored struct {
	PerTx   uint64 // largest gas limit of a tx
	All     uint64 // gas for all accounts together
	Account uint64 // gas for the one that calls
}

// SponsoredLeft returns what is left for a call. The error is PermissionDenied when
// nobody pays for it.
func SponsoredLeft(r state.Reader, c Call, period uint64) (Sponsored, error) {
	s, ok, err := GetSponsorship(r, c.Method, period)
	if err != nil {
		return Sponsored{}, err
	}
	if !ok {
		return Sponsored{}, apperr.New(apperr.PermissionDenied, "the tx acts for no organisation, and nobody pays for calls of %s", c.Method)
	}
	used, _, err := accountGas.Get(r, accountKey(c, period))
	return Sponsored{PerTx: s.MaxGasPerTx, All: left(s.GasPerPeriod, s.GasUsed), Account: left(s.GasPerAccount, used)}, err
}

func accountKey(c Call, period uint64) accountPlace {
	return state.PairOf(period, state.PairOf(c.Method.String(), c.Account))
}

func chargeSponsorship(w state.Writer, c Call, gas, period uint64) error {
	s, ok, err := GetSponsorship(w, c.Method, period)
	if err != nil {
		return err
	}
	if ok {
		s.GasUsed += gas
		if err := sponsorships.Set(w, state.PairOf(c.Contract, c.Name), s); err != nil {
			return err
		}
	}
	at := accountKey(c, period)
	used, _, err := accountGas.Get(w, at)
	if err != nil {
		return err
	}
	return accountGas.Set(w, at, used+gas)
}

// accountPlace is the key of what an account used of a sponsorship in a period.
type accountPlace = state.Pair[uint64, state.Pair[string, key.Address]]

// DropPast drops at most limit rows of accounts' gas that are of periods before this
// one, and as many of periods with higher numbers: those are past, too. A vote that
// makes periods longer sets the numbers back, and would have the rows count once more
// when the numbers come again.
func DropPast(w state.Writer, period uint64, limit int) error {
	for _, fromLast := range []bool{false, true} {
		page := state.Page[accountPlace]{Limit: limit, Reverse: fromLast}
		_, err := accountGas.Iterate(w, page, func(k accountPlace, _ uint64) error {
			if k.First == period || (k.First > period) != fromLast {
				return state.Stop
			}
			accountGas.Delete(w, k)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
