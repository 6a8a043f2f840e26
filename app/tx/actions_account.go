package tx

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
)

// Bounds of accounts and delegations (app/RATIONALE.md gives the reasons).
const (
	maxKeyWeight    = 1000
	maxGrants       = 16
	maxGrantMethods = 32
	maxReasonBytes  = 256
	// MaxDelegation is how far ahead a delegation may end.
	MaxDelegation = 366 * 24 * time.Hour
)

// lastTime bounds times in actions, so that they fit into unix nanoseconds: the
// year 2200.
var lastTime = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// CheckKeys checks the keys of an account: 1 to MaxSignatures different ones, each
// with a weight of 1 to 1000, and a threshold that they can reach. Whoever keeps
// them must check each with PublicKey.
func CheckKeys(keys []*chanceryv1.WeightedKey, threshold uint32) error {
	if len(keys) == 0 || len(keys) > MaxSignatures {
		return apperr.Invalid("keys", "has %d entries, not 1 to %d", len(keys), MaxSignatures)
	}
	var sum uint32
	seen := make([]key.Public, 0, len(keys))
	for i, k := range keys {
		pub, err := parseKey(k.GetKey())
		if err != nil {
			return at(fmt.Sprintf("keys[%d]", i), err)
		}
		for _, other := range seen {
			if other.Equal(pub) {
				return apperr.Invalid(fmt.Sprintf("keys[%d].key", i), "stands twice")
			}
		}
		seen = append(seen, pub)
		if k.Weight == 0 || k.Weight > maxKeyWeight {
			return apperr.Invalid(fmt.Sprintf("keys[%d].weight", i), "is %d, not 1 to %d", k.Weight, maxKeyWeight)
		}
		sum += k.Weight
	}
	if threshold == 0 || threshold > sum {
		return apperr.Invalid("threshold", "is %d, not 1 to %d, the sum of the weights", threshold, sum)
	}
	return nil
}

func checkAccount(address string) error { return checkAddress("account", address) }

func checkAddress(field, address string) error {
	if _, err := key.ParseAddress(address); err != nil {
		return apperr.Invalid(field, "%s", apperr.From(err).Msg)
	}
	return nil
}

func checkStartRecovery(m *chanceryv1.StartRecovery) error {
	if err := checkAccount(m.GetAccount()); err != nil {
		return err
	}
	return CheckKeys(m.GetKeys(), m.GetThreshold())
}

func checkCancelRecovery(m *chanceryv1.CancelRecovery) error {
	if m.GetAccount() == "" {
		return nil
	}
	return checkAccount(m.Account)
}

func checkSetAccountStatus(origin string, m *chanceryv1.SetAccountStatus) error {
	if err := checkAccount(m.GetAccount()); err != nil {
		return err
	}
	if m.Account == origin {
		return apperr.Invalid("account", "is the origin's own")
	}
	return checkReason(m.GetReason())
}

func checkReason(s string) error {
	if len(s) > maxReasonBytes {
		return apperr.Invalid("reason", "has %d bytes, more than %d", len(s), maxReasonBytes)
	}
	return nil
}

func checkSetGuardian(m *chanceryv1.SetGuardian) error {
	if m.GetOrg() == "" {
		return nil
	}
	return CheckOrgName(m.Org)
}

func checkDelegate(origin string, m *chanceryv1.Delegate) error {
	if err := checkAddress("delegate", m.GetDelegate()); err != nil {
		return err
	}
	if m.Delegate == origin {
		return apperr.Invalid("delegate", "is the origin itself")
	}
	if n := len(m.GetGrants()); n == 0 || n > maxGrants {
		return apperr.Invalid("grants", "has %d entries, not 1 to %d", n, maxGrants)
	}
	for i, g := range m.Grants {
		if err := checkGrant(g); err != nil {
			return at(fmt.Sprintf("grants[%d]", i), err)
		}
		if i > 0 && m.Grants[i-1].Contract >= g.Contract {
			return apperr.Invalid(fmt.Sprintf("grants[%d].contract", i), "must be sorted without repeats")
		}
	}
	if m.GetUntil() == nil {
		return apperr.Invalid("until", "is missing")
	}
	return checkTime("until", m.Until)
}

func checkGrant(g *chanceryv1.Grant) error {
	if _, _, err := SplitContractName(g.GetContract()); err != nil {
		return err
	}
	if n := len(g.GetMethods()); n == 0 || n > maxGrantMethods {
		return apperr.Invalid("methods", "has %d entries, not 1 to %d", n, maxGrantMethods)
	}
	for i, m := range g.Methods {
		if err := CheckMethodName(m); err != nil {
			return apperr.Invalid("methods", "%s", apperr.From(err).Msg)
		}
		if i > 0 && g.Methods[i-1] >= m {
			return apperr.Invalid("methods", "must be sorted without repeats")
		}
	}
	return nil
}

func checkRevokeDelegation(m *chanceryv1.RevokeDelegation) error {
	if err := checkAddress("delegate", m.GetDelegate()); err != nil {
		return err
	}
	if m.GetPrincipal() == "" {
		return nil
	}
	return checkAddress("principal", m.Principal)
}

// checkTime checks a time that may be missing.
func checkTime(field string, t *timestamppb.Timestamp) error {
	if t == nil {
		return nil
	}
	if !t.IsValid() || t.AsTime().Before(time.Unix(1, 0)) || !t.AsTime().Before(lastTime) {
		return apperr.Invalid(field, "is no time between 1970 and 2200")
	}
	return nil
}
