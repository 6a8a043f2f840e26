// Package quota has the gas budget of each organisation: so much per period,
// checked against the gas limit before a tx runs and charged with what it used.
//
// Invariant: the gas charged in a period never exceeds the quota that was in
// force when it was charged.
package quota
