// Package rehearsal tries an upgrade on a copy of committed state: it makes the
// last calls of a contract once more with the present code, and, after the
// upgrade, with the new one, and compares results, errors, gas, events and what
// is stored in the end. It reads views and writes overlays that it drops: neither
// consensus nor the live state ever sees it.
//
// Both codes start from the state before the first of those calls, or from the
// oldest one that the node keeps, so that calls find what they found then. A call
// keeps its origin, organisation, block time and gas limit; roles are those of the
// starting state.
package rehearsal
