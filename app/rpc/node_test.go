package rpc

import (
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

func TestListPeers(t *testing.T) {
	since := time.Unix(1_700_000_000, 0).UTC()
	s := New(Options{Node: &fake{peers: []Peer{{NodeID: "aa", Name: "records-1", Outbound: true, Since: since}}}})
	resp, err := nodeService{s}.ListPeers(t.Context(), connect.NewRequest(&chanceryv1.ListPeersRequest{}))
	require.NoError(t, err)
	require.Len(t, resp.Msg.Peers, 1)
	p := resp.Msg.Peers[0]
	require.Equal(t, "aa records-1 true", p.NodeId+" "+p.Name+" "+map[bool]string{true: "true"}[p.Outbound])
	require.Equal(t, since, p.Since.AsTime())
}

func TestCountSignatures(t *testing.T) {
	f := &fake{status: Status{Height: 8}, signers: map[int64][]Signer{
		// Height 3 is not kept any more, and 8 is not settled.
		4: {{"AA", true}, {"BB", true}},
		5: {{"BB", true}, {"AA", false}},
		6: {{"CC", true}, {"AA", false}},
		7: {{"CC", true}, {"AA", false}},
		8: {{"AA", true}},
	}}
	s := New(Options{Node: f})
	count := func(blocks uint32) (*chanceryv1.CountSignaturesResponse, error) {
		resp, err := nodeService{s}.CountSignatures(t.Context(), connect.NewRequest(&chanceryv1.CountSignaturesRequest{Blocks: blocks}))
		if err != nil {
			return nil, err
		}
		return resp.Msg, nil
	}
	all, err := count(0)
	require.NoError(t, err)
	require.Equal(t, []int64{4, 7}, []int64{all.FromHeight, all.ToHeight})
	type row struct {
		address        string
		blocks, signed uint32
		last           int64
	}
	rows := func(m *chanceryv1.CountSignaturesResponse) (out []row) {
		for _, v := range m.Validators {
			out = append(out, row{v.Address, v.Blocks, v.Signed, v.LastSignedHeight})
		}
		return out
	}
	require.Equal(t, []row{{"AA", 4, 1, 4}, {"BB", 2, 2, 5}, {"CC", 2, 2, 7}}, rows(all))

	two, err := count(2)
	require.NoError(t, err)
	require.Equal(t, []int64{6, 7}, []int64{two.FromHeight, two.ToHeight})
	require.Equal(t, []row{{"AA", 2, 0, 0}, {"CC", 2, 2, 7}}, rows(two))

	_, err = count(101)
	require.Equal(t, apperr.InvalidTx, apperr.CodeOf(err))

	f.status.Height = 1
	none, err := count(100)
	require.NoError(t, err)
	require.Zero(t, none.FromHeight)
	require.Empty(t, none.Validators)
}
