package node

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cometbft/cometbft/crypto/mldsa65"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/stretchr/testify/require"
)

func signedFile(home string) string { return filepath.Join(home, "data", "priv_validator_state.json") }

// vote has the validator of a home vote at a height.
func vote(t *testing.T, home string, height int64) error {
	t.Helper()
	pv, err := loadValidator(cometConfig(home, testConfig()))
	require.NoError(t, err)
	return pv.SignVote(testChain, &cmtproto.Vote{Type: cmtproto.PrecommitType, Height: height})
}

func TestSignAfter(t *testing.T) {
	home := newHome(t, testConfig())
	require.NoError(t, vote(t, home, 50))

	// A record that stands higher is never taken back.
	last, err := SignAfter(home, 40)
	require.NoError(t, err)
	require.Equal(t, int64(50), last)
	require.NoError(t, vote(t, home, 51))

	require.NoError(t, os.Remove(signedFile(home)))
	_, err = LastSigned(home)
	require.ErrorIs(t, err, ErrNoSigned)
	n, err := New(Options{Home: home, Logger: testLogger()})
	require.NoError(t, err)
	require.ErrorIs(t, n.Start(t.Context()), ErrNoSigned)

	last, err = SignAfter(home, 60)
	require.NoError(t, err)
	require.Equal(t, int64(60), last)
	require.Error(t, vote(t, home, 51))
	require.Error(t, vote(t, home, 60))
	require.NoError(t, vote(t, home, 61))

	// The height that a validator stands in the middle of is closed too.
	last, err = SignAfter(home, 61)
	require.NoError(t, err)
	require.Equal(t, int64(61), last)
	require.Error(t, vote(t, home, 61))

	_, err = SignAfter(home, -1)
	require.ErrorContains(t, err, "out of range")
	_, err = SignAfter(t.TempDir(), 5)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestChangeKey(t *testing.T) {
	home := newHome(t, testConfig())
	before, err := ValidatorKey(home)
	require.NoError(t, err)
	require.NoError(t, vote(t, home, 50))
	_, err = UseNextKey(home)
	require.ErrorIs(t, err, ErrNoNextKey)
	_, err = NextKey(home, "rsa")
	require.ErrorContains(t, err, "rsa")

	next, err := NextKey(home, mldsa65.KeyType)
	require.NoError(t, err)
	again, err := NextKey(home, "ed25519")
	require.NoError(t, err)
	require.Equal(t, next, again, "the one that was proposed stays")
	now, err := ValidatorKey(home)
	require.NoError(t, err)
	require.Equal(t, before, now, "the node goes on with its key")

	// Half of the change, as a crash leaves it.
	require.NoError(t, os.Remove(filepath.Join(home, "config", "priv_validator_key.json")))
	used, err := UseNextKey(home)
	require.NoError(t, err)
	require.Equal(t, next, used)
	now, err = ValidatorKey(home)
	require.NoError(t, err)
	require.Equal(t, next, now)
	info, err := os.Stat(filepath.Join(home, "config", "priv_validator_key.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.Error(t, vote(t, home, 50), "what the old key signed counts for the new one")
	require.NoError(t, vote(t, home, 51))

	next, err = NextKey(home, "ed25519")
	require.NoError(t, err)
	require.NotEqual(t, used, next)
	_, err = UseNextKey(home)
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(home, "config", "priv_validator_key.old.json"))
}
