// Package governance has the committee of organisations, its rules and its
// proposals: who may propose and vote, when a proposal is decided, and what became
// of it. What a change does is the matter of the component that it changes; package
// app joins them.
//
// A proposal is open until more than the rule's share of the committee voted yes,
// until so many voted no that this cannot happen, until it is withdrawn, or until its
// deadline. Votes are counted with each ballot, those of suspended organisations not at
// all. A deadline that passes writes nothing: whoever reads the proposal finds it
// expired, and a later proposal of the same organisation tidies it away.
//
// Invariants: the committee is never empty; a proposal has at most one ballot of
// each organisation; a status other than open never changes, except that a decided
// proposal is passed or failed at the end of its block.
package governance
