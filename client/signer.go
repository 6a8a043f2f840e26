package client

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/tx"
)

// Signer signs txs, and permits for gated queries, of one account. It acts for one
// organisation, or for none when the organisation is empty: then it may only
// execute methods that their contract's organisation sponsors. It is safe for
// several goroutines: txs of one account do not wait for one another.
type Signer struct {
	client    *Client
	keys      []*key.Private
	org       string
	origin    string
	principal string // by delegation; empty for the account's own txs

	permits permits
}

// Signer returns a signer for the account that a key made, acting for an
// organisation that it is a member of. The methods below say it when the key has
// come to an account later, when an account needs several, and when it acts by
// delegation.
func (c *Client) Signer(k *key.Private, org string) *Signer {
	return &Signer{client: c, keys: []*key.Private{k}, org: org, origin: k.Public().Address().String()}
}

// For returns a signer for another account than the first key made: one that took
// the key in later, by SetKeys or a recovery.
func (s *Signer) For(account string) *Signer {
	t := s.derive()
	t.origin = account
	return t
}

// With returns a signer that adds the signatures of further keys of the account.
// Every tx of it carries all of them, and pays for each.
func (s *Signer) With(keys ...*key.Private) *Signer {
	t := s.derive()
	t.keys = append(t.keys, keys...)
	return t
}

// InPlaceOf returns a signer that executes in the place of a principal, who
// delegated the methods to the signer's account. Membership, roles and quota are
// the principal's in the signer's organisation; only Execute works.
func (s *Signer) InPlaceOf(principal string) *Signer {
	t := s.derive()
	t.principal = principal
	return t
}

// derive copies a signer without its permits, which are for its account and keys.
func (s *Signer) derive() *Signer {
	return &Signer{client: s.client, keys: slices.Clone(s.keys), org: s.org, origin: s.origin, principal: s.principal}
}

// Address returns the address of the signer's account.
func (s *Signer) Address() string { return s.origin }

// Org returns the organisation that the signer acts for.
func (s *Signer) Org() string { return s.org }

// Client returns the client that the signer submits through.
func (s *Signer) Client() *Client { return s.client }

// Execute runs an executing method of a contract and returns its committed
// result. Payload is the method's encoded request; TxResult.data is its encoded
// response.
//
// A failed tx is an error: see [Failure], [Result] and [ContractError].
func (s *Signer) Execute(ctx context.Context, contract, method string, payload []byte) (*chanceryv1.TxResult, error) {
	return s.Submit(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{
		Contract: contract, Method: method, Payload: payload,
	}}})
}

// Submit completes a body, signs it, submits it and waits until it is committed.
// See [Signer.Sign] for what is completed.
//
// When the simulation that finds the gas limit already fails, nothing is
// submitted and the error carries the simulation's result.
func (s *Signer) Submit(ctx context.Context, body *chanceryv1.TxBody) (*chanceryv1.TxResult, error) {
	signed, err := s.Sign(ctx, body)
	if err != nil {
		return nil, err
	}
	return s.client.Submit(ctx, signed)
}

// SignedTx is a tx that can be submitted, any number of times: it is committed
// at most once.
type SignedTx struct {
	Raw  []byte
	Hash tx.Hash
	Body *chanceryv1.TxBody
}

// Sign completes a copy of body and signs it. What is not set becomes: chain id,
// origin, organisation, principal, a random salt, valid_until a minute ahead, and a gas
// limit that leaves room above what a simulation uses.
func (s *Signer) Sign(ctx context.Context, body *chanceryv1.TxBody) (*SignedTx, error) {
	b := proto.CloneOf(body)
	if err := s.complete(ctx, b); err != nil {
		return nil, err
	}
	if b.GasLimit == 0 {
		gas, err := s.gasLimit(ctx, b)
		if err != nil {
			return nil, err
		}
		b.GasLimit = gas
	}
	raw, hash, err := tx.Sign(b, s.keys...)
	if err != nil {
		return nil, fmt.Errorf("sign tx: %w", err)
	}
	return &SignedTx{Raw: raw, Hash: hash, Body: b}, nil
}

// Simulate completes a copy of body and runs it on the node's last committed
// state without keeping anything. The result of a tx that would fail is a
// result, not an error.
//
// Leave the gas limit 0: with one, the node gets no signature, simulates with 50
// million gas at most, and refuses contracts with gated queries.
func (s *Signer) Simulate(ctx context.Context, body *chanceryv1.TxBody) (*chanceryv1.TxResult, error) {
	b := proto.CloneOf(body)
	if err := s.complete(ctx, b); err != nil {
		return nil, err
	}
	return s.simulate(ctx, b)
}

func (s *Signer) complete(ctx context.Context, b *chanceryv1.TxBody) error {
	if b.ChainId == "" {
		id, err := s.client.ChainID(ctx)
		if err != nil {
			return err
		}
		b.ChainId = id
	}
	if b.Origin == "" {
		b.Origin = s.origin
	}
	if b.Org == "" {
		b.Org = s.org
	}
	if b.Principal == "" && b.GetExecute() != nil {
		b.Principal = s.principal
	}
	if b.ValidUntil == nil {
		t, err := s.client.validUntil(ctx)
		if err != nil {
			return err
		}
		b.ValidUntil = timestamppb.New(t)
	}
	if b.Salt == nil {
		b.Salt = make([]byte, 16)
		if _, err := rand.Read(b.Salt); err != nil {
			return fmt.Errorf("salt: %w", err)
		}
	}
	return nil
}

// forSimulation encodes a body for a simulation, signed when it has no gas limit: no
// block takes it then, and the node knows who asks. A signature under a body with a
// gas limit would be a tx that the node could submit.
func (s *Signer) forSimulation(b *chanceryv1.TxBody) ([]byte, error) {
	if b.GasLimit != 0 {
		return tx.Unsigned(b)
	}
	raw, _, err := tx.Sign(b, s.keys...)
	return raw, err
}

func (s *Signer) simulate(ctx context.Context, b *chanceryv1.TxBody) (*chanceryv1.TxResult, error) {
	raw, err := s.forSimulation(b)
	if err != nil {
		return nil, err
	}
	wait := s.client.backoff
	for try := 1; ; try++ {
		resp, err := s.client.Tx.Simulate(ctx, connect.NewRequest(&chanceryv1.SimulateRequest{Tx: raw}))
		if err == nil {
			return resp.Msg.GetResult(), nil
		}
		// Nothing that a block would take is signed yet, so asking again is always safe.
		busy := connect.CodeOf(err) == connect.CodeUnavailable || Code(err) == apperr.Busy
		if !busy || try == simulateTries || !sleep(ctx, wait) {
			return nil, fmt.Errorf("simulate tx: %w", err)
		}
		wait = min(2*wait, maxBackoff)
	}
}

// simulateTries is how often a simulation is asked for while the node is busy:
// some six seconds.
const simulateTries = 7

// gasMargin is added to a simulated tx's gas besides a third of it, because a
// third of a small tx is less than one more entry in the state costs.
const gasMargin = 100_000

// gasLimit asks a simulation. The margin is for state that changes between the
// simulation and the block; unused gas is not charged.
func (s *Signer) gasLimit(ctx context.Context, b *chanceryv1.TxBody) (uint64, error) {
	limits, err := s.client.Limits(ctx)
	if err != nil {
		return 0, err
	}
	r, err := s.simulate(ctx, b)
	if err != nil {
		return 0, err
	}
	if r.GetCode() != 0 {
		return 0, s.client.failure(ctx, r)
	}
	gas := r.GetGasUsed() + r.GetGasUsed()/3 + gasMargin
	if m := limits.GetMaxTxGas(); m > 0 && gas > m {
		gas = m
	}
	// The simulation was given the most that the chain and whoever pays allow.
	if m := r.GetGasWanted(); m > 0 && gas > m {
		gas = m
	}
	return gas, nil
}
