package commit

// First bytes of canonical values, so that values of different types differ.
const (
	tagBool  = 'b'
	tagInt   = 'i'
	tagText  = 't'
	tagBytes = 'x'
	tagList  = 'l'
)

// Bool returns the canonical form of a truth value: 'b' and a byte 0 or 1.
func Bool(v bool) []byte {
	if v {
		return []byte{tagBool, 1}
	}
	return []byte{tagBool, 0}
}

// Int returns the canonical form of an integer: 'i' and 8 bytes, big endian, in
// two's complement. Amounts are in fen, dates yyyymmdd, times unix seconds.
func Int(v int64) []byte { return appendInt([]byte{tagInt}, uint64(v)) }

// Text returns the canonical form of text: 't' and its bytes. Clients bring
// what people type into Unicode's NFC form first, without spaces around it.
func Text(v string) []byte { return append([]byte{tagText}, v...) }

// Bytes returns the canonical form of bytes: 'x' and the bytes.
func Bytes(v []byte) []byte { return append([]byte{tagBytes}, v...) }

// List returns the canonical form of several values in their order: 'l', their
// number, then each after its length; number and lengths are 4 bytes, big
// endian. A record is the list of its fields.
func List(values ...[]byte) []byte {
	size := 5
	for _, v := range values {
		size += 4 + len(v)
	}
	out := make([]byte, 0, size)
	out = append(out, tagList)
	out = appendLen(out, len(values))
	for _, v := range values {
		out = appendLen(out, len(v))
		out = append(out, v...)
	}
	return out
}

func appendInt(b []byte, v uint64) []byte {
	return append(b, byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32),
		byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

func appendLen(b []byte, n int) []byte {
	v := uint32(n)
	return append(b, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}
