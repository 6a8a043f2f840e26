package client

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/permit"
)

// shown returns the permit that a request showed, nil without.
func shown(t *testing.T, h http.Header) *permit.Permit {
	t.Helper()
	raw, err := permit.FromHeader(h.Values("Authorization"))
	require.NoError(t, err)
	if raw == nil {
		return nil
	}
	p, err := permit.Decode(raw)
	require.NoError(t, err)
	require.True(t, p.VerifySignatures())
	return p
}

// TestTransportShowsPermits: gated queries get the signer's permit, public ones and
// other services none, and it is made once while it is good.
func TestTransportShowsPermits(t *testing.T) {
	n := newFakeNode(t)
	now := genesisTime
	s := n.signer(t)
	s.client.now = func() time.Time { return now }

	_, err := call(s, "Get", "")
	require.NoError(t, err)
	require.Nil(t, shown(t, n.asked()), "a public query is nobody's business")

	ask := func(opts ...connect.ClientOption) *permit.Permit {
		t.Helper()
		_, err := call(s, "Own", "", opts...)
		require.NoError(t, err)
		return shown(t, n.asked())
	}
	first := ask()
	require.NotNil(t, first)
	require.Equal(t, s.Address(), first.Origin.String())
	require.Equal(t, "records", first.Org)
	require.Equal(t, testChain, first.ChainID)
	require.Equal(t, []string{testContract}, first.Contracts)
	require.NoError(t, first.CheckTime(now))

	require.Equal(t, first, ask(connect.WithHTTPGet(), connect.WithIdempotency(connect.IdempotencyNoSideEffects)), "by GET, and not signed anew")
	require.Equal(t, http.MethodGet, n.method)
	now = now.Add(permitAhead - permitEnd - time.Second)
	require.Equal(t, first, ask())
	now = now.Add(2 * time.Second)
	second := ask()
	require.NotEqual(t, first, second, "renewed before it ends")
	require.NoError(t, second.CheckTime(now))

	t.Run("a header of the caller's stays", func(t *testing.T) {
		c := connect.NewClient[wrapperspb.StringValue, wrapperspb.StringValue](
			s.HTTPClient(), s.client.ContractURL(testContract)+"/"+testService+"/Own")
		req := connect.NewRequest(wrapperspb.String(""))
		req.Header().Set("Authorization", "Bearer proxy")
		_, err := c.CallUnary(context.Background(), req)
		require.NoError(t, err)
		require.Equal(t, "Bearer proxy", n.asked().Get("Authorization"))
	})
	t.Run("to no other host", func(t *testing.T) {
		other := newFakeNode(t)
		c := connect.NewClient[wrapperspb.StringValue, wrapperspb.StringValue](
			s.HTTPClient(), other.url+"/c/"+testContract+"/"+testService+"/Own")
		_, err := c.CallUnary(context.Background(), connect.NewRequest(wrapperspb.String("")))
		require.NoError(t, err)
		require.Nil(t, shown(t, other.asked()))
	})
}

func TestPermitNames(t *testing.T) {
	n := newFakeNode(t)
	s := n.signer(t)
	a, err := s.Permit(t.Context(), "b1/b1", "a1/a1", "b1/b1")
	require.NoError(t, err)
	b, err := s.Permit(t.Context(), "a1/a1", "b1/b1")
	require.NoError(t, err)
	require.Equal(t, a, b, "sorted and once")
	require.Equal(t, []string{"a1/a1", "b1/b1"}, shown(t, http.Header{"Authorization": {a}}).Contracts)
	for i := range permitsKept + 1 {
		_, err := s.Permit(t.Context(), fmt.Sprintf("c1/c%03d", i))
		require.NoError(t, err)
	}
	require.LessOrEqual(t, len(s.permits.made), permitsKept)
}

// TestPermitsOfOtherSigners: permits are of the account and its keys, and a delegate
// asks for itself.
func TestPermitsOfOtherSigners(t *testing.T) {
	n := newFakeNode(t)
	s := n.signer(t)
	other, err := key.FromSeed(key.SM2, append(make([]byte, 31), 7))
	require.NoError(t, err)
	ask := func(s *Signer) *permit.Permit {
		value, err := s.Permit(t.Context(), testContract)
		require.NoError(t, err)
		return shown(t, http.Header{"Authorization": {value}})
	}
	require.Len(t, ask(s).Signatures, 1)
	require.Len(t, ask(s.With(other)).Signatures, 2)
	account := other.Public().Address().String()
	require.Equal(t, account, ask(s.For(account)).Origin.String())
	require.Empty(t, ask(s.InPlaceOf(account)).Org)
	require.Equal(t, "records", ask(s).Org)
}

// TestPermitTimes: a clock that is wrong by minutes, and a chain that rests, still
// give a permit that the node takes.
func TestPermitTimes(t *testing.T) {
	const minute = time.Minute
	for name, row := range map[string]struct {
		mine, node, block time.Duration // clocks and block time, after noon
	}{
		"all alike":                       {0, 0, 0},
		"mine is ahead":                   {5 * minute, 0, 0},
		"mine is behind":                  {-2 * time.Hour, 0, 0},
		"the chain stopped":               {0, 0, -3 * time.Hour},
		"the chain stopped, mine ahead":   {4 * minute, 0, -3 * time.Hour},
		"the chain stopped, mine behind":  {-3 * minute, 0, -3 * time.Hour},
		"the node's is behind its blocks": {0, -time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
			mine, block := noon.Add(row.mine), noon.Add(row.block)
			from, ahead := permitTimes(mine, block)
			node := noon.Add(row.node)
			if block.After(node) {
				node = block
			}
			p := permit.Permit{From: from, Until: from.Add(permit.MaxValid)}
			require.NoError(t, p.CheckTime(node))
			require.NoError(t, p.CheckTime(node.Add(minute)), "for a while")
			require.Positive(t, ahead-permitEnd)
		})
	}
}
