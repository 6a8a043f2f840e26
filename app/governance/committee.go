package governance

import (
	"slices"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// MaxCommittee bounds the committee: each vote reads and writes all ballots.
const MaxCommittee = 64

// Committee returns the organisations that vote, sorted.
func Committee(r state.Reader) ([]string, error) {
	c, _, err := committee.Get(r)
	return c.GetOrgs(), err
}

// CheckMember checks that an organisation belongs to the committee.
func CheckMember(r state.Reader, org string) error {
	orgs, err := Committee(r)
	if err != nil {
		return err
	}
	if _, ok := slices.BinarySearch(orgs, org); !ok {
		return apperr.New(apperr.PermissionDenied, "%q does not belong to the committee", org)
	}
	return nil
}

// SetMember puts an organisation into the committee or takes it out. The
// organisation must exist; that is the caller's to check.
func SetMember(w state.Writer, m *chanceryv1.SetCommittee, proposal uint64) (*chanceryv1.CommitteeSet, error) {
	orgs, err := Committee(w)
	if err != nil {
		return nil, err
	}
	i, is := slices.BinarySearch(orgs, m.Org)
	switch {
	case m.Member && is:
		return nil, apperr.New(apperr.AlreadyExists, "%q belongs to the committee", m.Org)
	case m.Member && len(orgs) >= MaxCommittee:
		return nil, apperr.New(apperr.LimitExceeded, "the committee has %d organisations already", len(orgs))
	case m.Member:
		orgs = slices.Insert(orgs, i, m.Org)
	case !is:
		return nil, apperr.New(apperr.NotFound, "%q does not belong to the committee", m.Org)
	case len(orgs) == 1:
		return nil, apperr.New(apperr.PermissionDenied, "%q is the last organisation of the committee: nobody could vote any more", m.Org)
	default:
		orgs = slices.Delete(orgs, i, i+1)
	}
	return &chanceryv1.CommitteeSet{Org: m.Org, Member: m.Member, Proposal: proposal}, committee.Set(w, &statev1.Committee{Orgs: orgs})
}

// Genesis writes the first committee, which must be sorted without repeats.
func Genesis(w state.Writer, orgs []string) error {
	return committee.Set(w, &statev1.Committee{Orgs: orgs})
}
