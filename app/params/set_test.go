package params_test

import (
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/params"
)

// TestEveryNumberCanBeVoted reads the parameters from their .proto: whoever adds one
// must say whether a vote can set it.
func TestEveryNumberCanBeVoted(t *testing.T) {
	src, err := os.ReadFile("../../api/chancery/state/v1/state.proto")
	require.NoError(t, err)
	message := regexp.MustCompile(`(?s)message Params \{.*?\n\}`).Find(src)
	require.NotNil(t, message)
	fields := regexp.MustCompile(`(?m)^  uint64 (\w+) = `).FindAllSubmatch(message, -1)
	require.Greater(t, len(fields), 10)
	for _, f := range fields {
		name := string(f[1])
		p := params.Default()
		before, err := params.Set(p, name, 77)
		if name == "protocol_version" || name == "replay_seconds" {
			require.ErrorIs(t, err, apperr.InvalidTx.Err(), name)
			continue
		}
		require.NoError(t, err, name)
		again, err := params.Set(p, name, before)
		require.NoError(t, err)
		require.Equal(t, uint64(77), again, name)
	}
}

func TestReplayWindowNeverShrinks(t *testing.T) {
	p := params.Default()
	require.Equal(t, 600*time.Second, params.ReplayWindow(p))
	for _, step := range []struct{ set, window uint64 }{{60, 600}, {900, 900}, {10, 900}} {
		_, err := params.Set(p, "max_valid_seconds", step.set)
		require.NoError(t, err)
		require.Equal(t, time.Duration(step.window)*time.Second, params.ReplayWindow(p))
	}
}

func TestCheckBoundsVotedParameters(t *testing.T) {
	for name, value := range map[string]uint64{
		"voting_seconds": 59, "max_voting_seconds": 1 << 40, "quota_period_seconds": 0, "tx_base_gas": 1 << 31,
		"max_valid_seconds": 86_401, "max_tx_bytes": 1 << 30, "change_gas": 1 << 31, "max_scheduled_gas": 1,
	} {
		requireRefused(t, name, value)
	}
	require.NoError(t, check(t, "max_scheduled_gas", 0), "which pauses them")
}

// TestNoVoteShutsTheNextOut: parameters under which nobody could propose their change
// any more are refused.
func TestNoVoteShutsTheNextOut(t *testing.T) {
	for name, value := range map[string]uint64{
		"max_tx_bytes": 1_000, "max_valid_seconds": 1, "max_call_gas": 1_000_000, "tx_base_gas": 100_000_000,
		"tx_byte_gas": 100_000, "signature_gas": 20_000_000, "vote_gas": 1 << 30, "change_gas": 1 << 30,
	} {
		requireRefused(t, name, value)
	}
}

func requireRefused(t *testing.T, name string, value uint64) {
	t.Helper()
	require.ErrorIs(t, check(t, name, value), apperr.InvalidTx.Err(), name)
}

func check(t *testing.T, name string, value uint64) error {
	t.Helper()
	p := params.Default()
	p.ChainId = "x"
	require.NoError(t, params.Check(p))
	_, err := params.Set(p, name, value)
	require.NoError(t, err)
	return params.Check(p)
}
