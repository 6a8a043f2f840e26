package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/gen/chancery/v1/chanceryv1connect"
	"github.com/chancery-chain/chancery/api/schema"
)

// Client talks to one node. It is safe for several goroutines.
type Client struct {
	// The node's services, for everything that this package has no shorter way
	// for.
	Tx        chanceryv1connect.TxServiceClient
	Contracts chanceryv1connect.ContractServiceClient
	Orgs      chanceryv1connect.OrgServiceClient
	Quotas    chanceryv1connect.QuotaServiceClient
	Templates chanceryv1connect.TemplateServiceClient
	Schedule  chanceryv1connect.ScheduleServiceClient
	Rehearsal chanceryv1connect.RehearsalServiceClient
	Proofs    chanceryv1connect.ProofServiceClient
	// Governance and Validators show the committee, its proposals, and who signs
	// blocks.
	Governance chanceryv1connect.GovernanceServiceClient
	Validators chanceryv1connect.ValidatorServiceClient
	Node       chanceryv1connect.NodeServiceClient

	base    *url.URL
	http    connect.HTTPClient
	now     func() time.Time
	backoff time.Duration // wait before the second try; doubles up to maxBackoff
	valid   time.Duration

	mu      sync.Mutex
	status  *chanceryv1.StatusResponse
	asked   time.Time                   // local time of status
	schemas map[string]*schema.Contract // by contract name
}

const (
	// defaultValid is how long a tx may wait for its block.
	defaultValid = time.Minute
	// statusAge is how old the known block time may become before a tx is signed.
	statusAge    = 30 * time.Second
	firstBackoff = 100 * time.Millisecond
	maxBackoff   = 2 * time.Second
)

// Option changes a Client.
type Option func(*Client)

// WithHTTPClient uses h to reach the node, for example with TLS settings or a
// proxy of the caller's.
func WithHTTPClient(h connect.HTTPClient) Option { return func(c *Client) { c.http = h } }

// WithValidFor sets how long after now a tx may still enter a block; the default
// is a minute and the chain caps it. Longer helps on a slow network, shorter
// tells sooner that a tx is lost.
func WithValidFor(d time.Duration) Option { return func(c *Client) { c.valid = d } }

// Dial prepares a client for the node at a URL such as "http://127.0.0.1:8545".
// It does not connect yet: the chain id and its limits are asked for when they
// are first needed.
func Dial(baseURL string, opts ...Option) (*Client, error) {
	u, err := url.Parse(strings.TrimRight(baseURL, "/"))
	if err != nil {
		return nil, fmt.Errorf("node URL: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("node URL %q: expected http://host:port or https://host:port", baseURL)
	}
	c := &Client{
		base: u, now: time.Now, backoff: firstBackoff, valid: defaultValid,
		schemas: make(map[string]*schema.Contract),
	}
	for _, o := range opts {
		o(c)
	}
	if c.http == nil {
		t := &http.Transport{
			Proxy: http.ProxyFromEnvironment,
			// Many goroutines share one node; net/http keeps only two idle
			// connections per host by default and would dial anew all the time.
			MaxIdleConns: 256, MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second,
		}
		c.http = &http.Client{Transport: t}
	}
	c.Tx = chanceryv1connect.NewTxServiceClient(c.http, u.String())
	c.Contracts = chanceryv1connect.NewContractServiceClient(c.http, u.String())
	c.Orgs = chanceryv1connect.NewOrgServiceClient(c.http, u.String())
	c.Quotas = chanceryv1connect.NewQuotaServiceClient(c.http, u.String())
	c.Templates = chanceryv1connect.NewTemplateServiceClient(c.http, u.String())
	c.Rehearsal = chanceryv1connect.NewRehearsalServiceClient(c.http, u.String())
	c.Schedule = chanceryv1connect.NewScheduleServiceClient(c.http, u.String())
	c.Proofs = chanceryv1connect.NewProofServiceClient(c.http, u.String())
	c.Governance = chanceryv1connect.NewGovernanceServiceClient(c.http, u.String())
	c.Validators = chanceryv1connect.NewValidatorServiceClient(c.http, u.String())
	c.Node = chanceryv1connect.NewNodeServiceClient(c.http, u.String())
	return c, nil
}

// URL returns the node's base URL.
func (c *Client) URL() string { return c.base.String() }

// ContractURL returns the base URL of a contract's service, for a generated
// client. The name is "<organisation>/<contract>".
func (c *Client) ContractURL(contract string) string {
	return c.base.String() + contractPrefix + contract
}

// Status asks the node how it is and remembers the chain's limits and time.
func (c *Client) Status(ctx context.Context) (*chanceryv1.StatusResponse, error) {
	resp, err := c.Node.Status(ctx, connect.NewRequest(&chanceryv1.StatusRequest{}))
	if err != nil {
		return nil, fmt.Errorf("status of %s: %w", c.base, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status, c.asked = resp.Msg, c.now()
	return resp.Msg, nil
}

// ChainID returns the id of the node's chain, which is asked for once.
func (c *Client) ChainID(ctx context.Context) (string, error) {
	s, err := c.known(ctx, 0)
	return s.GetChainId(), err
}

// Limits returns the limits that the chain puts on txs, which are asked for once.
func (c *Client) Limits(ctx context.Context) (*chanceryv1.Limits, error) {
	s, err := c.known(ctx, 0)
	return s.GetLimits(), err
}

// known returns the last status, asking again when it is older than age; 0 means
// any age.
func (c *Client) known(ctx context.Context, age time.Duration) (*chanceryv1.StatusResponse, error) {
	c.mu.Lock()
	s, asked := c.status, c.asked
	c.mu.Unlock()
	// Before the first block there are no limits yet.
	if s.GetHeight() > 0 && (age == 0 || c.now().Sub(asked) < age) {
		return s, nil
	}
	return c.Status(ctx)
}

// validUntil chooses the time after which a tx can no longer enter a block.
//
// The chain counts from its last block's time and refuses what lies too far
// ahead of it, while this machine's clock may be wrong either way. So it is now
// or the chain's time, whichever is later, plus the validity; but no later than
// the chain is sure to allow.
func (c *Client) validUntil(ctx context.Context) (time.Time, error) {
	s, err := c.known(ctx, statusAge)
	if err != nil {
		return time.Time{}, err
	}
	block := s.GetBlockTime().AsTime()
	t := c.now()
	if block.After(t) {
		t = block
	}
	t = t.Add(c.valid)
	if m := s.GetLimits().GetMaxValidSeconds(); m > 0 {
		if last := block.Add(time.Duration(m) * time.Second); t.After(last) {
			t = last
		}
	}
	return t.UTC(), nil
}

// chainTime returns the time of the node's last block.
func (c *Client) chainTime(ctx context.Context) (time.Time, error) {
	s, err := c.Status(ctx)
	return s.GetBlockTime().AsTime(), err
}
