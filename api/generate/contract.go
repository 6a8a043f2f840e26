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

// printer writes the contract's Go file.
type printer struct {
	bytes.Buffer
	c     *schema.Contract
	names goNames
	// service is the Go name of the service.
	service string
	// declared are the names that the file declares.
	declared []string
	strconv  bool // some code needs the package
	idcodes  bool // likewise
	ruled    map[protoreflect.FullName]bool
	problems []schema.Problem
}

// clash notes that two things need one name in generated code.
func (p *printer) clash(d protoreflect.Descriptor, text, hint string) {
	p.problems = append(p.problems, schema.ProblemAt(d, text, hint))
}

func (p *printer) f(format string, args ...any) { fmt.Fprintf(&p.Buffer, format, args...) }

// declare notes a name that the file declares and returns it.
func (p *printer) declare(name string) string {
	p.declared = append(p.declared, name)
	return name
}

// generateContract makes the file with everything but the messages.
func generateContract(c *schema.Contract, plugin *protogen.Plugin, pkg goPackage) (File, error) {
	p := &printer{c: c, names: newGoNames(plugin), service: goName(string(c.Descriptor.Name()))}
	p.declare("Contract") // the hand-written implementation
	p.printService()
	p.printState()
	p.printEvents()
	p.printErrors()
	p.printRules(plugin)
	p.printClients()

	base := strings.TrimSuffix(path.Base(c.Descriptor.ParentFile().Path()), ".proto")
	return p.file(plugin, pkg, base+".contract.go", "")
}

// file returns what was printed as a Go file.
func (p *printer) file(plugin *protogen.Plugin, pkg goPackage, name, doc string) (File, error) {
	have := taken(plugin)
	for _, name := range p.declared {
		if other, ok := have[name]; ok {
			p.clash(other, "generated code needs the Go name "+name+" for something else", "rename it in the .proto")
		}
		have[name] = p.c.Descriptor
	}
	if len(p.problems) > 0 {
		return File{}, &schema.InvalidError{Problems: p.problems}
	}

	var out bytes.Buffer
	out.WriteString(Header + "\n" + doc + "package " + pkg.Name + "\n\nimport (\n")
	if p.strconv {
		out.WriteString("\"strconv\"\n\n")
	}
	fmt.Fprintf(&out, "sdk %q\n", sdkPath)
	if p.idcodes {
		fmt.Fprintf(&out, "%q\n", sdkPath+"/idcodes")
	}
	out.WriteString(")\n")
	out.Write(p.Bytes())
	source, err := format.Source(out.Bytes())
	if err != nil {
		return File{}, fmt.Errorf("generate contract: %w", err)
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

func (p *printer) printService() {
	p.f("\n// %s is the contract. Type Contract of this package implements it;\n// methods run behind the checks of roles and kind that the .proto declares.\ntype %s interface {\n",
		p.declare(p.service), p.service)
	for _, m := range p.c.Methods {
		comment(&p.Buffer, m.Descriptor, "\t")
		p.f("\t%s(ctx *%s, req *%s) (*%s, error)\n", m.Name, ctxType(m), p.message(m.Input), p.message(m.Output))
	}
	p.f("}\n\n// %s returns the contract as hosts run it.\nfunc NewService(impl %s) *sdk.Service {\n\ts := sdk.NewService(%q)\n",
		p.declare("NewService"), p.service, p.c.Service)
	for _, m := range p.c.Methods {
		add := map[schema.Kind]string{
			schema.KindInit: "AddInit", schema.KindMigrate: "AddMigrate",
			schema.KindExecute: "AddExecute", schema.KindQuery: "AddQuery",
		}[m.Kind]
		p.f("\tsdk.%s(s, %q, sdk.New[%s], impl.%s", add, m.Name, p.message(m.Input), m.Name)
		for _, role := range m.Roles {
			p.f(", %q", role)
		}
		p.f(")")
		if from := callersOf(m); from != "" {
			p.f(".From(sdk.%s)", from)
		}
		if m.Kind == schema.KindExecute && schema.RequestID(m.Input) != nil {
			p.f(".Once()")
		}
		if m.Sponsored {
			p.f(".Sponsored()")
		}
		if m.PostUpgrade {
			p.f(".PostUpgrade()")
		}
		p.f("\n")
	}
	p.printPlaces()
	p.f("\treturn s\n}\n")
}

// printPlaces says where the organisations of roles stand.
func (p *printer) printPlaces() {
	seen := map[string]bool{}
	for _, m := range p.c.Methods {
		for _, role := range m.Roles {
			_, place := schema.CutPlace(role)
			if place == "" || seen[place] {
				continue
			}
			seen[place] = true
			col, field, _ := p.c.Place(place)
			p.f("\ts.AddOrg(%q, func(ctx *sdk.QueryCtx) string {\n\t\tvalue, _ := NewStateView(ctx).%s.Get()\n\t\treturn value.Get%s()\n\t})\n",
				place, goName(col.Name), p.names[field.FullName()])
		}
	}
}

// callersOf returns the name that the SDK has for who may call a method.
func callersOf(m schema.Method) string {
	switch m.Callers {
	case schema.CallersMember:
		return "MembersOnly"
	case schema.CallersContract:
		return "ContractsOnly"
	case schema.CallersSelf:
		return "SelfOnly"
	}
	if m.Gated && len(m.Roles) == 0 {
		return "AccountsOnly"
	}
	return ""
}

func ctxType(m schema.Method) string {
	if m.Kind == schema.KindQuery {
		return "sdk.QueryCtx"
	}
	return "sdk.Ctx"
}

// message returns the Go type of a message.
func (p *printer) message(m protoreflect.MessageDescriptor) string { return p.names[m.FullName()] }

func (p *printer) printEvents() {
	for _, e := range p.c.Events {
		name := p.message(e.Descriptor)
		p.f("\n// Emit%s emits the event.\nfunc %s(ctx *sdk.Ctx, event *%s) {\n\tctx.Emit(%q, event)\n}\n",
			name, p.declare("Emit"+name), name, e.Name)
	}
}

// printErrors prints codes, constructors and readers of the errors.
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
	}
	p.printDetails()
}

func (p *printer) printCodes() {
	if len(p.c.Errors) == 0 {
		return
	}
	p.f("\n// Codes of the contract's errors.\nconst (\n")
	for _, e := range p.c.Errors {
		p.f("\t%s uint32 = %d\n", p.declare("Code"+p.errorName(e)), e.Code)
	}
	p.f(")\n")
}

func (p *printer) printDetails() {
	for _, e := range p.c.Errors {
		if e.Details == nil {
			continue
		}
		name := p.errorName(e)
		p.f("\n// %[1]s returns the details of the error %[3]s, when err is it.\nfunc %[1]s(err error) (details *%[2]s, ok bool) {\n\treturn sdk.DetailsOf[%[2]s](err, Code%[4]s)\n}\n",
			p.declare("DetailsOf"+name), p.message(e.Details), e.Name, name)
	}
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
		if before != "" {
			parts = append(parts, fmt.Sprintf("%q", before))
		}
		if !found {
			break
		}
		field, tail, _ := strings.Cut(after, "}")
		parts = append(parts, p.text(e.Details.Fields().ByName(protoreflect.Name(field))))
		rest = tail
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

func (p *printer) printClients() {
	query, client := p.declare(p.service+"QueryClient"), p.declare(p.service+"Client")
	p.f(`
// %[1]s asks a deployed contract of this kind: another
// contract through its context, a test through an account of sdktest.
type %[1]s struct {
	querier  sdk.Querier
	contract string
}

// New%[1]s returns a client of the contract of that name.
func %[2]s(q sdk.Querier, contract string) %[1]s {
	return %[1]s{querier: q, contract: contract}
}
`, query, p.declare("New"+query))
	for _, m := range p.c.Methods {
		if m.Kind == schema.KindQuery {
			p.f("\n// %[1]s runs the query.\nfunc (c %[2]s) %[1]s(req *%[3]s) (*%[4]s, error) {\n\treturn sdk.Query(c.querier, c.contract, %[1]q, req, new(%[4]s))\n}\n",
				m.Name, query, p.message(m.Input), p.message(m.Output))
		}
	}
	p.f(`
// %[1]s also executes.
type %[1]s struct {
	%[2]s
	executor sdk.Executor
}

// New%[1]s returns a client of the contract of that name.
func %[3]s(x sdk.Executor, contract string) %[1]s {
	return %[1]s{%[2]s: New%[2]s(x, contract), executor: x}
}
`, client, query, p.declare("New"+client))
	for _, m := range p.c.Methods {
		if m.Kind == schema.KindExecute {
			p.f("\n// %[1]s executes the method.\nfunc (c %[2]s) %[1]s(req *%[3]s) (*%[4]s, error) {\n\treturn sdk.Execute(c.executor, c.contract, %[1]q, req, new(%[4]s))\n}\n",
				m.Name, client, p.message(m.Input), p.message(m.Output))
		}
	}
}
