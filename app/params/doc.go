// Package params has the parameters of the chain. They are state, set by the
// genesis; each limit's reason stands in app/RATIONALE.md.
package params
