package generate

import (
	"bytes"
	"fmt"
	"go/format"
	"path"
	"strings"

	"github.com/aperturerobotics/protobuf-go-lite/compiler/protogen"
	"github.com/chancery-chain/chancery/api/schema"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// A contract whose code has more lines than wholeLines gets a file for each subject,
// and a subject with more than subjectLines one for each of its parts.
const (
	wholeLines   = 400
	subjectLines = 600
)

// printer writes the contract's Go code, subject by subject.
type printer struct {
	*section // the one that is being written
	sections []*section
	c        *schema.Contract
	names    goNames
	// service is the Go name of the service.
	service string
	// declared are the names that the code declares, and about what.
	declared []declaration
	// about is the declaration of the .proto that is being printed.
	about    protoreflect.Descriptor
	ruled    map[protoreflect.FullName]bool
	problems []schema.Problem
}

// declaration is a name that the code declares, and of what in the .proto.
type declaration struct {
	name  string
	about protoreflect.Descriptor
}

// section is the code about one subject, or about one part of it.
type section struct {
	bytes.Buffer
	subject string // for the file's name, for example "state"
	part    string // likewise, for example "orders"; empty for what is about the whole
	strconv bool   // some code needs the package
	idcodes bool   // likewise
}

func newPrinter(c *schema.Contract, plugin *protogen.Plugin) *printer {
	return &printer{c: c, names: newGoNames(plugin), about: c.Descriptor, service: goName(string(c.Descriptor.Name()))}
}

// begin starts a section.
func (p *printer) begin(subject, part string) {
	p.section = &section{subject: subject, part: part}
	p.sections = append(p.sections, p.section)
}

// clash notes that two things need one name in generated code.
func (p *printer) clash(d protoreflect.Descriptor, text, hint string) {
	p.problems = append(p.problems, schema.ProblemAt(d, text, hint))
}

func (p *printer) f(format string, args ...any) { fmt.Fprintf(&p.Buffer, format, args...) }

// declare notes a name that the code declares and returns it.
func (p *printer) declare(name string) string {
	p.declared = append(p.declared, declaration{name, p.about})
	return name
}

// generateContract makes the files with everything but the messages: one for a
// small contract, one for each subject of others.
func generateContract(c *schema.Contract, plugin *protogen.Plugin, pkg goPackage) ([]File, error) {
	p := newPrinter(c, plugin)
	p.declare("Contract") // the hand-written implementation
	p.printService()
	p.printClients()
	p.printState()
	p.printEvents()
	p.printErrors()
	p.printRules(plugin)
	if err := p.check(plugin); err != nil {
		return nil, err
	}
	return split(pkg, protoBase(c.Descriptor.ParentFile()), "contract", p.sections, wholeLines, (*section).bySubject)
}

// protoBase returns the name of a .proto without folder and ending.
func protoBase(file protoreflect.FileDescriptor) string {
	return strings.TrimSuffix(path.Base(file.Path()), ".proto")
}

// split makes one file of sections, or one for each name that by gives when it
// would have more than limit lines.
func split(pkg goPackage, base, name string, sections []*section, limit int, by func(*section) string) ([]File, error) {
	whole, err := goFile(pkg, base+"."+name+".go", "", sections)
	if err != nil {
		return nil, err
	}
	var names []string
	named := map[string][]*section{}
	for _, s := range sections {
		name := by(s)
		if named[name] == nil {
			names = append(names, name)
		}
		named[name] = append(named[name], s)
	}
	if len(names) == 1 || bytes.Count(whole.Content, []byte("\n")) <= limit {
		return []File{whole}, nil
	}
	var files []File
	for _, name := range names {
		made, err := split(pkg, base, name, named[name], subjectLines, (*section).byPart)
		if err != nil {
			return nil, err
		}
		files = append(files, made...)
	}
	return files, nil
}

// bySubject names the file of a section by its subject.
func (s *section) bySubject() string { return s.subject }

// byPart names it by its part, too. Words are joined by "-": Go would take a file
// that ends with "_test.go" for a test.
func (s *section) byPart() string {
	if s.part == "" {
		return s.subject
	}
	return s.subject + "." + strings.ReplaceAll(s.part, "_", "-")
}

// check refuses a contract of which two things need one Go name.
func (p *printer) check(plugin *protogen.Plugin) error {
	have := taken(plugin)
	for _, d := range p.declared {
		if other, ok := have[d.name]; ok {
			if other == p.c.Descriptor { // the service itself is not in the way
				other = d.about
			}
			p.clash(other, "generated code needs the Go name "+d.name+" for something else", "rename it in the .proto")
		}
		have[d.name] = d.about
	}
	if len(p.problems) > 0 {
		return &schema.InvalidError{Problems: p.problems}
	}
	return nil
}

// goFile returns sections as a Go file.
func goFile(pkg goPackage, name, doc string, sections []*section) (File, error) {
	var body bytes.Buffer
	strconv, idcodes := false, false
	for _, s := range sections {
		body.Write(s.Bytes())
		strconv, idcodes = strconv || s.strconv, idcodes || s.idcodes
	}
	var out bytes.Buffer
	out.WriteString(Header + "\n" + doc + "package " + pkg.Name + "\n\nimport (\n")
	if strconv {
		out.WriteString("\"strconv\"\n\n")
	}
	fmt.Fprintf(&out, "sdk %q\n", sdkPath)
	if idcodes {
		fmt.Fprintf(&out, "%q\n", sdkPath+"/idcodes")
	}
	out.WriteString(")\n")
	out.Write(body.Bytes())
	source, err := format.Source(out.Bytes())
	if err != nil {
		return File{}, fmt.Errorf("generate %s: %w", name, err)
	}
	return File{Name: name, Content: source}, nil
}

// generateMain makes the main package of the Wasm module.
func generateMain(pkg goPackage) File {
	return File{Name: "wasm/main.go", Content: []byte(Header + fmt.Sprintf(`
//go:build wasip1

// Command wasm is the contract as a Wasm module.
package main

import contract %q

// The service is made once, when the node makes the image of the contract.
var service = contract.NewService(&contract.Contract{})

//go:wasmexport chancery_v1_call
func call() { service.Call() }

//go:wasmexport chancery_v1_warmup
func warmup() { service.Warm() }

func main() {}
`, pkg.Path))}
}

// goName turns a protobuf name into an exported Go name: "by_owner" is ByOwner,
// "ALREADY_ANCHORED" is AlreadyAnchored.
func goName(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		if word == "" {
			continue
		}
		if word == strings.ToUpper(word) {
			word = strings.ToLower(word)
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// message returns the Go type of a message.
func (p *printer) message(m protoreflect.MessageDescriptor) string { return p.names[m.FullName()] }
