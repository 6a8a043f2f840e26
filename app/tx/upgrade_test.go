package tx_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/tx"
)

// TestUpgradeDigest: whatever differs in a proposal, its digest differs, so that an
// approval cannot be used for another one.
func TestUpgradeDigest(t *testing.T) {
	hash := func(c byte) []byte { return []byte(strings.Repeat(string(rune(c)), 32)) }
	base := func() *chanceryv1.ProposeUpgrade {
		return &chanceryv1.ProposeUpgrade{Contract: "records/shop", CodeHash: hash('a'), MigratePayload: []byte{1}, RehearsalHash: hash('r')}
	}
	edits := map[string]func(*chanceryv1.ProposeUpgrade){
		"nothing":       func(*chanceryv1.ProposeUpgrade) {},
		"contract":      func(m *chanceryv1.ProposeUpgrade) { m.Contract = "records/shops" },
		"code":          func(m *chanceryv1.ProposeUpgrade) { m.CodeHash = hash('b') },
		"payload":       func(m *chanceryv1.ProposeUpgrade) { m.MigratePayload = []byte{2} },
		"no payload":    func(m *chanceryv1.ProposeUpgrade) { m.MigratePayload = nil },
		"breaking":      func(m *chanceryv1.ProposeUpgrade) { m.Breaking = true },
		"rehearsal":     func(m *chanceryv1.ProposeUpgrade) { m.RehearsalHash = hash('s') },
		"rollback":      func(m *chanceryv1.ProposeUpgrade) { m.RollbackTo = 1 },
		"empty policy":  func(m *chanceryv1.ProposeUpgrade) { m.Policy = &chanceryv1.UpgradePolicy{} },
		"policy":        func(m *chanceryv1.ProposeUpgrade) { m.Policy = &chanceryv1.UpgradePolicy{DelaySeconds: 1} },
		"other numbers": nil,
	}
	seen := map[string]string{}
	for name, edit := range edits {
		m, id, from := base(), uint64(1), uint64(1)
		numbers := [][2]uint64{{id, from}}
		if edit == nil {
			numbers = [][2]uint64{{2, 1}, {1, 2}, {1 << 8, 1}, {1, 1 << 8}}
		} else {
			edit(m)
		}
		for _, n := range numbers {
			sum, err := tx.UpgradeDigest(n[0], n[1], m)
			require.NoError(t, err)
			require.Len(t, sum, 32)
			what := fmt.Sprint(name, n)
			require.Empty(t, seen[string(sum)], "%s has the digest of %s", what, seen[string(sum)])
			seen[string(sum)] = what
			again, err := tx.UpgradeDigest(n[0], n[1], proto.CloneOf(m))
			require.NoError(t, err)
			require.Equal(t, sum, again)
		}
	}
}

// TestLifecycleActions refuses without any state what can never be right.
func TestLifecycleActions(t *testing.T) {
	hash := make([]byte, 32)
	many := &chanceryv1.UpgradePolicy{Required: 1}
	for i := range 17 {
		many.Approvers = append(many.Approvers, fmt.Sprintf("org-%02d", i))
	}
	propose := func(m *chanceryv1.ProposeUpgrade) *chanceryv1.TxBody {
		return &chanceryv1.TxBody{Action: &chanceryv1.TxBody_ProposeUpgrade{ProposeUpgrade: m}}
	}
	for _, tc := range []struct {
		name  string
		body  *chanceryv1.TxBody
		field string
	}{
		{"too many approvers", propose(&chanceryv1.ProposeUpgrade{Contract: "records/shop", Policy: many}), "propose_upgrade.policy.approvers"},
		{"approver twice", propose(&chanceryv1.ProposeUpgrade{Contract: "records/shop", Policy: &chanceryv1.UpgradePolicy{Approvers: []string{"city", "city"}, Required: 1}}), "propose_upgrade.policy.approvers"},
		{"approver of no name", propose(&chanceryv1.ProposeUpgrade{Contract: "records/shop", Policy: &chanceryv1.UpgradePolicy{Approvers: []string{"City"}, Required: 1}}), "propose_upgrade.policy.approvers.name"},
		{"required without approvers", propose(&chanceryv1.ProposeUpgrade{Contract: "records/shop", Policy: &chanceryv1.UpgradePolicy{Required: 1}}), "propose_upgrade.policy.required"},
		{"long delay", propose(&chanceryv1.ProposeUpgrade{Contract: "records/shop", Policy: &chanceryv1.UpgradePolicy{DelaySeconds: tx.MaxUpgradeDelay + 1}}), "propose_upgrade.policy.delay_seconds"},
		{"policy and code", propose(&chanceryv1.ProposeUpgrade{Contract: "records/shop", CodeHash: hash, Policy: &chanceryv1.UpgradePolicy{}}), "propose_upgrade.policy"},
		{"policy of another's contract", propose(&chanceryv1.ProposeUpgrade{Contract: "housing/shop", Policy: &chanceryv1.UpgradePolicy{}}), "propose_upgrade.contract"},
		{"neither policy nor code", propose(&chanceryv1.ProposeUpgrade{Contract: "records/shop"}), "propose_upgrade.code_hash"},
		{"short rehearsal hash", propose(&chanceryv1.ProposeUpgrade{Contract: "records/shop", CodeHash: hash, RehearsalHash: []byte{1}}), "propose_upgrade.rehearsal_hash"},
		{"rollback that migrates", propose(&chanceryv1.ProposeUpgrade{Contract: "records/shop", CodeHash: hash, RollbackTo: 1, MigratePayload: []byte{1}}), "propose_upgrade.migrate_payload"},
		{"upgrade that rolls back and migrates", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Upgrade{Upgrade: &chanceryv1.Upgrade{Contract: "records/shop", CodeHash: hash, RollbackTo: 1, MigratePayload: []byte{1}}}}, "upgrade.migrate_payload"},
		{"approval of nothing", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_ApproveUpgrade{ApproveUpgrade: &chanceryv1.ApproveUpgrade{Contract: "records/shop", Digest: hash}}}, "approve_upgrade.id"},
		{"approval without digest", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_ApproveUpgrade{ApproveUpgrade: &chanceryv1.ApproveUpgrade{Contract: "records/shop", Id: 1}}}, "approve_upgrade.digest"},
		{"cancel of no contract", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_CancelUpgrade{CancelUpgrade: &chanceryv1.CancelUpgrade{Id: 1}}}, "cancel_upgrade.contract"},
		{"execute of another's", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_ExecuteUpgrade{ExecuteUpgrade: &chanceryv1.ExecuteUpgrade{Contract: "housing/shop", Id: 1}}}, "execute_upgrade.contract"},
		{"freeze without a reason", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_FreezeContract{FreezeContract: &chanceryv1.FreezeContract{Contract: "records/shop"}}}, "freeze_contract.reason"},
		{"long reason", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_RetireContract{RetireContract: &chanceryv1.RetireContract{Contract: "records/shop", Reason: strings.Repeat("a", 257)}}}, "retire_contract.reason"},
		{"unfreeze of another's", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_UnfreezeContract{UnfreezeContract: &chanceryv1.UnfreezeContract{Contract: "housing/shop"}}}, "unfreeze_contract.contract"},
		{"prune of no hash", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_PruneCode{PruneCode: &chanceryv1.PruneCode{}}}, "prune_code.code_hash"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			k := newKey(t, key.Ed25519)
			b := body(k)
			b.Action = tc.body.Action
			raw, err := tx.Unsigned(b)
			require.NoError(t, err)
			_, err = tx.DecodeUnsigned(raw)
			e := apperr.From(err)
			require.NotNil(t, e)
			require.Equal(t, apperr.InvalidTx, e.Code, e.Error())
			require.Equal(t, tc.field, e.Field)
		})
	}
}
