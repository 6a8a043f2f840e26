package app

import (
	"slices"
	"strings"
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/account"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/schedule"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/template"
)

// growth returns by how many bytes writes let the rows of each organisation grow over
// base, beside what was freed before; sorted by organisation, without those that it
// leaves as they were.
func growth(base state.Reader, writes *state.Overlay, freed []quota.Growth) ([]quota.Growth, error) {
	list := slices.Clone(freed)
	var broken error
	count := func(key, value []byte, sign int64) {
		owner, n, err := storedBytes(key, value)
		if err != nil {
			broken = err
		}
		if len(owner) == 0 {
			return
		}
		for i := range list {
			if list[i].Org == string(owner) {
				list[i].Bytes += sign * int64(n)
				return
			}
		}
		list = append(list, quota.Growth{Org: string(owner), Bytes: sign * int64(n)})
	}
	writes.Each(func(c state.Change) {
		if !isStored(c.Key) {
			return
		}
		if !c.Delete {
			count(c.Key, c.Value, 1)
		}
		if before, ok := base.Get(c.Key); ok {
			count(c.Key, before, -1)
		}
	})
	if broken != nil {
		return nil, broken
	}
	return settled(list), nil
}

// isStored reports whether storedBytes may count the row of a key. It is asked for
// every write, and most are of contracts' storage.
func isStored(key []byte) bool {
	return contract.IsStored(key) || schedule.IsStored(key) || org.IsStored(key) || account.IsStored(key) || quota.IsStored(key) || template.IsStored(key)
}

// storedBytes returns to which organisation a row of the state tree counts, and with
// how many bytes; owner is empty for one that counts to nobody. The error means that the
// row is broken.
func storedBytes(key, value []byte) (owner []byte, n int, err error) {
	if contract.IsStored(key) {
		return contract.StoredBytes(key, value)
	}
	var name string
	switch {
	case schedule.IsStored(key):
		name, n, err = schedule.StoredBytes(key, value)
		name, _, _ = strings.Cut(name, "/")
	case org.IsStored(key):
		name, n, err = org.StoredBytes(key, value)
	case account.IsStored(key):
		name, n, err = account.StoredBytes(key, value)
	case quota.IsStored(key):
		name, n, err = quota.StoredBytes(key)
	case template.IsStored(key):
		name, n, err = template.StoredBytes(key, value)
	}
	return []byte(name), n, err
}

// grow counts what writes add to the rows of organisations over base, without asking
// whether their quotas cover it, and writes that into writes: for the genesis, and for
// votes, which decide about quotas themselves.
func grow(base state.Reader, writes *state.Overlay, p *statev1.Params, now time.Time) ([]quota.Warning, error) {
	grown, err := growth(base, writes, nil)
	if err != nil {
		return nil, err
	}
	return quota.Apply(writes, quota.Charge{Grown: grown}, quotaPeriod(p, now))
}
