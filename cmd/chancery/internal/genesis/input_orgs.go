package genesis

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chancery-chain/chancery/abci/node"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/app/validator"
)

func (r *reader) org(i int) app.GenesisOrg {
	in := r.in.Orgs[i]
	field := func(name string) string { return fmt.Sprintf("orgs[%d].%s", i, name) }
	out := app.GenesisOrg{
		Name: in.Name, Title: in.Title, Kind: in.Kind, USCC: in.USCC, Parent: in.Parent,
		GasPerPeriod: in.GasPerPeriod, StoredBytes: in.StoredBytes,
	}
	r.add(field("name"), tx.CheckOrgName(in.Name))
	above := make(map[string]bool)
	for _, o := range r.in.Orgs[:i] {
		above[o.Name] = true
		if o.Name == in.Name {
			r.say(field("name"), "%q stands twice", in.Name)
		}
		if o.USCC == in.USCC && in.USCC != "" {
			r.say(field("uscc"), "%s is %s's already", in.USCC, o.Name)
		}
	}
	kind, ok := chanceryv1.OrgKind_value["ORG_KIND_"+strings.ToUpper(in.Kind)]
	if in.Kind != "" && (!ok || in.Kind != strings.ToLower(in.Kind)) {
		r.say(field("kind"), "%.40q is no kind of organisation; there are %s", in.Kind, strings.Join(kinds(), ", "))
	}
	var e *apperr.Error
	if err := tx.CheckOrgData(in.Title, chanceryv1.OrgKind(kind), in.USCC, in.Parent); errors.As(err, &e) {
		r.say(field(e.Field), "%s", e.Msg)
	}
	if in.Parent != "" && !above[in.Parent] {
		r.say(field("parent"), "%.40q does not stand before it", in.Parent)
	}
	if in.GasPerPeriod == 0 {
		r.say(field("gas_per_period"), "is missing: without gas the organisation could do nothing; 1000000000 is about a second of one core")
	}
	out.Members = r.members(i)
	r.canAct(i, out.Members)
	return out
}

// members are those that the input lists and the admins in the files of the
// organisation's nodes.
func (r *reader) members(i int) []app.GenesisMember {
	type named struct {
		field string
		Member
	}
	var list []named
	for j, m := range r.in.Orgs[i].Members {
		list = append(list, named{fmt.Sprintf("orgs[%d].members[%d]", i, j), m})
	}
	for j, n := range r.nodes {
		for _, a := range n.Admins {
			already := slices.ContainsFunc(list, func(m named) bool { return m.Key == a })
			if n.Org == r.in.Orgs[i].Name && !already {
				list = append(list, named{fmt.Sprintf("validators[%d].node: admins", j), Member{Key: a, Roles: adminRoles}})
			}
		}
	}
	var out []app.GenesisMember
	for j, m := range list {
		k, err := AccountKey(m.Key)
		r.add(m.field+".key", err)
		if slices.ContainsFunc(list[:j], func(o named) bool { return o.Key == m.Key }) {
			r.say(m.field+".key", "is another member's of the same organisation")
		}
		roles := slices.Sorted(slices.Values(m.Roles))
		r.add(m.field+".roles", tx.CheckRoles(roles))
		out = append(out, app.GenesisMember{KeyType: k.Type.String(), PublicKey: k.Bytes, Roles: roles})
	}
	return out
}

// canAct reports an organisation that nobody could ever act for.
func (r *reader) canAct(i int, members []app.GenesisMember) {
	has := func(role string) bool {
		return slices.ContainsFunc(members, func(m app.GenesisMember) bool { return slices.Contains(m.Roles, role) })
	}
	field := fmt.Sprintf("orgs[%d].members", i)
	name := r.in.Orgs[i].Name
	switch {
	case !has("admin"):
		r.say(field, "nobody has role admin, so %s could never have another member; list one, or have its node's file made with --admin", name)
	case !has("operator") && name == r.in.OperatorOrg:
		r.say(field, "nobody has role operator, so nobody could admit organisations and set quotas")
	case !has("operator") && slices.Contains(r.in.Committee, name):
		r.say(field, "nobody has role operator, so %s could not vote", name)
	}
}

func kinds() []string {
	var out []string
	for n := int32(1); ; n++ {
		name, ok := chanceryv1.OrgKind_name[n]
		if !ok {
			return out
		}
		out = append(out, strings.ToLower(strings.TrimPrefix(name, "ORG_KIND_")))
	}
}

// readNodes reads the files of the validators' nodes.
func (r *reader) readNodes() {
	r.nodes = make([]NodeFile, len(r.in.Validators))
	for i, v := range r.in.Validators {
		field := fmt.Sprintf("validators[%d].node", i)
		if v.Node == "" {
			r.say(field, "is missing: the name of a file that chancery node identity made")
			continue
		}
		name := v.Node
		if !filepath.IsAbs(name) {
			name = filepath.Join(r.dir, name)
		}
		n, err := ReadNodeFile(name)
		if err != nil {
			r.add(field, err)
			continue
		}
		r.nodes[i] = n
		for j, o := range r.nodes[:i] {
			for _, same := range []struct{ what, is, was string }{
				{"name", n.Name, o.Name}, {"node_id", n.NodeID, o.NodeID}, {"address", n.Address, o.Address}, {"key", n.Key, o.Key},
			} {
				if same.is == same.was {
					r.say(field, "%s has the %s of %s (validators[%d]); every node makes keys of its own", v.Node, same.what, r.in.Validators[j].Node, j)
				}
			}
		}
		if !r.orgs[n.Org] {
			r.known(field+": org", n.Org)
		}
	}
}

// validators returns the validators and checks their powers against the rules that
// hold for votes too.
func (r *reader) validators() []node.Validator {
	if len(r.in.Validators) == 0 {
		r.say("validators", "there is none: nobody could decide a block")
	}
	var out []node.Validator
	var set validator.Set
	for i, v := range r.in.Validators {
		power := v.Power
		if power == 0 {
			power = defaultPower
		}
		if power < 1 || power > tx.MaxPower {
			r.say(fmt.Sprintf("validators[%d].power", i), "is %d, not 1 to %d", power, tx.MaxPower)
			continue
		}
		n := r.nodes[i]
		if n.Name == "" {
			continue // its fault is told
		}
		pub, err := cometKey(n)
		if err != nil {
			r.add(fmt.Sprintf("validators[%d].node: key", i), err)
			continue
		}
		k, err := ValidatorKey(n.Key)
		r.add(fmt.Sprintf("validators[%d].node: key", i), err)
		out = append(out, node.Validator{Name: n.Name, Org: n.Org, PubKey: pub, Power: power})
		set = append(set, validator.Validator{Name: n.Name, Org: n.Org, Key: k, Power: uint64(power)})
	}
	if len(set) == len(r.in.Validators) && len(set) > 0 {
		r.add("validators", set.Check())
	}
	return out
}
