package query

import (
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/validator"
)

// maxQuorumNames bounds the validators and the organisations of a question.
const maxQuorumNames = 100

// Validators returns the validators and their powers.
func (q *Query) Validators() (*chanceryv1.ValidatorSet, error) {
	return at(q, 0, func(v *state.View) (*chanceryv1.ValidatorSet, error) {
		p, err := q.params(v)
		if err != nil {
			return nil, err
		}
		set, err := validator.Load(v)
		if err != nil {
			return nil, err
		}
		return set.Describe(v, p.ProtocolVersion+1)
	})
}

// ValidatorChanges returns the heights, above after and up to until, of blocks
// that changed the validators; Pruned when there are more than most.
func (q *Query) ValidatorChanges(after, until int64, most int) ([]int64, error) {
	return at(q, 0, func(v *state.View) (heights []int64, err error) {
		more, err := validator.Changes(v, after, most, func(h int64) error {
			if h > until {
				return state.Stop
			}
			heights = append(heights, h)
			return nil
		})
		if err == nil && more && len(heights) == most {
			err = apperr.New(apperr.Pruned, "the validators changed more than %d times since height %d; begin at a later trusted_height", most, after)
		}
		return heights, err
	})
}

// Quorum tells whether the chain stops when validators, and all those of some
// organisations, stop.
func (q *Query) Quorum(validators, orgs []string) (*chanceryv1.SimulateQuorumResponse, error) {
	if len(validators) > maxQuorumNames || len(orgs) > maxQuorumNames {
		return nil, apperr.Invalid("validators", "or orgs has more than %d entries", maxQuorumNames)
	}
	return at(q, 0, func(v *state.View) (*chanceryv1.SimulateQuorumResponse, error) {
		set, err := validator.Load(v)
		if err != nil {
			return nil, err
		}
		return set.Quorum(validators, orgs)
	})
}

// Evidence lists evidence of misbehaviour in order of addresses and heights.
func (q *Query) Evidence(size uint32, token string) (list []*chanceryv1.Evidence, next string, err error) {
	last, err := pageAfter(token)
	if err != nil {
		return nil, "", err
	}
	var after *validator.EvidenceOf
	if last != "" {
		if after, err = parseEvidence(last); err != nil {
			return nil, "", err
		}
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	more, err := validator.Evidence(view, after, pageSize(size), func(e validator.EvidenceOf) error {
		list = append(list, &chanceryv1.Evidence{
			Address: e.Address.String(), Name: e.Name, Org: e.Org, Kind: chanceryv1.MisbehaviourKind(e.Kind), Height: e.Height,
			Time: timestamppb.New(time.Unix(0, e.Time)), Power: e.Power, RecordedHeight: e.Recorded, Removed: e.Removed,
		})
		return nil
	})
	if err != nil || !more {
		return list, "", err
	}
	e := list[len(list)-1]
	return list, pageToken(e.Address + "/" + strconv.FormatInt(e.Height, 10)), nil
}

func parseEvidence(s string) (*validator.EvidenceOf, error) {
	address, height, _ := strings.Cut(s, "/")
	a, err := validator.ParseAddress(address)
	h, herr := strconv.ParseInt(height, 10, 64)
	if err != nil || herr != nil {
		return nil, apperr.Invalid("page_token", "was not given by this service")
	}
	return &validator.EvidenceOf{Address: a, Height: h}, nil
}
