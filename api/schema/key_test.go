package schema_test

import (
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/chancery-chain/chancery/api/schema"
	"github.com/stretchr/testify/require"
)

const keyed = `syntax = "proto3";
package test.v1;
import "chancery/contract/v1/options.proto";
service Test {
  option (chancery.contract.v1.contract) = {};
  rpc Do(M) returns (M);
}
message M {
  string s = 1; bytes b = 2; int32 i32 = 3; sfixed64 i64 = 4; fixed32 u32 = 5; uint64 u64 = 6;
}
`

// collectionOf declares a collection with one key field.
func collectionOf(field string) string {
	return strings.Replace(keyed, "message M {", `message M { option (chancery.contract.v1.collection) = {name: "c" number: 258 key: ["`+field+`"]};`, 1)
}

// TestKeyVectors holds the host's keys to the vectors that the SDK is held to.
func TestKeyVectors(t *testing.T) {
	fields := map[string]string{"string": "s", "bytes": "b", "int32": "i32", "int64": "i64", "uint32": "u32", "uint64": "u64"}
	content, err := os.ReadFile("../../contracts-sdk/testdata/keys.txt")
	require.NoError(t, err)
	contracts := map[string]*schema.Contract{}
	for kind, field := range fields {
		c, err := schema.Parse(encode(t, compile(t, collectionOf(field))))
		require.NoError(t, err)
		contracts[kind] = c
	}
	count := 0
	for line := range strings.Lines(string(content)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		quoted, want, _ := strings.Cut(rest, " ")
		text, err := strconv.Unquote(quoted)
		require.NoError(t, err)
		c := contracts[kind]
		key, err := c.CollectionKey("c", []string{text})
		require.NoError(t, err)
		require.Equal(t, "010200"+want, hex.EncodeToString(key), line)
		col, parts, ok := c.ParseKey(key)
		require.True(t, ok, line)
		require.Equal(t, "c", col.Name)
		require.Equal(t, []string{text}, parts)
		count++
	}
	require.Greater(t, count, 30)
}

func TestCollectionKeyRefuses(t *testing.T) {
	c := parseSound(t)
	tests := []struct {
		collection string
		parts      []string
		want       string
	}{
		{"none", nil, `no collection "none"`},
		{"rows", []string{"a"}, "has 2 parts, got 1"},
		{"rows", []string{"a", "x"}, "not an integer of 32 bits"},
		{"rows", []string{"a", "2147483648"}, "not an integer of 32 bits"},
		{"one", []string{"a"}, "has 0 parts, got 1"},
	}
	for _, tt := range tests {
		_, err := c.CollectionKey(tt.collection, tt.parts)
		require.ErrorContains(t, err, tt.want)
	}
	key, err := c.CollectionKey("one", nil)
	require.NoError(t, err)
	require.Equal(t, []byte{0, 8, 0}, key)
	key, err = schema.CollectionKey(encode(t, compile(t, sound)), "rows", []string{"a", "-1"})
	require.NoError(t, err)
	require.Equal(t, "000700"+"610001"+"7fffffff", hex.EncodeToString(key))
}

func TestParseKeyMalformed(t *testing.T) {
	c := parseSound(t)
	for _, bad := range []string{"", "0007", "000701", "000900", "000700", "00070061", "0007006100", "00070061000561", "0007006100017fffff", "0007006100017fffffff00"} {
		key, err := hex.DecodeString(bad)
		require.NoError(t, err)
		_, _, ok := c.ParseKey(key)
		require.False(t, ok, bad)
	}
}

func TestSection(t *testing.T) {
	module := "\x00asm\x01\x00\x00\x00"
	custom := func(name, content string) string {
		body := string(rune(len(name))) + name + content
		return "\x00" + string(rune(len(body))) + body
	}
	got, err := schema.Section([]byte(module+"\x01\x01\x00"+custom("a", "x")+custom("b", "yz")), "b")
	require.NoError(t, err)
	require.Equal(t, "yz", string(got))
	_, err = schema.Section([]byte(module), "b")
	require.ErrorIs(t, err, schema.ErrNoSection)
	for _, bad := range []string{"", "\x00asm", module + "\x00", module + "\x00\x05a", module + "\x00\x02\x05a", module + "\x00\xff\xff\xff\xff\xff\xff\x01", module + custom("b", "1") + custom("b", "2")} {
		_, err = schema.Section([]byte(bad), "b")
		require.Error(t, err, "%q", bad)
		require.NotErrorIs(t, err, schema.ErrNoSection)
	}
}

// FuzzSection feeds hostile modules: a section that is found lies within them.
func FuzzSection(f *testing.F) {
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x00\x03\x01bx"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x01\x01\x00\x00\xff\xff\xff\xff\x0f"))
	f.Fuzz(func(t *testing.T, module []byte) {
		content, err := schema.Section(module, "b")
		require.True(t, err != nil || len(content) < len(module))
	})
}

// TestDescribeRow reads the rows that docs/storage-layout.md describes.
func TestDescribeRow(t *testing.T) {
	indexed := strings.Replace(keyed, "message M {", `message M { option (chancery.contract.v1.collection) = {name: "rows" number: 3 key: ["u64"]
		indexes: [{name: "by_text" number: 1 fields: ["s", "i32"]}, {name: "by_code" number: 2 fields: ["s"] unique: true}]};`, 1)
	queue := strings.Replace(keyed, "message M {", `message M { option (chancery.contract.v1.collection) = {name: "line" number: 4 key: ["u64"] kind: COLLECTION_KIND_QUEUE};`, 1)
	tests := []struct{ name, file, key, want string }{
		{"index", indexed, "0003" + "01" + "610001" + "80000007" + "0000000000000002", "rows.by_text[a, 7, 2]"},
		{"unique index", indexed, "0003" + "02" + "610001", "rows.by_code[a]"},
		{"request id", indexed, "0000" + "01" + "6f0001" + "0001" + "720001", "request id r of o"},
		{"request id by a contract", indexed, "0000" + "01" + "6f0001" + "630001" + "720001", "request id r of c for o"},
		{"queue's counter", queue, "0004" + "ff", "newest number of queue line"},
		{"entry", indexed, "0003" + "00" + "0000000000000002", ""},
		{"no such index", indexed, "0003" + "03" + "610001", ""},
		{"no such collection", indexed, "0009" + "01" + "610001", ""},
		{"cut off", indexed, "0003" + "02" + "6100", ""},
		{"too long", indexed, "0003" + "02" + "61000162", ""},
		{"short", indexed, "0003", ""},
		{"request id cut off", indexed, "0000" + "01" + "6f0001", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := schema.Parse(encode(t, compile(t, tt.file)))
			require.NoError(t, err)
			key, err := hex.DecodeString(tt.key)
			require.NoError(t, err)
			got, ok := c.DescribeRow(key)
			require.Equal(t, tt.want != "", ok)
			if ok {
				require.Equal(t, tt.want, got)
			}
		})
	}
}
