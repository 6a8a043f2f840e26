package app

import (
	"crypto/sha256"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
)

const (
	// knownTxs bounds the txs that are remembered.
	knownTxs = 1 << 16
	// knownBytes is the largest encoded tx that is remembered decoded: a call is
	// smaller as a rule, and all of them together take some 100 MB.
	knownBytes = 1 << 10
)

// known remembers txs whose signatures are right, by the SHA-256 of all their bytes:
// a node sees a tx in the check, in proposals and in its block, and decodes it and
// checks its signatures once. The value is nil for a large tx. It changes no outcome,
// only the time until it is there.
type known = lru.Cache[[32]byte, *tx.Tx]

// sighting is what this node knows of a tx's bytes.
type sighting struct {
	id       [32]byte
	verified bool // the signatures are right
}

// decode is tx.Decode for a tx that this node may know. Others may hold the same tx:
// it is only read.
func (a *App) decode(raw []byte) (t *tx.Tx, s sighting, err error) {
	s.id = sha256.Sum256(raw)
	if t, s.verified = a.known.Get(s.id); t == nil {
		t, err = tx.Decode(raw)
	}
	return t, s, err
}

// verify checks every signature. That they are right is remembered by all bytes of
// the tx, since its hash does not cover them.
func (a *App) verify(t *tx.Tx, s sighting) error {
	if s.verified {
		return nil
	}
	if !t.VerifySignatures() {
		return apperr.New(apperr.Unauthenticated, "a signature is wrong for this body and key; sign the exact bytes of the body with the domain prefix")
	}
	if t.Size > knownBytes {
		t = nil
	}
	a.known.Add(s.id, t)
	return nil
}
