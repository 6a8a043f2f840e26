package sdktest

import (
	"slices"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

// Account is someone who calls contracts. Its fields may be changed between
// calls, for example to take a role away.
//
// It is an sdk.Executor, so that the client generated for a contract calls
// through it. A contract's own error comes back as *sdk.Error, a crash as *Trap,
// an unknown contract as ErrNotFound, and a method
// that is not for accounts without an organisation as ErrNotSponsored.
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
	return a.chain.run(a, sdk.KindExecute, contract, method, payload)
}

// QueryContract runs a query.
func (a *Account) QueryContract(contract, method string, payload []byte) ([]byte, error) {
	return a.chain.run(a, sdk.KindQuery, contract, method, payload)
}

func sortedRoles(roles []string) []string {
	sorted := slices.Clone(roles)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
