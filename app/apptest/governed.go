package apptest

import (
	"slices"
	"strings"

	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/validator"
)

// validatorPower is the power of each validator of a test chain's genesis.
const validatorPower = 10

// ValidatorKey returns the key of a test chain's validator.
func ValidatorKey(name string) validator.Key {
	k := Key("validator "+name, key.Ed25519).Public()
	return validator.Key{Type: validator.Ed25519, Bytes: k.Bytes}
}

// Governed is Genesis with operators of every organisation, "<org>-operator", all of
// them in the committee, and the validators city-1, city-2, records-1 and housing-1
// of power 10 each.
func Governed() *app.Genesis {
	g := Genesis()
	for i, o := range g.Orgs {
		g.Committee = append(g.Committee, o.Name)
		if o.Name != g.OperatorOrg {
			g.Orgs[i].Members = append(o.Members, app.GenesisMember{
				KeyType: key.Ed25519.String(), PublicKey: Key(o.Name+"-operator", key.Ed25519).Public().Bytes, Roles: []string{"operator"},
			})
		}
	}
	for _, name := range []string{"city-1", "city-2", "records-1", "housing-1"} {
		org, _, _ := strings.Cut(name, "-")
		k := ValidatorKey(name)
		g.Validators = append(g.Validators, app.GenesisValidator{KeyType: k.Type.String(), PublicKey: k.Bytes, Name: name, Org: org})
	}
	return g
}

// consensus is what CometBFT would begin with: the validators that a genesis
// names. Without any, the test decides the blocks.
func consensus(g *app.Genesis) (list []app.ConsensusValidator, types []string) {
	for _, v := range g.Validators {
		list = append(list, app.ConsensusValidator{KeyType: v.KeyType, PublicKey: v.PublicKey, Power: validatorPower})
		types = append(types, v.KeyType)
	}
	slices.Sort(types)
	return list, slices.Compact(types)
}
