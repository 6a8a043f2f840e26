package sdk

// Service is a contract as the host runs it: its methods behind their checks.
// Generated code makes it from an implementation.
type Service struct {
	// Name is the full name of the protobuf service.
	Name    string
	methods []*Method
}

// Method is a method of a Service.
type Method struct {
	name    string
	kind    Kind
	roles   []string
	callers Callers
	run     func(ctx *Ctx, payload []byte) ([]byte, error)
}

// Callers says who may call a method, whatever their roles.
type Callers int32

// The callers.
const (
	AnyCaller     Callers = 0
	AccountsOnly  Callers = 1 // an account: a query needs a permit
	MembersOnly   Callers = 2 // an account that acts for an organisation
	ContractsOnly Callers = 3 // another contract, or a scheduled call
	SelfOnly      Callers = 4 // a scheduled call
)

// From restricts who may call the method.
func (m *Method) From(callers Callers) *Method {
	m.callers = callers
	return m
}

// NewService returns a service without methods.
func NewService(name string) *Service { return &Service{Name: name} }

// AddInit adds the method that deploy runs.
func AddInit[Req, Resp any, P Message[Req], Q Message[Resp]](s *Service, name string, fn func(*Ctx, P) (Q, error)) *Method {
	return s.add(&Method{name: name, kind: KindInit, run: executing(name, fn)})
}

// AddMigrate adds the method that an upgrade runs.
func AddMigrate[Req, Resp any, P Message[Req], Q Message[Resp]](s *Service, name string, fn func(*Ctx, P) (Q, error)) *Method {
	return s.add(&Method{name: name, kind: KindMigrate, run: executing(name, fn)})
}

// AddExecute adds a method that a tx or another contract executes, for origins
// with one of the roles; without roles, for anybody.
func AddExecute[Req, Resp any, P Message[Req], Q Message[Resp]](s *Service, name string, fn func(*Ctx, P) (Q, error), roles ...string) *Method {
	return s.add(&Method{name: name, kind: KindExecute, roles: roles, run: executing(name, fn)})
}

// AddQuery adds a query, for origins with one of the roles; without roles, for
// anybody.
func AddQuery[Req, Resp any, P Message[Req], Q Message[Resp]](s *Service, name string, fn func(*QueryCtx, P) (Q, error), roles ...string) *Method {
	run := executing(name, func(ctx *Ctx, req P) (Q, error) { return fn(&ctx.QueryCtx, req) })
	return s.add(&Method{name: name, kind: KindQuery, roles: roles, run: run})
}

func (s *Service) add(m *Method) *Method {
	s.methods = append(s.methods, m)
	return m
}

// executing wraps a typed method in decoding, the rules of the request's fields,
// and encoding.
func executing[Req, Resp any, P Message[Req], Q Message[Resp]](name string, fn func(*Ctx, P) (Q, error)) func(*Ctx, []byte) ([]byte, error) {
	return func(ctx *Ctx, payload []byte) ([]byte, error) {
		req := P(new(Req))
		if err := req.UnmarshalVT(payload); err != nil {
			return nil, &Error{Code: CodeBadRequest, Message: "request of " + name + ": " + err.Error()}
		}
		if err := checkRules(req, CodeInvalidField); err != nil && !warming(ctx) {
			return nil, err
		}
		resp, err := fn(ctx, req)
		if err != nil {
			return nil, err
		}
		if resp == nil {
			resp = new(Resp)
		}
		if err := checkLists(resp); err != nil {
			return nil, err
		}
		return resp.MarshalVT()
	}
}

// Run serves the call that waits at host: it finds the method, checks kind and
// roles, decodes, runs, and hands over the response or the error.
func (s *Service) Run(host Host) {
	ctx := NewCtx(host)
	response, err := s.dispatch(ctx)
	if err != nil {
		ctx.Abort(err)
		return
	}
	host.Output(response)
}

func (s *Service) dispatch(ctx *Ctx) ([]byte, error) {
	name := ctx.Method()
	for i := range s.methods {
		m := s.methods[i]
		if m.name != name {
			continue
		}
		if ctx.Kind() != m.kind {
			return nil, &Error{Code: CodeWrongKind, Message: "method " + name + " is not called this way"}
		}
		if err := m.checkCaller(ctx); err != nil {
			return nil, err
		}
		if !allowed(ctx, m.roles) {
			return nil, &Error{Code: CodeMissingRole, Message: "method " + name + " needs one of the roles " + join(m.roles)}
		}
		return m.run(ctx, ctx.host.Input())
	}
	return nil, &Error{Code: CodeUnknownMethod, Message: "no method " + name + " in " + s.Name}
}

// checkCaller holds the call to what From asked for.
func (m *Method) checkCaller(ctx *Ctx) error {
	switch {
	case m.callers == AnyCaller:
	case m.callers == ContractsOnly:
		if !ctx.FromContract() {
			return &Error{Code: CodeWrongCaller, Message: "method " + m.name + " is for other contracts only"}
		}
	case m.callers == SelfOnly:
		if !ctx.Scheduled() {
			return &Error{Code: CodeWrongCaller, Message: "method " + m.name + " is for scheduled calls only"}
		}
	case ctx.Origin() == "":
		return &Error{Code: CodeNeedsAccount, Message: "method " + m.name + " needs an account; sign a permit"}
	case m.callers == MembersOnly && ctx.Org() == "":
		return &Error{Code: CodeWrongCaller, Message: "method " + m.name + " is for members of an organisation"}
	}
	return nil
}

// Has reports whether the service has a method that is called this way.
func (s *Service) Has(name string, kind Kind) bool {
	for i := range s.methods {
		if s.methods[i].name == name {
			return s.methods[i].kind == kind
		}
	}
	return false
}

// allowed reports whether the origin has one of the roles.
func allowed(ctx *Ctx, roles []string) bool {
	for _, role := range roles {
		if ctx.HasRole(role) {
			return true
		}
	}
	return len(roles) == 0
}

func join(words []string) string {
	text := ""
	for i, word := range words {
		if i > 0 {
			text += ", "
		}
		text += word
	}
	return text
}
