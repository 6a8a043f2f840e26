package validator

import (
	"slices"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// checkFree checks that a key may begin to sign: its type is allowed on this
// chain, no validator has it, and nothing is held against it.
func checkFree(r state.Reader, k Key) error {
	types, _, err := keyTypes.Get(r)
	if err != nil {
		return err
	}
	if !slices.Contains(types.GetTypes(), uint32(k.Type)) {
		return apperr.New(apperr.NotActive, "the genesis of this chain does not allow keys of type %s for validators", k.Type)
	}
	set, err := Load(r)
	if err != nil {
		return err
	}
	addr := k.Address()
	if i, ok := set.byAddress(addr); ok {
		return apperr.New(apperr.AlreadyExists, "validator %q signs with key %s", set[i].Name, addr)
	}
	former, _, err := formerKeys.Get(r, addr)
	if err != nil {
		return err
	}
	if former.GetBarred() {
		return apperr.New(apperr.PermissionDenied, "key %s misbehaved as validator %q and never signs again", addr, former.Name)
	}
	return nil
}
