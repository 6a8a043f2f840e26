package client

import (
	"context"
	"errors"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

func put(t *testing.T, s *Signer, note string) (*chanceryv1.TxResult, error) {
	payload, err := proto.Marshal(wrapperspb.String(note))
	require.NoError(t, err)
	return s.Execute(t.Context(), testContract, "Put", payload)
}

func unavailable() error { return connect.NewError(connect.CodeUnavailable, errors.New("busy")) }

// An answer may be lost before or after the tx is committed; either way the tx
// is signed once and committed once.
func TestSubmitNeverSignsTwice(t *testing.T) {
	rows := []struct {
		name string
		on   func(try int) (bool, error)
		want int // submits
	}{
		{"answered at once", nil, 1},
		{"busy twice", func(try int) (bool, error) {
			if try < 3 {
				return false, unavailable()
			}
			return false, nil
		}, 3},
		{"too many at once", func(try int) (bool, error) {
			if try == 1 {
				return false, detailed(connect.CodeResourceExhausted, &chanceryv1.ErrorDetail{Code: uint32(apperr.Busy)})
			}
			return false, nil
		}, 2},
		{"answer lost after commit", func(try int) (bool, error) {
			if try == 1 {
				return true, unavailable()
			}
			return false, nil
		}, 2},
		{"wait too long, then refused as a replay", func(try int) (bool, error) {
			if try == 1 {
				return true, connect.NewError(connect.CodeDeadlineExceeded, errors.New("still waiting"))
			}
			return false, nil
		}, 2},
		{"answer lost, then refused for another reason", func(try int) (bool, error) {
			if try == 1 {
				return true, unavailable()
			}
			return false, connect.NewError(connect.CodePermissionDenied, errors.New("role taken away meanwhile"))
		}, 2},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			n := newFakeNode(t)
			n.onSubmit = row.on
			r, err := put(t, n.signer(t), "hello")
			require.NoError(t, err)
			require.Equal(t, int64(8), r.Height)
			require.Equal(t, row.want, n.submits)
			require.Len(t, n.raws, 1, "the same bytes each time")
			require.Len(t, n.committed, 1)
		})
	}
}

func TestSimulateBusy(t *testing.T) {
	n := newFakeNode(t)
	n.busy = 3
	_, err := put(t, n.signer(t), "hello")
	require.NoError(t, err)
	require.Equal(t, 4, n.simulates)

	n = newFakeNode(t)
	n.busy = 100
	_, err = put(t, n.signer(t), "hello")
	require.Equal(t, apperr.Busy, Code(err))
	require.Equal(t, simulateTries, n.simulates)
	require.Zero(t, n.submits)
}

func TestSubmitRefused(t *testing.T) {
	n := newFakeNode(t)
	n.onSubmit = func(int) (bool, error) {
		return false, connect.NewError(connect.CodePermissionDenied, errors.New("no role"))
	}
	_, err := put(t, n.signer(t), "hello")
	require.Equal(t, connect.CodePermissionDenied, connect.CodeOf(err))
	require.Equal(t, 1, n.submits, "a certain refusal is not tried again")
}

func TestSubmitExpiredIsNotTriedAgain(t *testing.T) {
	n := newFakeNode(t)
	s := n.signer(t)
	_, err := s.Submit(t.Context(), &chanceryv1.TxBody{
		GasLimit: 1, ValidUntil: timestamppb.New(genesisTime.Add(time.Hour)),
		Action: &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: testContract, Method: "Put"}},
	})
	require.Equal(t, connect.CodeDeadlineExceeded, connect.CodeOf(err))
	require.Equal(t, apperr.Expired, Code(err))
	require.Equal(t, 1, n.submits)
}

// A tx that the chain's time has outlived is reported dead, so that the caller
// may sign another.
func TestSubmitOutlived(t *testing.T) {
	n := newFakeNode(t)
	n.onSubmit = func(int) (bool, error) {
		n.time = n.time.Add(20 * time.Second)
		return false, unavailable()
	}
	_, err := put(t, n.signer(t), "hello")
	require.Equal(t, connect.CodeDeadlineExceeded, connect.CodeOf(err))
	require.ErrorContains(t, err, "never will be")
	var pending *PendingError
	require.False(t, errors.As(err, &pending))
	require.Equal(t, 4, n.submits)
}

func TestSubmitPending(t *testing.T) {
	n := newFakeNode(t)
	s := n.signer(t)
	ctx, cancel := context.WithCancel(t.Context())
	n.onSubmit = func(int) (bool, error) { cancel(); return false, unavailable() }
	signed, err := s.Sign(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{
		Contract: testContract, Method: "Put",
	}}})
	require.NoError(t, err)
	_, err = s.client.Submit(ctx, signed)
	var pending *PendingError
	require.ErrorAs(t, err, &pending)
	require.Equal(t, signed.Hash, pending.Hash)
	require.ErrorIs(t, err, context.Canceled)
}

func TestSignCompletesTheBody(t *testing.T) {
	n := newFakeNode(t)
	s := n.signer(t)
	body := &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{
		Contract: testContract, Method: "Put",
	}}}
	a, err := s.Sign(t.Context(), body)
	require.NoError(t, err)
	require.Empty(t, body.ChainId, "the caller's body is not touched")
	require.Equal(t, testChain, a.Body.ChainId)
	require.Equal(t, s.Address(), a.Body.Origin)
	require.Equal(t, "records", a.Body.Org)
	require.Equal(t, uint64(90_000+30_000+gasMargin), a.Body.GasLimit)
	require.Equal(t, genesisTime.Add(time.Minute), a.Body.ValidUntil.AsTime())
	b, err := s.Sign(t.Context(), body)
	require.NoError(t, err)
	require.NotEqual(t, a.Hash, b.Hash, "equal requests are different txs")
}

func TestValidUntil(t *testing.T) {
	rows := []struct {
		name  string
		clock time.Duration // this machine's clock against the chain's
		valid time.Duration
		want  time.Duration // against the chain's
	}{
		{"clocks agree", 0, 0, time.Minute},
		{"idle chain", 5 * time.Second, 0, 65 * time.Second},
		{"clock behind", -time.Hour, 0, time.Minute},
		{"clock ahead", time.Hour, 0, 10 * time.Minute},
		{"longer than the chain allows", 0, time.Hour, 10 * time.Minute},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			n := newFakeNode(t)
			var opts []Option
			if row.valid > 0 {
				opts = append(opts, WithValidFor(row.valid))
			}
			s := n.signer(t, opts...)
			s.client.now = func() time.Time { return genesisTime.Add(row.clock) }
			until, err := s.client.validUntil(t.Context())
			require.NoError(t, err)
			require.Equal(t, genesisTime.Add(row.want), until)
		})
	}
}

func TestDialRefuses(t *testing.T) {
	for _, url := range []string{"", "127.0.0.1:1", "ftp://host", "http://", "http://a b"} {
		_, err := Dial(url)
		require.ErrorContains(t, err, "node URL", url)
	}
}

// Every code of the table has a Connect code that this package knows.
func TestFailureCodes(t *testing.T) {
	for _, i := range apperr.All() {
		err := Failure(&chanceryv1.TxResult{Code: uint32(i.Code), CodeName: i.Name})
		require.Equal(t, i.Connect, connect.CodeOf(err).String(), i.Name)
		require.Equal(t, i.Code, Code(err))
		require.ErrorContains(t, err, i.EN)
	}
	require.NoError(t, Failure(&chanceryv1.TxResult{}))
	require.NoError(t, Failure(nil))
}
