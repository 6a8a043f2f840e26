package client

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app/key"
)

// testKeyring encrypts with the least work that scrypt can do.
func testKeyring(t *testing.T) *Keyring {
	r := OpenKeyring(filepath.Join(t.TempDir(), "keys"))
	r.workFactor = 1
	return r
}

func says(s string) func() (string, error) { return func() (string, error) { return s, nil } }

func TestKeyringRoundTrip(t *testing.T) {
	for _, typ := range []key.Type{key.Ed25519, key.SM2} {
		for _, p := range []Protection{Passphrase("correct horse"), Unencrypted()} {
			r := testKeyring(t)
			info, err := r.Create("clerk", typ, p)
			require.NoError(t, err)
			require.Equal(t, !p.clear, info.Encrypted)

			list, err := r.List()
			require.NoError(t, err)
			require.Equal(t, []*KeyInfo{info}, list)

			k, err := r.Unlock("clerk", says("correct horse"))
			require.NoError(t, err)
			require.Equal(t, info.Public, k.Public())
			require.Equal(t, info.Address, k.Public().Address())

			b, err := r.Export("clerk")
			require.NoError(t, err)
			other := testKeyring(t)
			_, err = other.ImportFile("copy", b)
			require.NoError(t, err)
			again, err := other.Unlock("copy", says("correct horse"))
			require.NoError(t, err)
			require.Equal(t, k.Seed(), again.Seed())

			require.NoError(t, r.Delete("clerk"))
			require.ErrorIs(t, r.Delete("clerk"), ErrNoKey)
			_, err = r.Show("clerk")
			require.ErrorIs(t, err, ErrNoKey)
		}
	}
}

func TestKeyringSecretIsNotInTheFile(t *testing.T) {
	r := testKeyring(t)
	k, err := key.FromSeed(key.Ed25519, bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	_, err = r.Import("clerk", k, Passphrase("p"))
	require.NoError(t, err)
	b, err := os.ReadFile(r.path("clerk"))
	require.NoError(t, err)
	f, err := parseKeyFile(b)
	require.NoError(t, err)
	require.NotContains(t, string(f.Secret), string(k.Seed()))
	require.NotContains(t, string(b), "NOT ENCRYPTED")

	_, err = r.Import("devnet", k, Unencrypted())
	require.NoError(t, err)
	b, err = os.ReadFile(r.path("devnet"))
	require.NoError(t, err)
	require.Contains(t, string(b), "NOT ENCRYPTED")
}

func TestKeyringFileModes(t *testing.T) {
	r := testKeyring(t)
	_, err := r.Create("clerk", key.Ed25519, Unencrypted())
	require.NoError(t, err)
	s, err := os.Stat(r.path("clerk"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), s.Mode().Perm())
	s, err = os.Stat(r.dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), s.Mode().Perm())
	entries, err := os.ReadDir(r.dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file stays")
}

func TestKeyringNeverReplacesAKey(t *testing.T) {
	r := testKeyring(t)
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, errs[i] = r.Create("clerk", key.Ed25519, Unencrypted())
		}()
	}
	wg.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
			continue
		}
		require.ErrorIs(t, err, ErrKeyExists)
	}
	require.Equal(t, 1, made)
}

func TestKeyringRefuses(t *testing.T) {
	r := testKeyring(t)
	_, err := r.Create("clerk", key.Ed25519, Passphrase("right"))
	require.NoError(t, err)

	_, err = r.Unlock("clerk", says("wrong"))
	require.ErrorIs(t, err, ErrWrongPassphrase)
	_, err = r.Unlock("clerk", says(""))
	require.ErrorIs(t, err, ErrWrongPassphrase)
	_, err = r.Create("other", key.Ed25519, Passphrase(""))
	require.ErrorContains(t, err, "empty")
	for _, name := range []string{"", "../up", "a/b", ".hidden", "A", "x y", strings.Repeat("a", 65)} {
		_, err := r.Create(name, key.Ed25519, Unencrypted())
		require.ErrorContains(t, err, "is no key name", name)
	}
}

func TestKeyFileTampering(t *testing.T) {
	r := testKeyring(t)
	_, err := r.Create("clerk", key.Ed25519, Passphrase("right"))
	require.NoError(t, err)
	_, err = r.Create("other", key.Ed25519, Unencrypted())
	require.NoError(t, err)
	other, err := r.read("other")
	require.NoError(t, err)

	rows := []struct {
		name   string
		change func(f *keyFile)
		want   string
	}{
		{"another public key", func(f *keyFile) { f.Public, f.Address = other.Public, other.Address }, "does not belong"},
		{"public key without its address", func(f *keyFile) { f.Public = other.Public }, "is not that of"},
		{"short public key", func(f *keyFile) { f.Public = f.Public[:31] }, "32 bytes"},
		{"key type", func(f *keyFile) { f.KeyType = "rsa" }, "unknown key type"},
		{"encryption", func(f *keyFile) { f.Encryption = "rot13" }, "unknown encryption"},
		{"encryption removed", func(f *keyFile) { f.Encryption = "none" }, "32 bytes"},
		{"version", func(f *keyFile) { f.Version = 2 }, "version 2"},
		{"secret", func(f *keyFile) { f.Secret[len(f.Secret)-1] ^= 1 }, "key"},
		{"secret missing", func(f *keyFile) { f.Secret = nil }, "key"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f, err := r.read("clerk")
			require.NoError(t, err)
			row.change(f)
			b, err := f.encode()
			require.NoError(t, err)
			g, err := parseKeyFile(b)
			if err == nil {
				_, err = g.open("right")
			}
			require.ErrorContains(t, err, row.want)
		})
	}
}

func FuzzParseKeyFile(f *testing.F) {
	k, err := key.FromSeed(key.SM2, bytes.Repeat([]byte{3}, 32))
	require.NoError(f, err)
	sealed, err := seal("clerk", k, Unencrypted(), 1)
	require.NoError(f, err)
	b, err := sealed.encode()
	require.NoError(f, err)
	f.Add(b)
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := parseKeyFile(b)
		if err != nil || g.Encryption != encryptionNone {
			return
		}
		k, err := g.open("")
		if err == nil && k.Public().Address().String() != g.Address {
			t.Fatalf("opened a key of another address")
		}
	})
}
