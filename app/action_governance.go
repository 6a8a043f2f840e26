package app

import (
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/validator"
)

// performGovernance runs the actions of the committee and of those who run validators.
// A proposal that passes is
// only marked here; its changes are made at the end of the block (blockend.go).
func performGovernance(w state.Writer, x *action, out outcome) (outcome, error) {
	p := x.params
	price := p.VoteGas
	if m := x.tx.Body.GetPropose(); m != nil {
		// Whoever proposes pays for making the changes, which no tx does.
		price += p.ChangeGas * uint64(len(m.Changes))
	}
	if price > x.tx.Body.GasLimit-out.gasUsed {
		out.gasUsed = x.tx.Body.GasLimit
		return out, apperr.New(apperr.OutOfGas, "the vote needs %d gas more than the gas limit leaves", price)
	}
	out.gasUsed += price
	may, err := voters(w)
	if err != nil {
		return out, err
	}
	by := governance.Author{Org: x.tx.Body.Org, Origin: x.tx.Body.Origin, Height: x.height, Time: x.time, Voters: may}
	switch act := x.tx.Body.Action.(type) {
	case *chanceryv1.TxBody_Propose:
		data, events, err := governance.Propose(w, p, by, act.Propose)
		return out.platforms(data, events, err)
	case *chanceryv1.TxBody_Vote:
		data, events, err := governance.Vote(w, p, by, act.Vote)
		return out.platforms(data, events, err)
	case *chanceryv1.TxBody_Withdraw:
		events, err := governance.Withdraw(w, by, act.Withdraw)
		return out.platforms(nil, events, err)
	case *chanceryv1.TxBody_ConfirmProtocol:
		of := validator.Operator{Org: by.Org, Origin: by.Origin, Height: by.Height}
		return out.platform(validator.Confirm(w, of, act.ConfirmProtocol, p.ProtocolVersion+1))
	}
	return out, apperr.Invalid("action", "is missing")
}

// voters returns the organisations of the committee whose votes count, sorted: those
// that are not suspended.
func voters(r state.Reader) ([]string, error) {
	orgs, err := governance.Committee(r)
	if err != nil {
		return nil, err
	}
	return org.NotSuspended(r, orgs)
}

// platforms takes over the data and the events of a platform action.
func (o outcome) platforms(data proto.Message, events []proto.Message, err error) (outcome, error) {
	if err != nil {
		return o, err
	}
	if data != nil {
		if o.data, err = (proto.MarshalOptions{Deterministic: true}).Marshal(data); err != nil {
			return o, err
		}
	}
	o.events, err = platformEvents(events)
	return o, err
}

func platformEvents(list []proto.Message) ([]contract.Event, error) {
	events := make([]contract.Event, len(list))
	for i, m := range list {
		var err error
		if events[i], err = contract.PlatformEvent(m); err != nil {
			return nil, err
		}
	}
	return events, nil
}
