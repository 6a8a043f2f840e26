package engine

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxPrivateBytes bounds what one idle instance keeps of its own. A page that a
// call wrote stays the instance's afterwards, which spares the next call the page
// fault (2 µs, where copying 4 KiB costs 0.1 µs); past this bound the pages are
// given back to the system instead.
const maxPrivateBytes = 8 << 20

// mappedBackings keeps each image in an anonymous file that instances map
// privately: pages that a guest only reads are shared by all of them, and the
// kernel can tell which pages it wrote.
type mappedBackings struct {
	how  ResetMode
	file *os.File // /proc/self/pagemap
}

func newMappedBackings(how ResetMode) (backings, error) {
	f, err := os.Open("/proc/self/pagemap")
	if err != nil {
		return nil, fmt.Errorf("mapped images: %w", err)
	}
	b := &mappedBackings{how: how, file: f}
	if err := b.selfTest(); err != nil {
		return nil, errors.Join(fmt.Errorf("mapped images by %s: %w", how, err), f.Close())
	}
	return b, nil
}

// selfTest writes to some pages of a small image and checks that exactly these
// are found and put back.
func (b *mappedBackings) selfTest() error {
	page := os.Getpagesize()
	image := make([]byte, 8*page)
	for i := range image {
		image[i] = byte(i / page)
	}
	bk, err := b.newBacking(image)
	if err != nil {
		return err
	}
	defer bk.close()
	m, err := bk.newMemory(uint64(len(image)))
	if err != nil {
		return err
	}
	defer m.Free()
	mm := m.(*mappedMemory)
	buf := m.Reallocate(uint64(len(image)))
	var sum byte
	for i := 0; i < len(buf); i += page {
		sum += buf[i] // read every page: one that is only read must not be found
	}
	_ = sum
	buf[page+1], buf[2*page], buf[5*page+7] = 0xff, 0xff, 0xff
	if err := mm.findPrivate(); err != nil {
		return err
	}
	want := []span{{page, 3 * page}, {5 * page, 6 * page}}
	if len(mm.private) != 2 || mm.private[0] != want[0] || mm.private[1] != want[1] {
		return fmt.Errorf("found pages %v, want %v", mm.private, want)
	}
	if err := m.reset(); err != nil {
		return err
	}
	if string(buf) != string(image) {
		return errors.New("memory differs from the image after reset")
	}
	return nil
}

func (b *mappedBackings) mode() ResetMode { return b.how }
func (b *mappedBackings) close() error    { return b.file.Close() }

func (b *mappedBackings) newBacking(image []byte) (_ backing, err error) {
	size := roundUp(len(image))
	fd, err := unix.MemfdCreate("chancery-image", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("create image file: %w", err)
	}
	bk := &mappedBacking{owner: b, size: len(image), mapped: size, fd: fd}
	defer func() {
		if err != nil {
			err = errors.Join(err, bk.close())
		}
	}()
	if err := unix.Ftruncate(fd, int64(size)); err != nil {
		return nil, fmt.Errorf("size image file: %w", err)
	}
	for off := 0; off < len(image); {
		n, err := unix.Pwrite(fd, image[off:], int64(off))
		if err != nil {
			return nil, fmt.Errorf("write image file: %w", err)
		}
		off += n
	}
	// Sealed, the file can neither change under its readers nor shrink, which
	// would turn a read into SIGBUS.
	seals := unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		return nil, fmt.Errorf("seal image file: %w", err)
	}
	p, err := unix.MmapPtr(fd, 0, nil, uintptr(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		// A sealed file refuses shared maps on some kernels; a private read-only
		// one shows the same bytes.
		p, err = unix.MmapPtr(fd, 0, nil, uintptr(size), unix.PROT_READ, unix.MAP_PRIVATE)
	}
	if err != nil {
		return nil, fmt.Errorf("map image: %w", err)
	}
	bk.base = p
	bk.image = unsafe.Slice((*byte)(p), size)
	return bk, nil
}

type mappedBacking struct {
	owner  *mappedBackings
	fd     int
	size   int // bytes of the image
	mapped int // the same, in whole system pages
	base   unsafe.Pointer
	image  []byte // read-only view, mapped bytes long
}

func (b *mappedBacking) view() []byte { return b.image }

// close may be called while memories of it live: their maps hold the file.
func (b *mappedBacking) close() error {
	var err error
	if b.base != nil {
		err = unix.MunmapPtr(b.base, uintptr(b.mapped))
		b.base, b.image = nil, nil
	}
	return errors.Join(err, unix.Close(b.fd))
}

func (b *mappedBacking) newMemory(max uint64) (memory, error) {
	reserved := max
	if reserved < uint64(b.mapped) {
		reserved = uint64(b.mapped)
	}
	reserved = uint64(roundUp(int(reserved)))
	base, err := unix.MmapPtr(-1, 0, nil, uintptr(reserved), unix.PROT_NONE,
		unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("reserve memory: %w", err)
	}
	m := &mappedMemory{backing: b, base: base, reserved: reserved, max: max, usable: uint64(b.mapped)}
	if err := m.mapImage(); err != nil {
		m.Free()
		return nil, err
	}
	return m, nil
}

// span is a range of bytes from the start of a memory.
type span struct{ start, end int }

type mappedMemory struct {
	backing  *mappedBacking
	base     unsafe.Pointer
	reserved uint64 // address space
	usable   uint64 // bytes that may be touched
	max      uint64
	private  []span // of the last findPrivate
	own      int64  // bytes in private
	err      error
	regions  []pageRegion
	entries  []byte
}

func (m *mappedMemory) mapImage() error {
	b := m.backing
	_, err := unix.MmapPtr(b.fd, 0, m.base, uintptr(b.mapped), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_FIXED)
	if err != nil {
		return fmt.Errorf("map image: %w", err)
	}
	return nil
}

// Reallocate grows in place, so the guest's memory never moves.
func (m *mappedMemory) Reallocate(size uint64) []byte {
	if size > m.max {
		return nil
	}
	if want := uint64(roundUp(int(size))); want > m.usable {
		_, err := unix.MmapPtr(-1, 0, unsafe.Add(m.base, m.usable), uintptr(want-m.usable),
			unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_FIXED)
		if err != nil {
			m.err = fmt.Errorf("grow memory: %w", err)
			return nil
		}
		m.usable = want
	}
	return unsafe.Slice((*byte)(m.base), m.reserved)[:size:size]
}

func (m *mappedMemory) Free() {
	if m.base != nil {
		_ = unix.MunmapPtr(m.base, uintptr(m.reserved))
		m.base = nil
	}
}

func (m *mappedMemory) fault() error    { return m.err }
func (m *mappedMemory) resident() int64 { return m.own }

func (m *mappedMemory) reset() error {
	if err := m.findPrivate(); err != nil {
		return err
	}
	m.own = 0
	for _, s := range m.private {
		m.own += int64(s.end - s.start)
	}
	if m.own > maxPrivateBytes {
		m.own = 0
		return m.mapImage()
	}
	buf := unsafe.Slice((*byte)(m.base), m.backing.mapped)
	for _, s := range m.private {
		copy(buf[s.start:s.end], m.backing.image[s.start:s.end])
	}
	return nil
}

// findPrivate sets private to the pages that are not the image file's any more.
func (m *mappedMemory) findPrivate() error {
	m.private = m.private[:0]
	if m.backing.owner.how == ResetPagemap {
		return m.readPagemap()
	}
	return m.scanPagemap()
}

func roundUp(n int) int {
	page := os.Getpagesize()
	if n == 0 {
		return page // an empty map is no map
	}
	return (n + page - 1) / page * page
}
