package tx_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
)

func TestCheckPropose(t *testing.T) {
	ed := &chanceryv1.ValidatorKey{KeyType: chanceryv1.ValidatorKeyType_VALIDATOR_KEY_TYPE_ED25519, PublicKey: make([]byte, 32)}
	ml := &chanceryv1.ValidatorKey{KeyType: chanceryv1.ValidatorKeyType_VALIDATOR_KEY_TYPE_ML_DSA_65, PublicKey: make([]byte, 1952)}
	add := func(m *chanceryv1.AddValidator) *chanceryv1.Change {
		return &chanceryv1.Change{Change: &chanceryv1.Change_AddValidator{AddValidator: m}}
	}
	rule := func(kind chanceryv1.ChangeKind, threshold uint32, alone bool) *chanceryv1.Change {
		return &chanceryv1.Change{Change: &chanceryv1.Change_SetRule{SetRule: &chanceryv1.SetRule{Kind: kind, Threshold: threshold, OperatorAlone: alone}}}
	}
	upgrade := func(version uint64, height int64) *chanceryv1.Change {
		return &chanceryv1.Change{Change: &chanceryv1.Change_ProtocolUpgrade{ProtocolUpgrade: &chanceryv1.ProtocolUpgrade{Version: version, Height: height}}}
	}
	freeze := func(contract, reason string) *chanceryv1.Change {
		return &chanceryv1.Change{Change: &chanceryv1.Change_FreezeContract{FreezeContract: &chanceryv1.FreezeContract{Contract: contract, Reason: reason}}}
	}
	good := add(&chanceryv1.AddValidator{Name: "v1", Org: "city", Key: ed, Power: 1})
	quota, validators := chanceryv1.ChangeKind_CHANGE_KIND_QUOTA, chanceryv1.ChangeKind_CHANGE_KIND_VALIDATORS
	for _, row := range []struct {
		name   string
		change *chanceryv1.Change
		field  string // that the error names; empty for none
	}{
		{"a validator", good, ""},
		{"one with ML-DSA-65", add(&chanceryv1.AddValidator{Name: "v1", Org: "city", Key: ml, Power: tx.MaxPower}), ""},
		{"nothing", &chanceryv1.Change{}, "changes[0].change"},
		{"no name", add(&chanceryv1.AddValidator{Org: "city", Key: ed, Power: 1}), "changes[0].add_validator.name"},
		{"a name with a slash", add(&chanceryv1.AddValidator{Name: "city/1", Org: "city", Key: ed, Power: 1}), "changes[0].add_validator.name"},
		{"no organisation", add(&chanceryv1.AddValidator{Name: "v1", Key: ed, Power: 1}), "changes[0].add_validator.org"},
		{"no key", add(&chanceryv1.AddValidator{Name: "v1", Org: "city", Power: 1}), "changes[0].add_validator.key.key_type"},
		{"a short key", add(&chanceryv1.AddValidator{Name: "v1", Org: "city", Power: 1, Key: &chanceryv1.ValidatorKey{KeyType: 2, PublicKey: make([]byte, 32)}}), "changes[0].add_validator.key.public_key"},
		{"no power", add(&chanceryv1.AddValidator{Name: "v1", Org: "city", Key: ed}), "changes[0].add_validator.power"},
		{"too much power", add(&chanceryv1.AddValidator{Name: "v1", Org: "city", Key: ed, Power: tx.MaxPower + 1}), "changes[0].add_validator.power"},
		{"power 0", &chanceryv1.Change{Change: &chanceryv1.Change_SetPower{SetPower: &chanceryv1.SetPower{Name: "v1"}}}, "changes[0].set_power.power"},
		{"a rotation without key", &chanceryv1.Change{Change: &chanceryv1.Change_RotateKey{RotateKey: &chanceryv1.RotateKey{Name: "v1"}}}, "changes[0].rotate_key.key.key_type"},
		{"an unknown kind of rule", rule(99, 5_000, false), "changes[0].set_rule.kind"},
		{"a majority", rule(validators, 5_000, false), ""},
		{"less than a majority", rule(validators, 4_999, false), "changes[0].set_rule.threshold"},
		{"more than all", rule(validators, 10_000, false), "changes[0].set_rule.threshold"},
		{"the operator alone on quotas", rule(quota, 5_000, true), ""},
		{"the operator alone on validators", rule(validators, 5_000, true), "changes[0].set_rule.operator_alone"},
		{"an upgrade", upgrade(2, 100), ""},
		{"no upgrade", upgrade(0, 0), ""},
		{"an upgrade at no height", upgrade(2, 0), "changes[0].protocol_upgrade.height"},
		{"an upgrade before the chain", upgrade(2, -1), "changes[0].protocol_upgrade.height"},
		{"a height for nothing", upgrade(0, 100), "changes[0].protocol_upgrade.height"},
		{"a freeze of anybody's contract", freeze("records/evidence", "a fault"), ""},
		{"a freeze without reason", freeze("records/evidence", ""), "changes[0].freeze_contract.reason"},
		{"a freeze of no contract", freeze("records", "a fault"), "changes[0].freeze_contract.contract"},
		{"a parameter without name", &chanceryv1.Change{Change: &chanceryv1.Change_SetParameter{SetParameter: &chanceryv1.SetParameter{}}}, "changes[0].set_parameter.name"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := tx.CheckPropose(&chanceryv1.Propose{Title: "x", Changes: []*chanceryv1.Change{row.change}})
			if row.field == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, apperr.InvalidTx.Err())
			require.Equal(t, row.field, apperr.From(err).Field)
		})
	}
	large := add(&chanceryv1.AddValidator{Name: "v1", Org: "city", Key: ml, Power: 1})
	require.NoError(t, tx.CheckPropose(&chanceryv1.Propose{Title: "x", Changes: slices.Repeat([]*chanceryv1.Change{large}, tx.MaxChanges)}), "16 keys fit")
	for field, p := range map[string]*chanceryv1.Propose{
		"title":     {Title: strings.Repeat("x", 129), Changes: []*chanceryv1.Change{good}},
		"reference": {Title: "x", Reference: strings.Repeat("x", 257), Changes: []*chanceryv1.Change{good}},
		"changes":   {Title: "x", Changes: slices.Repeat([]*chanceryv1.Change{good}, tx.MaxChanges+1)},
	} {
		require.Equal(t, field, apperr.From(tx.CheckPropose(p)).Field, fmt.Sprint(p))
	}
}
