package contract

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/runtime"
)

// TestWantOfMemoryIsNoResult: what befalls this node alone must stop it. As a
// result it would be code 1 here and a success everywhere else.
func TestWantOfMemoryIsNoResult(t *testing.T) {
	lost := &Fault{fmt.Errorf("load code: %w", apperr.New(apperr.NotFound, "code is not on chain"))}
	for _, tc := range []struct {
		name string
		err  error
		own  bool
	}{
		{"no memory", fmt.Errorf("reserve memory: %w", syscall.ENOMEM), true},
		{"no file handles", &os.PathError{Op: "memfd_create", Err: syscall.EMFILE}, true},
		{"a nested call's code is lost", lost, true},
		{"a bug", errors.New("run: index out of range"), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := &call{exec: &Executor{log: slog.New(slog.DiscardHandler)}, env: &Env{}, target: &target{name: "records/x"}}
			_, err := c.done(runtime.Outcome{Status: runtime.StatusFault, Err: tc.err})
			var f *Fault
			require.Equal(t, tc.own, errors.As(err, &f))
			if !tc.own {
				require.ErrorIs(t, err, apperr.Internal.Err())
			}
		})
	}
	require.False(t, isNotFound(lost), "a caller must not be told that there is no such contract")
	require.True(t, isNotFound(lost.Err))
}

// TestBlocksWaitForNoStranger: a tx reads an interface while others read theirs, of
// which thousands may wait for their turn.
func TestBlocksWaitForNoStranger(t *testing.T) {
	e := NewExecutor(nil, nil, slog.New(slog.DiscardHandler))
	w := state.NewOverlay(nil)
	hash := [32]byte{1}
	require.NoError(t, contracts.Set(w, "records/x", &statev1.Contract{CodeHash: hash[:]}))
	require.NoError(t, codes.Set(w, hash, &statev1.Code{Size: 1}))
	e.reading.Lock()
	defer e.reading.Unlock()
	done := make(chan error, 1)
	go func() {
		_, err := e.CheckSponsored(w, "records/x", "M", 1, 10)
		done <- err
	}()
	select {
	case err := <-done:
		var f *Fault
		require.ErrorAs(t, err, &f, "the code is none")
	case <-time.After(time.Minute):
		t.Fatal("it waits")
	}
}
