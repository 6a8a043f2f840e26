package query

import (
	"encoding/binary"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/schedule"
	"github.com/chancery-chain/chancery/app/state"
)

// Scheduled lists a contract's calls that wait, in order of their ids. Requests of a
// contract with gated queries are left out but for the permit of one that
// MayReadStorage: they are what the contract stores.
func (q *Query) Scheduled(name string, size uint32, token string, permit []byte) (list []*chanceryv1.ScheduledCall, next string, err error) {
	after, err := pageAfter(token)
	if err != nil {
		return nil, "", err
	}
	page := state.Page[uint64]{Limit: pageSize(size)}
	if after != "" {
		if len(after) != 8 {
			return nil, "", apperr.Invalid("page_token", "is none that this list gave")
		}
		id := binary.BigEndian.Uint64([]byte(after))
		page.After = &id
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	if _, err := contract.Get(view, name); err != nil {
		return nil, "", err
	}
	shown, err := q.showsRequests(view, name, permit)
	if err != nil {
		return nil, "", err
	}
	var bytes pageBytes
	more, err := schedule.Waiting(view, name, page, func(c schedule.Call) error {
		row := apiScheduled(c, shown)
		list = append(list, row)
		return bytes.add(len(row.Payload))
	})
	if err != nil || !more {
		return list, "", err
	}
	return list, pageToken(string(binary.BigEndian.AppendUint64(nil, list[len(list)-1].Id))), nil
}

// ScheduledCall tells what became of a call that a contract asked for. Its request
// is shown as in Scheduled.
func (q *Query) ScheduledCall(name string, id uint64, permit []byte) (*chanceryv1.GetScheduledResponse, error) {
	return at(q, 0, func(v *state.View) (*chanceryv1.GetScheduledResponse, error) {
		p, err := q.params(v)
		if err != nil {
			return nil, err
		}
		if _, err := contract.Get(v, name); err != nil {
			return nil, err
		}
		c, ok, err := schedule.Get(v, name, id)
		if err != nil {
			return nil, err
		}
		if ok {
			shown, err := q.showsRequests(v, name, permit)
			return &chanceryv1.GetScheduledResponse{Waiting: apiScheduled(c, shown)}, err
		}
		hash := schedule.Hash(p.ChainId, name, id)
		res, ok, err := q.machine.Result(hash[:])
		if err == nil && !ok {
			err = apperr.New(apperr.NotFound, "%s has no scheduled call %d that waits, and no result of it is kept", name, id)
		}
		return &chanceryv1.GetScheduledResponse{Result: res}, err
	})
}

// showsRequests reports whether who asks may read the requests of a contract's
// scheduled calls. A permit that does not hold is an error.
func (q *Query) showsRequests(v *state.View, name string, permit []byte) (bool, error) {
	closed, err := q.gated(v, name)
	if err != nil || !closed {
		return err == nil, err
	}
	if permit == nil {
		return false, nil
	}
	return true, q.checkMember(v, name, permit)
}

func apiScheduled(c schedule.Call, shown bool) *chanceryv1.ScheduledCall {
	out := &chanceryv1.ScheduledCall{
		Id: c.ID, Time: timestamppb.New(time.Unix(0, c.Time)), Method: c.Method,
		GasLimit: c.GasLimit, Height: c.Height,
	}
	if shown {
		out.Payload = c.Payload
	}
	return out
}
