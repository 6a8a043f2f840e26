package generate

import (
	"regexp"
	"strings"

	"github.com/aperturerobotics/protobuf-go-lite/compiler/protogen"
)

// undocumented finds what the message generator declares without a comment, and
// how the comment begins.
var undocumented = []struct {
	pattern *regexp.Regexp
	comment string
}{
	{regexp.MustCompile(`(?m)^func \(\w \*\w+\) Get(\w+)\(\) `), "// Get$1 returns $1, or its zero value when it is not set.\n$0"},
	{regexp.MustCompile(`(?m)^func \(x \w+\) Enum\(\) `), "// Enum returns a pointer to the value.\n$0"},
	{regexp.MustCompile(`(?m)^func \(x \w+\) String\(\) string \{`), "// String returns the name of the value, or its number when it has none.\n$0"},
}

// documented returns the code of messages with a comment for all that is exported.
func documented(source string, file *protogen.File) string {
	for _, u := range undocumented {
		source = u.pattern.ReplaceAllString(source, u.comment)
	}
	var choices func(messages []*protogen.Message)
	choices = func(messages []*protogen.Message) {
		for _, m := range messages {
			for _, field := range m.Fields {
				if of := field.Oneof; of != nil && !of.Desc.IsSynthetic() {
					declared := "\ntype " + field.GoIdent.GoName + " struct {\n"
					source = strings.Replace(source, declared, "\n// "+field.GoIdent.GoName+" is "+field.GoName+" as the choice for "+of.GoName+"."+declared, 1)
				}
			}
			choices(m.Messages)
		}
	}
	choices(file.Messages)
	return source
}

// importBlock finds what the message generator imports.
var importBlock = regexp.MustCompile(`(?s)\nimport \(\n(.*?)\n\)\n`)

// withImports returns code, which begins with its package clause, with one import
// declaration: of what the message generator imports, all of the standard library,
// and of these.
func withImports(source string, standard, others []string) string {
	for _, block := range importBlock.FindAllStringSubmatch(source, -1) {
		for line := range strings.Lines(block[1]) {
			// The alias is the package's own name.
			if _, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
				standard = append(standard, strings.Trim(name, `"`))
			}
		}
	}
	name, rest, _ := strings.Cut(importBlock.ReplaceAllString(source, ""), "\n")
	if len(standard)+len(others) == 0 {
		return name + "\n" + rest
	}
	var b strings.Builder
	b.WriteString(name + "\n\nimport (\n")
	for _, list := range [][]string{standard, others} {
		for _, name := range list {
			b.WriteString("\t\"" + name + "\"\n")
		}
		b.WriteString("\n")
	}
	b.WriteString(")\n")
	return b.String() + rest
}
