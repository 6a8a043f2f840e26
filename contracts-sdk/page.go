package sdk

// Limits of a page.
const (
	// MaxPage is the most entries one page may hold.
	MaxPage = 100
	// DefaultPage is how many it holds when the limit is 0.
	DefaultPage = 50
)

// Range is a part of a collection in a stable order, read a page at a time.
type Range[T any, P Message[T]] struct {
	view    View[T, P]
	prefix  Key
	from    Key          // first key, nil for that of the prefix
	to      Key          // key behind the last, likewise
	index   *Index[T, P] // nil for a range of entries
	reverse bool
}

// Between returns the part of the range from one storage key, included, to
// another, excluded. Generated code calls it.
func (r Range[T, P]) Between(from, to Key) Range[T, P] {
	r.from, r.to = from, to
	return r
}

// First returns the first entry; ok is false when the range is empty.
func (r Range[T, P]) First() (value P, ok bool) {
	start, end := r.bounds()
	if end != nil && string(start) >= string(end) {
		return nil, false
	}
	host := r.view.ctx.host
	scan := host.StateScan(start, end, r.reverse)
	key, raw, ok := host.ScanNext(scan)
	if !ok {
		return nil, false // the end has closed the scan
	}
	host.ScanClose(scan)
	return r.value(key, raw), true
}

func (r Range[T, P]) bounds() (start, end []byte) {
	start, end = r.prefix, prefixEnd(r.prefix)
	if r.from != nil {
		start, end = r.from, r.to
	}
	return start, end
}

// value returns the entry that a scan found.
func (r Range[T, P]) value(key, raw []byte) P {
	if r.index != nil {
		return r.view.follow(r.view.keyOf(r.index, key, raw))
	}
	return r.view.decode(raw)
}

// Reverse returns the same range in the opposite order.
func (r Range[T, P]) Reverse() Range[T, P] {
	r.reverse = !r.reverse
	return r
}

// Page returns at most limit entries (0 means 50, at most 100) behind a page
// token, and the token of the next page, empty at the end. The first page has an
// empty token.
//
// A token names the last entry that was returned, so it stays good while entries
// come and go: no entry that was there all the time is skipped or repeated. It
// is good for ranges of the same collection, index and fields, in the same
// order. The error has CodeBadPage.
func (r Range[T, P]) Page(token string, limit uint32) (values []P, next string, err error) {
	if limit == 0 {
		limit = DefaultPage
	}
	if limit > MaxPage {
		return nil, "", &Error{Code: CodeBadPage, Message: "the limit of a page is at most 100"}
	}
	start, end := r.bounds()
	if token != "" {
		last, ok := parsePageToken(token, r.prefix)
		if !ok || string(last) < string(start) || end != nil && string(last) >= string(end) {
			return nil, "", &Error{Code: CodeBadPage, Message: "the page token belongs to no page of this list"}
		}
		if r.reverse {
			end = last
		} else {
			start = append(last, 0)
		}
	}
	if end != nil && string(start) >= string(end) {
		return nil, "", nil
	}
	host := r.view.ctx.host
	scan := host.StateScan(start, end, r.reverse)
	var last []byte
	for {
		key, raw, ok := host.ScanNext(scan)
		if !ok {
			return values, "", nil // the end has closed the scan
		}
		if uint32(len(values)) == limit {
			host.ScanClose(scan)
			return values, pageToken(last), nil
		}
		values = append(values, r.value(key, raw))
		last = key
	}
}
