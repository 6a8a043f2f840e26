package sdktest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/binary"
	"math/big"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

func verifyP256(key, message, signature []byte) bool {
	if len(key) != 65 || len(signature) != 64 {
		return false
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), key)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(message)
	return ecdsa.Verify(pub, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}

func (f *frame) VerifyBatch(algorithm uint32, list []byte) bool {
	cut := func() []byte {
		if len(list) < 4 || uint64(binary.LittleEndian.Uint32(list)) > uint64(len(list)-4) {
			panic("the list of signatures is cut")
		}
		end := 4 + binary.LittleEndian.Uint32(list)
		part := list[4:end]
		list = list[end:]
		return part
	}
	right := true
	for n := 0; len(list) > 0; n++ {
		within(n+1, MaxSignatures, limitSignatures)
		right = f.Verify(algorithm, cut(), cut(), cut()) && right
	}
	return right
}

func wide(n sdk.Uint128) *big.Int {
	v := new(big.Int).SetUint64(n.High)
	return v.Lsh(v, 64).Or(v, new(big.Int).SetUint64(n.Low))
}

func (f *frame) MulDiv(a, b, c sdk.Uint128, rounding sdk.Rounding) (sdk.Uint128, uint32) {
	if rounding > sdk.RoundHalfEven {
		panic("unknown rounding")
	}
	if c == (sdk.Uint128{}) {
		return sdk.Uint128{}, sdk.MulDivByZero
	}
	q, r := new(big.Int).QuoRem(new(big.Int).Mul(wide(a), wide(b)), wide(c), new(big.Int))
	half := new(big.Int).Lsh(r, 1).Cmp(wide(c))
	if rounding == sdk.RoundUp && r.Sign() > 0 || rounding == sdk.RoundHalfUp && half >= 0 ||
		rounding == sdk.RoundHalfEven && (half > 0 || half == 0 && q.Bit(0) == 1) {
		q.Add(q, big.NewInt(1))
	}
	if q.BitLen() > 128 {
		return sdk.Uint128{}, sdk.MulDivOverflow
	}
	low := new(big.Int).And(q, new(big.Int).SetUint64(1<<64-1))
	return sdk.Uint128{High: q.Rsh(q, 64).Uint64(), Low: low.Uint64()}, 0
}
