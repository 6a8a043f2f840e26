package key_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
)

func TestSignVerify(t *testing.T) {
	for _, typ := range []key.Type{key.Ed25519, key.SM2} {
		t.Run(typ.String(), func(t *testing.T) {
			k, err := key.Generate(typ, nil)
			require.NoError(t, err)
			pub, err := key.NewPublic(typ, k.Public().Bytes)
			require.NoError(t, err)
			sig, err := k.Sign([]byte("message"))
			require.NoError(t, err)
			require.True(t, pub.Verify([]byte("message"), sig))
			require.False(t, pub.Verify([]byte("massage"), sig))
			for i := range sig {
				bad := bytes.Clone(sig)
				bad[i] ^= 0x40
				require.False(t, pub.Verify([]byte("message"), bad), "byte %d", i)
			}
			require.False(t, pub.Verify([]byte("message"), nil))
			require.False(t, pub.Verify([]byte("message"), make([]byte, 64)))
			again, err := key.FromSeed(typ, k.Seed())
			require.NoError(t, err)
			require.Equal(t, k.Public(), again.Public())
		})
	}
}

// TestSM2Vector is the example of GB/T 32918.5 for the recommended curve: its
// public key, message and signature under the default user id.
func TestSM2Vector(t *testing.T) {
	pub := unhex(t, "04"+
		"09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"+
		"CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13")
	sig := unhex(t, "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"+
		"B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA")
	k, err := key.NewPublic(key.SM2, pub)
	require.NoError(t, err)
	require.True(t, k.Verify([]byte("message digest"), sig))
	require.False(t, k.Verify([]byte("message digesT"), sig))
}

func TestPublicKeysThatAreRefused(t *testing.T) {
	off := bytes.Repeat([]byte{4}, 65)
	for name, p := range map[string]struct {
		t key.Type
		b []byte
	}{
		"short ed25519":    {key.Ed25519, make([]byte, 31)},
		"sm2 off curve":    {key.SM2, off},
		"sm2 compressed":   {key.SM2, make([]byte, 33)},
		"unknown key type": {9, make([]byte, 32)},
		"no type":          {0, make([]byte, 32)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := key.NewPublic(p.t, p.b)
			require.ErrorIs(t, err, apperr.InvalidTx.Err())
			require.False(t, key.Public{Type: p.t, Bytes: p.b}.Verify(nil, make([]byte, 64)))
		})
	}
}

func TestAddressText(t *testing.T) {
	k, err := key.FromSeed(key.Ed25519, bytes.Repeat([]byte{1}, 32))
	require.NoError(t, err)
	a := k.Public().Address()
	require.True(t, strings.HasPrefix(a.String(), "cy1"))
	require.Len(t, a.String(), 41)
	back, err := key.ParseAddress(a.String())
	require.NoError(t, err)
	require.Equal(t, a, back)
	s := a.String()
	for _, bad := range []string{"", "cy1", strings.ToUpper(s), s[:40], s + "q", "xy" + s[2:], strings.Replace(s, s[10:11], "b", 1), strings.Repeat("c", 5000)} {
		_, err := key.ParseAddress(bad)
		require.ErrorIs(t, err, apperr.InvalidTx.Err(), bad)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(byte(1), make([]byte, 32), []byte("m"), make([]byte, 64))
	f.Add(byte(2), bytes.Repeat([]byte{4}, 65), []byte("m"), make([]byte, 64))
	f.Fuzz(func(t *testing.T, typ byte, pub, msg, sig []byte) {
		key.Public{Type: key.Type(typ), Bytes: pub}.Verify(msg, sig)
	})
}
