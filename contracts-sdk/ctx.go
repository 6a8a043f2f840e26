package sdk

import (
	"strings"
	"unsafe"
)

// QueryCtx is what a query can learn and do: read state, ask other contracts,
// hash and verify. It cannot write, and the host refuses writes of a query too.
//
// It is valid during its call only, and for one goroutine.
type QueryCtx struct {
	host Host
}

// Ctx is what an executing method can learn and do: all of QueryCtx, and write
// state, emit events and execute other contracts.
type Ctx struct {
	QueryCtx
}

// NewCtx returns a context on a host. It is for hosts such as sdktest.
func NewCtx(host Host) *Ctx { return &Ctx{QueryCtx{host: host}} }

// ReadOnly returns the context without the right to write, for code that
// queries and executing methods share.
func (c *Ctx) ReadOnly() *QueryCtx { return &c.QueryCtx }

// ChainID returns the chain's id.
func (c *QueryCtx) ChainID() string { return c.text(FieldChainID) }

// Contract returns the name of this contract, "<organisation>/<contract>".
func (c *QueryCtx) Contract() string { return c.text(FieldContract) }

// Method returns the name of the method that runs.
func (c *QueryCtx) Method() string { return c.text(FieldMethod) }

// Caller returns who calls right now: the address of an account or the name of
// a contract. It differs from Origin when a contract calls this one. Empty in an
// anonymous query.
func (c *QueryCtx) Caller() string { return c.text(FieldCaller) }

// Origin returns the address whose keys signed the tx or the query's permit.
// Empty in an anonymous query.
func (c *QueryCtx) Origin() string { return c.text(FieldOrigin) }

// Org returns the organisation that the origin acts for.
func (c *QueryCtx) Org() string { return c.text(FieldOrg) }

// Roles returns the origin's roles in Org, sorted.
func (c *QueryCtx) Roles() []string {
	text := c.text(FieldRoles)
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// HasRole reports whether the origin has a role. "clerk" means in Org, whichever
// that is; "clerk@housing" means that Org is housing too; "*@housing" means that
// Org is housing, whatever the roles.
func (c *QueryCtx) HasRole(role string) bool {
	if at := strings.IndexByte(role, '@'); at >= 0 {
		if c.Org() != role[at+1:] {
			return false
		}
		if role = role[:at]; role == "*" {
			return true
		}
	}
	rest := c.text(FieldRoles)
	for rest != "" {
		have := rest
		if end := strings.IndexByte(rest, '\n'); end >= 0 {
			have, rest = rest[:end], rest[end+1:]
		} else {
			rest = ""
		}
		if have == role {
			return true
		}
	}
	return false
}

// FromContract reports whether another contract calls this one. Its name is
// Caller.
func (c *QueryCtx) FromContract() bool {
	// Names of contracts have a slash, addresses have none.
	return strings.IndexByte(c.Caller(), '/') >= 0
}

// TxHash returns the hash of the tx; all zero in a query.
func (c *QueryCtx) TxHash() (hash [32]byte) {
	copy(hash[:], c.host.Context(FieldTxHash))
	return hash
}

// Kind returns which kind of call this is.
func (c *QueryCtx) Kind() Kind { return Kind(c.host.ContextInt(FieldKind)) }

// Height returns the height of the block; in a query, the last committed one.
func (c *QueryCtx) Height() int64 { return c.host.ContextInt(FieldHeight) }

// Version returns the contract's version: 1 after deploy, one more with each
// upgrade.
func (c *QueryCtx) Version() uint64 { return uint64(c.host.ContextInt(FieldVersion)) }

// Depth returns the call depth; the outermost call is 1.
func (c *QueryCtx) Depth() int { return int(c.host.ContextInt(FieldDepth)) }

// Unix returns the block time in seconds since 1970. It is the only clock.
// Package date makes days of it; package time of the standard library would add
// 250 KB to the code.
func (c *QueryCtx) Unix() int64 {
	nanos := c.UnixNano()
	seconds := nanos / 1e9
	if nanos%1e9 < 0 {
		seconds--
	}
	return seconds
}

// UnixNano returns the block time in nanoseconds since 1970.
func (c *QueryCtx) UnixNano() int64 { return c.host.ContextInt(FieldTime) }

// SHA256 returns the SHA-256 of data, computed by the host.
func (c *QueryCtx) SHA256(data []byte) [32]byte { return c.host.Hash(HashSHA256, data) }

// SM3 returns the SM3 of data (GB/T 32905), computed by the host.
func (c *QueryCtx) SM3(data []byte) [32]byte { return c.host.Hash(HashSM3, data) }

// SHA3 returns the SHA3-256 of data, computed by the host.
func (c *QueryCtx) SHA3(data []byte) [32]byte { return c.host.Hash(HashSHA3256, data) }

// VerifyEd25519 reports whether a signature of 64 bytes by a key of 32 bytes is
// right, by the ZIP-215 rules.
func (c *QueryCtx) VerifyEd25519(key, message, signature []byte) bool {
	return c.host.Verify(VerifyEd25519, key, message, signature)
}

// VerifySM2 reports whether an SM2 signature (r and s, 32 bytes each, over SM3
// with the default user id) by an uncompressed point of 65 bytes is right.
func (c *QueryCtx) VerifySM2(key, message, signature []byte) bool {
	return c.host.Verify(VerifySM2, key, message, signature)
}

// VerifyP256 reports whether an ECDSA signature (r and s, 32 bytes each, over
// SHA-256) by an uncompressed point of 65 bytes on P-256 is right. Whoever sees a
// right signature can make a second one from it: never use one as an identity.
func (c *QueryCtx) VerifyP256(key, message, signature []byte) bool {
	return c.host.Verify(VerifyP256, key, message, signature)
}

// Log writes text, at most 4 KiB, to the node's debug log. It is never part of a
// result and costs gas.
func (c *QueryCtx) Log(text string) { c.host.Log(text) }

// Abort ends the call with an error at once, as if the method had returned it.
// It does not return. A method normally returns its errors; Abort is for code
// deep down that has no way to. A message is cut to 4 KiB; details of more than
// 4 KiB make the call fail for their size instead.
func (c *QueryCtx) Abort(err error) {
	e := asError(err)
	c.host.Fail(e.Code, cut(e.Message, maxErrorMessage), e.Details)
}

// maxErrorMessage is the longest error message in bytes that the host takes. A
// longer one would make the call fail for its size, and hide its cause.
const maxErrorMessage = 4 << 10

// cut returns text without what is beyond max bytes, whole characters only.
func cut(text string, max int) string {
	if len(text) <= max {
		return text
	}
	for max > 0 && text[max]&0xc0 == 0x80 {
		max--
	}
	return text[:max]
}

// Emit emits an event with the full name of its message. Contracts call the
// generated Emit functions instead. An event that breaks a rule of the .proto
// ends the call with CodeBrokenRule.
func (c *Ctx) Emit(typ string, event Ruled) {
	if err := checkRules(event, CodeBrokenRule); err != nil {
		c.Abort(err)
	}
	payload, err := event.MarshalVT()
	if err != nil {
		c.Abort(err)
	}
	c.host.Emit(typ, payload)
}

// text returns what is the caller's own anyway, without another copy.
func (c *QueryCtx) text(field uint32) string {
	b := c.host.Context(field)
	return unsafe.String(unsafe.SliceData(b), len(b))
}
