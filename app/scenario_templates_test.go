package app_test

import (
	"fmt"
	"strings"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

// templates shows the register of templates.
func (s *story) templates(d *datadriven.TestData) string {
	q := s.chain.App.Query()
	name := ""
	if len(d.CmdArgs) > 0 && len(d.CmdArgs[0].Vals) == 0 && d.CmdArgs[0].Key != "by-stars" {
		name = d.CmdArgs[0].Key
	}
	var b strings.Builder
	switch d.Cmd {
	case "templates":
		order, size := chanceryv1.TemplateOrder_TEMPLATE_ORDER_NAME, 100
		if d.HasArg("by-stars") {
			order = chanceryv1.TemplateOrder_TEMPLATE_ORDER_STARS
		}
		d.MaybeScanArgs(s.t, "size", &size)
		for token := ""; ; {
			list, next, err := q.Templates(name, order, uint32(size), token)
			require.NoError(s.t, err)
			require.LessOrEqual(s.t, len(list), size)
			for _, t := range list {
				fmt.Fprintf(&b, "%s newest=%d stars=%d uses=%d%s\n", t.Name, t.NewestVersion, t.Stars, t.Uses, s.withdrawal(t.Withdrawn))
			}
			if token = next; token == "" {
				break
			}
		}
	case "template":
		res, err := q.Template(name, 0)
		if err != nil {
			return err.Error() + "\n"
		}
		t, v := res.Template, res.Version
		fmt.Fprintf(&b, "%s (%s) newest=%d of %d stars=%d uses=%d by %d organisations, by %s at height %d%s\n", t.Title, t.TitleZh,
			t.NewestVersion, t.LastVersion, t.Stars, t.Uses, t.UsingOrgs, s.name(t.Origin), t.Height, s.withdrawal(t.Withdrawn))
		fmt.Fprintf(&b, "version %d code=%s document=%s %x… source=%s methods=%d\n", v.Version, s.codeName(v.CodeHash), v.DocumentUri, v.DocumentHash[:4], v.Source, len(res.Methods))
	case "template-versions":
		list, _, err := q.TemplateVersions(name, 100, "")
		if err != nil {
			return err.Error() + "\n"
		}
		for _, v := range list {
			fmt.Fprintf(&b, "%d %s height=%d by %s%s\n", v.Version, s.codeName(v.CodeHash), v.Height, s.name(v.Origin), s.withdrawal(v.Withdrawn))
		}
	case "template-uses":
		list, _, err := q.TemplateUses(name, 100, "")
		if err != nil {
			return err.Error() + "\n"
		}
		for _, u := range list {
			fmt.Fprintf(&b, "%s %s from version %d, now %d", u.Contract, enum(u.Status, "CONTRACT_STATUS_"), u.Version, u.CurrentVersion)
			if u.Outdated {
				b.WriteString(", outdated")
			}
			b.WriteString("\n")
		}
	case "template-stars":
		list, _, err := q.TemplateStars(name, 100, "")
		if err != nil {
			return err.Error() + "\n"
		}
		for _, star := range list {
			fmt.Fprintf(&b, "%s (%s) at height %d\n", star.Org, s.name(star.Origin), star.Height)
		}
	}
	if b.Len() == 0 {
		return "none\n"
	}
	return b.String()
}

func (s *story) withdrawal(w *chanceryv1.TemplateWithdrawal) string {
	if w == nil {
		return ""
	}
	return fmt.Sprintf(", withdrawn by %s at height %d: %s", s.name(w.Origin), w.Height, w.Reason)
}

// templateText says how a contract stands to its template.
func templateText(t *chanceryv1.ContractTemplate) string {
	out := fmt.Sprintf("template=%s from=%d current=%d newest=%d", t.Name, t.Version, t.CurrentVersion, t.NewestVersion)
	if t.Outdated {
		out += " outdated"
	}
	if t.Withdrawn {
		out += " withdrawn"
	}
	return out
}
