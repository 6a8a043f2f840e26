//go:build !tinygo

package sdk

import "strings"

// Warm runs every method once against an empty chain in memory, so that the
// image that the node keeps of the contract has the Go runtime's tables and
// heap in place and calls need not build them. What the methods answer is
// dropped; that they may fail on an empty request is expected.
func (s *Service) Warm() {
	touchSizes()
	for i := range s.methods {
		warm(s, s.methods[i])
	}
}

// sizeClasses are the small sizes of which the allocator keeps free slots. Larger
// ones are left out: each takes 16 KiB of the image, and every call pays for that.
var sizeClasses = [...]int{
	8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448, 480, 512,
}

// keep holds what touchSizes allocates.
var keep struct {
	plain    [][]byte
	pointers [][]*byte
}

// touchSizes allocates one object of every small size, with and without
// pointers, so that a call's first allocation of a size finds a free slot. It
// saves 6 to 14 % of what calls of the evidence example use themselves.
func touchSizes() {
	for _, n := range sizeClasses {
		keep.plain = append(keep.plain, make([]byte, n))
		keep.pointers = append(keep.pointers, make([]*byte, (n+3)/4))
	}
}

func warm(s *Service, m *Method) {
	// A method may crash on a request that is empty: in a call it would trap,
	// here it must not spoil the image.
	defer func() { _ = recover() }()
	s.Run(&warmHost{method: m.name, kind: m.kind, roles: m.roles, self: m.callers == SelfOnly, state: map[string][]byte{}})
}

// warmHost is a chain with one account that has the roles the method wants.
type warmHost struct {
	method string
	kind   Kind
	roles  []string
	self   bool // the call is a scheduled one
	state  map[string][]byte
}

// warming reports whether a call is part of the warm-up. Its empty requests break
// many rules; the methods run all the same.
func warming(ctx *Ctx) bool {
	_, ok := ctx.host.(*warmHost)
	return ok
}

// warmStop ends a method that failed.
type warmStop struct{}

func (h *warmHost) Input() []byte    { return nil }
func (h *warmHost) Output(_ []byte)  {}
func (h *warmHost) Log(_ string)     {}
func (h *warmHost) ScanClose(uint32) {}

func (h *warmHost) Fail(uint32, string, []byte) { panic(warmStop{}) }

func (h *warmHost) Context(field uint32) []byte {
	switch field {
	case FieldTxHash:
		return make([]byte, 32)
	case FieldMethod:
		return []byte(h.method)
	case FieldOrigin:
		if h.self {
			return nil
		}
	case FieldOrg:
		_, org := h.role()
		return []byte(org)
	case FieldRoles:
		role, _ := h.role()
		return []byte(role)
	}
	return []byte("warm/up")
}

// role returns a role that the method wants and the organisation it holds in.
func (h *warmHost) role() (role, org string) {
	if len(h.roles) == 0 {
		return "", "warm"
	}
	role = h.roles[0]
	if at := strings.IndexByte(role, '@'); at >= 0 {
		return role[:at], role[at+1:]
	}
	return role, "warm"
}

func (h *warmHost) ContextInt(field uint32) int64 {
	if field == FieldKind {
		return int64(h.kind)
	}
	return 1
}

func (h *warmHost) StateGet(key []byte) ([]byte, bool) {
	value, ok := h.state[string(key)]
	return append([]byte{}, value...), ok
}

func (h *warmHost) StateSet(key, value []byte) {
	h.state[string(key)] = append([]byte{}, value...)
}

func (h *warmHost) StateDelete(key []byte) { delete(h.state, string(key)) }

func (h *warmHost) StateScan(_, _ []byte, _ bool) uint32 { return 0 }

func (h *warmHost) ScanNext(uint32) (key, value []byte, ok bool) { return nil, nil, false }

func (h *warmHost) Emit(string, []byte) {}

func (h *warmHost) Call(string, string, []byte, uint64, bool) ([]byte, bool) { return nil, false }

func (h *warmHost) Schedule(int64, string, []byte, uint64) (uint64, bool) { return 1, true }

func (h *warmHost) Unschedule(uint64) bool { return true }

func (h *warmHost) Hash(uint32, []byte) (sum [32]byte) { return sum }

func (h *warmHost) Verify(uint32, []byte, []byte, []byte) bool { return false }

func (h *warmHost) VerifyBatch(uint32, []byte) bool { return false }

func (h *warmHost) MulDiv(Uint128, Uint128, Uint128, Rounding) (q Uint128, result uint32) {
	return q, MulDivOverflow
}
