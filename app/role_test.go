package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/account"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// TestEveryActionSaysWhoMay walks the actions, so that a new one is not forgotten: a
// member without a role may do these few, whatever its organisation.
func TestEveryActionSaysWhoMay(t *testing.T) {
	anyMember := map[string]bool{
		"execute": true, // the contract decides
		// What concerns the own account, or what this account proposed or gave.
		"set_keys": true, "cancel_recovery": true, "set_guardian": true, "delegate": true, "revoke_delegation": true, "cancel_upgrade": true,
	}
	now := time.Unix(1_000, 0)
	who := testKey("no role").Public()
	w := state.NewOverlay(nil)
	p := params.Default()
	p.OperatorOrg, p.Rules = "city", governance.DefaultRules()
	for _, name := range []string{"city", "records"} {
		require.NoError(t, org.Create(w, name, &statev1.Org{Title: name}))
		require.NoError(t, account.Create(w, who, name, name))
		require.NoError(t, org.SetMember(w, name, who.Address(), &statev1.Member{Roles: []string{"clerk"}}, now))
	}
	require.NoError(t, governance.Genesis(w, []string{"city"}))
	for i := range actionField.Fields().Len() {
		f := actionField.Fields().Get(i)
		for _, name := range []string{"city", "records"} { // the first has all that an organisation can have
			body := &chanceryv1.TxBody{Org: name}
			body.ProtoReflect().Set(f, body.ProtoReflect().NewField(f))
			err := checkRole(w, p, &tx.Tx{Body: body, Origin: who.Address()}, now)
			want := apperr.PermissionDenied
			if anyMember[string(f.Name())] {
				want = apperr.OK
			}
			require.Equal(t, want, apperr.CodeOf(err), "%s of %s: %v", f.Name(), name, err)
		}
	}
}
