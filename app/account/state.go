package account

import (
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
)

// Standing of an account; the numbers are those of chancery.v1.Standing, but for 0,
// which is active too.
const (
	active          = 0
	suspended       = 2
	suspendedByVote = 3
)

// Get returns an account as it is at a block time: a recovery, and a change of the
// guardian, that is due has taken effect. An account that was never written is an empty
// one.
func Get(r state.Reader, addr key.Address, now time.Time) (*statev1.Account, error) {
	a, ok, err := accounts.Get(r, addr)
	if err != nil {
		return nil, err
	}
	if !ok {
		return new(statev1.Account), nil
	}
	if p := a.Recovery; p != nil && now.UnixNano() >= p.Effective {
		a.Keys, a.Threshold, a.Recovery, a.Recovered = p.Keys, p.Threshold, nil, p.Effective
	}
	if g := a.GuardianChange; g != nil && now.UnixNano() >= g.Effective {
		a.Guardian, a.GuardianChange = g.Org, nil
	}
	return a, nil
}

// Exists reports whether an account was ever written.
func Exists(r state.Reader, addr key.Address) bool { return accounts.Has(r, addr) }

// CheckExists returns NotFound for an account that was never written.
func CheckExists(r state.Reader, addr key.Address) error {
	if Exists(r, addr) {
		return nil
	}
	return apperr.New(apperr.NotFound, "account %s does not exist; an admin of its organisation adds it", addr)
}

// Key is a key with the weight of its signature.
type Key struct {
	Public key.Public
	Weight uint32
}

// Keys are an account's keys and the sum of weights that signatures must reach.
// tx.CheckKeys has checked them.
type Keys struct {
	List      []Key
	Threshold uint32
}

// KeysOf returns the keys of an account, none for one that was never written.
func KeysOf(a *statev1.Account) Keys { return keysOf(a.Keys, a.Threshold) }

// RecoveryKeys returns the keys to come of a pending recovery.
func RecoveryKeys(p *statev1.Recovery) Keys { return keysOf(p.Keys, p.Threshold) }

func keysOf(keys []*statev1.Key, threshold uint32) Keys {
	out := Keys{List: make([]Key, len(keys)), Threshold: threshold}
	for i, k := range keys {
		out.List[i] = Key{Public: key.Public{Type: key.Type(k.KeyType), Bytes: k.PublicKey}, Weight: k.Weight}
	}
	return out
}

func (k Keys) state() []*statev1.Key {
	out := make([]*statev1.Key, len(k.List))
	for i, one := range k.List {
		out[i] = &statev1.Key{KeyType: uint32(one.Public.Type), PublicKey: one.Public.Bytes, Weight: one.Weight}
	}
	return out
}

// SingleKey returns the keys of an account with one key.
func SingleKey(k key.Public) Keys { return Keys{List: []Key{{Public: k, Weight: 1}}, Threshold: 1} }

// SignaturesNeeded returns how many signatures an account's tx needs at least.
func SignaturesNeeded(a *statev1.Account) int {
	keys := a.Keys
	n, sum := 0, uint32(0)
	used := make([]bool, len(keys))
	for sum < a.Threshold && n < len(keys) {
		best := -1
		for i, k := range keys {
			if !used[i] && (best < 0 || k.Weight > keys[best].Weight) {
				best = i
			}
		}
		used[best] = true
		sum += keys[best].Weight
		n++
	}
	return max(n, 1)
}

// DelegationKey is a place in a principal's list of delegations.
type DelegationKey = state.Pair[key.Address, string]

// Delegations walks a principal's delegations in order of delegate and
// organisation.
func Delegations(r state.Reader, principal key.Address, page state.Page[DelegationKey], fn func(DelegationKey, *statev1.Delegation) error) (more bool, err error) {
	return state.IteratePair(delegations, r, principal, page, fn)
}
