package contract

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// Sight says which contracts see the origin of a call. The zero value is a tx's:
// all of them.
type Sight struct {
	// Only, if not nil, are the contracts that see the origin, sorted: those that
	// the permit of a query names. A contract sees it when every contract on the
	// stack is among them, so that no other can ask in the origin's name.
	Only []string
	// Owner, if not empty, is the organisation whose contracts see the origin, where
	// no other stands on the stack: in a rehearsal, which makes calls again that
	// somebody signed for other code.
	Owner string
	// Claimed is true where the origin is claimed and not proved, in a simulation
	// that nobody signed. Contracts with gated queries do not run then: their
	// executing methods answer what the queries would not.
	Claimed bool
}

// origin returns who a contract sees as the origin of its call.
func (c *call) origin() (origin, org string, roles []string) {
	if owner := c.env.Sight.Owner; owner != "" {
		for p := c; p != nil; p = p.parent {
			if !strings.HasPrefix(p.name, owner+"/") {
				return "", "", nil
			}
		}
	}
	if only := c.env.Sight.Only; only != nil {
		for p := c; p != nil; p = p.parent {
			if _, ok := slices.BinarySearch(only, p.name); !ok {
				return "", "", nil
			}
		}
	}
	return c.env.Origin, c.env.Org, c.env.Roles
}

// checkClaim refuses a contract with gated queries to an origin that is only
// claimed.
func (e *Env) checkClaim(name string, s *schema.Contract) error {
	if e.Sight.Claimed && s.Gated() {
		return apperr.New(apperr.Unauthenticated, "contract %s has gated queries, so only a signed tx is simulated on it", name)
	}
	return nil
}

// checkClaimTo is checkClaim for a contract that gets other code: the new one may
// gate nothing, and its migrate reads all.
func (e *Executor) checkClaimTo(r state.Reader, env *Env, name string, rec *statev1.Contract) error {
	if !env.Sight.Claimed {
		return nil
	}
	d, err := e.describe(r, [32]byte(rec.CodeHash))
	if err != nil {
		return &Fault{fmt.Errorf("interface of code %x: %w", rec.CodeHash, err)}
	}
	return env.checkClaim(name, d.schema)
}

// unproved returns the error of checkClaim in the outcome of a call.
func unproved(err error) error {
	var e *apperr.Error
	if errors.As(err, &e) && e.Code == apperr.Unauthenticated {
		return e
	}
	return nil
}
