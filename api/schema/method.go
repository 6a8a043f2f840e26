package schema

import (
	"strings"

	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

func (r *reader) readMethod(m protoreflect.MethodDescriptor) {
	option, _ := extension[*contractv1.MethodOptions](m, contractv1.E_Method)
	method := Method{
		Name: string(m.Name()), Kind: KindExecute, Roles: option.GetRoles(),
		Callers: Callers(option.GetCallers()), Sponsored: option.GetSponsored(),
		PostUpgrade: option.GetPostUpgrade(),
		Input:       m.Input(), Output: m.Output(), Descriptor: m,
	}
	if !methodName.MatchString(method.Name) {
		r.add(m, "method name "+quote(method.Name), "begin with a capital letter and use letters and digits, for example \"Anchor\"")
	}
	if m.IsStreamingClient() || m.IsStreamingServer() {
		r.add(m, "a method of a contract cannot stream", "take out the word stream; return a page and a token instead")
	}
	query := isQuery(m)
	special := option.GetInit() || option.GetMigrate()
	switch {
	case option.GetInit() && option.GetMigrate():
		r.add(m, "a method that is both init and migrate", "declare two methods")
	case special && query:
		r.add(m, "init and migrate write, a query does not", "take out idempotency_level")
	case special && (len(method.Roles) > 0 || method.Callers != CallersAny):
		r.add(m, "init and migrate take no roles and no callers", "take them out: the platform decides who may deploy and upgrade")
	case query:
		method.Kind = KindQuery
	case option.GetInit():
		method.Kind = KindInit
	case option.GetMigrate():
		method.Kind = KindMigrate
	}
	if method.Kind == KindInit || method.Kind == KindMigrate {
		if _, second := r.contract.Special(method.Kind); second {
			r.add(m, "a second "+method.Kind.String()+" method", "keep one")
		}
	}
	if method.Sponsored && method.Kind != KindExecute {
		r.add(m, "only executing methods are sponsored", "take sponsored out: nobody is charged for a query, and who deploys pays for init and migrate")
	}
	r.checkRoles(m, method)
	r.readVisibility(m, &method, option.GetVisibility())
	if method.PostUpgrade {
		r.checkPostUpgrade(m, method)
	}
	r.contract.Methods = append(r.contract.Methods, method)
}

// checkPostUpgrade refuses a check that could not be asked by the chain, which is
// no account.
func (r *reader) checkPostUpgrade(m protoreflect.MethodDescriptor, method Method) {
	if method.Kind != KindQuery || method.Gated || method.Callers != CallersAny {
		r.add(m, "the check of an upgrade is a public query", "add option idempotency_level = NO_SIDE_EFFECTS and take roles, callers and visibility out")
	}
	if method.Input.Fields().Len() > 0 {
		r.add(m, "the check of an upgrade is asked with an empty request", "give it a request message of its own, without fields")
	}
	if _, second := r.contract.PostUpgrade(); second {
		r.add(m, "a second post_upgrade method", "keep one")
	}
}

func (r *reader) checkRoles(m protoreflect.MethodDescriptor, method Method) {
	seen := map[string]bool{}
	for _, role := range method.Roles {
		if !roleName.MatchString(role) {
			r.add(m, "role "+quote(role)+" is no role name", roleHint(role))
		}
		if seen[role] {
			r.add(m, "role "+quote(role)+" stands twice", "take one out")
		}
		seen[role] = true
	}
	switch {
	case method.Callers < CallersAny || method.Callers > CallersSelf:
		r.add(m, "callers has an unknown value", "write CALLERS_ACCOUNT, CALLERS_MEMBER, CALLERS_CONTRACT or CALLERS_SELF")
	case method.Callers == CallersSelf && (method.Kind != KindExecute || len(method.Roles) > 0):
		r.add(m, "CALLERS_SELF is for executing methods without roles: a scheduled call has no origin", "take the roles out, or the callers")
	case len(method.Roles) > 0 && (method.Callers == CallersAccount || method.Callers == CallersMember):
		r.add(m, "callers and roles contradict each other: who has a role is a member", "keep the roles, or take them out to let any account or member call")
	case method.Callers == CallersAccount && method.Kind == KindExecute:
		r.add(m, "callers is CALLERS_ACCOUNT, which every tx has", "take it out")
	}
}

// roleHint says what to write in place of what is no role name.
func roleHint(role string) string {
	for _, meant := range []string{strings.ToLower(role), strings.TrimSuffix(role, "@"), strings.ReplaceAll(strings.ToLower(role), "_", "-")} {
		if meant != role && roleName.MatchString(meant) {
			return "did you mean " + quote(meant) + "?"
		}
	}
	return `write for example "clerk", "clerk@housing", "*@housing" or "clerk@{config.office}"`
}

// Gated reports whether a method is a query that only accounts with a permit may
// ask, by its options alone.
func Gated(m protoreflect.MethodDescriptor) bool {
	option, _ := extension[*contractv1.MethodOptions](m, contractv1.E_Method)
	asks := len(option.GetRoles()) > 0 || asksForAccount(Callers(option.GetCallers()))
	return isQuery(m) && (asks || option.GetVisibility() == contractv1.Visibility_VISIBILITY_GATED)
}

func asksForAccount(c Callers) bool { return c == CallersAccount || c == CallersMember }

func isQuery(m protoreflect.MethodDescriptor) bool {
	options, _ := m.Options().(*descriptorpb.MethodOptions)
	return options.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS
}

func (r *reader) readVisibility(m protoreflect.MethodDescriptor, method *Method, visibility contractv1.Visibility) {
	asks := len(method.Roles) > 0 || asksForAccount(method.Callers)
	switch {
	case visibility != contractv1.Visibility_VISIBILITY_UNSPECIFIED && method.Kind != KindQuery:
		r.add(m, "visibility is for queries", "take it out, or add option idempotency_level = NO_SIDE_EFFECTS")
	case visibility < 0 || visibility > contractv1.Visibility_VISIBILITY_GATED:
		r.add(m, "visibility has an unknown value", "write VISIBILITY_PUBLIC or VISIBILITY_GATED")
	case visibility == contractv1.Visibility_VISIBILITY_PUBLIC && asks:
		r.add(m, "a public query cannot ask for roles or an account", "write VISIBILITY_GATED, or take roles and callers out")
	}
	method.Gated = Gated(m)
}
