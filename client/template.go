package client

import (
	"context"

	"connectrpc.com/connect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

// PublishTemplate offers code under a name of the signer's organisation, and tells
// the number of the version.
func (s *Signer) PublishTemplate(ctx context.Context, m *chanceryv1.PublishTemplate) (*chanceryv1.PublishTemplateResult, *chanceryv1.TxResult, error) {
	r, err := s.Submit(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_PublishTemplate{PublishTemplate: m}})
	if err != nil {
		return nil, nil, err
	}
	out := new(chanceryv1.PublishTemplateResult)
	return out, r, decodeData(r, out)
}

// WithdrawTemplate ends a version of a template or, for version 0, the template.
func (s *Signer) WithdrawTemplate(ctx context.Context, name string, version uint64, reason string) (*chanceryv1.TxResult, error) {
	return s.Submit(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_WithdrawTemplate{
		WithdrawTemplate: &chanceryv1.WithdrawTemplate{Template: name, Version: version, Reason: reason},
	}})
}

// StarTemplate recommends a template in the name of the signer's organisation.
func (s *Signer) StarTemplate(ctx context.Context, name string) (*chanceryv1.TxResult, error) {
	return s.Submit(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_StarTemplate{
		StarTemplate: &chanceryv1.StarTemplate{Template: name},
	}})
}

// UnstarTemplate takes that back.
func (s *Signer) UnstarTemplate(ctx context.Context, name string) (*chanceryv1.TxResult, error) {
	return s.Submit(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_UnstarTemplate{
		UnstarTemplate: &chanceryv1.UnstarTemplate{Template: name},
	}})
}

// Template describes a template and one of its versions, 0 for the newest that is not
// withdrawn. A deploy that names both that version and its code hash gets what was
// looked at, or nothing.
func (c *Client) Template(ctx context.Context, name string, version uint64) (*chanceryv1.GetTemplateResponse, error) {
	resp, err := c.Templates.GetTemplate(ctx, connect.NewRequest(&chanceryv1.GetTemplateRequest{Template: name, Version: version}))
	if err != nil {
		return nil, err
	}
	return resp.Msg, nil
}
