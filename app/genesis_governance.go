package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/app/validator"
)

// GenesisRule says how a kind of change is decided.
type GenesisRule struct {
	// Kind is a name of chancery.v1.ChangeKind without its prefix, in lower case, such
	// as "validators".
	Kind string `json:"kind"`
	// Threshold is the share of the committee that must be passed, in hundredths of a
	// percent: 5000 to 9999.
	Threshold uint32 `json:"threshold"`
	// OperatorAlone lets operators of OperatorOrg do it without a vote.
	OperatorAlone bool `json:"operator_alone"`
}

// GenesisValidator says whose a validator of the genesis is.
type GenesisValidator struct {
	KeyType   string `json:"key_type"`   // "ed25519" or "ml_dsa_65"
	PublicKey []byte `json:"public_key"` // base64
	// Name is the validator's name, of the form of an organisation's.
	Name string `json:"name"`
	// Org runs it; empty means OperatorOrg.
	Org string `json:"org,omitempty"`
}

// ConsensusValidator is a validator that consensus begins with.
type ConsensusValidator struct {
	KeyType   string // "ed25519" or "ml_dsa_65"
	PublicKey []byte
	Power     int64
}

func (r GenesisRule) kind() (governance.Kind, error) {
	n, ok := chanceryv1.ChangeKind_value["CHANGE_KIND_"+strings.ToUpper(r.Kind)]
	if !ok || n == 0 || r.Kind != strings.ToLower(r.Kind) {
		return 0, fmt.Errorf("kind %q is unknown", r.Kind)
	}
	return governance.Kind(n), nil
}

func (v GenesisValidator) key() (validator.Key, error) {
	t, err := validator.ParseKeyType(v.KeyType)
	if err != nil {
		return validator.Key{}, err
	}
	return validator.NewKey(t, v.PublicKey)
}

// validateGovernance reports every fault of the committee, its rules and the
// validators' names.
func (g *Genesis) validateGovernance(add func(where string, err error)) {
	known := func(name string) error {
		if !slices.ContainsFunc(g.Orgs, func(o GenesisOrg) bool { return o.Name == name }) {
			return fmt.Errorf("%q is not among orgs", name)
		}
		return nil
	}
	for i, name := range g.Committee {
		where := fmt.Sprintf("committee[%d]", i)
		add(where, known(name))
		if slices.Contains(g.Committee[:i], name) {
			add(where, fmt.Errorf("%q stands twice", name))
		}
	}
	if len(g.Committee) > governance.MaxCommittee {
		add("committee", fmt.Errorf("has %d organisations, more than %d", len(g.Committee), governance.MaxCommittee))
	}
	for i, r := range g.Rules {
		kind, err := r.kind()
		if err == nil {
			err = tx.CheckRule(kind, r.Threshold, r.OperatorAlone)
		}
		add(fmt.Sprintf("rules[%d]", i), err)
	}
	for i, v := range g.Validators {
		where := fmt.Sprintf("validators[%d]", i)
		_, err := v.key()
		add(where, err)
		add(where, tx.CheckValidatorName(v.Name))
		if v.Org != "" {
			add(where, known(v.Org))
		}
	}
}

// rules returns the default rules with what the genesis says of them.
func (g *Genesis) rules() []*statev1.Rule {
	p := &statev1.Params{Rules: governance.DefaultRules()}
	for _, r := range g.Rules {
		if kind, err := r.kind(); err == nil {
			governance.SetRule(p, &chanceryv1.SetRule{Kind: kind, Threshold: r.Threshold, OperatorAlone: r.OperatorAlone})
		}
	}
	return p.Rules
}

// writeGovernance writes the committee and the validators.
func (g *Genesis) writeGovernance(w state.Writer, req GenesisRequest) error {
	orgs := slices.Sorted(slices.Values(g.Committee))
	if len(orgs) == 0 {
		orgs = []string{g.OperatorOrg}
	}
	if err := governance.Genesis(w, orgs); err != nil {
		return err
	}
	set, err := g.validatorSet(req)
	if err != nil {
		return fmt.Errorf("genesis: %w", err)
	}
	var types []validator.KeyType
	for _, name := range req.ValidatorKeyTypes {
		t, err := validator.ParseKeyType(name)
		if err != nil {
			return fmt.Errorf("genesis: %w", err)
		}
		types = append(types, t)
	}
	if err := validator.Genesis(w, set, types); err != nil {
		return fmt.Errorf("genesis: %w", err)
	}
	return nil
}

// validatorSet gives consensus' validators their names and organisations.
func (g *Genesis) validatorSet(req GenesisRequest) (validator.Set, error) {
	var set validator.Set
	named := 0
	for _, c := range req.Validators {
		t, err := validator.ParseKeyType(c.KeyType)
		if err != nil {
			return nil, err
		}
		k, err := validator.NewKey(t, c.PublicKey)
		if err != nil {
			return nil, err
		}
		if c.Power < 1 || c.Power > tx.MaxPower {
			return nil, fmt.Errorf("validator %s has power %d, not 1 to %d", k.Address(), c.Power, tx.MaxPower)
		}
		v := validator.Validator{
			// Names that a genesis leaves out come from the key, so that they are the same
			// on every node.
			Name: "validator-" + strings.ToLower(k.Address().String()[:8]), Org: g.OperatorOrg,
			Key: k, Power: uint64(c.Power), Height: req.InitialHeight,
		}
		for _, own := range g.Validators {
			if ok, err := own.key(); err != nil {
				return nil, err
			} else if ok.Equal(k) {
				v.Name, named = own.Name, named+1
				if own.Org != "" {
					v.Org = own.Org
				}
			}
		}
		set = append(set, v)
	}
	if named != len(g.Validators) && len(req.Validators) > 0 {
		return nil, errors.New("app_state names a validator that consensus does not begin with, or one twice")
	}
	slices.SortFunc(set, func(a, b validator.Validator) int { return strings.Compare(a.Name, b.Name) })
	return set, nil
}
