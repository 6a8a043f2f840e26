// Package account has the accounts: the keys they sign with, whether they may, who
// can recover them, and what they let others do in their place.
//
// Invariants:
//   - An account's address is made from its first key, so nobody can take an
//     address before its owner does, and an account that was never written holds
//     that key alone.
//   - The weights of an account's keys reach its threshold.
//   - A recovery takes effect at its block time by itself. Every reader sees it
//     from then on, whether or not it has been written over the old keys.
//   - A guardian loses an account only after the delay in which it could recover it, and
//     not while it does or while the account is suspended.
//   - Only keys that sign for an account, or a guardian that they accepted, ever
//     change its keys.
package account
