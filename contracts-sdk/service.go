package sdk

// Service is a contract as the host runs it: its methods behind their checks.
// Generated code makes it from an implementation.
type Service struct {
	// Name is the full name of the protobuf service.
	Name    string
	methods []*Method
	orgs    []org
}

// org is an organisation whose name stands in the contract's state.
type org struct {
	name string
	find func(ctx *QueryCtx) string
}

// NewService returns a service without methods.
func NewService(name string) *Service { return &Service{Name: name} }

// AddOrg says where the organisation of roles such as "clerk@{config.office}"
// stands: find returns it, and "" when there is none.
func (s *Service) AddOrg(name string, find func(ctx *QueryCtx) string) {
	s.orgs = append(s.orgs, org{name, find})
}

// New makes a T. Generated code hands it to the Add functions.
func New[T any]() *T { return new(T) }

// AddInit adds the method that deploy runs.
func AddInit[P, Q Ruled](s *Service, name string, request func() P, fn func(*Ctx, P) (Q, error)) *Method {
	return add(s, KindInit, name, request, fn)
}

// AddMigrate adds the method that an upgrade runs.
func AddMigrate[P, Q Ruled](s *Service, name string, request func() P, fn func(*Ctx, P) (Q, error)) *Method {
	return add(s, KindMigrate, name, request, fn)
}

// AddExecute adds a method that a tx or another contract executes, for origins
// with one of the roles; without roles, for anybody.
//
//go:noinline
func AddExecute[P, Q Ruled](s *Service, name string, request func() P, fn func(*Ctx, P) (Q, error), roles ...string) *Method {
	m := add(s, KindExecute, name, request, fn)
	m.roles = roles
	return m
}

// AddQuery adds a query, for origins with one of the roles; without roles, for
// anybody.
//
//go:noinline
func AddQuery[P, Q Ruled](s *Service, name string, request func() P, fn func(*QueryCtx, P) (Q, error), roles ...string) *Method {
	m := add(s, KindQuery, name, request, func(ctx *Ctx, req P) (Q, error) { return fn(&ctx.QueryCtx, req) })
	m.roles = roles
	return m
}

// add wraps a typed method. It does no more than that: it is made again for each
// pair of types where the compiler is TinyGo.
func add[P, Q Ruled](s *Service, kind Kind, name string, request func() P, fn func(*Ctx, P) (Q, error)) *Method {
	m := &Method{name: name, kind: kind, serve: (*Method).answer, request: func() Ruled { return request() }}
	m.run = func(ctx *Ctx, req Ruled) (Ruled, error) {
		resp, err := fn(ctx, req.(P))
		return resp, err
	}
	s.methods = append(s.methods, m)
	return m
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

//go:noinline
func (s *Service) dispatch(ctx *Ctx) ([]byte, error) {
	name := ctx.Method()
	for _, m := range s.methods {
		if m.name != name {
			continue
		}
		if ctx.Kind() != m.kind {
			return nil, &Error{Code: CodeWrongKind, Message: "method " + name + " is not called this way"}
		}
		if err := m.checkCaller(ctx); err != nil {
			return nil, err
		}
		if err := s.checkRoles(ctx, m); err != nil {
			return nil, err
		}
		return m.serve(m, ctx, ctx.host.Input())
	}
	return nil, &Error{Code: CodeUnknownMethod, Message: "no method " + name + " in " + s.Name}
}

// checkRoles holds the origin to have one of the method's roles.
func (s *Service) checkRoles(ctx *Ctx, m *Method) error {
	if len(m.roles) == 0 || warming(ctx) {
		return nil
	}
	for _, role := range m.roles {
		if s.hasRole(ctx.ReadOnly(), role) {
			return nil
		}
	}
	text := "method " + m.name + " needs one of the roles "
	for i, role := range m.roles {
		if i > 0 {
			text += ", "
		}
		name, place := cutOrg(role)
		text += name
		if place != "" {
			text += "@" + s.org(ctx.ReadOnly(), place)
		}
	}
	return &Error{Code: CodeMissingRole, Message: text}
}

func (s *Service) hasRole(ctx *QueryCtx, role string) bool {
	name, place := cutOrg(role)
	if place == "" {
		return ctx.HasRole(role)
	}
	// The role first: to read the organisation costs more.
	if name != "*" && !ctx.HasRole(name) {
		return false
	}
	org := s.org(ctx, place)
	return org != "" && org == ctx.Org()
}

// cutOrg cuts "clerk@{config.office}" into "clerk" and "config.office"; place is
// "" for roles that name their organisation, or none.
func cutOrg(role string) (name, place string) {
	for i := 0; i+2 < len(role); i++ {
		if role[i] == '@' && role[i+1] == '{' {
			return role[:i], role[i+2 : len(role)-1]
		}
	}
	return role, ""
}

// org returns the organisation that stands at a place of the state; "" when
// there is none.
func (s *Service) org(ctx *QueryCtx, place string) string {
	for _, o := range s.orgs {
		if o.name == place {
			return o.find(ctx)
		}
	}
	return ""
}

// IsSponsored reports whether the service has a method that is sponsored.
func (s *Service) IsSponsored(name string) bool {
	for _, m := range s.methods {
		if m.name == name {
			return m.sponsor
		}
	}
	return false
}

// PostUpgrade returns the name of the query that an upgrade must satisfy, and ""
// when there is none.
func (s *Service) PostUpgrade() string {
	for _, m := range s.methods {
		if m.check {
			return m.name
		}
	}
	return ""
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
