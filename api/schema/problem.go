package schema

import (
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Problem is one rule that a contract's declaration breaks.
type Problem struct {
	// File and Line say where, when the set has source positions; Line is 0 when
	// it has none.
	File string
	Line int
	// Element is the full name of what is wrong, or empty.
	Element string
	// Text says what is wrong, Hint what to do.
	Text string
	Hint string
}

func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			b.WriteString(":" + strconv.Itoa(p.Line))
		}
		b.WriteString(": ")
	}
	if p.Element != "" {
		b.WriteString(p.Element + ": ")
	}
	b.WriteString(p.Text)
	if p.Hint != "" {
		b.WriteString("; " + p.Hint)
	}
	return b.String()
}

// InvalidError lists everything that is wrong with a declaration, in the order of
// the files.
type InvalidError struct {
	Problems []Problem
}

func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// ProblemAt returns a problem with d, with its place when d has source positions.
func ProblemAt(d protoreflect.Descriptor, text, hint string) Problem {
	p := Problem{Element: string(d.FullName()), Text: text, Hint: hint}
	if file := d.ParentFile(); file != nil {
		p.File = file.Path()
		if loc := file.SourceLocations().ByDescriptor(d); loc.Path != nil {
			p.Line = loc.StartLine + 1
		}
	}
	return p
}

// maxProblems bounds an error's size.
const maxProblems = 50

// add reports a problem with d, once: a message that is stored and returned is
// looked at twice.
func (r *reader) add(d protoreflect.Descriptor, text, hint string) {
	p := ProblemAt(d, text, hint)
	if len(r.problems) < maxProblems && !slices.Contains(r.problems, p) {
		r.problems = append(r.problems, p)
	}
}
