package client

import (
	"context"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

// Propose puts changes to the vote of the committee, with a yes of the signer's
// organisation, and tells the proposal's number.
func (s *Signer) Propose(ctx context.Context, p *chanceryv1.Propose) (*chanceryv1.ProposeResult, *chanceryv1.TxResult, error) {
	r, err := s.Submit(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Propose{Propose: p}})
	if err != nil {
		return nil, nil, err
	}
	out := new(chanceryv1.ProposeResult)
	return out, r, decodeData(r, out)
}

// Vote casts the vote of the signer's organisation, or changes it.
func (s *Signer) Vote(ctx context.Context, proposal uint64, yes bool) (*chanceryv1.VoteResult, *chanceryv1.TxResult, error) {
	r, err := s.Submit(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Vote{
		Vote: &chanceryv1.Vote{Proposal: proposal, Yes: yes},
	}})
	if err != nil {
		return nil, nil, err
	}
	out := new(chanceryv1.VoteResult)
	return out, r, decodeData(r, out)
}

// ConfirmProtocol says that the node of a validator, which the signer's organisation
// runs, knows the next protocol version: the present one plus one. 0 takes that back.
// v must have its name and address.
func (s *Signer) ConfirmProtocol(ctx context.Context, v *chanceryv1.Validator, version uint64) (*chanceryv1.TxResult, error) {
	return s.Submit(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_ConfirmProtocol{
		ConfirmProtocol: &chanceryv1.ConfirmProtocol{Validator: v.GetName(), Address: v.GetAddress(), Version: version},
	}})
}

// Withdraw ends an open proposal of the signer's organisation.
func (s *Signer) Withdraw(ctx context.Context, proposal uint64) (*chanceryv1.TxResult, error) {
	return s.Submit(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Withdraw{
		Withdraw: &chanceryv1.Withdraw{Proposal: proposal},
	}})
}
