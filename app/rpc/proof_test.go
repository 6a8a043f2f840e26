package rpc

import (
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

// changing is a chain whose validators changed at some heights; headers below
// oldest are pruned.
type changing struct {
	*fake
	heights []int64
	oldest  int64
	size    int // of a header's validators; 0 for one
}

func (c *changing) ValidatorChanges(after, until int64, most int) (list []int64, err error) {
	for _, h := range c.heights {
		if h > after && h <= until {
			list = append(list, h)
		}
	}
	return list, nil
}

func (c *changing) SignedHeader(h int64) (header, validators []byte, err error) {
	if h < c.oldest {
		return nil, nil, apperr.New(apperr.Pruned, "header %d", h)
	}
	return []byte{byte(h)}, make([]byte, max(c.size, 1)), nil
}

// TestTrustSteps holds which headers lead to the validators of a header: those
// after the blocks that changed them, up to the second block before.
func TestTrustSteps(t *testing.T) {
	for _, row := range []struct {
		name                    string
		trusted, header, oldest int64
		want                    []byte
	}{
		{"from the genesis", 0, 30, 0, []byte{5, 10, 21}},
		{"the change counts from the second block after it", 0, 22, 0, []byte{5, 10, 21}},
		{"the block before still has the old ones", 0, 21, 0, []byte{5, 10}},
		{"a trusted header names the ones after it", 10, 30, 0, []byte{21}},
		{"and the one before it does not", 9, 30, 0, []byte{10, 21}},
		{"a pruned header leaves out the way to it", 0, 30, 8, []byte{10, 21}},
		{"all of them", 0, 30, 25, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := &changing{fake: &fake{}, heights: []int64{4, 9, 20}, oldest: row.oldest}
			steps, err := New(Options{Query: c, Broadcaster: c, Headers: c, Node: c}).trustSteps(row.trusted, row.header)
			require.NoError(t, err)
			var got []byte
			for _, s := range steps {
				got = append(got, s.SignedHeader...)
			}
			require.Equal(t, row.want, got)
		})
	}
}

// TestTrustStepsAreBounded: keys of some kinds make a step large, and anybody may ask
// for all of them.
func TestTrustStepsAreBounded(t *testing.T) {
	c := &changing{fake: &fake{}, size: 1 << 20}
	for h := range int64(20) {
		c.heights = append(c.heights, h+1)
	}
	s := New(Options{Query: c, Broadcaster: c, Headers: c, Node: c})
	_, err := s.trustSteps(1, 30)
	require.Equal(t, apperr.Pruned, apperr.CodeOf(err), "%v", err)
	steps, err := s.trustSteps(10, 30)
	require.NoError(t, err)
	require.Len(t, steps, 11)
	c.oldest = 10
	steps, err = s.trustSteps(1, 30)
	require.NoError(t, err, "what is pruned is not sent")
	require.Len(t, steps, 12)
}

// TestDearReadsWaitTheirTurn: what reads much for a small question passes the gate.
func TestDearReadsWaitTheirTurn(t *testing.T) {
	f := &fake{status: Status{Height: 8}}
	f.header.Store(9)
	s := New(Options{Query: f, Broadcaster: f, Headers: f, Node: f, Limits: Limits{Runs: 1, RunTimeout: 10 * time.Millisecond}})
	prove := func() error {
		_, err := proofService{s}.Prove(t.Context(), connect.NewRequest(&chanceryv1.ProveRequest{Contract: "a/b", Key: []byte("k"), Height: 5}))
		return err
	}
	count := func() error {
		_, err := nodeService{s}.CountSignatures(t.Context(), connect.NewRequest(&chanceryv1.CountSignaturesRequest{}))
		return err
	}
	require.NoError(t, prove())
	require.NoError(t, count())
	s.gate.slots <- struct{}{} // somebody has the only turn
	require.ErrorIs(t, prove(), apperr.Busy.Err())
	require.ErrorIs(t, count(), apperr.Busy.Err())
	<-s.gate.slots
	require.NoError(t, prove())
}
