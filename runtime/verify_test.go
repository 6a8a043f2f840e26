package runtime_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// signature is one check and what it must give.
type signature struct {
	name          string
	algorithm     int
	key, msg, sig []byte
	right         bool
}

func pad(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }

// signatures returns right and wrong ones of every algorithm over one message.
func signatures(t *testing.T) []signature {
	msg := []byte("message")
	edKey, edPriv, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	edSig := ed25519.Sign(edPriv, msg)

	smPriv, err := sm2.GenerateKey(rand.Reader)
	require.NoError(t, err)
	smKey := append([]byte{4}, append(pad(smPriv.X), pad(smPriv.Y)...)...)
	r, s, err := sm2.SignWithSM2(rand.Reader, &smPriv.PrivateKey, nil, msg)
	require.NoError(t, err)
	smSig := append(pad(r), pad(s)...)

	pPriv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	pKey, err := pPriv.PublicKey.Bytes()
	require.NoError(t, err)
	sum := sha256.Sum256(msg)
	r, s, err = ecdsa.Sign(rand.Reader, pPriv, sum[:])
	require.NoError(t, err)
	pSig := append(pad(r), pad(s)...)
	order := elliptic.P256().Params().N
	other := append(pad(r), pad(new(big.Int).Sub(order, s))...)
	zero := make([]byte, 32)
	offCurve := append([]byte{}, pKey...)
	offCurve[64] ^= 1
	compressed := append([]byte{2 + pKey[64]&1}, pKey[1:33]...)

	// The neutral point as key and R with S = 0: right for every message by the
	// cofactored equation of ZIP-215. The encoding with the sign bit set is not
	// canonical, and right too.
	neutral := append([]byte{1}, make([]byte, 31)...)
	loose := append([]byte{1}, make([]byte, 31)...)
	loose[31] = 0x80
	// S = the group's order is not reduced and wrong.
	unreduced, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	large := pad(unreduced)
	for i := range 16 {
		large[i], large[31-i] = large[31-i], large[i]
	}

	return []signature{
		{"ed25519", abi.VerifyEd25519, edKey, msg, edSig, true},
		{"ed25519, other message", abi.VerifyEd25519, edKey, []byte("massage"), edSig, false},
		{"ed25519, other key", abi.VerifyEd25519, make([]byte, 32), msg, edSig, false},
		{"ed25519, short key", abi.VerifyEd25519, edKey[:31], msg, edSig, false},
		{"ed25519, short signature", abi.VerifyEd25519, edKey, msg, edSig[:63], false},
		{"ed25519, long signature", abi.VerifyEd25519, edKey, msg, append(edSig[:64:64], 0), false},
		{"ed25519, neutral key", abi.VerifyEd25519, neutral, msg, append(neutral[:32:32], zero...), true},
		{"ed25519, key not canonical", abi.VerifyEd25519, loose, msg, append(neutral[:32:32], zero...), true},
		{"ed25519, s not reduced", abi.VerifyEd25519, neutral, msg, append(neutral[:32:32], large...), false},
		{"ed25519, empty", abi.VerifyEd25519, nil, nil, nil, false},
		{"sm2", abi.VerifySM2, smKey, msg, smSig, true},
		{"sm2, other message", abi.VerifySM2, smKey, []byte("massage"), smSig, false},
		{"sm2, key and signature of ed25519", abi.VerifySM2, edKey, msg, edSig, false},
		{"sm2, point not on the curve", abi.VerifySM2, append([]byte{4}, make([]byte, 64)...), msg, smSig, false},
		{"sm2, signature of p-256", abi.VerifySM2, pKey, msg, pSig, false},
		{"sm2, empty", abi.VerifySM2, nil, nil, nil, false},
		{"p-256", abi.VerifyP256, pKey, msg, pSig, true},
		{"p-256, the other s", abi.VerifyP256, pKey, msg, other, true},
		{"p-256, other message", abi.VerifyP256, pKey, []byte("massage"), pSig, false},
		{"p-256, point not on the curve", abi.VerifyP256, offCurve, msg, pSig, false},
		{"p-256, compressed key", abi.VerifyP256, compressed, msg, pSig, false},
		{"p-256, point at infinity", abi.VerifyP256, []byte{0}, msg, pSig, false},
		{"p-256, r is zero", abi.VerifyP256, pKey, msg, append(zero[:32:32], pSig[32:]...), false},
		{"p-256, s is zero", abi.VerifyP256, pKey, msg, append(pSig[:32:32], zero...), false},
		{"p-256, both are zero", abi.VerifyP256, pKey, msg, make([]byte, 64), false},
		{"p-256, s is the order", abi.VerifyP256, pKey, msg, append(pSig[:32:32], pad(order)...), false},
		{"p-256, r not below the order", abi.VerifyP256, pKey, msg, append(pad(order), pSig[32:]...), false},
		{"p-256, DER", abi.VerifyP256, pKey, msg, append([]byte{0x30, 0x44}, pSig...), false},
		{"p-256, empty", abi.VerifyP256, nil, nil, nil, false},
	}
}

func TestVerify(t *testing.T) {
	for _, tt := range signatures(t) {
		t.Run(tt.name, func(t *testing.T) {
			engines(t, func(t *testing.T, world *runtimetest.World) {
				require.Equal(t, tt.right, verify(t, world, tt))
				require.Equal(t, tt.right, verifyBatch(t, world, tt.algorithm, tt), "a batch of one")
			})
		})
	}
}

// verify asks the host function.
func verify(t *testing.T, world *runtimetest.World, s signature) bool {
	g := newGuest(1)
	g.Data(0, s.msg)
	g.Data(100, s.key)
	g.Data(200, s.sig)
	return answer(t, world, g, g.do("verify", s.algorithm, 100, len(s.key), 0, len(s.msg), 200, len(s.sig)))
}

// verifyBatch asks for a list.
func verifyBatch(t *testing.T, world *runtimetest.World, algorithm int, list ...signature) bool {
	g := newGuest(4)
	b := encodeBatch(list)
	g.Data(0, b)
	return answer(t, world, g, g.do("verify_batch", algorithm, 0, len(b)))
}

func answer(t *testing.T, world *runtimetest.World, g *guest, c w.Code) bool {
	deploy(t, world, g.entry(w.I32Const(0x1000), c, w.Mem(w.I32Store, 0), g.do("output", 0x1000, 4)))
	out := world.Query("c", "M", nil)
	require.Equal(t, ok, out.Status, "%v", out.Err)
	return binary.LittleEndian.Uint32(out.Output) == 1
}

func encodeBatch(list []signature) (b []byte) {
	for _, s := range list {
		for _, part := range [][]byte{s.key, s.msg, s.sig} {
			b = append(binary.LittleEndian.AppendUint32(b, uint32(len(part))), part...)
		}
	}
	return b
}

// TestVerifyBatch holds that a batch says what the single checks say together,
// also at the corners of the rules.
func TestVerifyBatch(t *testing.T) {
	world := smallWorld(t, runtime.Config{})
	all := signatures(t)
	random := mathrand.New(mathrand.NewPCG(1, 2))
	for _, algorithm := range []int{abi.VerifyEd25519, abi.VerifySM2, abi.VerifyP256} {
		var right, wrong []signature
		for _, s := range all {
			if s.algorithm == algorithm && s.right {
				right = append(right, s)
			} else if s.algorithm == algorithm {
				wrong = append(wrong, s)
			}
		}
		require.True(t, verifyBatch(t, world, algorithm), "a list of none")
		for _, n := range []int{1, 2, 3, 33, 100} {
			t.Run(fmt.Sprintf("algorithm %d/%d", algorithm, n), func(t *testing.T) {
				list := make([]signature, n)
				for i := range list {
					list[i] = right[i%len(right)]
				}
				require.True(t, verifyBatch(t, world, algorithm, list...))
				list[random.IntN(n)] = wrong[random.IntN(len(wrong))]
				require.False(t, verifyBatch(t, world, algorithm, list...))
			})
		}
	}
}

// TestVerifyBatchList holds what becomes of lists that are none.
func TestVerifyBatchList(t *testing.T) {
	one := encodeBatch([]signature{{key: make([]byte, 32), msg: []byte("m"), sig: make([]byte, 64)}})
	empty := func(n int) []byte { return make([]byte, 12*n) }
	for _, tt := range []struct {
		name   string
		list   []byte
		status runtime.Status
	}{
		{"none", nil, ok},
		{"one", one, ok},
		{"one that is cut", one[:len(one)-1], trap},
		{"one and a byte", append(one[:len(one):len(one)], 0), trap},
		{"a key without the rest", one[:36], trap},
		{"length near 2^32", []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, trap},
		{"length beyond the end by four", []byte{4, 0, 0, 0}, trap},
		{"as many as permitted", empty(1_024), ok},
		{"one more", empty(1_025), limit},
	} {
		t.Run(tt.name, func(t *testing.T) {
			engines(t, func(t *testing.T, world *runtimetest.World) {
				g := newGuest(1)
				g.Data(0, tt.list)
				deploy(t, world, g.entry(g.try("verify_batch", 1, 0, len(tt.list))))
				out := world.Query("c", "M", nil)
				require.Equal(t, tt.status, out.Status, "%v", out.Err)
				if tt.status == trap {
					require.Equal(t, runtime.TrapBadArgument, out.Trap)
				}
			})
		})
	}
}

// BenchmarkVerify measures signatures against their price.
func BenchmarkVerify(b *testing.B) {
	key, priv, _ := ed25519.GenerateKey(rand.Reader)
	world := runtimetest.NewWorld(newRuntime(b, runtime.Config{}))
	for _, n := range []int{1, 8, 64, 512} {
		b.Run(fmt.Sprintf("batch of %d", n), func(b *testing.B) {
			var list []signature
			for i := range n {
				msg := fmt.Appendf(make([]byte, 300), "%d", i)
				list = append(list, signature{key: key, msg: msg, sig: ed25519.Sign(priv, msg)})
			}
			encoded := encodeBatch(list)
			g := newGuest(8)
			g.Data(0, encoded)
			require.NoError(b, world.Deploy("c", g.entry(expect32(g.do("verify_batch", 1, 0, len(encoded)), 1))))
			out := world.Query("c", "M", nil)
			require.Equal(b, ok, out.Status, "%v", out.Err)
			for b.Loop() {
				world.Query("c", "M", nil)
			}
			perCall := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(perCall/float64(n), "ns/signature")
			b.ReportMetric(perCall/float64(out.GasUsed), "ns/gas")
		})
	}
}
