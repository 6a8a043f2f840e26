package contract

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app/apperr"
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
