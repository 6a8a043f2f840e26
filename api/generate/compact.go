package generate

import "regexp"

// The message generator writes each check of a decoder out for each field. In
// Wasm that is two to three KB for a field; a contract with a hundred messages
// would not fit the chain's limits. Compact puts calls of package wire in place
// of what is the same everywhere. FuzzMessages holds the result to Google's
// decoder.
var compactions = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{ // the length of a string, bytes, message or packed list, and its checks
		regexp.MustCompile(`(?m)^(\t+)var (\w+) (?:uint64|int)\n(?:\t+var _v uint64\n)?\t+\w+, iNdEx, err = protobuf_go_lite\.DecodeVarint\(dAtA, iNdEx\)\n` +
			`(?:\t+\w+ = int\(_v\)\n)?\t+if err != nil \{\n\t+return err\n\t+\}\n(?:\t+\w+ := int\(\w+\)\n)?` +
			`\t+if \w+ < 0 \{\n\t+return protobuf_go_lite\.ErrInvalidLength\n\t+\}\n` +
			`\t+postIndex := iNdEx \+ \w+\n` +
			`\t+if postIndex < 0 \{\n\t+return protobuf_go_lite\.ErrInvalidLength\n\t+\}\n` +
			`\t+if postIndex > l \{\n\t+return io\.ErrUnexpectedEOF\n\t+\}\n`),
		"${1}var postIndex int\n${1}postIndex, iNdEx, err = protobuf_go_lite.DecodeSpan(dAtA, iNdEx)\n${1}if err != nil {\n${1}\treturn err\n${1}}\n",
	},
	{ // an unknown field; Skip checks what it skips
		regexp.MustCompile(`(?m)^(\t+)if \(skippy < 0\) \|\| \(iNdEx\+skippy\) < 0 \{\n\t+return protobuf_go_lite\.ErrInvalidLength\n\t+\}\n` +
			`\t+if \(iNdEx \+ skippy\) > l \{\n\t+return io\.ErrUnexpectedEOF\n\t+\}\n`),
		"",
	},
	{ // a tag
		regexp.MustCompile(`(?m)^(\t+)if wireType == 4 \{\n\t+return fmt\.Errorf\([^\n]*\n\t+\}\n\t+if fieldNum <= 0 \{\n\t+return fmt\.Errorf\([^\n]*\n\t+\}\n`),
		"${1}if wireType == 4 || fieldNum <= 0 {\n${1}\treturn protobuf_go_lite.ErrTag\n${1}}\n",
	},
	{ // a wire type
		regexp.MustCompile(`fmt\.Errorf\("proto: wrong wireType = %d for field (\w+)", wireType\)`),
		`protobuf_go_lite.WrongType("$1")`,
	},
	{ // a bool
		regexp.MustCompile(`(?m)^(\t+)var v int\n\t+var _v uint64\n\t+_v, iNdEx, err = protobuf_go_lite\.DecodeVarint\(dAtA, iNdEx\)\n\t+v = int\(_v\)\n` +
			`(\t+if err != nil \{\n\t+return err\n\t+\}\n)`),
		"${1}var v uint64\n${1}v, iNdEx, err = protobuf_go_lite.DecodeVarint(dAtA, iNdEx)\n${2}",
	},
	{ // encoding into a buffer of its own
		regexp.MustCompile(`(?m)^\tsize := m\.SizeVT\(\)\n\tdAtA = make\(\[\]byte, size\)\n\tn, err := m\.MarshalToSizedBufferVT\(dAtA\[:size\]\)\n` +
			`\tif err != nil \{\n\t\treturn nil, err\n\t\}\n\treturn dAtA\[:n\], nil\n`),
		"\treturn protobuf_go_lite.Marshal(m)\n",
	},
	{ // an end too early
		regexp.MustCompile(`\bio\.ErrUnexpectedEOF`),
		"protobuf_go_lite.ErrUnexpectedEOF",
	},
	{ // imports that nothing needs any more
		regexp.MustCompile(`(?m)^\t(?:fmt|io) "[^"]*"\n|^\t"(?:fmt|io)"\n`),
		"",
	},
}

// compact rewrites the Go code of messages.
func compact(source string) string {
	for _, c := range compactions {
		source = c.pattern.ReplaceAllString(source, c.with)
	}
	return source
}
