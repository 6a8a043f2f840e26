package validator

import chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"

// changed is the event of a voted change; before is nil for one that joined, after
// for one that left.
func changed(before, after *Validator, by Vote) *chanceryv1.ValidatorChanged {
	e := change(before, after, chanceryv1.ValidatorReason_VALIDATOR_REASON_VOTE)
	e.Proposal = by.Proposal
	return e
}

func change(before, after *Validator, reason chanceryv1.ValidatorReason) *chanceryv1.ValidatorChanged {
	v := after
	if after == nil {
		v = before
	}
	e := &chanceryv1.ValidatorChanged{Name: v.Name, Org: v.Org, Address: v.Key.Address().String(), Reason: reason}
	if after != nil {
		e.Power = after.Power
	}
	if before != nil {
		e.PowerBefore = before.Power
		if a := before.Key.Address().String(); a != e.Address {
			e.AddressBefore = a
		}
	}
	return e
}
