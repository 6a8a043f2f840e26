package tx

import (
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

func checkSetMember(m *chanceryv1.SetMember) error {
	if _, err := PublicKey(m.GetKey()); err != nil {
		return at("key", err)
	}
	if err := CheckRoles(m.GetRoles()); err != nil {
		return err
	}
	if len(m.GetRoles()) > 0 && !m.GetMember() {
		return apperr.Invalid("member", "must be true when there are roles")
	}
	return nil
}

func checkCreateOrg(m *chanceryv1.CreateOrg) error {
	if err := CheckOrgName(m.GetName()); err != nil {
		return err
	}
	if n := len(m.GetTitle()); n > maxTitleBytes {
		return apperr.Invalid("title", "has %d bytes, more than %d", n, maxTitleBytes)
	}
	if _, err := PublicKey(m.GetAdmin()); err != nil {
		return at("admin", err)
	}
	return nil
}
