package main

import (
	"fmt"
	"slices"
	"strings"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func policyText(p *chanceryv1.UpgradePolicy) string {
	var words []string
	if len(p.GetApprovers()) > 0 {
		words = append(words, fmt.Sprintf("%d of %s", p.Required, strings.Join(p.Approvers, ", ")))
	}
	if p.GetDelaySeconds() > 0 {
		words = append(words, "after "+seconds(p.DelaySeconds))
	}
	if words == nil {
		return "the owner's developers alone"
	}
	return strings.Join(words, ", ")
}

func approvers(u *chanceryv1.ContractUpgrade) []string {
	orgs := []string{}
	for _, a := range u.Approvals {
		orgs = append(orgs, a.Org)
	}
	return orgs
}

// proposedText says what is proposed in a few words.
func proposedText(p *chanceryv1.ProposeUpgrade) string {
	switch {
	case p.Policy != nil:
		return "policy: " + policyText(p.Policy)
	case p.RollbackTo > 0:
		return fmt.Sprintf("back to version %d", p.RollbackTo)
	case p.Breaking:
		return fmt.Sprintf("code %x…, breaking", p.CodeHash[:4])
	}
	return fmt.Sprintf("code %x…", p.CodeHash[:4])
}

// printUpgrade shows a proposal: all that its digest covers, and how it stands.
func (c *cli) printUpgrade(u *chanceryv1.ContractUpgrade) {
	p := u.Proposed
	fields := []terminal.Pair{
		{Name: "contract", Value: fmt.Sprintf("%s, version %d", u.Contract, u.FromVersion)},
		{Name: "proposal", Value: u.Id},
	}
	if p.Policy != nil {
		fields = append(fields, terminal.Pair{Name: "policy", Value: policyText(p.Policy)})
	} else {
		fields = append(fields, terminal.Pair{Name: "code hash", Value: fmt.Sprintf("%x", p.CodeHash)})
		if p.RollbackTo > 0 {
			fields = append(fields, terminal.Pair{Name: "back to", Value: fmt.Sprintf("version %d", p.RollbackTo)})
		}
		if n := len(p.MigratePayload); n > 0 {
			fields = append(fields, terminal.Pair{Name: "migrate", Value: fmt.Sprintf("a request of %d bytes", n)})
		}
		fields = append(fields, terminal.Pair{Name: "breaking", Value: p.Breaking})
		if len(p.RehearsalHash) > 0 {
			fields = append(fields, terminal.Pair{Name: "rehearsal", Value: fmt.Sprintf("%x", p.RehearsalHash)})
		}
	}
	status := enumText(u.Status)
	if u.WaitsFor != "" {
		status += ": " + u.WaitsFor
	}
	c.term.Fields(append(fields,
		terminal.Pair{Name: "digest", Value: fmt.Sprintf("%x", u.Digest)},
		terminal.Pair{Name: "by", Value: u.Org + ", " + u.Origin},
		terminal.Pair{Name: "proposed", Value: fmt.Sprintf("%s, height %d", stampText(u.Time.AsTime()), u.Height)},
		terminal.Pair{Name: "earliest", Value: stampText(u.Earliest.AsTime())},
		terminal.Pair{Name: "expires", Value: stampText(u.Expires.AsTime())},
		terminal.Pair{Name: "approved by", Value: strings.Join(approvers(u), ", ")},
		terminal.Pair{Name: "status", Value: status},
	)...)
}

func upgradeView(u *chanceryv1.ContractUpgrade) map[string]any {
	p := u.Proposed
	v := map[string]any{
		"contract": u.Contract, "proposal": u.Id, "status": enumText(u.Status), "from_version": u.FromVersion,
		"code_hash": fmt.Sprintf("%x", p.CodeHash), "migrate_payload": p.MigratePayload, "breaking": p.Breaking,
		"rehearsal_hash": fmt.Sprintf("%x", p.RehearsalHash), "rollback_to": p.RollbackTo, "digest": fmt.Sprintf("%x", u.Digest),
		"org": u.Org, "origin": u.Origin, "height": u.Height, "time": u.Time.AsTime(), "earliest": u.Earliest.AsTime(), "expires": u.Expires.AsTime(),
		"approvals": approvalsView(u.Approvals), "waits_for": u.WaitsFor, "closed_by": u.ClosedBy, "closed_height": u.ClosedHeight,
	}
	if p.Policy != nil {
		v["policy"] = policyView(p.Policy)
	}
	return v
}

func policyView(p *chanceryv1.UpgradePolicy) map[string]any {
	return map[string]any{"approvers": slices.Concat([]string{}, p.GetApprovers()), "required": p.GetRequired(), "delay_seconds": p.GetDelaySeconds()}
}
