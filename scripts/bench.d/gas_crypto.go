package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
	"math/big"

	"github.com/emmansun/gmsm/sm2"

	"github.com/chancery-chain/chancery/runtime/abi"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// signed is a key, a message and a signature, and the number of their algorithm.
type signed struct {
	name          string
	algorithm     int
	key, msg, sig []byte
}

// signatures returns a right signature over msg of each algorithm.
func signatures(msg []byte) []signed {
	public, private, err := ed25519.GenerateKey(nil)
	must(err)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	sum := sha256.Sum256(msg)
	p256Sig, err := p256.Sign(rand.Reader, sum[:], crypto.SHA256)
	must(err)
	sm2Key, err := sm2.GenerateKey(rand.Reader)
	must(err)
	sm2Sig, err := sm2Key.Sign(rand.Reader, msg, sm2.DefaultSM2SignerOpts)
	must(err)
	return []signed{
		{"Ed25519", abi.VerifyEd25519, public, msg, ed25519.Sign(private, msg)},
		{"SM2", abi.VerifySM2, point(sm2Key.X, sm2Key.Y), msg, raw(sm2Sig)},
		{"P-256", abi.VerifyP256, point(p256.X, p256.Y), msg, raw(p256Sig)},
	}
}

// point encodes an uncompressed point of a curve of 256 bits.
func point(x, y *big.Int) []byte {
	b := make([]byte, 65)
	b[0] = 4
	x.FillBytes(b[1:33])
	y.FillBytes(b[33:])
	return b
}

// raw turns an ASN.1 signature into r and s.
func raw(der []byte) []byte {
	var v struct{ R, S *big.Int }
	_, err := asn1.Unmarshal(der, &v)
	must(err)
	return append(v.R.FillBytes(make([]byte, 32)), v.S.FillBytes(make([]byte, 32))...)
}

// must is for keys and encodings that cannot fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func cryptoCases() (cases []*gasCase) {
	for algorithm, name := range map[int]string{abi.HashSHA256: "SHA-256", abi.HashSM3: "SM3", abi.HashSHA3_256: "SHA3-256"} {
		for _, n := range []int{0, 56, 137, 1 << 10, heapSize} {
			cases = append(cases, hostCase("hash", fmt.Sprintf("%s of %d bytes", name, n), 4, nil, func(g *guest) w.Code {
				return g.do("hash", algorithm, heap, n, atFree)
			}))
		}
	}
	for _, n := range []int{0, 300, 200 << 10} {
		for _, s := range signatures(bytes.Repeat([]byte{7}, n)) {
			for _, right := range []bool{true, false} {
				g := newGuest(8, 8)
				sig := bytes.Clone(s.sig)
				if !right {
					sig[40] ^= 1
				}
				g.Data(atFree, s.key)
				g.Data(atFree+128, sig)
				g.Data(heap, s.msg)
				cases = append(cases, &gasCase{class: "host_verify", name: fmt.Sprintf("%s over %d bytes, %t", s.name, n, right),
					code: g.entry(nil, g.do("verify", s.algorithm, atFree, len(s.key), heap, n, atFree+128, len(sig)))})
			}
		}
	}
	for _, n := range []int{0, 1, 2, 8, 64, 1024} {
		for i, name := range []string{"Ed25519", "SM2", "P-256"} {
			var all []byte
			algorithm := 0
			for j := range n {
				s := signatures([]byte{byte(j)})[i]
				algorithm = s.algorithm
				all = append(all, list(s.key, s.msg, s.sig)...)
			}
			if n == 0 {
				algorithm = i + 1
			}
			g := newGuest(8, 8)
			g.Data(heap, all)
			cases = append(cases, &gasCase{class: "host_verify_batch", name: fmt.Sprintf("%s, %d at once", name, n),
				code: g.entry(nil, g.do("verify_batch", algorithm, heap, len(all)))})
		}
	}
	return cases
}
