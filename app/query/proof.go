package query

import (
	ics23 "github.com/cosmos/ics23/go"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/contract/storage"
	"github.com/chancery-chain/chancery/app/schedule"
	"github.com/chancery-chain/chancery/app/state"
)

// maxProofKeyBytes bounds the keys that are proved: what a contract can store,
// and its name.
const maxProofKeyBytes = 2 << 10

// ProofOf names a key of a contract's storage, and who asks.
type ProofOf struct {
	Contract string
	Key      []byte
	Height   int64  // 0 for the last one
	Permit   []byte // encoded; nil for anybody
}

// StateProof proves what stands under a key after a height.
type StateProof struct {
	Height int64
	Value  []byte
	Absent bool
	// Commitment is an encoded ics23.CommitmentProof; state.VerifyExistence and
	// state.VerifyAbsence check it.
	Commitment []byte
}

// AppHash returns the app hash after a height.
func (q *Query) AppHash(height int64) ([]byte, error) {
	return at(q, height, func(v *state.View) ([]byte, error) { return v.AppHash(), nil })
}

// ContractProof proves a key of a contract's storage. For a contract that has a
// gated query, now or at that height, it takes the permit of one that
// MayReadStorage: Unauthenticated and PermissionDenied.
func (q *Query) ContractProof(of ProofOf) (*StateProof, error) {
	if len(of.Key) == 0 || len(of.Key) > maxProofKeyBytes {
		return nil, apperr.Invalid("key", "must have 1 to %d bytes", maxProofKeyBytes)
	}
	return at(q, of.Height, func(v *state.View) (*StateProof, error) {
		if _, err := contract.Get(v, of.Contract); err != nil {
			return nil, err
		}
		return q.prove(v, storage.Key(of.Contract, of.Key), of.Permit)
	})
}

// RawProof proves any key of the state tree, but none of the storage of contracts
// with gated queries nor of their scheduled calls: Unauthenticated. A height of 0 is the last one.
func (q *Query) RawProof(storeKey []byte, height int64) (*StateProof, error) {
	if len(storeKey) == 0 || len(storeKey) > maxProofKeyBytes {
		return nil, apperr.Invalid("key", "must have 1 to %d bytes", maxProofKeyBytes)
	}
	return at(q, height, func(v *state.View) (*StateProof, error) { return q.prove(v, storeKey, nil) })
}

// prove proves a key to whoever may read it.
func (q *Query) prove(v *state.View, key, permit []byte) (*StateProof, error) {
	if err := q.checkReader(v, key, permit); err != nil {
		return nil, err
	}
	value, ok := v.Get(key)
	p, err := v.Prove(key)
	if err != nil {
		return nil, err
	}
	// A proof of absence shows the entries on both sides, which may be of other
	// contracts: the last of one and the first of the next.
	for _, side := range []*ics23.ExistenceProof{p.GetNonexist().GetLeft(), p.GetNonexist().GetRight()} {
		if err := q.checkReader(v, side.GetKey(), permit); err != nil {
			return nil, err
		}
	}
	b, err := p.Marshal()
	return &StateProof{Height: v.Height(), Value: value, Absent: !ok, Commitment: b}, err
}

// checkReader checks that a permit, or nobody's, may see what stands under a key of
// the state tree.
func (q *Query) checkReader(v *state.View, storeKey, permit []byte) error {
	name, ok := storedBy(storeKey)
	if !ok {
		return nil
	}
	last, err := q.store.View(0)
	if err != nil {
		return err
	}
	defer last.Close()
	// What was gated once stays so for the heights of that time, and what is gated
	// now was meant to be.
	then, err := q.gated(v, name)
	if err != nil {
		return err
	}
	now, err := q.gated(last, name)
	switch {
	case err != nil:
		return err
	case !then && !now:
		return nil
	case permit == nil:
		return needsPermit("storage", name)
	}
	return q.checkMember(last, name, permit)
}

// storedBy returns the contract that keeps what stands under a key of the state tree:
// its storage and the requests of its scheduled calls. ok is false for all else, which
// anybody may read.
func storedBy(storeKey []byte) (name string, ok bool) {
	if name, _, ok = contract.ParseStoreKey(storeKey); ok || !schedule.IsStored(storeKey) {
		return name, ok
	}
	name, _, err := schedule.StoredBytes(storeKey, nil)
	return name, err == nil // no row has a key that does not decode
}

// checkMember checks that a permit is of one that MayReadStorage of a contract.
func (q *Query) checkMember(last *state.View, name string, permit []byte) error {
	p, err := q.params(last)
	if err != nil {
		return err
	}
	who, err := q.admit(last, p, permit, name)
	if err != nil {
		return err
	}
	may, err := MayReadStorage(last, name, who.Org, who.roles)
	if err == nil && !may {
		err = apperr.New(apperr.PermissionDenied, "storage of contract %s, which has gated queries, is for members of its organisation and for auditors of the committee's organisations", name)
	}
	return err
}

// gated reports whether a contract has a gated query in a state. Where there is no
// such contract there is nothing of it to read.
func (q *Query) gated(v *state.View, name string) (bool, error) {
	_, err := contract.Get(v, name)
	if c := apperr.CodeOf(err); c == apperr.NotFound || c == apperr.InvalidTx {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	s, _, _, err := q.exec.Schema(v, name)
	if err != nil {
		return false, err
	}
	return s.Gated(), nil
}
