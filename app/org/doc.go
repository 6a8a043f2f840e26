// Package org has the organisations, their members and the members' roles.
//
// Invariants: a member's roles are sorted without repeats; an account is listed
// under an organisation exactly when it is a member of it.
package org
