package engine

import (
	"encoding/binary"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The PAGEMAP_SCAN ioctl: Linux Documentation/admin-guide/mm/pagemap.rst and
// include/uapi/linux/fs.h, since 6.7.
const (
	pagemapScan = 0xc0606610 // _IOWR('f', 16, struct pm_scan_arg)

	pageIsFile    = 1 << 2 // backed by a file: still the image's
	pageIsPresent = 1 << 3
	pageIsSwapped = 1 << 4
)

// pageRegion is struct page_region.
type pageRegion struct{ start, end, categories uint64 }

// scanArg is struct pm_scan_arg.
type scanArg struct {
	size, flags       uint64
	start, end        uint64
	walkEnd           uint64
	vec               unsafe.Pointer
	vecLen            uint64
	maxPages          uint64
	categoryInverted  uint64
	categoryMask      uint64
	categoryAnyOfMask uint64
	returnMask        uint64
}

// scanPagemap asks for pages that exist, in memory or swapped out, and belong to
// no file: a private page is a copy of the image's made by the first write.
func (m *mappedMemory) scanPagemap() error {
	if m.regions == nil {
		m.regions = make([]pageRegion, 64)
	}
	base := uint64(uintptr(m.base))
	next, end := base, base+uint64(m.backing.mapped)
	for next < end {
		arg := scanArg{
			size: uint64(unsafe.Sizeof(scanArg{})), start: next, end: end,
			vec: unsafe.Pointer(&m.regions[0]), vecLen: uint64(len(m.regions)),
			categoryInverted: pageIsFile, categoryMask: pageIsFile,
			categoryAnyOfMask: pageIsPresent | pageIsSwapped,
			returnMask:        pageIsPresent,
		}
		n, _, errno := unix.Syscall(unix.SYS_IOCTL, m.backing.owner.file.Fd(), pagemapScan, uintptr(unsafe.Pointer(&arg)))
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			return fmt.Errorf("PAGEMAP_SCAN: %w", errno)
		}
		for _, r := range m.regions[:n] {
			m.addPrivate(int(r.start-base), int(r.end-base))
		}
		if arg.walkEnd <= next {
			return fmt.Errorf("PAGEMAP_SCAN: no progress at byte %d", next-base)
		}
		next = arg.walkEnd
	}
	return nil
}

// readPagemap does the same from /proc/self/pagemap: 8 bytes a page, of which bit
// 63 says present, 62 swapped out, 61 belongs to a file.
func (m *mappedMemory) readPagemap() error {
	page := os.Getpagesize()
	pages := m.backing.mapped / page
	if m.entries == nil {
		m.entries = make([]byte, 8*pages)
	}
	first := int64(uintptr(m.base)) / int64(page)
	if _, err := m.backing.owner.file.ReadAt(m.entries, first*8); err != nil {
		return fmt.Errorf("read pagemap: %w", err)
	}
	for i := range pages {
		if isPrivate(binary.LittleEndian.Uint64(m.entries[8*i:])) {
			m.addPrivate(i*page, (i+1)*page)
		}
	}
	return nil
}

// isPrivate reads an entry of the pagemap. A page that was written and then
// swapped out is private too; one of the image that was swapped out has no entry,
// and one that is being moved counts as swapped and keeps its file bit.
func isPrivate(entry uint64) bool {
	const present, swapped, file = 1 << 63, 1 << 62, 1 << 61
	return entry&(present|swapped) != 0 && entry&file == 0
}

// addPrivate notes a span, joined to the last one where they touch.
func (m *mappedMemory) addPrivate(start, end int) {
	if n := len(m.private); n > 0 && m.private[n-1].end == start {
		m.private[n-1].end = end
		return
	}
	m.private = append(m.private, span{start, end})
}
