package reference

import "fmt"

// FrameSizes reads from a rewritten module how much each function adds to the
// stack that is in use, by the global with that export name. It is the one thing
// that the reference takes from a rewriter: how large an engine's frames are is
// nothing that the specification could say.
func FrameSizes(rewritten []byte, stackGlobal string) ([]uint64, error) {
	m, err := Decode(rewritten)
	if err != nil {
		return nil, err
	}
	global, ok := m.Exports[stackGlobal]
	if !ok || global.Kind != 3 {
		return nil, fmt.Errorf("no global %q", stackGlobal)
	}
	sizes := make([]uint64, len(m.Funcs))
	for i, b := range m.decoded {
		for k := 0; k+2 < len(b.code); k++ {
			// The first global.get of the stack, const, i32.add. Nothing of the guest's
			// own stands before it.
			if b.code[k].op == 0x23 && int(b.code[k].index) == global.Index {
				sizes[len(m.Imports)+i] = b.code[k+1].bits
				break
			}
		}
	}
	return sizes, nil
}
