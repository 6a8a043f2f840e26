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
	index   *Index[T, P] // nil for a range of entries
	reverse bool
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
	start, end := []byte(r.prefix), prefixEnd(r.prefix)
	if token != "" {
		last, ok := parsePageToken(token, r.prefix)
		if !ok {
			return nil, "", &Error{Code: CodeBadPage, Message: "the page token belongs to no page of this list"}
		}
		if r.reverse {
			end = last
		} else {
			start = append(last, 0)
		}
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
		if r.index != nil {
			values = append(values, r.view.follow(r.view.keyOf(r.index, key, raw)))
		} else {
			values = append(values, r.view.decode(raw))
		}
		last = key
	}
}
