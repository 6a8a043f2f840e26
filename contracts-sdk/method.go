package sdk

// Method is a method of a Service.
type Method struct {
	name    string
	kind    Kind
	roles   []string
	callers Callers
	sponsor bool
	// check is true of the query that an upgrade must satisfy.
	check   bool
	request func() Ruled
	// serve is (*Method).answer, called through here: TinyGo's optimiser writes out a
	// function in its only caller, and would make one of all that a call does,
	// beyond the chain's limits.
	serve func(m *Method, ctx *Ctx, payload []byte) ([]byte, error)
	// once notes the id of a request; nil where requests have none.
	once func(ctx *Ctx, req Ruled, payload []byte) error
	run  func(ctx *Ctx, req Ruled) (Ruled, error)
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

// Sponsored says that the contract's organisation may pay for the method, so that
// accounts that act for no organisation can call it. The chain reads that from the
// .proto; here it is for tests.
func (m *Method) Sponsored() *Method {
	m.sponsor = true
	return m
}

// PostUpgrade says that an upgrade is undone when this query fails. The chain reads
// that from the .proto; here it is for tests.
func (m *Method) PostUpgrade() *Method {
	m.check = true
	return m
}

// Once refuses a request whose id this caller and origin have used before, in
// any method of the contract, with CodeReplayed. The request has the method
// RequestID; an empty id is none.
func (m *Method) Once() *Method {
	m.once = m.takeID
	return m
}

// answer decodes the request, holds it to the rules of its fields, runs the method
// and encodes the response.
func (m *Method) answer(ctx *Ctx, payload []byte) ([]byte, error) {
	req := m.request()
	if err := decode(req, payload); err != nil {
		return nil, &Error{Code: CodeBadRequest, Message: "request of " + m.name + ": " + err.Error()}
	}
	if err := checkRules(req, CodeInvalidField); err != nil && !warming(ctx) {
		return nil, err
	}
	if m.once != nil {
		if err := m.once(ctx, req, payload); err != nil {
			return nil, err
		}
	}
	resp, err := m.run(ctx, req)
	if err != nil {
		return nil, err
	}
	// A nil response encodes to nothing.
	out, err := encode(resp)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	return out, checkLists(resp)
}

// encode and decode are functions of their own, as are check and view.store:
// TinyGo makes of a call through an interface a branch for each message of the
// contract, and LLVM puts all that one function alone calls into it, until the
// chain refuses the whole.
//
//go:noinline
func encode(m Ruled) ([]byte, error) { return m.MarshalVT() }

//go:noinline
func decode(m Ruled, b []byte) error { return m.UnmarshalVT(b) }

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
