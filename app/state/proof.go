package state

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	ics23 "github.com/cosmos/ics23/go"
)

// ErrProof is the error of a proof that does not prove what it should.
var ErrProof = errors.New("state: proof does not hold")

// emptyAppHash is the app hash of a state without any key.
var emptyAppHash = sha256.Sum256(nil)

// Prove returns an ICS-23 proof that key exists with its value, or that it does
// not exist, at the view's height. Check it with VerifyExistence or VerifyAbsence
// against the view's app hash, which the header of the next height carries.
//
// An empty state has no leaf to prove absence by; its proof names the key and no
// neighbour, and holds against the app hash of the empty state alone.
func (v *View) Prove(key []byte) (*ics23.CommitmentProof, error) {
	if len(key) == 0 {
		return nil, errors.New("state: proof of an empty key")
	}
	tree := v.open()
	if tree.IsEmpty() {
		return absence(&ics23.NonExistenceProof{Key: bytes.Clone(key)}), nil
	}
	var proof *ics23.CommitmentProof
	var err error
	if len(tree.Get(key)) > 0 {
		proof, err = tree.GetMembershipProof(key)
	} else {
		proof, err = tree.GetNonMembershipProof(bytes.Clone(key))
	}
	if err != nil {
		return nil, fmt.Errorf("state: proof at height %d: %w", v.height, err)
	}
	detach(proof.GetExist())
	detach(proof.GetNonexist().GetLeft())
	detach(proof.GetNonexist().GetRight())
	return proof, nil
}

func absence(p *ics23.NonExistenceProof) *ics23.CommitmentProof {
	return &ics23.CommitmentProof{Proof: &ics23.CommitmentProof_Nonexist{Nonexist: p}}
}

// detach copies what points into the tree. The hashes of the path are copies.
func detach(p *ics23.ExistenceProof) {
	if p != nil {
		p.Key, p.Value = bytes.Clone(p.Key), bytes.Clone(p.Value)
	}
}

// VerifyExistence checks that proof shows key with value under appHash. The error
// is ErrProof. It needs no store.
func VerifyExistence(appHash, key, value []byte, proof *ics23.CommitmentProof) (err error) {
	defer refuse(&err)
	if proof == nil || len(key) == 0 || proof.GetExist() == nil {
		return fmt.Errorf("%w: not an existence proof", ErrProof)
	}
	if err := proof.GetExist().Verify(ics23.IavlSpec, appHash, key, FrameValue(value)); err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	return nil
}

// VerifyAbsence checks that proof shows that there is no key under appHash. The
// error is ErrProof. It needs no store.
func VerifyAbsence(appHash, key []byte, proof *ics23.CommitmentProof) (err error) {
	defer refuse(&err)
	if proof == nil || len(key) == 0 || proof.GetNonexist() == nil {
		return fmt.Errorf("%w: not an absence proof", ErrProof)
	}
	p := proof.GetNonexist()
	if bytes.Equal(appHash, emptyAppHash[:]) {
		// No tree with a leaf has this hash.
		if p.Left != nil || p.Right != nil || !bytes.Equal(p.Key, key) {
			return fmt.Errorf("%w: an empty state has no neighbours", ErrProof)
		}
		return nil
	}
	if err := p.Verify(ics23.IavlSpec, appHash, key); err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	return nil
}

// refuse turns a panic of the ICS-23 library into ErrProof: it indexes paths and
// follows pointers without looking, and a proof may come from anyone.
func refuse(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: malformed", ErrProof)
	}
}
