// Package quota has what each organisation may use, gas per period and stored
// bytes, and what it uses; whom it sponsors; and who was charged for what by day.
//
// Invariants: the gas charged to an organisation in a period never exceeds the
// quota that was in force when it was charged, nor does that of a sponsorship or of
// an account under it. Stored bytes are the sum over the rows of the state that count
// to an organisation: storage, calls that wait, versions and proposed upgrades of its
// contracts, the code it uploaded, its members, delegations and sponsorships, and the
// accounts that it made. They grow past the quota in no tx.
package quota
