package tx

import (
	"github.com/chancery-chain/chancery/contracts-sdk/idcodes"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
)

func checkSetMember(m *chanceryv1.SetMember) error {
	if m.GetAccount() != "" && m.GetKey() != nil {
		return apperr.Invalid("account", "must be empty when key is set")
	}
	if m.GetAccount() != "" {
		if err := checkAccount(m.Account); err != nil {
			return err
		}
	} else if _, err := parseKey(m.GetKey()); err != nil {
		return at("key", err)
	}
	if n := len(m.GetConsent()); n != 0 && (n != key.SignatureSize || m.Key == nil) {
		return apperr.Invalid("consent", "has %d bytes, not the %d of a signature by key", n, key.SignatureSize)
	}
	if err := CheckRoles(m.GetRoles()); err != nil {
		return err
	}
	if !m.GetMember() && (len(m.GetRoles()) > 0 || m.From != nil || m.Until != nil || m.Suspended) {
		return apperr.Invalid("member", "must be true when anything is said about the membership")
	}
	if err := checkTime("from", m.GetFrom()); err != nil {
		return err
	}
	if err := checkTime("until", m.GetUntil()); err != nil {
		return err
	}
	if m.GetFrom() != nil && m.GetUntil() != nil && !m.From.AsTime().Before(m.Until.AsTime()) {
		return apperr.Invalid("until", "is not after from")
	}
	return nil
}

// checkCreateOrg checks what can be checked without state.
func checkCreateOrg(m *chanceryv1.CreateOrg) error {
	if err := CheckOrgName(m.GetName()); err != nil {
		return err
	}
	if _, err := parseKey(m.GetAdmin()); err != nil {
		return at("admin", err)
	}
	return CheckOrgData(m.GetTitle(), m.GetKind(), m.GetUscc(), m.GetParent())
}

// CheckOrgData checks what is said about an organisation: the sizes, a known kind,
// and the check character of a unified social credit code.
func CheckOrgData(title string, kind chanceryv1.OrgKind, uscc, parent string) error {
	if n := len(title); n > maxTitleBytes {
		return apperr.Invalid("title", "has %d bytes, more than %d", n, maxTitleBytes)
	}
	if _, ok := chanceryv1.OrgKind_name[int32(kind)]; !ok {
		return apperr.Invalid("kind", "is %d, which is no kind of organisation", kind)
	}
	if uscc != "" {
		if err := idcodes.CheckUSCC(uscc); err != nil {
			return apperr.Invalid("uscc", "%s", err)
		}
	}
	if parent != "" {
		if err := CheckOrgName(parent); err != nil {
			return apperr.Invalid("parent", "%s", apperr.From(err).Msg)
		}
	}
	return nil
}

// checkUpdateOrg checks what can be checked without state.
func checkUpdateOrg(m *chanceryv1.UpdateOrg) error {
	if err := checkNamed("org", m.GetOrg()); err != nil {
		return err
	}
	if m.Title == nil && m.Kind == nil && m.Uscc == nil && m.Parent == nil && m.Admin == nil {
		return apperr.Invalid("", "changes nothing")
	}
	if m.Admin != nil {
		if _, err := parseKey(m.Admin); err != nil {
			return at("admin", err)
		}
	}
	return CheckOrgData(m.GetTitle(), m.GetKind(), m.GetUscc(), m.GetParent())
}

// checkSetOrgStatus checks what can be checked without state.
func checkSetOrgStatus(m *chanceryv1.SetOrgStatus) error {
	if err := checkNamed("org", m.GetOrg()); err != nil {
		return err
	}
	return checkReason(m.GetReason())
}

func checkNamed(field, org string) error {
	if err := CheckOrgName(org); err != nil {
		return apperr.Invalid(field, "%s", apperr.From(err).Msg)
	}
	return nil
}
