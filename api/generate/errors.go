package generate

import (
	"strconv"
	"strings"

	"github.com/chancery-chain/chancery/api/schema"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// printErrors prints codes, and for each error what makes it and what reads it.
func (p *printer) printErrors() {
	p.printCodes()
	for _, e := range p.c.Errors {
		name := p.errorName(e)
		fn := p.declare("Err" + name)
		p.f("\n// %s returns the error %q.\n", fn, e.Message)
		if e.Details == nil {
			p.f("func %s() *sdk.Error {\n\treturn &sdk.Error{Code: Code%s, Message: %q}\n}\n", fn, name, e.Message)
			continue
		}
		p.f("func %s(details *%s) *sdk.Error {\n\treturn sdk.NewError(Code%s, %s, details)\n}\n",
			fn, p.message(e.Details), name, p.sentence(e))
		p.printDetails(e)
	}
}

// printCodes prints a constant for each error, with its sentence.
func (p *printer) printCodes() {
	if len(p.c.Errors) == 0 {
		return
	}
	p.begin("errors", "")
	p.f("\n// Codes of the contract's errors.\nconst (\n")
	for _, e := range p.c.Errors {
		p.f("\t%s uint32 = %d // %s\n", p.declare("Code"+p.errorName(e)), e.Code, strings.Join(strings.Fields(e.Message), " "))
	}
	p.f(")\n")
}

// printDetails prints what reads the details of an error that has some.
func (p *printer) printDetails(e schema.Error) {
	if e.Details == nil {
		return
	}
	name := p.errorName(e)
	p.f("\n// %[1]s returns the details of the error %[3]s, when err is it.\nfunc %[1]s(err error) (details *%[2]s, ok bool) {\n\treturn sdk.DetailsOf[%[2]s](err, Code%[4]s)\n}\n",
		p.declare("DetailsOf"+name), p.message(e.Details), e.Name, name)
}

// errorName returns the Go name of an error: ERROR_NOT_FOUND is NotFound.
func (p *printer) errorName(e schema.Error) string {
	return goName(strings.TrimPrefix(e.Name, "ERROR_"))
}

// sentence returns a Go expression for an error's message with the fields of
// details in place of the placeholders.
func (p *printer) sentence(e schema.Error) string {
	var parts []string
	rest := e.Message
	for {
		before, after, found := strings.Cut(rest, "{")
		field, tail, closed := strings.Cut(after, "}")
		if !found || !closed {
			break
		}
		if before != "" {
			parts = append(parts, strconv.Quote(before))
		}
		parts = append(parts, p.text(e.Details.Fields().ByName(protoreflect.Name(field))))
		rest = tail
	}
	if rest != "" || len(parts) == 0 {
		parts = append(parts, strconv.Quote(rest))
	}
	return strings.Join(parts, " + ")
}

// text returns a Go expression for a field of details as text.
func (p *printer) text(field protoreflect.FieldDescriptor) string {
	value := "details.Get" + p.names[field.FullName()] + "()"
	switch field.Kind() {
	case protoreflect.StringKind:
		return value
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		p.strconv = true
		return "strconv.FormatUint(uint64(" + value + "), 10)"
	}
	p.strconv = true
	return "strconv.FormatInt(int64(" + value + "), 10)"
}
