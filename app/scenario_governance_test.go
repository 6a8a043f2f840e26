package app_test

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/validator"
)

// evidence returns double signatures of the validators that a block's evidence
// names.
func (s *story) evidence(d *datadriven.TestData) []validator.Misbehaviour {
	var list []validator.Misbehaviour
	for _, a := range d.CmdArgs {
		if a.Key != "evidence" {
			continue
		}
		for _, name := range a.Vals {
			list = append(list, validator.Misbehaviour{
				Kind:    chanceryv1.MisbehaviourKind_MISBEHAVIOUR_KIND_DUPLICATE_VOTE,
				Address: apptest.ValidatorKey(name).Address(), Height: s.chain.Height, Time: s.chain.Time, Power: 10,
			})
		}
	}
	return list
}

// blockEnd shows what the platform did at the end of a block.
func (s *story) blockEnd(res *app.BlockResult) string {
	var b strings.Builder
	for _, e := range res.Events {
		t, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(e.Type))
		require.NoError(s.t, err)
		m := t.New().Interface()
		require.NoError(s.t, proto.Unmarshal(e.Payload, m))
		json, err := protojson.Marshal(m)
		require.NoError(s.t, err)
		fmt.Fprintf(&b, "end: %s %s\n", strings.TrimPrefix(e.Type, "chancery.v1."), s.readable(compact(json)))
	}
	for _, u := range res.ValidatorUpdates {
		k, err := validator.KeyOf(u.Key)
		require.NoError(s.t, err)
		fmt.Fprintf(&b, "update: %s power=%d\n", s.validator(k), u.Power)
	}
	return b.String()
}

var validatorNames = []string{"city-1", "city-2", "city-9", "records-1", "records-9", "housing-1", "notary-1", "notary-2", "land-1"}

// validator returns the name under which the story knows a validator's key.
func (s *story) validator(k validator.Key) string {
	for _, name := range validatorNames {
		if apptest.ValidatorKey(name).Equal(k) {
			return name
		}
	}
	return k.Address().String()
}

// readable puts names for the addresses in JSON.
func (s *story) readable(json string) string {
	for _, name := range validatorNames {
		json = strings.ReplaceAll(json, apptest.ValidatorKey(name).Address().String(), "key of "+name)
	}
	for name := range s.names {
		json = strings.ReplaceAll(json, s.key(name).Public().Address().String(), name)
	}
	return json
}

func (s *story) governance(d *datadriven.TestData) string {
	q := s.chain.App.Query()
	switch d.Cmd {
	case "committee":
		c, err := q.Committee()
		require.NoError(s.t, err)
		out := strings.Join(c.Orgs, " ") + "\n"
		for _, r := range c.Rules {
			alone := ""
			if r.OperatorAlone {
				alone = ", or the operator alone"
			}
			out += fmt.Sprintf("%s: %d of %d%s\n", strings.ToLower(strings.TrimPrefix(r.Kind.String(), "CHANGE_KIND_")), r.Needed, len(c.Orgs), alone)
		}
		if c.Upgrade != nil {
			out += fmt.Sprintf("version %d from height %d by proposal %d; %d power missing\n",
				c.Upgrade.Version, c.Upgrade.Height, c.Upgrade.Proposal, c.Upgrade.Readiness.MissingPower)
		}
		return out
	case "proposal":
		id, err := strconv.ParseUint(d.CmdArgs[0].Key, 10, 64)
		require.NoError(s.t, err)
		p, err := q.Proposal(id)
		if err != nil {
			return err.Error() + "\n"
		}
		out := fmt.Sprintf("%q by %s: %s, %d yes, %d no, %d needed", p.Title, p.Org, strings.TrimPrefix(p.Status.String(), "PROPOSAL_STATUS_"), p.Yes, p.No, p.Needed)
		if p.Code != 0 {
			out += fmt.Sprintf(", %s at change %d", p.CodeName, p.FailedChange)
		}
		return out + "\n"
	case "validators":
		set, err := q.Validators()
		require.NoError(s.t, err)
		return showSet(set)
	case "quorum":
		var names, orgs []string
		for _, a := range d.CmdArgs {
			if a.Key == "org" {
				orgs = append(orgs, a.Vals...)
			} else {
				names = append(names, a.Key)
			}
		}
		r, err := q.Quorum(names, orgs)
		if err != nil {
			return err.Error() + "\n"
		}
		return fmt.Sprintf("%d of %d stop, %d run, %d needed: stops=%t spare=%d\n", r.StoppedPower, r.TotalPower, r.RunningPower, r.NeededPower, r.StopsChain, r.SparePower)
	}
	req := &chanceryv1.SimulateProposalRequest{}
	if len(d.CmdArgs) > 0 {
		var err error
		req.Id, err = strconv.ParseUint(d.CmdArgs[0].Key, 10, 64)
		require.NoError(s.t, err)
	} else {
		req.Propose = new(chanceryv1.Propose)
		require.NoError(s.t, protojson.Unmarshal([]byte(s.expand(d.Input)), req.Propose))
	}
	res, err := q.SimulateProposal(s.t.Context(), req)
	if err != nil {
		return err.Error() + "\n"
	}
	out := fmt.Sprintf("needs %d of %d\n", res.Needed, res.Committee)
	if res.Code != 0 {
		out += fmt.Sprintf("change %d: %s\n", res.FailedChange, res.Message)
	}
	for _, e := range res.Events {
		out += "   " + e.Type + "\n"
	}
	return out + showSet(res.After)
}

func showSet(set *chanceryv1.ValidatorSet) string {
	var b strings.Builder
	for _, v := range set.Validators {
		fmt.Fprintf(&b, "%s of %s: %d%s\n", v.Name, v.Org, v.Power, map[bool]string{true: ", ready"}[v.Ready])
	}
	for _, o := range set.Orgs {
		fmt.Fprintf(&b, "%s %d of %d%s\n", o.Org, o.Power, set.TotalPower, map[bool]string{true: ", can stop the chain"}[o.StopsChain])
	}
	if r := set.Readiness; r.ReadyPower > 0 {
		fmt.Fprintf(&b, "version %d: %d ready, %d missing\n", r.Version, r.ReadyPower, r.MissingPower)
	}
	fmt.Fprintf(&b, "%d validators or %d organisations stop it\n", set.StoppingValidators, set.StoppingOrgs)
	return b.String()
}
