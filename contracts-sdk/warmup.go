package sdk

import "strings"

// Warm runs every method once against an empty chain in memory, so that the
// image that the node keeps of the contract has the Go runtime's tables and
// heap in place and calls need not build them. What the methods answer is
// dropped; that they may fail on an empty request is expected.
func (s *Service) Warm() {
	for i := range s.methods {
		warm(s, &s.methods[i])
	}
}

func warm(s *Service, m *method) {
	// A method may crash on a request that is empty: in a call it would trap,
	// here it must not spoil the image.
	defer func() { _ = recover() }()
	s.Run(&warmHost{method: m.name, kind: m.kind, roles: m.roles, state: map[string][]byte{}})
}

// warmHost is a chain with one account that has the roles the method wants.
type warmHost struct {
	method string
	kind   Kind
	roles  []string
	state  map[string][]byte
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

func (h *warmHost) Hash(uint32, []byte) (sum [32]byte) { return sum }

func (h *warmHost) Verify(uint32, []byte, []byte, []byte) bool { return false }
