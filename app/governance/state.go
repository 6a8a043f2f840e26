package governance

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// Status says how a proposal stands.
type Status = chanceryv1.ProposalStatus

// The statuses.
const (
	Open      = chanceryv1.ProposalStatus_PROPOSAL_STATUS_OPEN
	Passed    = chanceryv1.ProposalStatus_PROPOSAL_STATUS_PASSED
	Rejected  = chanceryv1.ProposalStatus_PROPOSAL_STATUS_REJECTED
	Failed    = chanceryv1.ProposalStatus_PROPOSAL_STATUS_FAILED
	Expired   = chanceryv1.ProposalStatus_PROPOSAL_STATUS_EXPIRED
	Withdrawn = chanceryv1.ProposalStatus_PROPOSAL_STATUS_WITHDRAWN
	Decided   = chanceryv1.ProposalStatus_PROPOSAL_STATUS_DECIDED
)

// StatusName returns a status in a word for people, such as "rejected".
func StatusName(s Status) string {
	return strings.ToLower(strings.TrimPrefix(s.String(), "PROPOSAL_STATUS_"))
}

// Get returns a proposal or NotFound.
func Get(r state.Reader, id uint64) (*statev1.Proposal, error) {
	p, ok, err := proposals.Get(r, id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, apperr.New(apperr.NotFound, "there is no proposal %d", id)
	}
	return p, nil
}

// Next returns the number that the next proposal gets.
func Next(r state.Reader) (uint64, error) {
	id, _, err := last.Get(r)
	return id + 1, err
}

// StatusAt returns a proposal's status at a block time.
func StatusAt(p *statev1.Proposal, now time.Time) Status {
	if s := Status(p.Status); s != Open || now.UnixNano() <= p.Deadline {
		return s
	}
	return Expired
}

// Changes returns a proposal's changes.
func Changes(r state.Reader, id uint64) ([]*chanceryv1.Change, error) {
	row, _, err := changes.Get(r, id)
	if err != nil {
		return nil, err
	}
	list := make([]*chanceryv1.Change, len(row.GetChanges()))
	for i, b := range row.GetChanges() {
		list[i] = new(chanceryv1.Change)
		if err := proto.Unmarshal(b, list[i]); err != nil {
			return nil, fmt.Errorf("governance: change %d of proposal %d does not decode: %w", i, id, err)
		}
	}
	return list, nil
}

// List walks proposals from the newest to the oldest, beginning below a number; 0
// begins at the newest.
func List(r state.Reader, below uint64, limit int, fn func(uint64, *statev1.Proposal) error) (more bool, err error) {
	page := state.Page[uint64]{Limit: limit, Reverse: true}
	if below > 0 {
		page.After = &below
	}
	return proposals.Iterate(r, page, fn)
}

// Tally counts the votes of organisations: those of the committee that may vote now.
func Tally(p *statev1.Proposal, orgs []string) (yes, no int) {
	votes := make(map[string]bool, len(p.Ballots))
	for _, b := range p.Ballots {
		votes[b.Org] = b.Yes
	}
	for _, o := range orgs {
		switch y, voted := votes[o]; {
		case voted && y:
			yes++
		case voted:
			no++
		}
	}
	return yes, no
}

// NeededBy returns how many yes votes a proposal needs in a committee of a size,
// under the rules of today.
func NeededBy(p *statev1.Params, prop *statev1.Proposal, size int) int {
	kinds := make([]Kind, 0, len(prop.Kinds)+len(prop.RuledKinds))
	for _, list := range [][]uint32{prop.Kinds, prop.RuledKinds} {
		for _, k := range list {
			kinds = append(kinds, Kind(k))
		}
	}
	return Needed(p, kinds, size)
}

// Plan returns the next switch of protocol version; nil when there is none.
func Plan(r state.Reader) (*statev1.UpgradePlan, error) {
	p, ok, err := upgrade.Get(r)
	if !ok {
		return nil, err
	}
	return p, nil
}

// SetPlan plans a switch of protocol version, or drops the plan, in the block of a
// height. p has the present version and how far ahead a switch must be at least.
func SetPlan(w state.Writer, p *statev1.Params, m *chanceryv1.ProtocolUpgrade, height int64, proposal uint64) (*chanceryv1.ProtocolUpgradePlanned, error) {
	e := &chanceryv1.ProtocolUpgradePlanned{Version: m.Version, Height: m.Height, Proposal: proposal}
	if m.Version == 0 {
		if _, ok, err := upgrade.Get(w); err != nil {
			return nil, err
		} else if !ok {
			return nil, apperr.New(apperr.NotFound, "no change of protocol version is planned")
		}
		upgrade.Delete(w)
		return e, nil
	}
	if next := p.ProtocolVersion + 1; m.Version != next {
		return nil, apperr.Invalid("version", "is %d, but the version after %d is %d", m.Version, p.ProtocolVersion, next)
	}
	if least := height + int64(p.ProtocolLeadBlocks); m.Height < least {
		return nil, apperr.Invalid("height", "is %d, but must be %d at least: the chain is at %d, and protocol_lead_blocks is %d",
			m.Height, least, height, p.ProtocolLeadBlocks)
	}
	return e, upgrade.Set(w, &statev1.UpgradePlan{Version: m.Version, Height: m.Height, Proposal: proposal})
}

// ClearPlan drops a plan that was carried out or lapsed.
func ClearPlan(w state.Writer) { upgrade.Delete(w) }
