package state

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
)

type name string

var (
	testSchema = NewSchema("test")
	counters   = NewMap(testSchema, "counters", "c/", PairKey(StringKey[name](), Uint64Key[uint64]()), Uint64Value())
	members    = NewMap(testSchema, "members", "m/", Array20Key[[20]byte](), MessageValue[statev1.Member]())
	blobs      = NewMap(testSchema, "blobs", "b\xff", Array32Key[[32]byte](), BytesValue())
	names      = NewMap(testSchema, "names", "\xff", StringKey[string](), EmptyValue())
	title      = NewItem(testSchema, "title", "t", StringValue())
	offset     = NewItem(testSchema, "offset", "o", Int64Value())
)

func TestCollections(t *testing.T) {
	o := overlayOn(t)
	_, ok, err := counters.Get(o, PairOf[name, uint64]("a", 1))
	require.NoError(t, err)
	require.False(t, ok)
	require.NoError(t, counters.Set(o, PairOf[name, uint64]("a", 1), 7))
	v, ok, err := counters.Get(o, PairOf[name, uint64]("a", 1))
	require.NoError(t, err)
	require.True(t, ok)
	require.EqualValues(t, 7, v)
	require.True(t, counters.Has(o, PairOf[name, uint64]("a", 1)))
	counters.Delete(o, PairOf[name, uint64]("a", 1))
	require.False(t, counters.Has(o, PairOf[name, uint64]("a", 1)))

	require.NoError(t, members.Set(o, [20]byte{1}, &statev1.Member{Roles: []string{"clerk"}}))
	m, ok, err := members.Get(o, [20]byte{1})
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, []string{"clerk"}, m.Roles)
	require.NoError(t, members.Set(o, [20]byte{2}, &statev1.Member{}))
	require.True(t, members.Has(o, [20]byte{2}), "a message of defaults is a value")
	require.Error(t, members.Set(o, [20]byte{3}, nil))

	require.NoError(t, blobs.Set(o, [32]byte{9}, []byte("blob")))
	blob, ok, err := blobs.Get(o, [32]byte{9})
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "blob", string(blob))

	require.NoError(t, title.Set(o, "Registry"))
	text, ok, err := title.Get(o)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "Registry", text)
	title.Delete(o)
	_, ok, err = title.Get(o)
	require.NoError(t, err)
	require.False(t, ok)
	require.NoError(t, offset.Set(o, -5))
	n, _, err := offset.Get(o)
	require.NoError(t, err)
	require.EqualValues(t, -5, n)

	o.Set(offset.Key(), []byte("short"))
	_, _, err = offset.Get(o)
	require.ErrorIs(t, err, ErrValue)
	o.Set(members.Key([20]byte{1}), []byte{0xff})
	_, _, err = members.Get(o, [20]byte{1})
	require.ErrorIs(t, err, ErrValue)
	o.Set([]byte("m/short"), nil)
	_, err = members.Iterate(o, Page[[20]byte]{Reverse: true}, func([20]byte, *statev1.Member) error { return nil })
	require.ErrorIs(t, err, ErrKey)
}

func TestIterate(t *testing.T) {
	o := overlayOn(t)
	all := []string{"", "\x00", "a", "a\x00", "ab", "b", "\xff", "\xff\xff"}
	for _, n := range all {
		require.NoError(t, names.Set(o, n, Empty{}))
		for i := range uint64(3) {
			require.NoError(t, counters.Set(o, PairOf(name(n), i), i))
		}
	}
	key := func(s string) *string { return &s }
	for label, c := range map[string]struct {
		page Page[string]
		want []string
		more bool
	}{
		"all":                   {Page[string]{}, all, false},
		"first":                 {Page[string]{Limit: 3}, all[:3], true},
		"next":                  {Page[string]{After: key("a"), Limit: 3}, all[3:6], true},
		"last":                  {Page[string]{After: key("b"), Limit: 2}, all[6:], false},
		"after the last":        {Page[string]{After: key("\xff\xff")}, nil, false},
		"after one that is not": {Page[string]{After: key("aa"), Limit: 1}, all[4:5], true},
		"reverse":               {Page[string]{Reverse: true, Limit: 2}, []string{"\xff\xff", "\xff"}, true},
		"reverse next":          {Page[string]{Reverse: true, After: key("a")}, []string{"\x00", ""}, false},
	} {
		t.Run(label, func(t *testing.T) {
			var got []string
			more, err := names.Iterate(o, c.page, func(k string, _ Empty) error {
				got = append(got, k)
				names.Delete(NewOverlay(o), k)
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			require.Equal(t, c.more, more)
		})
	}
	for _, n := range all {
		after := uint64(0)
		var got []uint64
		more, err := IteratePair(counters, o, name(n), Page[uint64]{After: &after, Limit: 5}, func(k, v uint64) error {
			require.Equal(t, k, v)
			got = append(got, k)
			return nil
		})
		require.NoError(t, err)
		require.False(t, more)
		require.Equal(t, []uint64{1, 2}, got, "the pairs of %q alone", n)
	}
	boom := errors.New("boom")
	_, err := names.Iterate(o, Page[string]{}, func(string, Empty) error { return boom })
	require.ErrorIs(t, err, boom)
	more, err := names.Iterate(o, Page[string]{}, func(string, Empty) error { return fmt.Errorf("enough: %w", Stop) })
	require.NoError(t, err)
	require.True(t, more)
}

func TestSchema(t *testing.T) {
	for label, c := range map[string]struct {
		a, b string
		ok   bool
	}{
		"apart":        {"a/", "b/", true},
		"same":         {"a/", "a/", false},
		"beginning":    {"a/", "a", false},
		"continuation": {"a", "a/", false},
		"empty":        {"a", "", false},
		"longer":       {"abc", "abd", true},
	} {
		t.Run(label, func(t *testing.T) {
			one := NewSchema("one")
			one.MustDeclare("first", c.a)
			_, err := one.Declare("second", c.b)
			require.Equal(t, c.ok, err == nil)
			if c.b == "" {
				return
			}
			two := NewSchema("two")
			two.MustDeclare("second", c.b)
			joined, err := JoinSchemas(NewSchema("none"), two, testSchemaOf(c.a))
			require.Equal(t, c.ok, err == nil)
			if err != nil {
				require.ErrorContains(t, err, "two.second")
				require.Panics(t, func() { NewItem(one, "third", c.b, BytesValue()) })
				return
			}
			require.Len(t, joined.Prefixes(), 2)
			require.Less(t, joined.Prefixes()[0].Bytes, joined.Prefixes()[1].Bytes)
		})
	}
}

func testSchemaOf(prefix string) *Schema {
	s := NewSchema("one")
	s.MustDeclare("first", prefix)
	return s
}

func TestPrefixRange(t *testing.T) {
	for _, c := range []struct{ prefix, end string }{
		{"a", "b"}, {"a/", "a0"}, {"a\xff", "b"}, {"a\xff\xff", "b"}, {"\xff", ""}, {"\xff\xff", ""},
	} {
		start, end := Prefix{Bytes: c.prefix}.Range()
		require.Equal(t, c.prefix, string(start))
		require.Equal(t, c.end, string(end))
		require.Equal(t, c.end == "", end == nil)
	}
	require.Equal(t, "a/b", string(Prefix{Bytes: "a/"}.Key([]byte("b"))))
}
