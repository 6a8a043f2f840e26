package generate

import (
	"go/build"
	"io"
	"path"
	"regexp"
	"strings"

	"github.com/chancery-chain/chancery/api/schema"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// lint refuses what the chain takes, but what is a mistake all the same: it would
// be found only when somebody reads an error, or when the Wasm is built.
func lint(s *sources) error {
	l := &linter{}
	l.contract(s.contract)
	for _, m := range s.contract.Methods {
		options, _ := m.Descriptor.Options().(*descriptorpb.MethodOptions)
		if options.GetIdempotencyLevel() == descriptorpb.MethodOptions_IDEMPOTENT {
			l.add(m.Descriptor, "IDEMPOTENT says nothing of a contract's method", "write idempotency_level = NO_SIDE_EFFECTS for a query, or take it out and give the request a field with request_id")
		}
	}
	for _, e := range s.contract.Errors {
		l.sentences(s.contract, e)
	}
	for _, file := range s.files {
		if name := file.GetName(); own(name) {
			if d, err := s.contract.Files.FindFileByPath(name); err == nil {
				l.file(d)
			}
		}
	}
	if len(l.problems) > 0 {
		return &schema.InvalidError{Problems: l.problems}
	}
	return nil
}

type linter struct {
	problems []schema.Problem
}

func (l *linter) add(d protoreflect.Descriptor, text, hint string) {
	l.problems = append(l.problems, schema.ProblemAt(d, text, hint))
}

// contract refuses a title or a description in one language alone.
func (l *linter) contract(c *schema.Contract) {
	for _, pair := range []struct{ name, en, zh string }{{"title", c.Title, c.TitleZH}, {"description", c.Description, c.DescriptionZH}} {
		switch {
		case pair.en != "" && pair.zh == "":
			l.add(c.Descriptor, "a "+pair.name+" in English alone", "add "+pair.name+`_zh: "…"`)
		case pair.en == "" && pair.zh != "":
			l.add(c.Descriptor, "a "+pair.name+" in Chinese alone", "add "+pair.name+`: "…"`)
		}
	}
}

// placeholder finds what a sentence takes from the details.
var placeholder = regexp.MustCompile(`\{\w+\}`)

// sentences refuses an error whose sentences do not say the same.
func (l *linter) sentences(c *schema.Contract, e schema.Error) {
	d, err := c.Files.FindDescriptorByName(c.Descriptor.FullName().Parent().Append(protoreflect.Name(e.Name)))
	value, ok := d.(protoreflect.EnumValueDescriptor)
	if err != nil || !ok {
		return // declared in another package
	}
	if e.MessageZH == "" {
		l.add(value, "an error without a Chinese sentence", `add message_zh: "…", with the same placeholders`)
		return
	}
	for _, one := range []struct{ from, to, language string }{{e.Message, e.MessageZH, "Chinese"}, {e.MessageZH, e.Message, "English"}} {
		for _, word := range placeholder.FindAllString(one.from, -1) {
			if !strings.Contains(one.to, word) {
				l.add(value, "the "+one.language+" sentence lacks "+word, "both say the same: put it in, or take it out of the other")
				return
			}
		}
	}
}

// file refuses what makes Go code that is not compiled.
func (l *linter) file(d protoreflect.FileDescriptor) {
	if d.Package() == "" {
		l.add(d, "a .proto without package", "write for example package records.plots.v1;")
	}
	guest := build.Default
	guest.GOOS, guest.GOARCH = "wasip1", "wasm"
	guest.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("package p\n")), nil }
	name := strings.TrimSuffix(path.Base(d.Path()), ".proto")
	if ok, err := guest.MatchFile("", name+".pb.go"); err != nil || !ok {
		l.add(d, "Go leaves out files named "+name+".…, as for another system", "rename the .proto")
	}
}
