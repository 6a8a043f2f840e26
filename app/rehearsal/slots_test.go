package rehearsal

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app/apperr"
)

// slotsTest asks for rehearsals that run until they are told to end.
type slotsTest struct {
	*testing.T
	*Slots
	order []string
}

// ask begins one of an account of an organisation.
func (s *slotsTest) ask(ctx context.Context, org, account string) (end chan<- struct{}, result <-chan error) {
	until, res := make(chan struct{}), make(chan error, 1)
	go func() {
		res <- s.Do(ctx, Asker{org, account}, func(ctx context.Context) error {
			s.order = append(s.order, account)
			select {
			case <-until:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	synctest.Wait()
	return until, res
}

func (s *slotsTest) refused(org, account, help string) {
	s.Helper()
	_, res := s.ask(s.Context(), org, account)
	select {
	case err := <-res:
		require.ErrorIs(s, err, apperr.Busy.Err())
		require.ErrorContains(s, err, help)
	default:
		require.Fail(s, "not refused", account)
	}
}

func newSlotsTest(t *testing.T, l Limits) *slotsTest {
	return &slotsTest{T: t, Slots: NewSlots(l)}
}

// empty checks that nothing is left behind.
func (s *slotsTest) empty() {
	require.Empty(s, s.running)
	require.Empty(s, s.has)
	require.Empty(s, s.line)
}

// TestSlotsAreShared: nobody keeps the others out by asking again and again.
func TestSlotsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlotsTest(t, DefaultLimits(1))
		first, r1 := s.ask(t.Context(), "records", "ann")
		s.refused("records", "ann", "account ann")
		second, r2 := s.ask(t.Context(), "records", "bob")
		s.refused("records", "cai", `"records" has 2`)
		other, r3 := s.ask(t.Context(), "housing", "dan")
		require.Equal(t, []string{"ann"}, s.order)
		close(first)
		require.NoError(t, <-r1)
		synctest.Wait()
		again, r4 := s.ask(t.Context(), "records", "ann")
		require.Equal(t, []string{"ann", "bob"}, s.order)
		close(second)
		require.NoError(t, <-r2)
		synctest.Wait()
		require.Equal(t, []string{"ann", "bob", "dan"}, s.order, "who came before the second request of ann")
		close(other)
		require.NoError(t, <-r3)
		close(again)
		require.NoError(t, <-r4)
		s.empty()
	})
}

// TestOneOfAnOrganisationRuns: with several slots the others are for others.
func TestOneOfAnOrganisationRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlotsTest(t, DefaultLimits(8))
		a, ra := s.ask(t.Context(), "records", "ann")
		b, rb := s.ask(t.Context(), "records", "bob")
		c, rc := s.ask(t.Context(), "housing", "cai")
		require.Equal(t, []string{"ann", "cai"}, s.order)
		close(a)
		require.NoError(t, <-ra)
		synctest.Wait()
		require.Equal(t, []string{"ann", "cai", "bob"}, s.order)
		close(b)
		close(c)
		require.NoError(t, errors.Join(<-rb, <-rc))
		s.empty()
	})
}

// TestSlotsEnd: neither a long rehearsal nor one whose client has gone keeps a place.
func TestSlotsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := DefaultLimits(1)
		l.Patience = time.Minute
		s := newSlotsTest(t, l)
		start := time.Now()
		_, long := s.ask(t.Context(), "records", "ann")
		_, impatient := s.ask(t.Context(), "housing", "bob")
		gone, leave := context.WithCancel(t.Context())
		_, left := s.ask(gone, "city", "cai")
		leave()
		require.ErrorIs(t, <-left, context.Canceled)
		err := <-impatient
		require.ErrorIs(t, err, apperr.Busy.Err())
		require.ErrorContains(t, err, "another node")
		require.Equal(t, time.Minute, time.Since(start))
		err = <-long
		require.ErrorIs(t, err, apperr.LimitExceeded.Err())
		require.ErrorContains(t, err, "fewer calls")
		require.Equal(t, l.Longest, time.Since(start))
		s.empty()

		gone, leave = context.WithCancel(t.Context())
		_, left = s.ask(gone, "records", "ann")
		leave()
		require.ErrorIs(t, <-left, context.Canceled)
		s.empty()
	})
}

// TestTheLineIsBounded: many organisations cannot make a node hold requests without end.
func TestTheLineIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := DefaultLimits(1)
		l.Waiting = 2
		s := newSlotsTest(t, l)
		var ends []chan<- struct{}
		var results []<-chan error
		for _, org := range []string{"aa", "bb", "cc"} {
			end, res := s.ask(t.Context(), org, org+" account")
			ends, results = append(ends, end), append(results, res)
		}
		s.refused("dd", "dd account", "2 rehearsals wait")
		for i := range ends {
			close(ends[i])
			require.NoError(t, <-results[i])
		}
		s.empty()
	})
}
