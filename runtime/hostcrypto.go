package runtime

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/binary"
	"math/big"
	"math/rand/v2"
	"slices"

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

// signed is one signature to check.
type signed struct{ key, msg, sig []byte }

// verifiers check one signature, by algorithm.
var verifiers = map[uint32]func(signed) bool{
	abi.VerifyEd25519: verifyEd25519,
	abi.VerifySM2:     verifySM2,
	abi.VerifyP256:    verifyP256,
}

func hostVerify(f *frame, price gas.HostCost, s []uint64) {
	one := signed{f.bytes(arg(s, 1), arg(s, 2)), f.bytes(arg(s, 3), arg(s, 4)), f.bytes(arg(s, 5), arg(s, 6))}
	f.charge(price.Cost(uint64(len(one.msg))) - price.Base)
	verify, ok := verifiers[arg(s, 0)]
	if !ok {
		f.trap(TrapBadArgument)
	}
	s[0] = truth(verify(one))
}

func hostVerifyBatch(f *frame, price gas.HostCost, s []uint64) {
	algorithm, list := arg(s, 0), f.bytes(arg(s, 1), arg(s, 2))
	verify, ok := verifiers[algorithm]
	if !ok {
		f.trap(TrapBadArgument)
	}
	f.charge(price.Cost(uint64(len(list))) - price.Base)
	batch := f.signatures(list)
	each := f.rt.verifyGas
	if algorithm == abi.VerifyEd25519 {
		each = price.PerItem
	}
	f.charge(gas.Mul(uint64(len(batch)), each))
	if algorithm == abi.VerifyEd25519 {
		s[0] = truth(verifyEd25519Batch(batch, list))
		return
	}
	s[0] = truth(!slices.ContainsFunc(batch, func(one signed) bool { return !verify(one) }))
}

// signatures reads the list of verify_batch.
func (f *frame) signatures(list []byte) []signed {
	cut := func() []byte {
		if len(list) < 4 || uint64(binary.LittleEndian.Uint32(list)) > uint64(len(list)-4) {
			f.trap(TrapBadArgument)
		}
		n := binary.LittleEndian.Uint32(list)
		part := list[4 : 4+n]
		list = list[4+n:]
		return part
	}
	var out []signed
	for len(list) > 0 {
		if len(out) == f.rt.limits.Signatures {
			f.limit(abi.LimitSignatures)
		}
		out = append(out, signed{cut(), cut(), cut()})
	}
	return out
}

func truth(ok bool) uint64 {
	if ok {
		return 1
	}
	return 0
}

func verifyEd25519(s signed) bool {
	return len(s.key) == ed25519.PublicKeySize && len(s.sig) == ed25519.SignatureSize &&
		ed25519.VerifyWithOptions(s.key, s.msg, s.sig, zip215)
}

// batchDomain keeps the coefficients of batches apart from other uses of SHA-256.
const batchDomain = "chancery/verify_batch/v1\x00"

// verifyEd25519Batch checks all at once; list is their encoding. A batch is a sum
// with random coefficients, which a wrong signature passes with a chance of
// 2^-128. The coefficients are a function of the list, so that every node would
// be wrong in the same way.
func verifyEd25519Batch(batch []signed, list []byte) bool {
	if len(batch) == 0 {
		return true
	}
	v := ed25519.NewBatchVerifierWithCapacity(len(batch))
	for _, s := range batch {
		if len(s.key) != ed25519.PublicKeySize || len(s.sig) != ed25519.SignatureSize {
			return false
		}
		v.AddWithOptions(s.key, s.msg, s.sig, zip215)
	}
	h := sha256.New()
	h.Write([]byte(batchDomain))
	h.Write(list)
	return v.VerifyBatchOnly(rand.NewChaCha8([32]byte(h.Sum(nil))))
}

// verifySM2 checks a signature with the default user id of GB/T 32918.
func verifySM2(s signed) bool {
	if len(s.key) != 65 || s.key[0] != 4 || len(s.sig) != 64 {
		return false
	}
	pub, err := sm2.NewPublicKey(s.key)
	if err != nil {
		return false
	}
	return sm2.VerifyWithSM2(pub, nil, s.msg, new(big.Int).SetBytes(s.sig[:32]), new(big.Int).SetBytes(s.sig[32:]))
}

// verifyP256 checks a signature over SHA-256. The standard library refuses points
// that are not on the curve, and r and s that are zero or not below the order.
func verifyP256(s signed) bool {
	if len(s.key) != 65 || s.key[0] != 4 || len(s.sig) != 64 {
		return false
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), s.key)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(s.msg)
	return ecdsa.Verify(pub, sum[:], new(big.Int).SetBytes(s.sig[:32]), new(big.Int).SetBytes(s.sig[32:]))
}
