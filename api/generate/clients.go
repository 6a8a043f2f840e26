package generate

import "github.com/chancery-chain/chancery/api/schema"

// printClients prints how others call the contract.
func (p *printer) printClients() {
	p.begin("client", "")
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
			p.f("\n")
			p.methodComment(m, "")
			p.f("func (c %[2]s) %[1]s(req *%[3]s) (*%[4]s, error) {\n\treturn sdk.Query(c.querier, c.contract, %[1]q, req, new(%[4]s))\n}\n",
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
			p.f("\n")
			p.methodComment(m, "")
			p.f("func (c %[2]s) %[1]s(req *%[3]s) (*%[4]s, error) {\n\treturn sdk.Execute(c.executor, c.contract, %[1]q, req, new(%[4]s))\n}\n",
				m.Name, client, p.message(m.Input), p.message(m.Output))
		}
	}
}
