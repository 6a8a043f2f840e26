// Package quota has what each organisation may use, gas per period and stored
// bytes, and what it uses; whom it sponsors; and who was charged for what by day.
//
// Invariants: the gas charged to an organisation in a period never exceeds the
// quota that was in force when it was charged, nor does that of a sponsorship or of
// an account under it. Stored bytes are the sum of the sizes of all keys and values
// of an organisation's contracts, of their calls that wait and of the code it
// uploaded; they grow past the quota in no tx.
package quota
