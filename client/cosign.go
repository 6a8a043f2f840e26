package client

import (
	"fmt"

	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/tx"
)

// ParseTx reads a tx as Sign made it, with or without signatures, for example from
// the file in which several officers collect theirs.
func ParseTx(raw []byte) (*SignedTx, []tx.Signature, error) {
	t, err := tx.DecodeUnsigned(raw)
	if err != nil {
		return nil, nil, err
	}
	return &SignedTx{Raw: raw, Hash: t.Hash, Body: t.Body}, t.Signatures, nil
}

// CoSign adds a key's signature to a tx. The body is signed as it is: whoever
// signs must have looked at it. The error has code AlreadyExists when the key has
// signed it before.
//
// It needs no node. A tx that is signed by one key after another can enter a block
// only in the chain's longest validity before its valid_until (ten minutes by
// default), so that is best set some time ahead.
func CoSign(t *SignedTx, k *key.Private) (*SignedTx, error) {
	raw, err := tx.AddSignature(t.Raw, k)
	if err != nil {
		return nil, fmt.Errorf("sign tx: %w", err)
	}
	return &SignedTx{Raw: raw, Hash: t.Hash, Body: t.Body}, nil
}

// GuardianConsent returns what a new member's key gives an admin who makes its
// account: that the organisation may recover and suspend it. It is the field
// consent of SetMember.
func GuardianConsent(k *key.Private, chainID, org string) ([]byte, error) {
	return k.Sign(tx.GuardianBytes(k.Public().Type, chainID, org))
}
