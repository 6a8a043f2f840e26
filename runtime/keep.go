package runtime

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/engine"
	"github.com/chancery-chain/chancery/runtime/wasm"
)

// keptHead begins what is kept of a code on disk: all that Check found out, so
// that loading it neither validates, rewrites nor initialises again. The prepared
// module, the custom sections and the pages of the image that are not zero follow.
type keptHead struct {
	Report   Report
	Rebuild  uint64
	Spec     engine.Spec
	Globals  []uint64
	Prepared int
	Custom   []keptSection
	Pages    []int // numbers of the pages of keptPage bytes, ascending
}

type keptSection struct {
	Name string
	Size int
}

// keptPage is the unit in which zeros are left out.
const keptPage = 4 << 10

// keptName names what is kept of a code: it is fixed by the code, the limits with
// their schedule, and the program, which the engine adds.
func keptName(code [32]byte, l *Limits) ([32]byte, error) {
	text, err := json.Marshal(l) // maps in order of their keys
	return sha256.Sum256(append(code[:], text...)), err
}

// keep stores the code for later processes, and for this one when the cache has
// dropped it. That it cannot costs time and is no fault.
func (r *Runtime) keep(c *Code, p *wasm.Prepared, spec engine.Spec) error {
	name, err := keptName(c.hash, &r.limits)
	if err != nil {
		return err
	}
	head := keptHead{Report: c.report, Rebuild: c.rebuild, Spec: spec, Globals: c.image.Globals(), Prepared: len(p.Code)}
	head.Report.Descriptors, head.Report.Build = nil, nil
	parts := [][]byte{nil, p.Code}
	for _, s := range []string{abi.SectionDescriptors, abi.SectionBuild} {
		if b, ok := c.custom[s]; ok {
			head.Custom = append(head.Custom, keptSection{s, len(b)})
			parts = append(parts, b)
		}
	}
	memory := c.image.Memory()
	var zeros [keptPage]byte
	for i := 0; i*keptPage < len(memory); i++ {
		if page := memory[i*keptPage : (i+1)*keptPage]; !bytes.Equal(page, zeros[:]) {
			head.Pages = append(head.Pages, i)
			parts = append(parts, page)
		}
	}
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	parts[0] = append(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text...)
	r.engine.Keep(name, parts...)
	return nil
}

var errKept = errors.New("what is kept of the code is malformed")

// restore returns a code as it is kept, or nil when it is not.
func (r *Runtime) restore(hash [32]byte) (*Code, error) {
	name, err := keptName(hash, &r.limits)
	if err != nil {
		return nil, err
	}
	b := r.engine.Kept(name)
	if b == nil {
		return nil, nil
	}
	take := func(n int) []byte {
		if n < 0 || n > len(b) {
			err = errKept
			return nil
		}
		var out []byte
		out, b = b[:n:n], b[n:]
		return out
	}
	size := take(4)
	if err != nil {
		return nil, err
	}
	var head keptHead
	if text := take(int(binary.LittleEndian.Uint32(size))); err == nil {
		err = json.Unmarshal(text, &head)
	}
	if err != nil {
		return nil, err
	}
	c := &Code{hash: hash, custom: map[string][]byte{}, report: head.Report, rebuild: head.Rebuild}
	prepared := take(head.Prepared)
	for _, s := range head.Custom {
		c.custom[s.Name] = bytes.Clone(take(s.Size))
	}
	c.report.Descriptors, c.report.Build = c.Descriptors(), c.Build()
	if n := head.Report.ImageBytes; n < 0 || n > int(r.limits.MemoryPages)<<16 {
		return nil, errKept
	}
	memory := make([]byte, head.Report.ImageBytes)
	for _, i := range head.Pages {
		page := take(keptPage)
		if i < 0 || (i+1)*keptPage > len(memory) {
			return nil, errKept
		}
		copy(memory[i*keptPage:], page)
	}
	if err != nil || len(b) > 0 {
		return nil, errKept
	}
	m, err := r.engine.Compile(bytes.Clone(prepared)) // the engine may hold on to it
	if err != nil {
		return nil, err
	}
	if c.image, err = m.RestoreImage(head.Spec, memory, head.Globals); err != nil {
		return nil, fmt.Errorf("restore image: %w", errors.Join(err, m.Close()))
	}
	return c, nil
}
