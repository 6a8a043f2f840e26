// Package storage says where a contract's storage stands in the state tree. It is
// apart from package contract so that a verifier of proofs needs no runtime.
package storage

// Prefix begins every key of contracts' storage. It is followed by the contract's
// name, a zero byte and the contract's own key. Names have no zero byte, so no
// contract's keys begin with another's. The name, not a number, stands in the key
// so that a proof of a value names its contract by itself.
const Prefix = "s/"

// Key returns the key in the state tree of a key of a contract's storage.
func Key(contract string, key []byte) []byte {
	return append(Of(contract), key...)
}

// Of returns the prefix of all keys of a contract's storage.
func Of(contract string) []byte {
	b := make([]byte, 0, len(Prefix)+len(contract)+1+64)
	return append(append(append(b, Prefix...), contract...), 0)
}

// End returns the first key after all that begin with a prefix of Of.
func End(prefix []byte) []byte {
	end := append([]byte{}, prefix...)
	end[len(end)-1] = 1
	return end
}
