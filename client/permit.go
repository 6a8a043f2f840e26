package client

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/permit"
)

const (
	headerAuthorization = "Authorization"
	// permitAhead is how long a new permit is good for at least.
	permitAhead = 5 * time.Minute
	// permitEnd is how long before its end a permit is made anew: a request may be on
	// the way, and clocks differ.
	permitEnd = time.Minute
	// permitSlack is how far this machine's clock may run ahead of the node's.
	permitSlack = permit.MaxValid - permitAhead
)

// permits are the permits that a signer made, by the contracts they name.
type permits struct {
	mu   sync.Mutex
	made map[string]madePermit
}

type madePermit struct {
	header string
	until  time.Time // by this machine's clock
}

// permitsKept bounds the permits of a signer that asks ever other contracts.
const permitsKept = 256

// Permit returns the value of the Authorization header with which the signer asks
// gated queries of contracts, 1 to 16, by any HTTP client. It is good for at least
// a minute and signed anew only when it must be.
//
// A signer by delegation asks for itself, as no organisation's member.
//
// Whoever gets the value can ask as the signer until it expires: give it to the
// chain's nodes only, over TLS.
func (s *Signer) Permit(ctx context.Context, contracts ...string) (string, error) {
	names := slices.Clone(contracts)
	slices.Sort(names)
	names = slices.Compact(names)
	id := strings.Join(names, " ")
	s.permits.mu.Lock()
	known, ok := s.permits.made[id]
	s.permits.mu.Unlock()
	if ok && s.client.now().Before(known.until.Add(-permitEnd)) {
		return known.header, nil
	}
	fresh, err := s.makePermit(ctx, names)
	if err != nil {
		return "", fmt.Errorf("permit for %s: %w", strings.Join(names, ", "), err)
	}
	s.permits.mu.Lock()
	defer s.permits.mu.Unlock()
	if len(s.permits.made) >= permitsKept || s.permits.made == nil {
		s.permits.made = make(map[string]madePermit)
	}
	s.permits.made[id] = fresh
	return fresh.header, nil
}

func (s *Signer) makePermit(ctx context.Context, names []string) (madePermit, error) {
	status, err := s.client.known(ctx, statusAge)
	if err != nil {
		return madePermit{}, err
	}
	now := s.client.now()
	from, ahead := permitTimes(now, status.GetBlockTime().AsTime())
	salt := make([]byte, 8)
	if _, err := rand.Read(salt); err != nil {
		return madePermit{}, fmt.Errorf("salt: %w", err)
	}
	org := s.org
	if s.principal != "" {
		org = "" // what is delegated is to execute; the delegate asks for itself
	}
	raw, err := permit.Sign(&chanceryv1.PermitBody{
		ChainId: status.GetChainId(), Origin: s.origin, Org: org, Contracts: names,
		ValidFrom: timestamppb.New(from), ValidUntil: timestamppb.New(from.Add(permit.MaxValid)), Salt: salt,
	}, s.keys...)
	return madePermit{permit.Header(raw), now.Add(ahead)}, err
}

// permitTimes chooses from when a permit of permit.MaxValid is good, and how long
// that will be ahead. The node judges by its clock or by the block time, whichever
// is later, and this machine's clock may be wrong either way. So the time ahead
// counts from the later of now and block time, and what is left of the validity
// lies before it.
func permitTimes(now, block time.Time) (from time.Time, ahead time.Duration) {
	later := now
	if block.After(now) {
		later = block
	}
	from = later.Add(-permitSlack)
	return from.UTC(), permitAhead
}

// authorise returns a request with the signer's permit for a contract. A header of
// the caller's stays.
func (s *Signer) authorise(req *http.Request, contract string) (*http.Request, error) {
	if req.Header.Get(headerAuthorization) != "" {
		return req, nil
	}
	value, err := s.Permit(req.Context(), contract)
	if err != nil {
		return nil, err
	}
	req = req.Clone(req.Context())
	req.Header.Set(headerAuthorization, value)
	return req, nil
}

// QueryRaw is [Client.QueryRaw] with a permit: the contract sees the signer's
// account, also in a public query.
func (s *Signer) QueryRaw(ctx context.Context, contract string, m protoreflect.MethodDescriptor, request []byte) ([]byte, error) {
	value, err := s.Permit(ctx, contract)
	if err != nil {
		return nil, err
	}
	return s.client.queryRaw(ctx, contract, m, request, value)
}

// Prove is [Client.Prove] with a permit, for contracts with gated queries: their
// storage is for members of the contract's organisation and for auditors of the
// committee's.
func (s *Signer) Prove(ctx context.Context, contract string, key []byte, height int64) (*chanceryv1.Proof, error) {
	value, err := s.Permit(ctx, contract)
	if err != nil {
		return nil, err
	}
	req := connect.NewRequest(&chanceryv1.ProveRequest{Contract: contract, Key: key, Height: height})
	req.Header().Set(headerAuthorization, value)
	return s.client.prove(ctx, req)
}
