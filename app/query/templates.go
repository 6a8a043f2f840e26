package query

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/template"
)

// Template describes a template and the interface of one of its versions: 0 for the
// newest that is not withdrawn or, when all are, for the last one.
func (q *Query) Template(name string, version uint64) (*chanceryv1.GetTemplateResponse, error) {
	return at(q, 0, func(v *state.View) (*chanceryv1.GetTemplateResponse, error) {
		rec, err := template.Get(v, name)
		if err != nil {
			return nil, err
		}
		t, err := apiTemplate(v, name, rec)
		if err != nil {
			return nil, err
		}
		if version == 0 {
			version = rec.NewestVersion
		}
		if version == 0 {
			version = rec.LastVersion
		}
		ver, err := template.GetVersion(v, name, version)
		if err != nil {
			return nil, err
		}
		res := &chanceryv1.GetTemplateResponse{Template: t, Version: apiTemplateVersion(rec, version, ver)}
		sch, set, err := q.exec.CodeSchema(v, ver.CodeHash)
		if apperr.CodeOf(err) == apperr.NotFound {
			return res, nil // withdrawn, and pruned
		}
		if err != nil {
			return nil, err
		}
		res.DescriptorSet, res.Methods = set, apiMethods(sch)
		return res, nil
	})
}

// Templates lists templates, of one organisation or, for an empty org, of all, in an
// order.
func (q *Query) Templates(org string, order chanceryv1.TemplateOrder, size uint32, token string) (list []*chanceryv1.Template, next string, err error) {
	after, err := pageAfter(token)
	if err != nil {
		return nil, "", err
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	add := func(name string, rec *statev1.Template) error {
		t, err := apiTemplate(view, name, rec)
		list = append(list, t)
		return err
	}
	var more bool
	switch order {
	case chanceryv1.TemplateOrder_TEMPLATE_ORDER_UNSPECIFIED, chanceryv1.TemplateOrder_TEMPLATE_ORDER_NAME:
		more, err = template.List(view, org, after, pageSize(size), add)
	case chanceryv1.TemplateOrder_TEMPLATE_ORDER_STARS:
		var from *template.Rank
		if from, err = parseRank(after); err != nil {
			return nil, "", err
		}
		more, err = template.Ranked(view, org, from, pageSize(size), func(k template.Rank) error {
			rec, err := template.Get(view, k.Name)
			if err != nil {
				return err
			}
			return add(k.Name, rec)
		})
	default:
		return nil, "", apperr.Invalid("order", "is %d, which is none", order)
	}
	if err != nil || !more {
		return list, "", err
	}
	last := list[len(list)-1]
	if order == chanceryv1.TemplateOrder_TEMPLATE_ORDER_STARS {
		return list, pageToken(fmt.Sprintf("%d %s", last.Stars, last.Name)), nil
	}
	return list, pageToken(last.Name), nil
}

// parseRank reads the token of a list by stars.
func parseRank(after string) (*template.Rank, error) {
	if after == "" {
		return nil, nil
	}
	number, name, ok := strings.Cut(after, " ")
	n, err := strconv.ParseUint(number, 10, 64)
	if !ok || err != nil {
		return nil, apperr.Invalid("page_token", "was not given for this list")
	}
	return &template.Rank{Stars: n, Name: name}, nil
}

// TemplateVersions lists a template's versions, newest first.
func (q *Query) TemplateVersions(name string, size uint32, token string) (list []*chanceryv1.TemplateVersion, next string, err error) {
	before, err := pageBefore(token)
	if err != nil {
		return nil, "", err
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	rec, err := template.Get(view, name)
	if err != nil {
		return nil, "", err
	}
	more, err := template.Versions(view, name, before, pageSize(size), func(n uint64, v *statev1.TemplateVersion) error {
		list = append(list, apiTemplateVersion(rec, n, v))
		return nil
	})
	if err != nil || !more {
		return list, "", err
	}
	return list, pageToken(strconv.FormatUint(list[len(list)-1].Version, 10)), nil
}

// TemplateUses lists the contracts that were made from a template in order of their
// names.
func (q *Query) TemplateUses(name string, size uint32, token string) (list []*chanceryv1.TemplateUse, next string, err error) {
	after, err := pageAfter(token)
	if err != nil {
		return nil, "", err
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	if _, err := template.Get(view, name); err != nil {
		return nil, "", err
	}
	more, err := template.Uses(view, name, after, pageSize(size), func(of string, u *statev1.TemplateUse) error {
		rec, err := contract.Get(view, of)
		if err != nil {
			return err
		}
		c := apiContract(of, rec)
		if err := setTemplate(view, c); err != nil {
			return err
		}
		list = append(list, &chanceryv1.TemplateUse{
			Contract: of, Version: u.Version, CurrentVersion: c.Template.GetCurrentVersion(), Outdated: c.Template.GetOutdated(),
			Status: c.Status, Height: u.Height, Time: stamp(u.Time),
		})
		return nil
	})
	if err != nil || !more {
		return list, "", err
	}
	return list, pageToken(list[len(list)-1].Contract), nil
}

// TemplateStars lists the organisations that recommend a template in order of their
// names.
func (q *Query) TemplateStars(name string, size uint32, token string) (list []*chanceryv1.TemplateStar, next string, err error) {
	after, err := pageAfter(token)
	if err != nil {
		return nil, "", err
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	if _, err := template.Get(view, name); err != nil {
		return nil, "", err
	}
	more, err := template.Stars(view, name, after, pageSize(size), func(org string, s *statev1.TemplateStar) error {
		list = append(list, &chanceryv1.TemplateStar{Org: org, Origin: s.Origin, Height: s.Height, Time: stamp(s.Time)})
		return nil
	})
	if err != nil || !more {
		return list, "", err
	}
	return list, pageToken(list[len(list)-1].Org), nil
}

func apiTemplate(r state.Reader, name string, rec *statev1.Template) (*chanceryv1.Template, error) {
	counts, err := template.Counts(r, name)
	if err != nil {
		return nil, err
	}
	org, _, _ := cutName(name)
	t := &chanceryv1.Template{
		Name: name, Org: org, Title: rec.Title, TitleZh: rec.TitleZh,
		NewestVersion: rec.NewestVersion, LastVersion: rec.LastVersion,
		Stars: counts.Stars, Uses: counts.Uses, UsingOrgs: counts.UsingOrgs,
		Origin: rec.Origin, Height: rec.Height, Time: stamp(rec.Time), Withdrawn: apiWithdrawal(rec.Withdrawn),
	}
	if rec.NewestVersion == 0 {
		return t, nil
	}
	v, err := template.GetVersion(r, name, rec.NewestVersion)
	t.NewestCodeHash = v.GetCodeHash()
	return t, err
}

func apiTemplateVersion(t *statev1.Template, n uint64, v *statev1.TemplateVersion) *chanceryv1.TemplateVersion {
	gone := v.Withdrawn
	if gone == nil {
		gone = t.Withdrawn
	}
	return &chanceryv1.TemplateVersion{
		Version: n, CodeHash: v.CodeHash, DocumentUri: v.DocumentUri, DocumentHash: v.DocumentHash, Source: v.Source,
		Origin: v.Origin, Height: v.Height, Time: stamp(v.Time), Withdrawn: apiWithdrawal(gone),
	}
}

func apiWithdrawal(w *statev1.TemplateWithdrawal) *chanceryv1.TemplateWithdrawal {
	if w == nil {
		return nil
	}
	return &chanceryv1.TemplateWithdrawal{Origin: w.Origin, Height: w.Height, Time: stamp(w.Time), Reason: w.Reason}
}

// setTemplate completes what is said about the template that a contract was made
// from: how its code stands to the template's versions.
func setTemplate(r state.Reader, c *chanceryv1.Contract) error {
	t := c.Template
	if t == nil {
		return nil
	}
	rec, err := template.Get(r, t.Name)
	if err != nil {
		return err
	}
	if t.CurrentVersion, err = template.VersionOfCode(r, t.Name, c.CodeHash); err != nil {
		return err
	}
	since := t.CurrentVersion
	if since == 0 {
		since = t.Version // it went a way of its own from there
	} else {
		current, err := template.GetVersion(r, t.Name, since)
		if err != nil {
			return err
		}
		t.Withdrawn = current.Withdrawn != nil
	}
	t.Withdrawn = t.Withdrawn || rec.Withdrawn != nil
	if t.NewestVersion = rec.NewestVersion; t.NewestVersion == 0 {
		return nil
	}
	newest, err := template.GetVersion(r, t.Name, t.NewestVersion)
	if err != nil {
		return err
	}
	t.NewestCodeHash = newest.CodeHash
	t.Outdated = t.NewestVersion > since && !bytes.Equal(newest.CodeHash, c.CodeHash)
	return nil
}
