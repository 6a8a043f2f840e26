// Package template is the register of contract templates: code on chain that an
// organisation offers to all under a name, in versions.
//
// Invariants:
//   - A version's code hash never changes. Versions count up by one, and the newest
//     version of a template is the last one that is not withdrawn.
//   - A version that is not withdrawn, of a template that is not, holds its code: that
//     cannot be pruned. No other does.
//   - The stars of a template are as many as the organisations that gave one and did
//     not take it back; its uses as many as the contracts that other organisations
//     than the publisher deployed from it.
//   - A template stands in the ranks, of all and of its publisher, under its stars,
//     exactly when something can be deployed from it.
package template
