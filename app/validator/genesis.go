package validator

import (
	"fmt"
	"slices"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// Genesis writes the first validators and the types of key that consensus takes.
// A chain without validators is one of a test that decides its blocks itself.
func Genesis(w state.Writer, set Set, types []KeyType) error {
	list := &statev1.ValidatorKeyTypes{}
	for _, t := range types {
		list.Types = append(list.Types, uint32(t))
	}
	slices.Sort(list.Types)
	list.Types = slices.Compact(list.Types)
	if err := keyTypes.Set(w, list); err != nil {
		return err
	}
	if len(set) == 0 {
		return nil
	}
	for i, v := range set {
		if i > 0 && set[i-1].Name >= v.Name {
			return fmt.Errorf("validator %q stands twice", v.Name)
		}
		if err := checkFree(w, v.Key); err != nil {
			return fmt.Errorf("validator %q: %w", v.Name, err)
		}
		if err := put(w, v); err != nil {
			return err
		}
	}
	return set.Check()
}
