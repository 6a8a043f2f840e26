package contract

import (
	"fmt"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// Get returns a contract's record, NotFound, or InvalidTx for what is no
// contract's name.
func Get(r state.Reader, name string) (*statev1.Contract, error) {
	c, ok, err := contracts.Get(r, name)
	if err != nil {
		return nil, err
	}
	if !ok {
		if _, _, err := tx.SplitContractName(name); err != nil {
			return nil, err
		}
		return nil, apperr.New(apperr.NotFound, "contract %s does not exist", name)
	}
	return c, nil
}

// GetCode returns a code's record or NotFound.
func GetCode(r state.Reader, hash []byte) (*statev1.Code, error) {
	if len(hash) != 32 {
		return nil, apperr.Invalid("code_hash", "has %d bytes, not 32", len(hash))
	}
	c, ok, err := codes.Get(r, [32]byte(hash))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, codeMissing(hash)
	}
	return c, nil
}

func codeMissing(hash []byte) error {
	return apperr.New(apperr.NotFound, "code %x is not on chain; upload it first", hash)
}

// List walks contracts in order of their names, those of one organisation or, for
// an empty org, all. after is the last name already seen, or empty.
func List(r state.Reader, org, after string, limit int, fn func(string, *statev1.Contract) error) (more bool, err error) {
	page := state.Page[string]{Limit: limit}
	if org != "" && after == "" {
		// No name is just "<org>/", so the page begins at the organisation's first.
		after = org + "/"
	}
	if after != "" {
		page.After = &after
	}
	done := false
	more, err = contracts.Iterate(r, page, func(name string, c *statev1.Contract) error {
		if org != "" && (len(name) <= len(org) || name[:len(org)+1] != org+"/") {
			done = true
			return state.Stop
		}
		return fn(name, c)
	})
	if err != nil {
		return false, fmt.Errorf("list contracts: %w", err)
	}
	if done {
		return false, nil
	}
	return more, nil
}
