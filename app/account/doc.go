// Package account has the accounts and the keys they sign with.
//
// Invariant: an account's address is made from its first key, so nobody can take
// an address before its owner does.
package account
