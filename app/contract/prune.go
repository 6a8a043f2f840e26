package contract

import (
	"fmt"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// References returns how many versions of contracts, open proposals and versions of
// templates refer to code.
func References(r state.Reader, hash []byte) (uint64, error) {
	use, _, err := codeUse.Get(r, [32]byte(hash))
	return use.GetReferences(), err
}

// hold adds a reference to code.
func hold(w state.Writer, hash []byte) error {
	n, err := References(w, hash)
	if err != nil {
		return err
	}
	return codeUse.Set(w, [32]byte(hash), &statev1.CodeUse{References: n + 1})
}

// release takes a reference away.
func release(w state.Writer, hash []byte) error {
	n, err := References(w, hash)
	switch {
	case err != nil:
		return err
	case n == 0:
		return fmt.Errorf("code %x is let go more often than it was held", hash)
	case n == 1:
		codeUse.Delete(w, [32]byte(hash))
		return nil
	}
	return codeUse.Set(w, [32]byte(hash), &statev1.CodeUse{References: n - 1})
}

// Holds lets the register of templates keep code on chain. The zero value is ready to
// use.
type Holds struct{}

// Hold keeps code from being pruned until it is released as often as it was held. The
// error is NotFound for code that is not on chain.
func (Holds) Hold(w state.Writer, hash []byte) error {
	if !codes.Has(w, [32]byte(hash)) {
		return codeMissing(hash)
	}
	return hold(w, hash)
}

// Release takes back one Hold.
func (Holds) Release(w state.Writer, hash []byte) error { return release(w, hash) }

// Prune removes code that its uploader's organisation put on chain and nothing
// refers to any more.
func Prune(w state.Writer, by Author, m *chanceryv1.PruneCode, gas uint64) (Done, error) {
	b := &budget{limit: gas}
	return b.done(prune(w, by, m, b))
}

func prune(w state.Writer, by Author, m *chanceryv1.PruneCode, b *budget) (Done, error) {
	if err := b.pay(pruneGas, "looking at the code"); err != nil {
		return Done{}, err
	}
	rec, err := GetCode(w, m.CodeHash)
	if err != nil {
		return Done{}, err
	}
	if rec.Org != by.Org {
		return Done{}, apperr.New(apperr.PermissionDenied, "code %x was uploaded by %q, the tx acts for %q", m.CodeHash, rec.Org, by.Org)
	}
	n, err := References(w, m.CodeHash)
	if err != nil {
		return Done{}, err
	}
	if n > 0 {
		return Done{}, apperr.New(apperr.InUse, "code %x: %d refer to it", m.CodeHash, n)
	}
	codes.Delete(w, [32]byte(m.CodeHash))
	ev, err := PlatformEvent(&chanceryv1.CodePruned{
		CodeHash: m.CodeHash, Org: by.Org, Origin: by.Origin, StoredBytes: uint64(len(rec.CodeGzip)),
	})
	return Done{Events: []Event{ev}}, err
}
