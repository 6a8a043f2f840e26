package template

import (
	"fmt"
	"math"
	"strings"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// Get returns a template, NotFound, or InvalidTx for what is no template's name.
func Get(r state.Reader, name string) (*statev1.Template, error) {
	t, ok, err := templates.Get(r, name)
	if err != nil {
		return nil, err
	}
	if !ok {
		if _, _, err := tx.SplitTemplateName(name); err != nil {
			return nil, err
		}
		return nil, apperr.New(apperr.NotFound, "template %s does not exist", name)
	}
	return t, nil
}

// GetVersion returns a version of a template or NotFound.
func GetVersion(r state.Reader, name string, n uint64) (*statev1.TemplateVersion, error) {
	v, ok, err := versions.Get(r, state.PairOf(name, n))
	if err != nil {
		return nil, err
	}
	if !ok {
		if _, err := Get(r, name); err != nil {
			return nil, err
		}
		return nil, apperr.New(apperr.NotFound, "template %s has no version %d", name, n)
	}
	return v, nil
}

// Counts returns what others did with a template.
func Counts(r state.Reader, name string) (*statev1.TemplateCounts, error) {
	c, ok, err := counts.Get(r, name)
	if err != nil || !ok {
		return &statev1.TemplateCounts{}, err
	}
	return c, nil
}

// VersionOfCode returns the number of a template's last version with some code,
// withdrawn or not; 0 for none.
func VersionOfCode(r state.Reader, name string, hash []byte) (uint64, error) {
	if len(hash) != 32 {
		return 0, nil
	}
	n, _, err := byCode.Get(r, state.PairOf(name, [32]byte(hash)))
	return n, err
}

// List walks templates in order of their names, those of one organisation or, for an
// empty org, all; withdrawn ones included. after is the last name already seen, or
// empty.
func List(r state.Reader, org, after string, limit int, fn func(name string, t *statev1.Template) error) (more bool, err error) {
	page := state.Page[string]{Limit: limit}
	if org != "" && after == "" {
		// No name is just "<org>/", so the page begins at the organisation's first.
		after = org + "/"
	}
	if after != "" {
		page.After = &after
	}
	done := false
	more, err = templates.Iterate(r, page, func(name string, t *statev1.Template) error {
		if org != "" && !strings.HasPrefix(name, org+"/") {
			done = true
			return state.Stop
		}
		return fn(name, t)
	})
	if err != nil {
		return false, fmt.Errorf("list templates: %w", err)
	}
	return more && !done, nil
}

// Rank is a template's place in the list by stars.
type Rank struct {
	Stars uint64
	Name  string
}

// Ranked walks the templates that something can be deployed from, those with the most
// stars first, then by name; those of one organisation or, for an empty org, all.
// after is the last one already seen, or nil.
func Ranked(r state.Reader, org string, after *Rank, limit int, fn func(Rank) error) (more bool, err error) {
	page := state.Page[place]{Limit: limit}
	if after != nil {
		at := placeOf(*after)
		page.After = &at
	}
	more, err = state.IteratePair(ranks, r, org, page, func(at place, _ state.Empty) error {
		return fn(Rank{Stars: math.MaxUint64 - at.First, Name: at.Second})
	})
	if err != nil {
		return false, fmt.Errorf("list templates by stars: %w", err)
	}
	return more, nil
}

func placeOf(k Rank) place { return state.PairOf(math.MaxUint64-k.Stars, k.Name) }

// Versions walks a template's versions, newest first. before is the last number
// already seen, or 0.
func Versions(r state.Reader, name string, before uint64, limit int, fn func(uint64, *statev1.TemplateVersion) error) (more bool, err error) {
	page := state.Page[uint64]{Limit: limit, Reverse: true}
	if before > 0 {
		page.After = &before
	}
	if more, err = state.IteratePair(versions, r, name, page, fn); err != nil {
		return false, fmt.Errorf("list versions of a template: %w", err)
	}
	return more, nil
}

// Uses walks the contracts that were made from a template in order of their names.
// after is the last one already seen, or empty.
func Uses(r state.Reader, name, after string, limit int, fn func(contract string, u *statev1.TemplateUse) error) (more bool, err error) {
	if more, err = state.IteratePair(uses, r, name, pageAfter(after, limit), fn); err != nil {
		return false, fmt.Errorf("list uses of a template: %w", err)
	}
	return more, nil
}

// Stars walks the organisations that recommend a template in order of their names.
// after is the last one already seen, or empty.
func Stars(r state.Reader, name, after string, limit int, fn func(org string, s *statev1.TemplateStar) error) (more bool, err error) {
	if more, err = state.IteratePair(stars, r, name, pageAfter(after, limit), fn); err != nil {
		return false, fmt.Errorf("list stars of a template: %w", err)
	}
	return more, nil
}

func pageAfter(after string, limit int) state.Page[string] {
	page := state.Page[string]{Limit: limit}
	if after != "" {
		page.After = &after
	}
	return page
}

// publisher returns the organisation that the name of a template, or of a contract,
// begins with.
func publisher(name string) string {
	org, _, _ := strings.Cut(name, "/")
	return org
}
