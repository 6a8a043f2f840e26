package sdktest

import (
	"crypto/elliptic"
	"encoding/binary"
	"math/big"
	"math/bits"
)

// sm3 is the hash of GB/T 32905-2016.
func sm3(data []byte) (sum [32]byte) {
	msg := append([]byte{}, data...)
	msg = append(msg, 0x80)
	for len(msg)%64 != 56 {
		msg = append(msg, 0)
	}
	msg = binary.BigEndian.AppendUint64(msg, uint64(len(data))*8)
	v := [8]uint32{0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e}
	for ; len(msg) > 0; msg = msg[64:] {
		v = sm3Block(v, msg[:64])
	}
	for i, word := range v {
		binary.BigEndian.PutUint32(sum[4*i:], word)
	}
	return sum
}

// sm3Block is the compression function, section 5.3.3 of the standard.
func sm3Block(v [8]uint32, block []byte) [8]uint32 {
	p0 := func(x uint32) uint32 { return x ^ bits.RotateLeft32(x, 9) ^ bits.RotateLeft32(x, 17) }
	p1 := func(x uint32) uint32 { return x ^ bits.RotateLeft32(x, 15) ^ bits.RotateLeft32(x, 23) }
	var w [68]uint32
	for i := range 16 {
		w[i] = binary.BigEndian.Uint32(block[4*i:])
	}
	for i := 16; i < 68; i++ {
		w[i] = p1(w[i-16]^w[i-9]^bits.RotateLeft32(w[i-3], 15)) ^ bits.RotateLeft32(w[i-13], 7) ^ w[i-6]
	}
	a, b, c, d, e, f, g, h := v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]
	for i := range 64 {
		t, ff, gg := uint32(0x79cc4519), a^b^c, e^f^g
		if i >= 16 {
			t, ff, gg = 0x7a879d8a, a&b|a&c|b&c, e&f|^e&g
		}
		ss1 := bits.RotateLeft32(bits.RotateLeft32(a, 12)+e+bits.RotateLeft32(t, i%32), 7)
		tt1 := ff + d + (ss1 ^ bits.RotateLeft32(a, 12)) + (w[i] ^ w[i+4])
		tt2 := gg + h + ss1 + w[i]
		d, c, b, a = c, bits.RotateLeft32(b, 9), a, tt1
		h, g, f, e = g, bits.RotateLeft32(f, 19), e, p0(tt2)
	}
	return [8]uint32{v[0] ^ a, v[1] ^ b, v[2] ^ c, v[3] ^ d, v[4] ^ e, v[5] ^ f, v[6] ^ g, v[7] ^ h}
}

func hexInt(text string) *big.Int {
	n, _ := new(big.Int).SetString(text, 16)
	return n
}

// sm2Curve has a = -3, as elliptic.CurveParams wants. Its arithmetic is slow and
// not constant in time, which checking a signature in a test does not need.
var sm2Curve = &elliptic.CurveParams{
	Name: "SM2", BitSize: 256,
	P:  hexInt("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF"),
	N:  hexInt("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123"),
	B:  hexInt("28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"),
	Gx: hexInt("32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"),
	Gy: hexInt("BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"),
}

// sm2UserID is the default user id of GB/T 32918.
const sm2UserID = "1234567812345678"

// verifySM2 checks a signature of r and s over SM3, GB/T 32918.2.
//
//lint:file-ignore SA1019 the standard library has no other curve arithmetic
func verifySM2(key, message, signature []byte) bool {
	if len(key) != 65 || key[0] != 4 || len(signature) != 64 {
		return false
	}
	curve := sm2Curve
	x, y := new(big.Int).SetBytes(key[1:33]), new(big.Int).SetBytes(key[33:])
	if x.Cmp(curve.P) >= 0 || y.Cmp(curve.P) >= 0 || !curve.IsOnCurve(x, y) {
		return false
	}
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if r.Sign() == 0 || s.Sign() == 0 || r.Cmp(curve.N) >= 0 || s.Cmp(curve.N) >= 0 {
		return false
	}
	t := new(big.Int).Add(r, s)
	if t.Mod(t, curve.N).Sign() == 0 {
		return false
	}
	a := new(big.Int).Sub(curve.P, big.NewInt(3))
	za := binary.BigEndian.AppendUint16(nil, uint16(8*len(sm2UserID)))
	za = append(za, sm2UserID...)
	for _, n := range []*big.Int{a, curve.B, curve.Gx, curve.Gy, x, y} {
		za = append(za, n.FillBytes(make([]byte, 32))...)
	}
	z := sm3(za)
	digest := sm3(append(z[:], message...))
	x1, y1 := curve.ScalarBaseMult(s.Bytes())
	x2, y2 := curve.ScalarMult(x, y, t.Bytes())
	sum, _ := curve.Add(x1, y1, x2, y2)
	sum.Add(sum, new(big.Int).SetBytes(digest[:]))
	return sum.Mod(sum, curve.N).Cmp(r) == 0
}
