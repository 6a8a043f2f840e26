package query

import (
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/contract/storage"
	"github.com/chancery-chain/chancery/app/state"
)

// maxProofKeyBytes bounds the keys that are proved: what a contract can store,
// and its name.
const maxProofKeyBytes = 2 << 10

// StateProof proves what stands under a key after a height.
type StateProof struct {
	Height int64
	Value  []byte
	Absent bool
	// Commitment is an encoded ics23.CommitmentProof; state.VerifyExistence and
	// state.VerifyAbsence check it.
	Commitment []byte
}

// ContractProof proves a key of a contract's storage at a height, 0 for the last
// one.
func (q *Query) ContractProof(name string, key []byte, height int64) (*StateProof, error) {
	if len(key) == 0 || len(key) > maxProofKeyBytes {
		return nil, apperr.Invalid("key", "must have 1 to %d bytes", maxProofKeyBytes)
	}
	return at(q, height, func(v *state.View) (*StateProof, error) {
		if _, err := contract.Get(v, name); err != nil {
			return nil, err
		}
		return prove(v, storage.Key(name, key))
	})
}

// RawProof proves any key of the state tree.
func (q *Query) RawProof(storeKey []byte, height int64) (*StateProof, error) {
	if len(storeKey) == 0 || len(storeKey) > maxProofKeyBytes {
		return nil, apperr.Invalid("key", "must have 1 to %d bytes", maxProofKeyBytes)
	}
	return at(q, height, func(v *state.View) (*StateProof, error) { return prove(v, storeKey) })
}

func prove(v *state.View, key []byte) (*StateProof, error) {
	value, ok := v.Get(key)
	p, err := v.Prove(key)
	if err != nil {
		return nil, err
	}
	b, err := p.Marshal()
	return &StateProof{Height: v.Height(), Value: value, Absent: !ok, Commitment: b}, err
}
