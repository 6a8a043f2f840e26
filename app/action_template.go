package app

import (
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/template"
)

// performTemplate runs the actions on the register of templates.
func performTemplate(w state.Writer, x *action, out outcome) (outcome, error) {
	by := x.templateAuthor()
	pay := out.payer(x.tx.Body.GasLimit)
	switch act := x.tx.Body.Action.(type) {
	case *chanceryv1.TxBody_PublishTemplate:
		m := act.PublishTemplate
		version, err := template.Publish(w, contract.Holds{}, by, m, pay)
		if err != nil {
			return out, err
		}
		if out.data, err = (proto.MarshalOptions{Deterministic: true}).Marshal(&chanceryv1.PublishTemplateResult{Version: version}); err != nil {
			return out, err
		}
		return out.platform(&chanceryv1.TemplatePublished{
			Template: m.Template, Version: version, CodeHash: m.CodeHash, DocumentHash: m.DocumentHash, Org: by.Org, Origin: by.Origin,
		}, nil)
	case *chanceryv1.TxBody_WithdrawTemplate:
		m := act.WithdrawTemplate
		err := template.Withdraw(w, contract.Holds{}, by, m, pay)
		return out.platform(&chanceryv1.TemplateWithdrawn{
			Template: m.Template, Version: m.Version, Org: by.Org, Origin: by.Origin, Reason: m.Reason,
		}, err)
	case *chanceryv1.TxBody_StarTemplate:
		n, err := template.Star(w, by, act.StarTemplate.Template, pay)
		return out.platform(&chanceryv1.TemplateStarred{Template: act.StarTemplate.Template, Org: by.Org, Origin: by.Origin, Stars: n}, err)
	case *chanceryv1.TxBody_UnstarTemplate:
		n, err := template.Unstar(w, by, act.UnstarTemplate.Template, pay)
		return out.platform(&chanceryv1.TemplateUnstarred{Template: act.UnstarTemplate.Template, Org: by.Org, Origin: by.Origin, Stars: n}, err)
	}
	return out, apperr.Invalid("action", "is missing")
}

// fromTemplate returns a deploy with the code and the version that its template gives
// at this moment, and notes the use; a deploy without a template as it is.
func fromTemplate(w state.Writer, x *action, out outcome, m *chanceryv1.Deploy) (*chanceryv1.Deploy, outcome, error) {
	if m.Template == "" {
		return m, out, nil
	}
	used, err := template.Use(w, x.templateAuthor(), m, out.payer(x.tx.Body.GasLimit))
	if err != nil {
		return nil, out, err
	}
	return &chanceryv1.Deploy{
		Contract: m.Contract, CodeHash: used.CodeHash, InitPayload: m.InitPayload, UpgradePolicy: m.UpgradePolicy,
		Template: m.Template, TemplateVersion: used.Version,
	}, out, nil
}

func (x *action) templateAuthor() template.Author {
	return template.Author{Org: x.tx.Body.Org, Origin: x.tx.Body.Origin, Height: x.height, Time: x.time}
}

// payer charges work to an outcome, which stays the caller's, up to a gas limit.
func (o *outcome) payer(gasLimit uint64) template.Pay {
	return func(gas uint64, what string) error {
		if left := gasLimit - o.gasUsed; gas > left {
			o.gasUsed = gasLimit
			return apperr.New(apperr.OutOfGas, "%s costs %d gas, %d are left", what, gas, left)
		}
		o.gasUsed += gas
		return nil
	}
}
