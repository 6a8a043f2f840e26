package template

import (
	"bytes"
	"strings"
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// Prices in gas; those of rows are the lifecycle's.
const (
	// rowGas pays for reading and writing one row of the state.
	rowGas = 20_000
	// rowByteGas pays for a byte of a row whose size the signer chooses.
	rowByteGas = 4
	// codeGas pays for looking whether code is on chain: its row may hold 4 MiB.
	codeGas = 4_000_000
)

// maxVersions bounds the versions of a template: its withdrawal goes over all.
const maxVersions = 1_000

// Author is who acts, for which organisation, and when.
type Author struct {
	Org    string
	Origin string
	Height int64
	Time   time.Time
}

// Pay charges gas for work that is about to be done. The error is OutOfGas.
type Pay func(gas uint64, what string) error

// Codes keeps code on chain.
type Codes interface {
	// Hold keeps code from being pruned until it is released as often as it was held.
	// The error is NotFound for code that is not on chain.
	Hold(w state.Writer, hash []byte) error
	// Release takes back one Hold.
	Release(w state.Writer, hash []byte) error
}

// Publish makes a template, or adds a version to it, and returns the version's
// number. The errors are NotFound for the code, AlreadyExists when the newest version
// says the same, Withdrawn, and LimitExceeded past 1,000 versions.
func Publish(w state.Writer, codes Codes, by Author, m *chanceryv1.PublishTemplate, pay Pay) (version uint64, err error) {
	size := len(m.Title) + len(m.TitleZh) + len(m.DocumentUri) + len(m.Source)
	if err := pay(codeGas+7*rowGas+rowByteGas*uint64(size), "a version of a template"); err != nil {
		return 0, err
	}
	t, err := standing(w, m.Template)
	if apperr.CodeOf(err) == apperr.NotFound {
		t, err = &statev1.Template{Origin: by.Origin, Height: by.Height, Time: by.Time.UnixNano()}, nil
	}
	if err != nil {
		return 0, err
	}
	if t.LastVersion >= maxVersions {
		return 0, apperr.New(apperr.LimitExceeded, "template %s has %d versions, as many as there may be", m.Template, t.LastVersion)
	}
	if err := checkNew(w, t, m); err != nil {
		return 0, err
	}
	if err := codes.Hold(w, m.CodeHash); err != nil {
		return 0, err
	}
	usable := t.NewestVersion > 0
	t.Title, t.TitleZh = m.Title, m.TitleZh
	t.LastVersion++
	t.NewestVersion = t.LastVersion
	if err := templates.Set(w, m.Template, t); err != nil {
		return 0, err
	}
	if err := versions.Set(w, state.PairOf(m.Template, t.LastVersion), &statev1.TemplateVersion{
		CodeHash: m.CodeHash, DocumentUri: m.DocumentUri, DocumentHash: m.DocumentHash, Source: m.Source,
		Origin: by.Origin, Height: by.Height, Time: by.Time.UnixNano(),
	}); err != nil {
		return 0, err
	}
	if err := byCode.Set(w, state.PairOf(m.Template, [32]byte(m.CodeHash)), t.LastVersion); err != nil {
		return 0, err
	}
	if usable {
		return t.LastVersion, nil
	}
	c, err := Counts(w, m.Template)
	if err != nil {
		return 0, err
	}
	return t.LastVersion, enrank(w, m.Template, c.Stars)
}

// Withdraw ends a version of a template or, for version 0, the template, and lets go
// of its code. The errors are NotFound, and Withdrawn for what is withdrawn already.
func Withdraw(w state.Writer, codes Codes, by Author, m *chanceryv1.WithdrawTemplate, pay Pay) error {
	t, err := standing(w, m.Template)
	if err != nil {
		return err
	}
	gone := &statev1.TemplateWithdrawal{Origin: by.Origin, Height: by.Height, Time: by.Time.UnixNano(), Reason: m.Reason}
	usable := t.NewestVersion > 0
	if m.Version == 0 {
		err = withdrawAll(w, codes, m.Template, t, gone, pay)
	} else {
		err = withdrawVersion(w, codes, m, t, gone, pay)
	}
	if err != nil {
		return err
	}
	if err := templates.Set(w, m.Template, t); err != nil {
		return err
	}
	if !usable || t.NewestVersion > 0 {
		return nil
	}
	c, err := Counts(w, m.Template)
	if err != nil {
		return err
	}
	derank(w, m.Template, c.Stars)
	return nil
}

// withdrawAll ends a template; the caller stores t.
func withdrawAll(w state.Writer, codes Codes, name string, t *statev1.Template, gone *statev1.TemplateWithdrawal, pay Pay) error {
	if err := pay(rowGas*(4+2*t.LastVersion), "letting go of its versions"); err != nil {
		return err
	}
	_, err := state.IteratePair(versions, w, name, state.Page[uint64]{}, func(_ uint64, v *statev1.TemplateVersion) error {
		if v.Withdrawn != nil {
			return nil
		}
		return codes.Release(w, v.CodeHash)
	})
	t.NewestVersion, t.Withdrawn = 0, gone
	return err
}

// withdrawVersion ends a version; the caller stores t, whose newest version may be an
// earlier one afterwards.
func withdrawVersion(w state.Writer, codes Codes, m *chanceryv1.WithdrawTemplate, t *statev1.Template, gone *statev1.TemplateWithdrawal, pay Pay) error {
	if err := pay(6*rowGas, "letting go of a version"); err != nil {
		return err
	}
	n, v, err := standingVersion(w, m.Template, m.Version)
	if err != nil {
		return err
	}
	if err := codes.Release(w, v.CodeHash); err != nil {
		return err
	}
	v.Withdrawn = gone
	if err := versions.Set(w, state.PairOf(m.Template, n), v); err != nil {
		return err
	}
	if t.NewestVersion != n {
		return nil
	}
	for t.NewestVersion--; t.NewestVersion > 0; t.NewestVersion-- {
		if err := pay(rowGas, "looking for the version before"); err != nil {
			return err
		}
		if v, err = GetVersion(w, m.Template, t.NewestVersion); err != nil || v.Withdrawn == nil {
			return err
		}
	}
	return nil
}

// Star gives a template the star of an organisation and returns how many it has. The
// errors are NotFound, Withdrawn, PermissionDenied for the publisher's own, and
// AlreadyExists for a second one.
func Star(w state.Writer, by Author, name string, pay Pay) (n uint64, err error) {
	if err := pay(7*rowGas, "a star"); err != nil {
		return 0, err
	}
	if _, err := standing(w, name); err != nil {
		return 0, err
	}
	at := state.PairOf(name, by.Org)
	switch {
	case publisher(name) == by.Org:
		return 0, apperr.New(apperr.PermissionDenied, "%q publishes template %s: a star is others' recommendation", by.Org, name)
	case stars.Has(w, at):
		return 0, apperr.New(apperr.AlreadyExists, "%q gave template %s its star before", by.Org, name)
	}
	if err := stars.Set(w, at, &statev1.TemplateStar{Origin: by.Origin, Height: by.Height, Time: by.Time.UnixNano()}); err != nil {
		return 0, err
	}
	return addStars(w, name, 1)
}

// Unstar takes the star of an organisation back, also from a template that was
// withdrawn, and returns how many it has left. The error is NotFound for the template
// or the star.
func Unstar(w state.Writer, by Author, name string, pay Pay) (n uint64, err error) {
	if err := pay(7*rowGas, "a star"); err != nil {
		return 0, err
	}
	if _, err := Get(w, name); err != nil {
		return 0, err
	}
	at := state.PairOf(name, by.Org)
	if !stars.Has(w, at) {
		return 0, apperr.New(apperr.NotFound, "template %s has no star of %q", name, by.Org)
	}
	stars.Delete(w, at)
	return addStars(w, name, -1)
}

// addStars changes a template's stars by one, and its place in the ranks.
func addStars(w state.Writer, name string, by int) (uint64, error) {
	t, err := Get(w, name)
	if err != nil {
		return 0, err
	}
	c, err := Counts(w, name)
	if err != nil {
		return 0, err
	}
	was := c.Stars
	c.Stars += uint64(by)
	if err := counts.Set(w, name, c); err != nil {
		return 0, err
	}
	if t.NewestVersion == 0 {
		return c.Stars, nil
	}
	derank(w, name, was)
	return c.Stars, enrank(w, name, c.Stars)
}

// Used is what a template gave to a deploy.
type Used struct {
	Version  uint64
	CodeHash []byte
}

// Use notes that a contract is made from a template, and returns the version and its
// code. The errors are NotFound, Withdrawn, and VersionChanged when the deploy names
// other code.
func Use(w state.Writer, by Author, m *chanceryv1.Deploy, pay Pay) (Used, error) {
	if err := pay(5*rowGas, "looking up the template"); err != nil {
		return Used{}, err
	}
	n, v, err := standingVersion(w, m.Template, m.TemplateVersion)
	if err != nil {
		return Used{}, err
	}
	if len(m.CodeHash) > 0 && !bytes.Equal(m.CodeHash, v.CodeHash) {
		return Used{}, apperr.New(apperr.VersionChanged, "version %d of template %s has code %x, the tx asks for %x", n, m.Template, v.CodeHash, m.CodeHash)
	}
	if err := countUse(w, by.Org, m.Template); err != nil {
		return Used{}, err
	}
	err = uses.Set(w, state.PairOf(m.Template, m.Contract), &statev1.TemplateUse{Version: n, Height: by.Height, Time: by.Time.UnixNano()})
	return Used{Version: n, CodeHash: v.CodeHash}, err
}

// countUse counts a use of a template by an organisation that is about to be noted.
// The publisher's own are not counted.
func countUse(w state.Writer, org, name string) error {
	if org == publisher(name) {
		return nil
	}
	c, err := Counts(w, name)
	if err != nil {
		return err
	}
	first := true
	_, err = Uses(w, name, org+"/", 1, func(contract string, _ *statev1.TemplateUse) error {
		first = !strings.HasPrefix(contract, org+"/")
		return nil
	})
	if err != nil {
		return err
	}
	c.Uses++
	if first {
		c.UsingOrgs++
	}
	return counts.Set(w, name, c)
}

// enrank puts a template into the ranks under its stars.
func enrank(w state.Writer, name string, stars uint64) error {
	at := placeOf(Rank{Stars: stars, Name: name})
	if err := ranks.Set(w, state.PairOf("", at), state.Empty{}); err != nil {
		return err
	}
	return ranks.Set(w, state.PairOf(publisher(name), at), state.Empty{})
}

// derank takes a template out of the ranks, where it stands under its stars.
func derank(w state.Writer, name string, stars uint64) {
	at := placeOf(Rank{Stars: stars, Name: name})
	ranks.Delete(w, state.PairOf("", at))
	ranks.Delete(w, state.PairOf(publisher(name), at))
}
