package sdktest

import (
	"errors"
	"fmt"
	"slices"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

// Account is someone who calls contracts. Its fields may be changed between
// calls, for example to take a role away.
//
// It is an sdk.Executor, so that the client generated for a contract calls
// through it. A contract's own error comes back as *sdk.Error, a crash as *Trap, a
// limit of the chain as *Limit, an unknown contract as ErrNotFound, one that is
// stopped as ErrFrozen, and a method that is not for accounts without an
// organisation as ErrNotSponsored.
type Account struct {
	Address string
	Org     string // organisation it acts for; empty for a citizen
	Roles   []string

	chain *Chain
}

// Account returns an account that acts for an organisation with these roles, or for
// none.
func (c *Chain) Account(address, org string, roles ...string) *Account {
	return &Account{Address: address, Org: org, Roles: roles, chain: c}
}

// Anonymous returns who asks without an account. It can only query.
func (c *Chain) Anonymous() sdk.Querier { return &Account{chain: c} }

// ExecuteContract runs an executing method as one tx.
func (a *Account) ExecuteContract(contract, method string, payload []byte) ([]byte, error) {
	return a.chain.run(a, sdk.KindExecute, contract, method, payload, nil)
}

// QueryContract runs a query, with a permit that names every contract; see Permit.
func (a *Account) QueryContract(contract, method string, payload []byte) ([]byte, error) {
	return a.chain.run(a, sdk.KindQuery, contract, method, payload, nil)
}

// Permit returns the account as it asks with a permit that names these contracts
// alone, as clients make it for the one contract that they ask. A contract sees who
// asks when it and every contract on the way to it are named; to the others the query
// is anonymous.
func (a *Account) Permit(contracts ...string) sdk.Querier {
	return &permit{a, slices.Clone(contracts)}
}

// permit is an account with a permit.
type permit struct {
	account   *Account
	contracts []string
}

// ErrPermit is the error of a query to a contract that the permit does not name.
var ErrPermit = errors.New("the permit does not name the contract")

// QueryContract implements sdk.Querier.
func (p *permit) QueryContract(contract, method string, payload []byte) ([]byte, error) {
	if !slices.Contains(p.contracts, contract) {
		return nil, fmt.Errorf("ask %s: %w", contract, ErrPermit)
	}
	return p.account.chain.run(p.account, sdk.KindQuery, contract, method, payload, p.contracts)
}

func sortedRoles(roles []string) []string {
	sorted := slices.Clone(roles)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
