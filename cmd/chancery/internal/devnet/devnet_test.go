package devnet

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/host"
)

func TestPrepare(t *testing.T) {
	home := filepath.Join(t.TempDir(), "net")
	first, made, err := Prepare(home)
	require.NoError(t, err)
	require.True(t, made)
	require.Len(t, first, len(accounts))
	for _, a := range first {
		k, err := client.OpenKeyring(host.Keys(home)).Unlock(a.Name, nil)
		require.NoError(t, err)
		require.Equal(t, a.Address, k.Public().Address())
		require.Equal(t, a.Type, k.Public().Type)
	}
	genesis, err := os.ReadFile(host.Genesis(home))
	require.NoError(t, err)

	again, made, err := Prepare(home)
	require.NoError(t, err)
	require.False(t, made)
	require.Equal(t, first, again)
	kept, err := os.ReadFile(host.Genesis(home))
	require.NoError(t, err)
	require.Equal(t, string(genesis), string(kept))

	require.NoError(t, Wipe(home))
	require.NoDirExists(t, home)
	require.NoError(t, Wipe(home), "nothing to wipe is no fault")
}

// An interrupted Prepare is completed by the next, with the keys it has made.
func TestPrepareAfterInterruption(t *testing.T) {
	home := t.TempDir()
	first, _, err := Prepare(home)
	require.NoError(t, err)
	require.NoError(t, os.Remove(host.Genesis(home)))
	again, made, err := Prepare(home)
	require.NoError(t, err)
	require.True(t, made)
	require.Equal(t, first, again)
}

func TestWipeRefusesOtherFolders(t *testing.T) {
	home := t.TempDir()
	file := filepath.Join(home, "letter")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.ErrorContains(t, Wipe(home), "is not a devnet")
	require.FileExists(t, file)

	// A node's home is not taken for a devnet's.
	require.NoError(t, os.MkdirAll(filepath.Join(home, "config"), 0o700))
	require.NoError(t, os.WriteFile(host.Genesis(home), []byte("{}"), 0o600))
	_, _, err := Prepare(home)
	require.ErrorContains(t, err, "not of a devnet")
}
