// Package apptest runs a state machine without CometBFT: a chain whose blocks a
// test makes, with keys and times of the test's choosing.
package apptest

import (
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/permit"
	"github.com/chancery-chain/chancery/app/tx"
)

// ChainID of every test chain.
const ChainID = "test-1"

// Start is the genesis time.
var Start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// Key returns the test key of a name.
func Key(name string, t key.Type) *key.Private {
	seed := sha256.Sum256([]byte("apptest " + name))
	k, err := key.FromSeed(t, seed[:])
	if err != nil {
		panic(err) // the names in tests give valid scalars
	}
	return k
}

// Genesis is the genesis of test chains: organisations city (the operator),
// records and housing, each with an ed25519 admin "<org>-admin" and developer
// "<org>-dev", an sm2 clerk "<org>-clerk", and city with an operator
// "city-operator". Every quota is 100 billion gas a day.
func Genesis() *app.Genesis {
	member := func(name string, t key.Type, roles ...string) app.GenesisMember {
		return app.GenesisMember{KeyType: t.String(), PublicKey: Key(name, t).Public().Bytes, Roles: roles}
	}
	g := &app.Genesis{OperatorOrg: "city"}
	for _, o := range []string{"city", "records", "housing"} {
		members := []app.GenesisMember{
			member(o+"-admin", key.Ed25519, "admin"),
			member(o+"-dev", key.Ed25519, "developer"),
			member(o+"-clerk", key.SM2, "clerk"),
		}
		if o == "city" {
			members = append(members, member("city-operator", key.Ed25519, "operator"))
		}
		g.Orgs = append(g.Orgs, app.GenesisOrg{Name: o, Title: o, GasPerPeriod: 100_000_000_000, Members: members})
	}
	return g
}

// Chain is a state machine and the blocks that a test gave it.
type Chain struct {
	t      testing.TB
	opts   app.Options
	App    *app.App
	Height int64
	Time   time.Time
	// Blocks are the committed blocks, to be replayed.
	Blocks  []app.Block
	genesis app.GenesisRequest
	salt    byte
}

// New starts a chain in a folder of its own. A nil genesis means Genesis.
func New(t testing.TB, g *app.Genesis) *Chain {
	return NewWith(t, g, app.Options{Dir: t.TempDir()})
}

// NewWith starts a chain with options; the logger is set here.
func NewWith(t testing.TB, g *app.Genesis, o app.Options) *Chain {
	if g == nil {
		g = Genesis()
	}
	state, err := json.Marshal(g)
	require.NoError(t, err)
	o.Logger = slog.New(slog.DiscardHandler)
	c := &Chain{t: t, opts: o, Time: Start, genesis: app.GenesisRequest{
		ChainID: ChainID, Time: Start, InitialHeight: 1, AppState: state,
	}}
	c.genesis.Validators, c.genesis.ValidatorKeyTypes = consensus(g)
	c.open()
	t.Cleanup(c.Close)
	_, err = c.App.InitChain(c.genesis)
	require.NoError(t, err)
	return c
}

func (c *Chain) open() {
	var err error
	c.App, err = app.Open(c.opts)
	require.NoError(c.t, err)
}

// Restart closes the state machine and opens it again.
func (c *Chain) Restart() {
	require.NoError(c.t, c.App.Close())
	c.open()
}

// Close ends the chain before its test does. It may be called twice.
func (c *Chain) Close() {
	if c.App != nil {
		c.App.Close()
		c.App = nil
	}
}

// Block executes and commits a block one second after the last and returns its
// result.
func (c *Chain) Block(txs ...[]byte) *app.BlockResult {
	c.t.Helper()
	return c.BlockAt(c.Time.Add(time.Second), txs...)
}

// BlockAt is Block with a time.
func (c *Chain) BlockAt(at time.Time, txs ...[]byte) *app.BlockResult {
	c.t.Helper()
	return c.Decide(app.Block{Time: at, Txs: txs})
}

// Decide executes and commits a block, whose height is set here.
func (c *Chain) Decide(b app.Block) *app.BlockResult {
	c.t.Helper()
	b.Height = c.Height + 1
	res, err := c.App.ExecuteBlock(b)
	require.NoError(c.t, err)
	require.Len(c.t, res.Results, len(b.Txs))
	_, err = c.App.Commit()
	require.NoError(c.t, err)
	c.Height, c.Time = b.Height, b.Time
	c.Blocks = append(c.Blocks, b)
	return res
}

// Must executes a block with one tx that must succeed.
func (c *Chain) Must(raw []byte) *chanceryv1.TxResult {
	c.t.Helper()
	res := c.Block(raw).Results[0]
	require.Zero(c.t, res.Code, "%s: %s", res.CodeName, res.Log)
	return res
}

// Replay runs the chain's blocks on a new state machine and returns its app
// hash.
func (c *Chain) Replay(o app.Options) []byte {
	c.t.Helper()
	o.Logger = c.opts.Logger
	a, err := app.Open(o)
	require.NoError(c.t, err)
	defer a.Close()
	hash, err := a.InitChain(c.genesis)
	require.NoError(c.t, err)
	for _, b := range c.Blocks {
		res, err := a.ExecuteBlock(b)
		require.NoError(c.t, err)
		_, err = a.Commit()
		require.NoError(c.t, err)
		hash = res.AppHash
	}
	return hash
}

// Body returns a body that a member signs: a minute valid, its salt new, with a
// gas limit of 10 million.
func (c *Chain) Body(signer *key.Private, org string) *chanceryv1.TxBody {
	c.salt++
	return &chanceryv1.TxBody{
		ChainId: ChainID, Origin: signer.Public().Address().String(), Org: org, GasLimit: 10_000_000,
		ValidUntil: timestamppb.New(c.Time.Add(time.Minute)), Salt: []byte{c.salt},
	}
}

// Sign signs a body.
func (c *Chain) Sign(b *chanceryv1.TxBody, signer *key.Private) []byte {
	c.t.Helper()
	raw, _, err := tx.Sign(b, signer)
	require.NoError(c.t, err)
	return raw
}

// Permit returns an encoded permit for contracts, which must be sorted: good from
// the last block's time for a minute. An empty org asks for the account itself.
func (c *Chain) Permit(signer *key.Private, org string, contracts ...string) []byte {
	c.t.Helper()
	raw, err := permit.Sign(&chanceryv1.PermitBody{
		ChainId: ChainID, Origin: signer.Public().Address().String(), Org: org, Contracts: contracts,
		ValidFrom: timestamppb.New(c.Time), ValidUntil: timestamppb.New(c.Time.Add(time.Minute)),
	}, signer)
	require.NoError(c.t, err)
	return raw
}

// Execute returns a signed tx that runs a contract's method.
func (c *Chain) Execute(signer *key.Private, org, contract, method string, payload []byte) []byte {
	c.t.Helper()
	b := c.Body(signer, org)
	b.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: contract, Method: method, Payload: payload}}
	return c.Sign(b, signer)
}

// Upload returns a signed tx that uploads code, compressed with gzip.
func (c *Chain) Upload(signer *key.Private, org string, codeGzip []byte) []byte {
	c.t.Helper()
	b := c.Body(signer, org)
	b.GasLimit = 2_000_000_000
	b.Action = &chanceryv1.TxBody_UploadCode{UploadCode: &chanceryv1.UploadCode{CodeGzip: codeGzip}}
	return c.Sign(b, signer)
}

// Deploy returns a signed tx that deploys a contract.
func (c *Chain) Deploy(signer *key.Private, org, contract string, codeHash, init []byte) []byte {
	c.t.Helper()
	b := c.Body(signer, org)
	b.GasLimit = 1_000_000_000
	b.Action = &chanceryv1.TxBody_Deploy{Deploy: &chanceryv1.Deploy{Contract: contract, CodeHash: codeHash, InitPayload: init}}
	return c.Sign(b, signer)
}

// SetMember returns a signed tx that changes a member of org.
func (c *Chain) SetMember(signer *key.Private, org string, k key.Public, member bool, roles ...string) []byte {
	c.t.Helper()
	b := c.Body(signer, org)
	b.Action = &chanceryv1.TxBody_SetMember{SetMember: &chanceryv1.SetMember{Key: APIKey(k), Member: member, Roles: roles}}
	return c.Sign(b, signer)
}

// APIKey converts a key to the API's form.
func APIKey(k key.Public) *chanceryv1.PublicKey {
	return &chanceryv1.PublicKey{KeyType: chanceryv1.KeyType(k.Type), PublicKey: k.Bytes}
}
