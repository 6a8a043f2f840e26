package sdk

// Limits of a page.
const (
	// MaxPage is the most entries one page may hold.
	MaxPage = 100
	// DefaultPage is how many it holds when the limit is 0.
	DefaultPage = 50
)

// Range is a part of a collection in a stable order, read a page at a time.
type Range[P Stored] struct {
	span span
}

// span is a range without the type of its values.
type span struct {
	view    view
	prefix  Key
	from    Key    // first key, nil for that of the prefix
	to      Key    // key behind the last, likewise
	index   *Index // nil for a range of entries
	reverse bool
}

// BetweenInt32 returns the part of a range whose next key or index field is at
// least from and less than to. Generated code calls it and those for other types.
func (r Range[P]) BetweenInt32(from, to int32) Range[P] {
	r.span.from, r.span.to = r.span.fork().Int32(from), r.span.fork().Int32(to)
	return r
}

// BetweenInt64 is BetweenInt32 for a field of 64 bits.
func (r Range[P]) BetweenInt64(from, to int64) Range[P] {
	r.span.from, r.span.to = r.span.fork().Int64(from), r.span.fork().Int64(to)
	return r
}

// BetweenUint32 is BetweenInt32 for an unsigned field.
func (r Range[P]) BetweenUint32(from, to uint32) Range[P] {
	r.span.from, r.span.to = r.span.fork().Uint32(from), r.span.fork().Uint32(to)
	return r
}

// BetweenUint64 is BetweenInt32 for an unsigned field of 64 bits.
func (r Range[P]) BetweenUint64(from, to uint64) Range[P] {
	r.span.from, r.span.to = r.span.fork().Uint64(from), r.span.fork().Uint64(to)
	return r
}

// First returns the first entry; ok is false when the range is empty.
func (r Range[P]) First() (value P, ok bool) { return as[P](r.span.first()) }

// Reverse returns the same range in the opposite order.
func (r Range[P]) Reverse() Range[P] {
	r.span.reverse = !r.span.reverse
	return r
}

// Page returns at most limit entries (0 means 50, at most 100) behind a page
// token, and the token of the next page, empty at the end. The first page has an
// empty token.
//
// A token names the last entry that was returned, so it stays good while entries
// come and go: no entry that was there all the time is skipped or repeated. It
// is good for ranges of the same contract, collection, index and fields, in the
// same order, and shows nothing of them to who only sees the token. The error has
// CodeBadPage.
func (r Range[P]) Page(token string, limit uint32) (values []P, next string, err error) {
	next, err = r.span.page(token, limit, func(m Stored) { values = append(values, m.(P)) })
	if err != nil {
		return nil, "", err
	}
	return values, next, nil
}

func (r *span) first() Stored {
	start, end := r.bounds()
	if end != nil && string(start) >= string(end) {
		return nil
	}
	host := r.view.ctx.host
	scan := host.StateScan(start, end, r.reverse)
	key, raw, ok := host.ScanNext(scan)
	if !ok {
		return nil // the end has closed the scan
	}
	host.ScanClose(scan)
	return r.value(key, raw)
}

// fork returns a copy of the prefix with room for a number.
func (r *span) fork() Key { return append(make(Key, 0, keyRoom), r.prefix...) }

func (r *span) bounds() (start, end []byte) {
	if r.from != nil {
		return r.from, r.to
	}
	return r.prefix, prefixEnd(r.prefix)
}

// value returns the entry that a scan found.
func (r *span) value(key, raw []byte) Stored {
	if r.index != nil {
		return r.view.follow(r.view.keyOf(r.index, key, raw))
	}
	return r.view.decode(raw)
}

func (r *span) page(token string, limit uint32, add func(Stored)) (next string, err error) {
	if limit == 0 {
		limit = DefaultPage
	}
	if limit > MaxPage {
		return "", &Error{Code: CodeBadPage, Message: "the limit of a page is at most 100"}
	}
	start, end := r.bounds()
	if token != "" {
		last, ok := r.parseToken(token)
		if !ok || string(last) < string(start) || end != nil && string(last) >= string(end) {
			return "", &Error{Code: CodeBadPage, Message: "the page token belongs to no page of this list"}
		}
		if r.reverse {
			end = last
		} else {
			start = append(last, 0)
		}
	}
	if end != nil && string(start) >= string(end) {
		return "", nil
	}
	host := r.view.ctx.host
	scan := host.StateScan(start, end, r.reverse)
	var last []byte
	for n := uint32(0); ; n++ {
		key, raw, ok := host.ScanNext(scan)
		if !ok {
			return "", nil // the end has closed the scan
		}
		if n == limit {
			host.ScanClose(scan)
			return r.token(last), nil
		}
		add(r.value(key, raw))
		last = key
	}
}
