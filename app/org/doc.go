// Package org has the organisations, their members and the members' roles.
//
// Invariants:
//   - A member's roles are sorted without repeats; an account is listed under an
//     organisation exactly when it is a member of it, and among its admins exactly
//     when the membership has that role.
//   - An organisation cannot take its last admin from itself.
//   - A unified social credit code belongs to one organisation. Parents make no
//     circle, and at most 8 organisations stand in a line.
//   - Whether a membership counts is decided by the block time each time it is
//     asked for; nothing has to happen when it begins or ends.
package org
