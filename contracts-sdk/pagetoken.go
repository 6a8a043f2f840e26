package sdk

// A page token carries where the last page ended: the storage key of its last
// row without the prefix, which the query itself gives. It is no secret and
// needs none, because whoever may read a list may begin it anywhere. But tokens
// end up in links, logs and browser histories, where keys do not belong: they
// can be names and numbers of people. So the key is masked with a hash of
// contract, list and key. To undo the mask one must know the list, all of its
// fields included, as its readers do; a chain has no secret that could hide more.
//
//	tag   = first 8 bytes of SHA-256(list, 0, rest of the key)
//	mask  = SHA-256(list, 1, tag, 0), SHA-256(list, 1, tag, 1), …
//	token = hex(tag, rest of the key xor mask)
//
// The tag tells tokens of another list from this one's.

// tagSize is how many bytes of a token say which list it is of.
const tagSize = 8

// token returns the token of the page that follows key.
func (r *span) token(key []byte) string {
	rest := append([]byte(nil), key[len(r.prefix):]...)
	list := r.identity()
	tag := r.tag(list, rest)
	r.mask(list, tag, rest)
	return hexText(append(tag, rest...))
}

// parseToken returns the key that a token leads to; ok is false for anything
// that is not a token of this list.
func (r *span) parseToken(token string) (key []byte, ok bool) {
	raw, ok := hexBytes(token)
	if !ok || len(raw) <= tagSize || len(r.prefix)+len(raw)-tagSize > maxKey {
		return nil, false
	}
	tag, rest := raw[:tagSize:tagSize], raw[tagSize:]
	list := r.identity()
	r.mask(list, tag, rest)
	if string(r.tag(list, rest)) != string(tag) {
		return nil, false
	}
	return append(append(make([]byte, 0, len(r.prefix)+len(rest)+1), r.prefix...), rest...), true
}

// maxKey is the longest storage key. A longer one in a token that somebody made up
// would end the call at a limit of the chain, without a word about the token.
const maxKey = 1 << 10

// identity returns what tells the list from all others.
func (r *span) identity() []byte {
	contract := r.view.ctx.host.Context(FieldContract)
	b := make([]byte, 0, 64+len(contract)+len(r.prefix))
	b = append(b, "chancery page"...)
	if r.reverse {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	return append(append(b, Key(nil).Bytes(contract)...), Key(nil).Bytes(r.prefix)...)
}

func (r *span) tag(list, rest []byte) []byte {
	sum := r.view.ctx.host.Hash(HashSHA256, append(append(list[:len(list):len(list)], 0), rest...))
	return sum[:tagSize]
}

// mask turns the rest of a key into what the token shows, and back.
func (r *span) mask(list, tag, rest []byte) {
	seed := append(append(list[:len(list):len(list)], 1), tag...)
	for block := byte(0); len(rest) > 0; block++ {
		sum := r.view.ctx.host.Hash(HashSHA256, append(seed[:len(seed):len(seed)], block))
		n := min(len(rest), len(sum))
		for i := range n {
			rest[i] ^= sum[i]
		}
		rest = rest[n:]
	}
}

const hexDigits = "0123456789abcdef"

// hexText returns bytes in hex. It and hexBytes are written here because
// encoding/hex links fmt.
func hexText(b []byte) string {
	text := make([]byte, 0, 2*len(b))
	for _, c := range b {
		text = append(text, hexDigits[c>>4], hexDigits[c&15])
	}
	return string(text)
}

func hexBytes(text string) (b []byte, ok bool) {
	if len(text)%2 != 0 || len(text) > 2*(tagSize+maxKey) {
		return nil, false
	}
	b = make([]byte, len(text)/2)
	for i := range b {
		high, low := hexValue(text[2*i]), hexValue(text[2*i+1])
		if high > 15 || low > 15 {
			return nil, false
		}
		b[i] = high<<4 | low
	}
	return b, true
}

// hexValue returns the value of a digit, or 255.
func hexValue(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}
