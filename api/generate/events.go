package generate

// printEvents prints what emits events.
func (p *printer) printEvents() {
	if len(p.c.Events) == 0 {
		return
	}
	p.begin("events", "")
	for _, e := range p.c.Events {
		name := p.message(e.Descriptor)
		p.f("\n// Emit%s emits the event.\n", name)
		comment(&p.Buffer, e.Descriptor, "")
		p.f("func %s(ctx *sdk.Ctx, event *%s) {\n\tctx.Emit(%q, event)\n}\n",
			p.declare("Emit"+name), name, e.Name)
	}
}
