package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery-chain/chancery/abci/node"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/validator"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// printGenesis writes what a genesis begins.
func (c *cli) printGenesis(g *node.Genesis) error {
	unusual := append(unusualRules(g.App), unusualParams(g.App)...)
	for _, d := range g.Unusual {
		unusual = append(unusual, node.Difference{Name: "consensus " + d.Name, Value: d.Value, Usual: d.Usual})
	}
	committee := g.App.Committee
	if len(committee) == 0 {
		committee = []string{g.App.OperatorOrg}
	}
	c.printGenesisText(g, committee, unusual)
	validators := []any{}
	for _, v := range g.Validators {
		validators = append(validators, map[string]any{
			"name": v.Name, "org": v.Org, "power": v.Power, "key": fmt.Sprintf("%s:%x", v.PubKey.Type(), v.PubKey.Bytes()),
			"address": v.PubKey.Address().String(),
		})
	}
	differs := []any{}
	for _, d := range unusual {
		differs = append(differs, map[string]any{"name": d.Name, "value": d.Value, "usual": d.Usual})
	}
	return c.term.Value(map[string]any{
		"chain_id": g.ChainID, "sha256": fmt.Sprintf("%x", g.SHA256), "genesis_time": g.Time, "app_hash": fmt.Sprintf("%x", g.AppHash),
		"protocol_version": g.Protocol, "operator_org": g.App.OperatorOrg, "committee": committee, "orgs": g.App.Orgs,
		"validators": validators, "unusual": differs, "this_node": c.roleIn(g),
	})
}

func (c *cli) printGenesisText(g *node.Genesis, committee []string, unusual []node.Difference) {
	begins := g.Time.Format("2006-01-02 15:04:05 MST")
	if wait := time.Until(g.Time); wait > 0 {
		begins += ", in " + wait.Round(time.Second).String()
	}
	c.term.Fields(
		terminal.Pair{Name: "chain", Value: g.ChainID},
		terminal.Pair{Name: "sha256", Value: fmt.Sprintf("%x", g.SHA256)},
		terminal.Pair{Name: "begins", Value: begins},
		terminal.Pair{Name: "app hash", Value: fmt.Sprintf("%x", g.AppHash)},
		terminal.Pair{Name: "protocol", Value: fmt.Sprintf("version %d", g.Protocol)},
		terminal.Pair{Name: "operator", Value: g.App.OperatorOrg},
		terminal.Pair{Name: "committee", Value: strings.Join(committee, ", ")},
		terminal.Pair{Name: "this node", Value: orNone(c.roleIn(g))},
	)
	var set validator.Set
	var rows [][]string
	for _, v := range g.Validators {
		set = append(set, validator.Validator{Name: v.Name, Org: v.Org, Power: uint64(v.Power)})
	}
	for _, v := range g.Validators {
		rows = append(rows, []string{v.Name, v.Org, fmt.Sprint(v.Power), share(uint64(v.Power), set.Total()), keyText(v.PubKey.Type(), v.PubKey.Bytes())})
	}
	c.term.Printf("")
	c.term.Table([]string{"VALIDATOR", "ORGANISATION", "POWER", "SHARE", "KEY"}, rows)
	stopping, orgs := set.Stopping()
	c.term.Printf("a block needs %d of %d power; the chain stops when the greatest stop: %s, or %s\n",
		set.Needed(), set.Total(), count(stopping, "validator"), count(orgs, "organisation"))
	rows = nil
	for _, o := range g.App.Orgs {
		rows = append(rows, []string{o.Name, o.Title, orNone(o.Kind), orNone(o.USCC), orNone(o.Parent), fmt.Sprint(o.GasPerPeriod)})
	}
	c.term.Table([]string{"ORGANISATION", "TITLE", "KIND", "CODE", "PARENT", "GAS PER PERIOD"}, rows)
	rows = nil
	for _, o := range g.App.Orgs {
		for _, m := range o.Members {
			rows = append(rows, []string{o.Name, strings.Join(m.Roles, ", "), memberAddress(m), m.KeyType + ":" + fmt.Sprintf("%x", m.PublicKey)})
		}
	}
	c.term.Printf("")
	c.term.Table([]string{"MEMBER OF", "ROLES", "ADDRESS", "KEY"}, rows)
	c.term.Printf("")
	if len(unusual) == 0 {
		c.term.Printf("rules and parameters are the usual ones")
		return
	}
	rows = nil
	for _, d := range unusual {
		rows = append(rows, []string{d.Name, d.Value, orNone(d.Usual)})
	}
	c.term.Table([]string{"DIFFERS", "VALUE", "USUALLY"}, rows)
}

// keyText is a validator's key for people: of a key of ML-DSA-65, which has 1,952
// bytes, the beginning.
func keyText(typ string, b []byte) string {
	if len(b) > 32 {
		return fmt.Sprintf("%s:%x…", typ, b[:32])
	}
	return fmt.Sprintf("%s:%x", typ, b)
}

func memberAddress(m app.GenesisMember) string {
	t, err := key.ParseType(m.KeyType)
	if err != nil {
		return "-"
	}
	p, err := key.NewPublic(t, m.PublicKey)
	if err != nil {
		return "-"
	}
	return p.Address().String()
}

// unusualRules are those that a genesis sets otherwise than a new chain has them.
func unusualRules(g *app.Genesis) []node.Difference {
	say := func(threshold uint32, alone bool) string {
		text := fmt.Sprintf("more than %d.%02d %%", threshold/100, threshold%100)
		if alone {
			text += ", or the operator alone"
		}
		return text
	}
	var out []node.Difference
	for _, r := range g.Rules {
		kind := chanceryv1.ChangeKind(chanceryv1.ChangeKind_value["CHANGE_KIND_"+strings.ToUpper(r.Kind)])
		for _, usual := range governance.DefaultRules() {
			if usual.Kind == uint32(kind) && (usual.Threshold != r.Threshold || usual.OperatorAlone != r.OperatorAlone) {
				out = append(out, node.Difference{
					Name: "rule " + r.Kind, Value: say(r.Threshold, r.OperatorAlone), Usual: say(usual.Threshold, usual.OperatorAlone),
				})
			}
		}
	}
	return out
}

// unusualParams are those that a genesis sets to another value than a new chain has.
func unusualParams(g *app.Genesis) []node.Difference {
	var set map[string]uint64
	b, err := json.Marshal(g.Params)
	if err != nil || json.Unmarshal(b, &set) != nil {
		return nil
	}
	var out []node.Difference
	for name, value := range set {
		usual, err := params.Set(params.Default(), name, value)
		if err == nil && usual != value {
			out = append(out, node.Difference{Name: "parameter " + name, Value: fmt.Sprint(value), Usual: fmt.Sprint(usual)})
		}
	}
	slices.SortFunc(out, func(a, b node.Difference) int { return strings.Compare(a.Name, b.Name) })
	return out
}
