package governance

import (
	"cmp"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// Author is who proposes, votes or withdraws, where and when. That Org belongs to
// the committee and Origin is its operator is the caller's to check.
type Author struct {
	Org    string
	Origin string
	Height int64
	Time   time.Time
	// Voters are the organisations of the committee whose votes count now, sorted: those
	// that are not suspended.
	Voters []string
}

// Propose makes a proposal, with a yes of its organisation, and returns its number
// and status and the platform events.
func Propose(w state.Writer, p *statev1.Params, by Author, m *chanceryv1.Propose) (*chanceryv1.ProposeResult, []proto.Message, error) {
	seconds := cmp.Or(m.VotingSeconds, p.VotingSeconds)
	if seconds > p.MaxVotingSeconds {
		return nil, nil, apperr.Invalid("propose.voting_seconds", "is %d, more than %d", seconds, p.MaxVotingSeconds)
	}
	if err := makeRoom(w, p, by); err != nil {
		return nil, nil, err
	}
	id, err := Next(w)
	if err != nil {
		return nil, nil, err
	}
	deadline := by.Time.Add(time.Duration(seconds) * time.Second)
	kinds, ruled := kindsOf(m.Changes)
	row := &statev1.Proposal{
		Title: m.Title, Reference: m.Reference, Org: by.Org, Origin: by.Origin, Height: by.Height,
		Time: by.Time.UnixNano(), Deadline: deadline.UnixNano(), Kinds: numbers(kinds), RuledKinds: numbers(ruled), Status: uint32(Open),
	}
	list := &statev1.ProposalChanges{}
	for _, c := range m.Changes {
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(c)
		if err != nil {
			return nil, nil, err
		}
		list.Changes = append(list.Changes, b)
	}
	if err := last.Set(w, id); err != nil {
		return nil, nil, err
	}
	if err := changes.Set(w, id, list); err != nil {
		return nil, nil, err
	}
	if err := open.Set(w, state.PairOf(by.Org, id), uint64(deadline.UnixNano())); err != nil {
		return nil, nil, err
	}
	events := []proto.Message{&chanceryv1.ProposalMade{
		Proposal: id, Title: m.Title, Org: by.Org, Origin: by.Origin, Kinds: kinds, Deadline: timestamppb.New(deadline),
	}}
	more, err := cast(w, p, by, id, row, true)
	return &chanceryv1.ProposeResult{Proposal: id, Status: Status(row.Status)}, append(events, more...), err
}

func numbers(kinds []Kind) []uint32 {
	out := make([]uint32, len(kinds))
	for i, k := range kinds {
		out[i] = uint32(k)
	}
	return out
}

// Vote casts or changes an organisation's vote.
func Vote(w state.Writer, p *statev1.Params, by Author, m *chanceryv1.Vote) (*chanceryv1.VoteResult, []proto.Message, error) {
	row, err := getOpen(w, m.Proposal, by.Time)
	if err != nil {
		return nil, nil, err
	}
	events, err := cast(w, p, by, m.Proposal, row, m.Yes)
	return &chanceryv1.VoteResult{Status: Status(row.Status)}, events, err
}

// Withdraw ends a proposal of the author's organisation.
func Withdraw(w state.Writer, by Author, m *chanceryv1.Withdraw) ([]proto.Message, error) {
	row, err := getOpen(w, m.Proposal, by.Time)
	if err != nil {
		return nil, err
	}
	if row.Org != by.Org {
		return nil, apperr.New(apperr.PermissionDenied, "proposal %d is of %q; only it can withdraw it", m.Proposal, row.Org)
	}
	row.Status, row.Decided = uint32(Withdrawn), by.Height
	end(w, m.Proposal, row)
	return []proto.Message{&chanceryv1.ProposalWithdrawn{Proposal: m.Proposal, Org: by.Org, Origin: by.Origin}}, proposals.Set(w, m.Proposal, row)
}

// swept is how many expired proposals a new one of the same organisation ends: more
// than one, so that they get fewer.
const swept = 2

// makeRoom checks that an organisation may open another proposal, and ends some of
// those that expired. What nobody decided is not kept: proposing and letting it expire
// would fill the state for ever.
func makeRoom(w state.Writer, p *statev1.Params, by Author) error {
	var expired []uint64
	n := uint64(0)
	_, err := state.IteratePair(open, w, by.Org, state.Page[uint64]{}, func(id, deadline uint64) error {
		if by.Time.UnixNano() <= int64(deadline) {
			n++
		} else if len(expired) < swept {
			expired = append(expired, id)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range expired {
		row, err := Get(w, id)
		if err != nil {
			return err
		}
		row.Status = uint32(Expired)
		end(w, id, row)
		if err := proposals.Set(w, id, row); err != nil {
			return err
		}
	}
	if n >= p.MaxOpenProposals {
		return apperr.New(apperr.LimitExceeded, "%q has %d open proposals; withdraw one, or wait until one is decided", by.Org, n)
	}
	return nil
}

// end takes a proposal off the list of open ones, and drops its changes unless others
// than its organisation decided about them. The tx that made it still has them.
func end(w state.Writer, id uint64, row *statev1.Proposal) {
	open.Delete(w, state.PairOf(row.Org, id))
	kept := Status(row.Status) == Decided || Status(row.Status) == Rejected &&
		slices.ContainsFunc(row.Ballots, func(b *statev1.Ballot) bool { return !b.Yes && b.Org != row.Org })
	if !kept {
		changes.Delete(w, id)
	}
}

func getOpen(r state.Reader, id uint64, now time.Time) (*statev1.Proposal, error) {
	row, err := Get(r, id)
	if err != nil {
		return nil, err
	}
	switch s := StatusAt(row, now); s {
	case Open:
		return row, nil
	case Expired:
		return nil, apperr.New(apperr.Closed, "proposal %d expired at %s", id, time.Unix(0, row.Deadline).UTC().Format(time.RFC3339))
	default:
		return nil, apperr.New(apperr.Closed, "proposal %d is %s", id, StatusName(s))
	}
}

// cast writes a ballot into an open proposal and decides it when it can be. Votes are
// counted each time anew: those of organisations that may vote now, of as many as the
// committee has.
func cast(w state.Writer, p *statev1.Params, by Author, id uint64, row *statev1.Proposal, yes bool) ([]proto.Message, error) {
	i, voted := slices.BinarySearchFunc(row.Ballots, by.Org, func(b *statev1.Ballot, org string) int { return cmp.Compare(b.Org, org) })
	ballot := &statev1.Ballot{Org: by.Org, Origin: by.Origin, Yes: yes, Height: by.Height}
	if voted {
		row.Ballots[i] = ballot
	} else {
		row.Ballots = slices.Insert(row.Ballots, i, ballot)
	}
	orgs, err := Committee(w)
	if err != nil {
		return nil, err
	}
	events := []proto.Message{&chanceryv1.VoteCast{Proposal: id, Org: by.Org, Origin: by.Origin, Yes: yes}}
	need := NeededBy(p, row, len(orgs))
	switch y, n := Tally(row, by.Voters); {
	case y >= need:
		row.Status, row.Decided = uint32(Decided), by.Height
		end(w, id, row)
		if err := decided.Set(w, id, state.Empty{}); err != nil {
			return nil, err
		}
	case len(orgs)-n < need:
		row.Status, row.Decided = uint32(Rejected), by.Height
		end(w, id, row)
		events = append(events, decision(id, row, by.Voters))
	}
	return events, proposals.Set(w, id, row)
}

// decision is the event of a decided proposal: who of those that count was for it.
func decision(id uint64, row *statev1.Proposal, orgs []string) *chanceryv1.ProposalDecided {
	e := &chanceryv1.ProposalDecided{Proposal: id, Status: Status(row.Status), Code: row.Code, FailedChange: row.FailedChange}
	for _, b := range row.Ballots {
		if _, ok := slices.BinarySearch(orgs, b.Org); !ok {
			continue
		}
		if b.Yes {
			e.Yes = append(e.Yes, b.Org)
		} else {
			e.No = append(e.No, b.Org)
		}
	}
	return e
}

// DecidedInBlock returns the proposals that passed in this block, in order of
// their numbers, and forgets that.
func DecidedInBlock(w state.Writer) ([]uint64, error) {
	var ids []uint64
	_, err := decided.Iterate(w, state.Page[uint64]{}, func(id uint64, _ state.Empty) error {
		ids = append(ids, id)
		return nil
	})
	for _, id := range ids {
		decided.Delete(w, id)
	}
	return ids, err
}

// Finish writes what became of a decided proposal's changes: Passed, or Failed with
// the place of the change and the code of its error. It returns the event, with the
// votes of those who decided it: voters, as they were before the block's changes.
func Finish(w state.Writer, id uint64, voters []string, failedChange int, err error) (*chanceryv1.ProposalDecided, error) {
	row, rerr := Get(w, id)
	if rerr != nil {
		return nil, rerr
	}
	row.Status = uint32(Passed)
	if err != nil {
		row.Status, row.Code, row.FailedChange = uint32(Failed), uint32(apperr.CodeOf(err)), uint32(failedChange)
	}
	return decision(id, row, voters), proposals.Set(w, id, row)
}
