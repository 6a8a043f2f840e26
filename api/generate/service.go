package generate

import "github.com/chancery-chain/chancery/api/schema"

// printService prints the interface to implement and how the host runs it.
func (p *printer) printService() {
	p.begin("service", "")
	p.f("\n// %s is the contract. Type Contract of this package implements it;\n// methods run behind the checks of roles and kind that the .proto declares.\ntype %s interface {\n",
		p.declare(p.service), p.service)
	for _, m := range p.c.Methods {
		p.methodComment(m, "\t")
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

// methodComment prints what the .proto says of a method.
func (p *printer) methodComment(m schema.Method, indent string) {
	if !comment(&p.Buffer, m.Descriptor, indent) {
		p.f("%s// %s is the %s method of this name.\n", indent, m.Name, m.Kind)
	}
}
