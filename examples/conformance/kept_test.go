package conformance_test

import (
	"testing"
	"time"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/stretchr/testify/require"
)

// keeper drives the set, the sequence and the queue.
type keeper struct {
	*testing.T
	client conformance.ConformanceServiceClient
}

func (k keeper) keep(act conformance.Act, text string, number uint64) *conformance.KeepResponse {
	k.Helper()
	resp, err := k.client.Keep(&conformance.KeepRequest{Act: act, Text: text, Number: number})
	require.NoError(k, err)
	return resp
}

// kept reads all pages, two entries each.
func (k keeper) kept(req *conformance.KeptRequest) (list []string, edge uint64) {
	k.Helper()
	req.Limit, req.PageToken = 2, ""
	for {
		resp, err := k.client.Kept(req)
		require.NoError(k, err)
		require.LessOrEqual(k, len(resp.Entries), 2)
		for _, e := range resp.Entries {
			list = append(list, e.Text+string(rune('0'+e.Number)))
		}
		if req.PageToken = resp.NextPageToken; req.PageToken == "" {
			return list, resp.Edge
		}
	}
}

func TestSet(t *testing.T) {
	_, client := deploy(t)
	k := keeper{t, client}
	require.True(t, k.keep(conformance.Act_ACT_ADD, "a", 2).Done)
	require.False(t, k.keep(conformance.Act_ACT_ADD, "a", 2).Done, "it was there")
	for _, n := range []uint64{5, 1, 3} {
		require.True(t, k.keep(conformance.Act_ACT_ADD, "a", n).Done)
	}
	require.True(t, k.keep(conformance.Act_ACT_ADD, "b", 1).Done)
	list, _ := k.kept(&conformance.KeptRequest{Act: conformance.Act_ACT_ADD, Text: "a"})
	require.Equal(t, []string{"a1", "a2", "a3", "a5"}, list)
	list, _ = k.kept(&conformance.KeptRequest{Act: conformance.Act_ACT_ADD, Text: "a", From: 2, To: 5})
	require.Equal(t, []string{"a2", "a3"}, list)
	list, _ = k.kept(&conformance.KeptRequest{Act: conformance.Act_ACT_ADD, Text: "a", From: 2, To: 9, Reverse: true})
	require.Equal(t, []string{"a5", "a3", "a2"}, list)
	list, _ = k.kept(&conformance.KeptRequest{Act: conformance.Act_ACT_ADD, Text: "a", From: 5, To: 2})
	require.Empty(t, list, "a range that ends before it begins")
	require.True(t, k.keep(conformance.Act_ACT_DELETE, "a", 2).Done)
	require.False(t, k.keep(conformance.Act_ACT_DELETE, "a", 2).Done)
}

func TestSequence(t *testing.T) {
	chain, client := deploy(t)
	k := keeper{t, client}
	list, last := k.kept(&conformance.KeptRequest{Act: conformance.Act_ACT_APPEND})
	require.Empty(t, list)
	require.Zero(t, last)
	for i, text := range []string{"a", "b", "a", "a"} {
		chain.SetTime(time.Unix(int64(1000+i), 0))
		require.Equal(t, uint64(i+1), k.keep(conformance.Act_ACT_APPEND, text, 99).Number, "Append sets the number")
	}
	list, last = k.kept(&conformance.KeptRequest{Act: conformance.Act_ACT_APPEND})
	require.Equal(t, []string{"a1", "b2", "a3", "a4"}, list)
	require.Equal(t, uint64(4), last)
	list, _ = k.kept(&conformance.KeptRequest{Act: conformance.Act_ACT_APPEND, From: 2, To: 4, Reverse: true})
	require.Equal(t, []string{"a3", "b2"}, list)
	list, _ = k.kept(&conformance.KeptRequest{Act: conformance.Act_ACT_AMEND, Text: "a", From: 1000, To: 1003})
	require.Equal(t, []string{"a1", "a3"}, list, "by text, in a range of time")

	k.keep(conformance.Act_ACT_AMEND, "c", 3)
	list, _ = k.kept(&conformance.KeptRequest{Act: conformance.Act_ACT_AMEND, Text: "a"})
	require.Equal(t, []string{"a1", "a4"}, list)
	_, err := client.Keep(&conformance.KeepRequest{Act: conformance.Act_ACT_AMEND, Number: 5})
	require.Equal(t, sdk.CodeNoEntry, sdk.CodeOf(err))
}

func TestQueue(t *testing.T) {
	chain, client := deploy(t)
	k := keeper{t, client}
	require.False(t, k.keep(conformance.Act_ACT_POP, "", 0).Done)
	for i, text := range []string{"a", "b", "c"} {
		require.Equal(t, uint64(i+1), k.keep(conformance.Act_ACT_PUSH, text, 0).Number)
	}
	_, err := client.Keep(&conformance.KeepRequest{Act: conformance.Act_ACT_PUSH, Text: "b"})
	require.Equal(t, sdk.CodeDuplicate, sdk.CodeOf(err))
	var own *sdk.Error
	require.ErrorAs(t, err, &own)
	require.Equal(t, []string{"jobs", "by_text"}, texts(t, own.Details, 2))

	list, first := k.kept(&conformance.KeptRequest{Act: conformance.Act_ACT_POP})
	require.Equal(t, []string{"a1", "b2", "c3"}, list)
	require.Equal(t, uint64(1), first)
	require.True(t, k.keep(conformance.Act_ACT_DROP, "", 2).Done)
	for _, want := range []string{"a", "c"} {
		require.Equal(t, want, k.keep(conformance.Act_ACT_POP, "", 0).Text)
	}
	require.False(t, k.keep(conformance.Act_ACT_POP, "", 0).Done)
	require.Equal(t, uint64(4), k.keep(conformance.Act_ACT_PUSH, "b", 0).Number, "numbers are not used again")
	require.Contains(t, chain.State(name), sdktest.Entry{Key: []byte{0, 4, 255}, Value: []byte{0, 0, 0, 0, 0, 0, 0, 4}}, "docs/storage-layout.md")
}

// TestTokensOfOtherLists: a token is good for the list that gave it.
func TestTokensOfOtherLists(t *testing.T) {
	_, client := deploy(t)
	k := keeper{t, client}
	for range 4 {
		k.keep(conformance.Act_ACT_APPEND, "a", 0)
	}
	page, err := client.Kept(&conformance.KeptRequest{Act: conformance.Act_ACT_APPEND, Limit: 3})
	require.NoError(t, err)
	require.NotEmpty(t, page.NextPageToken)
	for _, req := range []*conformance.KeptRequest{
		{Act: conformance.Act_ACT_POP},
		{Act: conformance.Act_ACT_AMEND, Text: "a"},
		{Act: conformance.Act_ACT_APPEND, From: 1, To: 3},
		{Act: conformance.Act_ACT_APPEND, From: 4, To: 9},
	} {
		req.PageToken = page.NextPageToken
		_, err := client.Kept(req)
		require.Equal(t, sdk.CodeBadPage, sdk.CodeOf(err), "%v", req)
	}
}
