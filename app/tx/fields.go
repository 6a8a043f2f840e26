package tx

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/chancery-chain/chancery/app/apperr"
)

// maxFields is the most fields of a tx, at any depth: some times what the longest
// lists of an action have.
const maxFields = 4096

// checkFields refuses a message with too many fields, before it is decoded: two
// bytes of an empty element become up to a hundred and fifty in memory, and anybody
// can send 5 MiB of them. An element of a packed list counts a field a byte. Bytes
// that do not decode are left to the decoder, but for groups, which no message of
// ours has.
func checkFields(d protoreflect.MessageDescriptor, b []byte) error {
	left := maxFields
	if !countFields(d, b, &left) {
		return apperr.Invalid("", "has more than %d fields, or groups", maxFields)
	}
	return nil
}

func countFields(d protoreflect.MessageDescriptor, b []byte, left *int) bool {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return true
		}
		if *left--; *left < 0 || typ == protowire.StartGroupType {
			return false
		}
		size := protowire.ConsumeFieldValue(num, typ, b[n:])
		if size < 0 {
			return true
		}
		if f := d.Fields().ByNumber(num); f != nil && typ == protowire.BytesType {
			content, _ := protowire.ConsumeBytes(b[n : n+size])
			switch {
			case f.Message() != nil:
				// A message needs a field to stand in another, so that the count
				// bounds the depth too.
				if !countFields(f.Message(), content, left) {
					return false
				}
			case f.IsList() && f.Kind() != protoreflect.StringKind && f.Kind() != protoreflect.BytesKind:
				if *left -= len(content); *left < 0 {
					return false
				}
			}
		}
		b = b[n+size:]
	}
	return true
}
