package main

import (
	"errors"

	"github.com/CosmWasm/wasmvm/v3/types"
)

// memory is storage that costs next to nothing, so that the figures are of the
// virtual machine alone. None of the measured calls iterates.
type memory map[string][]byte

func (m memory) Get(key []byte) []byte                      { return m[string(key)] }
func (m memory) Set(key, value []byte)                      { m[string(key)] = value }
func (m memory) Delete(key []byte)                          { delete(m, string(key)) }
func (m memory) Iterator(_, _ []byte) types.Iterator        { panic("peer: no call iterates") }
func (m memory) ReverseIterator(_, _ []byte) types.Iterator { panic("peer: no call iterates") }

// meter never runs out: what storage costs is the chain's affair.
type meter struct{}

func (meter) GasConsumed() types.Gas { return 0 }

type querier struct{}

func (querier) Query(types.QueryRequest, uint64) ([]byte, error) {
	return nil, errors.New("no queries")
}
func (querier) GasConsumed() uint64 { return 0 }

// goAPI takes addresses as they are.
var goAPI = types.GoAPI{
	HumanizeAddress:     func(b []byte) (string, uint64, error) { return string(b), 0, nil },
	CanonicalizeAddress: func(s string) ([]byte, uint64, error) { return []byte(s), 0, nil },
	ValidateAddress:     func(string) (uint64, error) { return 0, nil },
}
