package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/query"
	"github.com/chancery-chain/chancery/app/rehearsal"
)

// Query reads the last committed state. All methods may be called by several
// goroutines at once; errors carry an *apperr.Error.
type Query interface {
	Tx(hash []byte) (*chanceryv1.TxResult, error)
	Block(height int64) (*chanceryv1.GetBlockResponse, error)
	Simulate(ctx context.Context, raw []byte) (*chanceryv1.TxResult, error)
	Trace(ctx context.Context, raw []byte) (*chanceryv1.TxResult, *chanceryv1.Trace, error)
	Contract(name string) (*chanceryv1.GetContractResponse, error)
	Contracts(org string, pageSize uint32, pageToken string) ([]*chanceryv1.Contract, string, error)
	Versions(contract string, pageSize uint32, pageToken string) ([]*chanceryv1.ContractVersion, string, error)
	Upgrade(contract string, id uint64) (*chanceryv1.ContractUpgrade, error)
	Upgrades(contract string, pageSize uint32, pageToken string) ([]*chanceryv1.ContractUpgrade, string, error)
	Code(hash []byte, omit bool) (*chanceryv1.GetCodeResponse, error)
	Template(name string, version uint64) (*chanceryv1.GetTemplateResponse, error)
	Templates(org string, order chanceryv1.TemplateOrder, pageSize uint32, pageToken string) ([]*chanceryv1.Template, string, error)
	TemplateVersions(template string, pageSize uint32, pageToken string) ([]*chanceryv1.TemplateVersion, string, error)
	TemplateUses(template string, pageSize uint32, pageToken string) ([]*chanceryv1.TemplateUse, string, error)
	TemplateStars(template string, pageSize uint32, pageToken string) ([]*chanceryv1.TemplateStar, string, error)
	Org(name string) (*chanceryv1.Org, error)
	OrgByCode(uscc string) (*chanceryv1.Org, error)
	Orgs(parent string, pageSize uint32, pageToken string) ([]*chanceryv1.Org, string, error)
	Delegations(principal string, pageSize uint32, pageToken string) ([]*chanceryv1.Delegation, string, error)
	Members(org string, pageSize uint32, pageToken string) ([]*chanceryv1.Member, string, error)
	Member(org, account string) (*chanceryv1.Member, error)
	Account(address string) (*chanceryv1.GetAccountResponse, error)
	Quota(org string) (*chanceryv1.OrgQuota, error)
	Quotas(pageSize uint32, pageToken string) ([]*chanceryv1.OrgQuota, string, error)
	Sponsorship(contract, method, account string) (s *chanceryv1.Sponsorship, gasLeft uint64, err error)
	Sponsorships(org string, pageSize uint32, pageToken string) ([]*chanceryv1.Sponsorship, string, error)
	Usage(req *chanceryv1.ListUsageRequest) ([]*chanceryv1.UsageRow, string, error)
	CallContract(ctx context.Context, c query.Call) ([]byte, error)
	Schema(contract string) (c *schema.Contract, version uint64, codeHash []byte, err error)
	ContractProof(of query.ProofOf) (*query.StateProof, error)
	AppHash(height int64) ([]byte, error)
	Committee() (*chanceryv1.GetCommitteeResponse, error)
	Proposal(id uint64) (*chanceryv1.Proposal, error)
	Proposals(status chanceryv1.ProposalStatus, pageSize uint32, pageToken string) ([]*chanceryv1.Proposal, string, error)
	SimulateProposal(ctx context.Context, req *chanceryv1.SimulateProposalRequest) (*chanceryv1.SimulateProposalResponse, error)
	Validators() (*chanceryv1.ValidatorSet, error)
	ValidatorChanges(after, until int64, most int) ([]int64, error)
	Quorum(validators, orgs []string) (*chanceryv1.SimulateQuorumResponse, error)
	Evidence(pageSize uint32, pageToken string) ([]*chanceryv1.Evidence, string, error)
	Scheduled(contract string, pageSize uint32, pageToken string, permit []byte) ([]*chanceryv1.ScheduledCall, string, error)
	ScheduledCall(contract string, id uint64, permit []byte) (*chanceryv1.GetScheduledResponse, error)
	PlanRehearsal(ctx context.Context, of query.RehearsalOf) (*chanceryv1.RehearsalPlan, error)
	Rehearse(ctx context.Context, of query.RehearsalOf) (*chanceryv1.RehearsalReport, []byte, error)
	EarliestHeight() int64
	Limits() *chanceryv1.Limits
}

// Broadcaster takes txs for the network.
type Broadcaster interface {
	// Broadcast checks a tx and puts it into the mempool. It returns ErrKnown for
	// a tx that this node has seen and not refused, an *apperr.Error with the
	// check's code for a tx that is refused, and one with code Unavailable when
	// the mempool is full.
	Broadcast(ctx context.Context, raw []byte) error
}

// ErrKnown is the error of a Broadcaster for a tx that it has seen before. The
// tx is pending or was committed.
var ErrKnown = errors.New("the tx is known")

// Headers gives the signed headers of the chain.
type Headers interface {
	// LastHeader returns the height of the newest header that this node can give
	// with its signatures.
	LastHeader() int64
	// SignedHeader returns an encoded tendermint.types.SignedHeader and the encoded
	// tendermint.types.ValidatorSet that signed it. Its errors have code Pruned.
	SignedHeader(height int64) (header, validators []byte, err error)
}

// NodeInfo tells how the node is. It never waits.
type NodeInfo interface {
	Status() Status
	// Peers returns the connected nodes in order of their ids.
	Peers() []Peer
	// Signers returns who signed the block of a height, by the commit that stands in
	// the block after it. False when this node does not have that.
	Signers(height int64) ([]Signer, bool)
}

// Peer is a connected node.
type Peer struct {
	NodeID   string
	Name     string // that it gives itself
	Outbound bool
	Since    time.Time
}

// Signer is a validator of a height.
type Signer struct {
	Address string // hex in capitals
	Signed  bool   // the block itself, not that there was none
}

// Status is the node's view of the chain.
type Status struct {
	ChainID         string
	SoftwareVersion string
	ProtocolVersion uint64
	// LatestProtocol is the newest protocol version that the software knows.
	LatestProtocol uint64
	// ValidatorAddress is that of the key which the node would sign blocks with.
	ValidatorAddress string
	Height           int64
	AppHash          []byte
	BlockTime        time.Time
	CatchingUp       bool
	MempoolTxs       int
	Peers            int
}

// Options are what a Server is made of. All but Limits and Logger are required.
type Options struct {
	Query       Query
	Broadcaster Broadcaster
	Headers     Headers
	Blocks      rehearsal.Blocks
	Node        NodeInfo
	Limits      Limits // zero fields take their defaults
	Logger      *slog.Logger
}

// Limits bound what the server does for its clients. A zero field takes its
// default.
type Limits struct {
	// MaxWait is the longest time Submit and Wait keep a client waiting: 60 s.
	MaxWait time.Duration
	// MaxWaiters is how many clients may wait for txs at once: 20,000.
	MaxWaiters int
	// Runs is how many simulations and contract queries run at once: all
	// processors but one, at least one, so that consensus always finds one.
	Runs int
	// RunQueue is how many may wait for their turn: 256.
	RunQueue int
	// RunTimeout is the longest time a simulation or contract query may take,
	// its time in the queue included: 5 s.
	RunTimeout time.Duration
	// MaxConnections is how many connections are served at once: 8,192.
	MaxConnections int
	// CachedContracts is how many contracts' endpoints are kept ready: 256.
	CachedContracts int
	// LargeBodies is how many requests beyond 256 KiB are read at once, and how many
	// codes are sent: 32 each.
	LargeBodies int
}

// Validate reports every limit that is out of range.
func (l Limits) Validate() error {
	var errs []error
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"max_wait", int64(l.MaxWait)}, {"max_waiters", int64(l.MaxWaiters)}, {"runs", int64(l.Runs)},
		{"run_queue", int64(l.RunQueue)}, {"run_timeout", int64(l.RunTimeout)},
		{"max_connections", int64(l.MaxConnections)}, {"cached_contracts", int64(l.CachedContracts)},
		{"large_bodies", int64(l.LargeBodies)},
	} {
		if f.value < 0 {
			errs = append(errs, fmt.Errorf("%s must not be negative", f.name))
		}
	}
	return errors.Join(errs...)
}

func (l Limits) withDefaults() Limits {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	if l.MaxWait == 0 {
		l.MaxWait = 60 * time.Second
	}
	if l.RunTimeout == 0 {
		l.RunTimeout = 5 * time.Second
	}
	set(&l.MaxWaiters, 20_000)
	set(&l.Runs, max(1, runtime.GOMAXPROCS(0)-1))
	set(&l.RunQueue, 256)
	set(&l.MaxConnections, 8192)
	set(&l.CachedContracts, 256)
	set(&l.LargeBodies, 32)
	return l
}
