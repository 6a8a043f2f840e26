package main

import (
	"fmt"
	"strings"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func templateView(t *chanceryv1.Template) map[string]any {
	return map[string]any{
		"name": t.Name, "org": t.Org, "title": t.Title, "title_zh": t.TitleZh, "status": templateStatus(t), "newest_version": t.NewestVersion,
		"newest_code_hash": fmt.Sprintf("%x", t.NewestCodeHash), "last_version": t.LastVersion, "stars": t.Stars, "uses": t.Uses, "using_orgs": t.UsingOrgs,
		"origin": t.Origin, "height": t.Height, "time": t.Time.AsTime(), "withdrawn": withdrawalView(t.Withdrawn),
	}
}

func templateVersionView(v *chanceryv1.TemplateVersion) map[string]any {
	return map[string]any{
		"version": v.Version, "code_hash": fmt.Sprintf("%x", v.CodeHash), "document_uri": v.DocumentUri, "document_hash": fmt.Sprintf("%x", v.DocumentHash),
		"source": v.Source, "origin": v.Origin, "height": v.Height, "time": v.Time.AsTime(), "withdrawn": withdrawalView(v.Withdrawn),
	}
}

func withdrawalView(w *chanceryv1.TemplateWithdrawal) any {
	if w == nil {
		return nil
	}
	return map[string]any{"origin": w.Origin, "height": w.Height, "time": w.Time.AsTime(), "reason": w.Reason}
}

// fromTemplate shows the template that a contract was made from, and how its code
// stands to the versions there are now.
func fromTemplate(k *chanceryv1.Contract) []terminal.Pair {
	t := k.Template
	if t == nil {
		return nil
	}
	var words []string
	switch t.CurrentVersion {
	case t.Version:
		words = append(words, fmt.Sprintf("version %d", t.Version))
	case 0:
		words = append(words, fmt.Sprintf("from version %d, with code of its own since", t.Version))
	default:
		words = append(words, fmt.Sprintf("version %d, deployed from %d", t.CurrentVersion, t.Version))
	}
	if t.Withdrawn {
		words = append(words, "which is withdrawn")
	}
	pairs := []terminal.Pair{{Name: "template", Value: t.Name + ", " + strings.Join(words, ", ")}}
	if t.Outdated {
		pairs = append(pairs, terminal.Pair{Name: "newer", Value: fmt.Sprintf("version %d: chancery contract upgrade %s %x", t.NewestVersion, k.Name, t.NewestCodeHash)})
	}
	return pairs
}

func fromTemplateView(t *chanceryv1.ContractTemplate) any {
	if t == nil {
		return nil
	}
	return map[string]any{
		"name": t.Name, "version": t.Version, "current_version": t.CurrentVersion, "newest_version": t.NewestVersion,
		"newest_code_hash": fmt.Sprintf("%x", t.NewestCodeHash), "outdated": t.Outdated, "withdrawn": t.Withdrawn,
	}
}
