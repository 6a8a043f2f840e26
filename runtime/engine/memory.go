package engine

import "fmt"

// ResetMode is a way to put an instance's memory back to the image.
type ResetMode string

// The modes. All give the same bytes; they differ in speed.
const (
	ResetAuto ResetMode = ""
	// ResetScan maps the image privately and asks Linux (6.7 or later) by
	// PAGEMAP_SCAN which pages are no longer the image's.
	ResetScan ResetMode = "scan"
	// ResetPagemap maps in the same way and reads /proc/self/pagemap instead.
	ResetPagemap ResetMode = "pagemap"
	// ResetCopy copies the whole image over the memory. Works everywhere.
	ResetCopy ResetMode = "copy"
)

// backings makes backings: one per engine, chosen at its start.
type backings interface {
	mode() ResetMode
	// newBacking keeps a copy of image for instances to start from.
	newBacking(image []byte) (backing, error)
	close() error
}

// backing holds the memory of one image.
type backing interface {
	// newMemory returns a memory that begins with the image and may grow to max
	// bytes.
	newMemory(max uint64) (memory, error)
	close() error
}

// memory is an instance's linear memory. It is wazero's LinearMemory and can be
// put back.
type memory interface {
	Reallocate(size uint64) []byte
	Free()
	// reset makes the first bytes equal to the image again. The memory must not
	// have grown past it.
	reset() error
	// resident estimates the bytes that this memory has of its own.
	resident() int64
	// fault is the node's own failure to provide memory, if any. The guest has
	// seen its memory refuse to grow, so its call must not count.
	fault() error
}

// chooseBackings returns the wanted way, or the fastest that passes its own test.
func chooseBackings(want ResetMode) (backings, error) {
	switch want {
	case ResetAuto:
		for _, m := range []ResetMode{ResetScan, ResetPagemap} {
			if b, err := newMappedBackings(m); err == nil {
				return b, nil
			}
		}
		return copyBackings{}, nil
	case ResetScan, ResetPagemap:
		return newMappedBackings(want)
	case ResetCopy:
		return copyBackings{}, nil
	}
	return nil, fmt.Errorf("reset mode %q is none of scan, pagemap, copy", want)
}

// copyBackings keeps memories on the Go heap and copies whole images.
type copyBackings struct{}

func (copyBackings) mode() ResetMode { return ResetCopy }
func (copyBackings) close() error    { return nil }

func (copyBackings) newBacking(image []byte) (backing, error) {
	return &copyBacking{image: image}, nil
}

type copyBacking struct{ image []byte }

func (b *copyBacking) close() error { return nil }

func (b *copyBacking) newMemory(max uint64) (memory, error) {
	m := &copyMemory{image: b.image, max: max, buf: make([]byte, len(b.image))}
	copy(m.buf, b.image)
	return m, nil
}

type copyMemory struct {
	image []byte
	buf   []byte
	max   uint64
}

func (m *copyMemory) Reallocate(size uint64) []byte {
	if size > m.max {
		return nil
	}
	if size > uint64(cap(m.buf)) {
		// Room for half as much again spares copying when a guest grows in steps.
		grown := make([]byte, len(m.buf), min(m.max, size+size/2))
		copy(grown, m.buf)
		m.buf = grown
	}
	if size > uint64(len(m.buf)) {
		m.buf = m.buf[:size]
	}
	return m.buf[:size:size]
}

func (m *copyMemory) Free()           { m.buf = nil }
func (m *copyMemory) reset() error    { copy(m.buf, m.image); return nil }
func (m *copyMemory) resident() int64 { return int64(cap(m.buf)) }
func (m *copyMemory) fault() error    { return nil }
