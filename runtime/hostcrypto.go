package runtime

import (
	"crypto/sha256"
	"crypto/sha3"
	"math/big"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"

	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/gas"
)

func hostHash(f *frame, price gas.HostCost, s []uint64) {
	data := f.bytes(arg(s, 1), arg(s, 2))
	out := f.bytes(arg(s, 3), 32)
	f.charge(price.Cost(uint64(len(data))) - price.Base)
	var sum [32]byte
	switch arg(s, 0) {
	case abi.HashSHA256:
		sum = sha256.Sum256(data)
	case abi.HashSM3:
		sum = sm3.Sum(data)
	case abi.HashSHA3_256:
		sum = sha3.Sum256(data)
	default:
		f.trap(TrapBadArgument)
	}
	copy(out, sum[:])
}

// zip215 are the rules that the chain's own signatures are checked by: every
// implementation and every batch agrees on every input.
var zip215 = &ed25519.Options{Verify: ed25519.VerifyOptionsZIP_215}

func hostVerify(f *frame, price gas.HostCost, s []uint64) {
	key, msg, sig := f.bytes(arg(s, 1), arg(s, 2)), f.bytes(arg(s, 3), arg(s, 4)), f.bytes(arg(s, 5), arg(s, 6))
	f.charge(price.Cost(uint64(len(msg))) - price.Base)
	ok := false
	switch arg(s, 0) {
	case abi.VerifyEd25519:
		ok = len(key) == ed25519.PublicKeySize && len(sig) == ed25519.SignatureSize &&
			ed25519.VerifyWithOptions(key, msg, sig, zip215)
	case abi.VerifySM2:
		ok = verifySM2(key, msg, sig)
	default:
		f.trap(TrapBadArgument)
	}
	s[0] = 0
	if ok {
		s[0] = 1
	}
}

// verifySM2 checks a signature of r and s, 32 bytes each, with the default user
// id of GB/T 32918, against an uncompressed point.
func verifySM2(key, msg, sig []byte) bool {
	if len(key) != 65 || key[0] != 4 || len(sig) != 64 {
		return false
	}
	pub, err := sm2.NewPublicKey(key)
	if err != nil {
		return false
	}
	r, t := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
	return sm2.VerifyWithSM2(pub, nil, msg, r, t)
}
