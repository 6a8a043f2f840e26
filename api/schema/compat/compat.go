// Package compat says what an upgrade from one declaration of a contract to
// another would break: its callers, or the state that it stored.
//
// Nodes run Compare when they decide about an upgrade, so it is pure, its answer
// depends on the two declarations alone, and its work is bounded. What cannot be
// judged counts as broken: the gate may ask for a vote too many, never for one
// too few.
package compat

import (
	"cmp"
	"slices"

	"github.com/chancery-chain/chancery/api/schema"
)

// Severity says whom a change hurts. A greater one includes the lesser.
type Severity uint8

// The severities.
const (
	// Compatible changes hurt nobody.
	Compatible Severity = iota + 1
	// Breaking changes make programs fail or mean something else: clients, other
	// contracts, readers of events. Changes of who may call are among them, because
	// somebody relied on the rule.
	Breaking
	// Lossy changes leave stored entries readable, without what the new code does not
	// know: stored fields and collections that are gone. Their bytes stay as long as
	// the entries are left alone, or are read, changed and set again by the SDK; they
	// are lost where the code makes an entry anew. No migrate method is needed: this
	// is how code before an upgrade reads what came after it.
	Lossy
	// StateBreaking changes make stored entries unreadable, lost, or missing from an
	// index, unless the new code's migrate method converts them.
	StateBreaking
)

// String returns the severity in words.
func (s Severity) String() string {
	switch s {
	case Compatible:
		return "compatible"
	case Breaking:
		return "breaking"
	case Lossy:
		return "lossy"
	case StateBreaking:
		return "state-breaking"
	}
	return "unknown"
}

// Finding is one change.
type Finding struct {
	Severity Severity
	// Rule is the stable name of the kind of change, for example "field-removed".
	Rule string
	// Subject names what changed, by its old name where it had one: "method Get",
	// "field shop.v1.Order.owner".
	Subject string
	// Detail says what was and what is, in English.
	Detail string
}

// Removal reports whether the change takes something away that was stored, and
// leaves what is read as it was. Code that ran before it was added can run again
// without a migrate method: it misreads nothing, though it keeps no index up that it
// does not know.
func (f Finding) Removal() bool {
	switch f.Rule {
	case "field-removed", "collection-removed", "index-removed", "enum-value-removed":
		return true
	}
	return false
}

// Bounds of a comparison. They are consensus rules.
const (
	// maxFindings is how many findings a report has at most.
	maxFindings = 1_000
	// maxPairs is how many pairs of messages are compared at most. The pairs of two
	// hostile declarations grow with the product of their messages.
	maxPairs = 10_000
)

// RuleTooComplex is the rule of the finding that ends an incomplete report. It is
// state-breaking: nobody looked at the rest.
const RuleTooComplex = "too-complex"

// Compare lists what changed from one declaration to another: the most severe
// first, those of one severity in order of the old declaration. Two equal
// declarations give nothing.
func Compare(from, to *schema.Contract) []Finding {
	c := &comparison{seen: map[key]int{}, pairs: map[pair]bool{}}
	c.collections(from, to)
	c.service(from, to)
	c.events(from, to)
	c.errors(from, to)
	slices.SortStableFunc(c.findings, func(a, b Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	if c.cut {
		c.findings = append([]Finding{{
			StateBreaking, RuleTooComplex, "contract " + from.Service, "there is more to compare than a report holds",
		}}, c.findings...)
	}
	return c.findings
}

// Worst returns the greatest severity of the findings, and Compatible for none.
func Worst(findings []Finding) Severity {
	worst := Compatible
	for _, f := range findings {
		worst = max(worst, f.Severity)
	}
	return worst
}

// comparison collects findings.
type comparison struct {
	findings []Finding
	seen     map[key]int // place among the findings
	pairs    map[pair]bool
	cut      bool
}

// key tells findings apart: a message that is reached on several ways gives each
// of its findings once, with the greatest severity.
type key struct{ rule, subject, detail string }

func (c *comparison) add(severity Severity, rule, subject, detail string) {
	k := key{rule, subject, detail}
	at, known := c.seen[k]
	switch {
	case known:
		c.findings[at].Severity = max(c.findings[at].Severity, severity)
	case len(c.findings) == maxFindings:
		c.cut = true
	default:
		c.seen[k] = len(c.findings)
		c.findings = append(c.findings, Finding{severity, rule, subject, detail})
	}
}

// changed is the usual detail.
func changed(from, to string) string { return "was " + from + ", is " + to }

func quote(text string) string { return `"` + text + `"` }
