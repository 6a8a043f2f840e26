package conformance_test

import (
	"bytes"
	"cmp"
	"math"
	"math/rand"
	"slices"
	"testing"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/stretchr/testify/require"
)

// model is what a collection should hold: a plain map.
type model map[modelKey]*conformance.Item

type modelKey struct {
	name string
	s64  int64
}

// sorted returns the items that match, in the order of less and then of the key.
func (m model) sorted(match func(*conformance.Item) bool, order func(a, b *conformance.Item) int) []*conformance.Item {
	var list []*conformance.Item
	for _, item := range m {
		if match(item) {
			list = append(list, item)
		}
	}
	slices.SortFunc(list, func(a, b *conformance.Item) int {
		return cmp.Or(order(a, b), cmp.Compare(a.Name, b.Name), cmp.Compare(a.S64, b.S64))
	})
	return list
}

// values that fields take: few, so that they meet, and at the edges.
var (
	names = []string{"", "\x00", "\x00\x01", "a", "a\x00", "a\x00\u00ff", "ab", "b", "案"}
	blobs = [][]byte{nil, {0}, {0, 0xff}, {0, 1}, {1}, {0xff}, {0xff, 0xff}}
	s64s  = []int64{math.MinInt64, -256, -1, 0, 1, 255, math.MaxInt64}
	i32s  = []int32{math.MinInt32, -1, 0, 1, math.MaxInt32}
	u32s  = []uint32{0, 1, 256, math.MaxUint32}
	f64s  = []uint64{0, 1, 1 << 32, math.MaxUint64}
)

func pick[T any](r *rand.Rand, from []T) T { return from[r.Intn(len(from))] }

func randomItem(r *rand.Rand) *conformance.Item {
	item := &conformance.Item{
		Name: pick(r, names), S64: pick(r, s64s), Blob: pick(r, blobs), I32: pick(r, i32s),
		U32: pick(r, u32s), F64: pick(r, f64s), Color: conformance.Color(r.Intn(3)),
	}
	if r.Intn(2) == 0 {
		note := pick(r, names[3:4])
		item.Note = &note
	}
	for range r.Intn(3) {
		item.Numbers = append(item.Numbers, pick(r, i32s))
	}
	return item
}

// TestCollectionModel runs random writes against a plain map and reads every
// order of both, in pages of every size, forward and backward.
func TestCollectionModel(t *testing.T) {
	for seed := range int64(20) {
		r := rand.New(rand.NewSource(seed))
		_, client := deploy(t)
		m := model{}
		for range 120 {
			item := randomItem(r)
			key := modelKey{item.Name, item.S64}
			if r.Intn(4) == 0 {
				resp, err := client.Delete(&conformance.DeleteRequest{Name: item.Name, S64: item.S64})
				require.NoError(t, err)
				require.Equal(t, m[key] != nil, resp.Existed)
				delete(m, key)
				continue
			}
			taken := false
			for other, have := range m {
				taken = taken || other != key && bytes.Equal(have.Blob, item.Blob) && have.F64 == item.F64
			}
			_, err := client.Put(&conformance.PutRequest{Item: item})
			if taken {
				require.Equal(t, sdk.CodeDuplicate, sdk.CodeOf(err), "seed %d", seed)
				continue
			}
			require.NoError(t, err)
			m[key] = item
		}
		checkOrders(t, client, m, randomItem(r), uint32(1+r.Intn(7)))
	}
}

func checkOrders(t *testing.T, client conformance.ConformanceServiceClient, m model, like *conformance.Item, limit uint32) {
	t.Helper()
	same := func(*conformance.Item, *conformance.Item) int { return 0 }
	tests := []struct {
		order conformance.Order
		match func(*conformance.Item) bool
		by    func(a, b *conformance.Item) int
	}{
		{conformance.Order_ORDER_UNSPECIFIED, func(*conformance.Item) bool { return true }, same},
		{conformance.Order_ORDER_NAME, func(i *conformance.Item) bool { return i.Name == like.Name }, same},
		{conformance.Order_ORDER_COLOR, func(i *conformance.Item) bool { return i.Color == like.Color },
			func(a, b *conformance.Item) int { return cmp.Compare(a.U32, b.U32) }},
		{conformance.Order_ORDER_COLOR_U32, func(i *conformance.Item) bool { return i.Color == like.Color && i.U32 == like.U32 }, same},
		{conformance.Order_ORDER_BLOB, func(i *conformance.Item) bool { return bytes.Equal(i.Blob, like.Blob) },
			func(a, b *conformance.Item) int { return cmp.Compare(a.F64, b.F64) }},
		{conformance.Order_ORDER_BLOB_F64, func(i *conformance.Item) bool { return bytes.Equal(i.Blob, like.Blob) && i.F64 == like.F64 }, same},
		{conformance.Order_ORDER_I32, func(i *conformance.Item) bool { return i.I32 == like.I32 }, same},
	}
	for _, tt := range tests {
		for _, reverse := range []bool{false, true} {
			want := m.sorted(tt.match, tt.by)
			if reverse {
				slices.Reverse(want)
			}
			var got []*conformance.Item
			for token := ""; ; {
				resp, err := client.Find(&conformance.FindRequest{Order: tt.order, Like: like, Reverse: reverse, Limit: limit, Token: token})
				require.NoError(t, err)
				require.LessOrEqual(t, len(resp.Items), int(limit))
				got = append(got, resp.Items...)
				if token = resp.NextPageToken; token == "" {
					break
				}
			}
			require.Equal(t, len(want), len(got), "%v reverse=%v", tt.order, reverse)
			for i := range want {
				require.Equal(t, encode(t, want[i]), encode(t, got[i]), "%v reverse=%v at %d", tt.order, reverse, i)
			}
		}
	}
}

// TestPagesSurviveWrites deletes and adds entries between pages.
func TestPagesSurviveWrites(t *testing.T) {
	_, client := deploy(t)
	put := func(number int64) {
		_, err := client.Put(&conformance.PutRequest{Item: &conformance.Item{Name: "n", S64: number, F64: uint64(number)}})
		require.NoError(t, err)
	}
	for number := range int64(10) {
		put(number)
	}
	find := func(token string) ([]int64, string) {
		resp, err := client.Find(&conformance.FindRequest{Order: conformance.Order_ORDER_NAME, Like: &conformance.Item{Name: "n"}, Limit: 3, Token: token})
		require.NoError(t, err)
		var numbers []int64
		for _, item := range resp.Items {
			numbers = append(numbers, item.S64)
		}
		return numbers, resp.NextPageToken
	}
	first, token := find("")
	require.Equal(t, []int64{0, 1, 2}, first)
	// The entry that the token names goes, another before it comes.
	_, err := client.Delete(&conformance.DeleteRequest{Name: "n", S64: 2})
	require.NoError(t, err)
	put(-5)
	put(100)
	second, token := find(token)
	require.Equal(t, []int64{3, 4, 5}, second)
	third, token := find(token)
	require.Equal(t, []int64{6, 7, 8}, third)
	last, token := find(token)
	require.Equal(t, []int64{9, 100}, last)
	require.Empty(t, token)
}

func encode(t *testing.T, m sdk.Marshaler) []byte {
	t.Helper()
	raw, err := m.MarshalVT()
	require.NoError(t, err)
	return raw
}

const name = "test/a"

func deploy(t *testing.T) (*sdktest.Chain, conformance.ConformanceServiceClient) {
	t.Helper()
	chain := sdktest.New()
	require.NoError(t, chain.Deploy(name, conformance.NewService(&conformance.Contract{})))
	return chain, conformance.NewConformanceServiceClient(chain.Account("cy1a", "org"), name)
}
