package client

import (
	"context"
	"fmt"

	"connectrpc.com/connect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/tx"
)

// Upgrade points a contract without an upgrade policy at other uploaded code and
// runs its migrate method.
func (s *Signer) Upgrade(ctx context.Context, m *chanceryv1.Upgrade) (*chanceryv1.UpgradeResult, *chanceryv1.TxResult, error) {
	return s.upgraded(ctx, m.GetContract(), &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Upgrade{Upgrade: m}})
}

// ExecuteUpgrade does what an approved proposal says. The result's version is 0 when
// that was another upgrade policy.
func (s *Signer) ExecuteUpgrade(ctx context.Context, m *chanceryv1.ExecuteUpgrade) (*chanceryv1.UpgradeResult, *chanceryv1.TxResult, error) {
	return s.upgraded(ctx, m.GetContract(), &chanceryv1.TxBody{Action: &chanceryv1.TxBody_ExecuteUpgrade{ExecuteUpgrade: m}})
}

func (s *Signer) upgraded(ctx context.Context, contract string, body *chanceryv1.TxBody) (*chanceryv1.UpgradeResult, *chanceryv1.TxResult, error) {
	r, err := s.Submit(ctx, body)
	if err != nil {
		return nil, nil, err
	}
	s.client.forget(contract)
	out := new(chanceryv1.UpgradeResult)
	return out, r, decodeData(r, out)
}

// ProposeUpgrade asks the approvers of a contract for an upgrade, or for another
// upgrade policy.
func (s *Signer) ProposeUpgrade(ctx context.Context, m *chanceryv1.ProposeUpgrade) (*chanceryv1.ProposeUpgradeResult, *chanceryv1.TxResult, error) {
	r, err := s.Submit(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_ProposeUpgrade{ProposeUpgrade: m}})
	if err != nil {
		return nil, nil, err
	}
	out := new(chanceryv1.ProposeUpgradeResult)
	return out, r, decodeData(r, out)
}

// ApproveUpgrade approves a proposal in the name of the signer's organisation. What
// is approved is u as it stands there, whatever the node that it came from says its
// digest is.
func (s *Signer) ApproveUpgrade(ctx context.Context, u *chanceryv1.ContractUpgrade) (*chanceryv1.TxResult, error) {
	action, err := Approval(u)
	if err != nil {
		return nil, err
	}
	return s.Submit(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_ApproveUpgrade{ApproveUpgrade: action}})
}

// Approval returns the action that approves a proposal, with the digest of what u
// says.
func Approval(u *chanceryv1.ContractUpgrade) (*chanceryv1.ApproveUpgrade, error) {
	digest, err := tx.UpgradeDigest(u.GetId(), u.GetFromVersion(), u.GetProposed())
	if err != nil {
		return nil, err
	}
	return &chanceryv1.ApproveUpgrade{Contract: u.GetContract(), Id: u.GetId(), Digest: digest}, nil
}

// ProposedUpgrade returns a proposal of a contract by its number.
func (c *Client) ProposedUpgrade(ctx context.Context, contract string, id uint64) (*chanceryv1.ContractUpgrade, error) {
	resp, err := c.Contracts.GetUpgrade(ctx, connect.NewRequest(&chanceryv1.GetUpgradeRequest{Contract: contract, Id: id}))
	if err != nil {
		return nil, fmt.Errorf("proposal %d of %s: %w", id, contract, err)
	}
	return resp.Msg.GetUpgrade(), nil
}
