package contractbuild_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-chain/chancery/api/contractbuild"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	appquery "github.com/chancery-chain/chancery/app/query"
	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	calendarstory "github.com/chancery-chain/chancery/examples/calendar/story"
	hotlinestory "github.com/chancery-chain/chancery/examples/hotline/story"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	"github.com/stretchr/testify/require"
)

var updateGas = flag.Bool("update-gas", false, "write the gas of the stories' methods anew")

// storyCode builds an example once for a test.
type storyCode map[string][]byte

func (s storyCode) of(example string) ([]byte, error) {
	if code := s[example]; code != nil {
		return code, nil
	}
	dir, err := os.MkdirTemp("", "story")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, example+".wasm")
	if _, err := contractbuild.Build(context.Background(), filepath.Join(examples, example), out); err != nil {
		return nil, err
	}
	s[example], err = os.ReadFile(out)
	return s[example], err
}

// mustBuild builds the contract before the story begins. One that is larger than
// code may be on a chain fails here, with its size.
func (s storyCode) mustBuild(t *testing.T, example string) {
	t.Helper()
	_, err := s.of(example)
	require.NoError(t, err)
}

// guest is the runtime without a chain as a world of stories. It measures gas.
type guest struct {
	world   *runtimetest.World
	code    storyCode
	methods map[string]string // contract to its example
	gas     map[string]uint64 // most gas of a call that succeeded, by method
}

// guestParty is a party on a guest.
type guestParty struct {
	g            *guest
	address, org string
	roles        []string
	scheduled    bool // no account calls: the address is the contract's name
}

func (g *guest) Party(name, org string, roles ...string) sdk.Executor {
	return guestParty{g: g, address: g.Address(name), org: org, roles: roles}
}

func (g *guest) Address(name string) string { return "cy1" + name }
func (g *guest) Nobody() sdk.Querier        { return guestParty{g: g} }
func (g *guest) Permits() bool              { return true }

// At makes the calls that are due by then, as a block does.
func (g *guest) At(t time.Time) {
	c := &g.world.Context
	c.Time = t.UTC()
	for _, contract := range slices.Sorted(maps.Keys(g.methods)) {
		org, _, _ := strings.Cut(contract, "/")
		for call, ok := g.world.Due(contract); ok; call, ok = g.world.Due(contract) {
			p := guestParty{g: g, address: contract, org: org, scheduled: true}
			_, _ = p.run(contract, runtime.KindExecute, call.Method, call.Payload) // a call that fails leaves nothing
		}
	}
}

func (g *guest) Deploy(name, example string, init sdk.Marshaler) error {
	code, err := g.code.of(example)
	if err != nil {
		return err
	}
	if err := g.world.Deploy(name, code); err != nil {
		return err
	}
	g.methods[name] = example
	payload, err := init.MarshalVT()
	if err != nil {
		return err
	}
	_, err = guestParty{g: g, address: "cy1dev", org: "city", roles: []string{"developer"}}.run(name, runtime.KindInit, "Init", payload)
	return err
}

func (p guestParty) ExecuteContract(contract, method string, payload []byte) ([]byte, error) {
	return p.run(contract, runtime.KindExecute, method, payload)
}

func (p guestParty) QueryContract(contract, method string, payload []byte) ([]byte, error) {
	return p.run(contract, runtime.KindQuery, method, payload)
}

func (p guestParty) run(contract string, kind runtime.Kind, method string, payload []byte) ([]byte, error) {
	c := &p.g.world.Context
	c.Height++
	c.Caller, c.Origin, c.Org, c.Roles = p.address, p.address, p.org, p.roles
	if p.scheduled {
		c.Origin = ""
	}
	c.TxHash = sha256.Sum256(fmt.Append(nil, c.Height))
	out := p.g.world.Run(contract, runtime.Call{Kind: kind, Method: method, Payload: payload, GasLimit: runtimetest.DefaultGas})
	switch out.Status {
	case runtime.StatusOK:
		name := p.g.methods[contract] + "." + method
		p.g.gas[name] = max(p.g.gas[name], out.GasUsed)
		return out.Output, nil
	case runtime.StatusContractError:
		return nil, &sdk.Error{Code: out.Error.Code, Message: out.Error.Message, Details: out.Error.Details}
	}
	return nil, fmt.Errorf("%s %s: status %d: %w", contract, method, out.Status, out.Err)
}

// TestStoriesInWasm plays the stories in the runtime and holds gas to a golden
// file: go test ./api/contractbuild -run TestStoriesInWasm -update-gas.
func TestStoriesInWasm(t *testing.T) {
	if testing.Short() {
		t.Skip("builds contracts and runs thousands of calls")
	}
	rt, err := sharedRuntime()
	require.NoError(t, err)
	code := storyCode{}
	for name, play := range stories {
		t.Run(name, func(t *testing.T) {
			code.mustBuild(t, name)
			gas := map[string]uint64{}
			world := runtimetest.NewWorld(rt)
			world.ScheduleLimit = 1_000
			play(t, &guest{world, code, map[string]string{}, gas})
			maps.DeleteFunc(gas, func(method string, _ uint64) bool { return !strings.HasPrefix(method, name+".") })
			checkGas(t, "testdata/"+name+".gas", gas)
		})
	}
}

// stories are what is played, by the example that it is about.
var stories = map[string]func(*testing.T, calendarstory.World){
	"calendar": calendarstory.Play,
	"hotline":  func(t *testing.T, w calendarstory.World) { hotlinestory.Play(t, w) },
}

// checkGas compares gas with the golden file. It depends on the Go version that
// built the contracts, so a quarter more or less is the same.
func checkGas(t *testing.T, golden string, gas map[string]uint64) {
	t.Helper()
	if *updateGas {
		var b strings.Builder
		for _, method := range slices.Sorted(maps.Keys(gas)) {
			fmt.Fprintf(&b, "%s %d\n", method, gas[method])
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
		require.NoError(t, os.WriteFile(golden, []byte(b.String()), 0o644))
	}
	text, err := os.ReadFile(golden)
	require.NoError(t, err)
	want := map[string]uint64{}
	for line := range strings.Lines(string(text)) {
		var method string
		var used uint64
		_, err := fmt.Sscan(line, &method, &used)
		require.NoError(t, err)
		want[method] = used
	}
	require.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(gas)))
	for method, used := range gas {
		require.InEpsilon(t, want[method], used, 0.25, "gas of %s; if that is meant, run with -update-gas", method)
	}
}

// chain is a real chain without CometBFT as a world of stories. Parties query with
// permits.
type chain struct {
	*apptest.Chain
	t    *testing.T
	code storyCode
	txs  [][]byte
}

// chainParties are the members of the chain's organisations.
var chainParties = map[string][]string{
	"operator": {"city", "operator"}, "supervisor": {"city", "supervisor"}, "dev": {"city", "developer"},
	"housing": {"housing", "operator"}, "citizen": {"app"},
	"agent": {"hotline", "agent"}, "dispatcher": {"hotline", "dispatcher"}, "visitor": {"hotline", "visitor"},
	"x": {"street-x", "handler"}, "a": {"street-a", "handler"}, "b": {"street-b", "handler"},
}

func newChain(t *testing.T, code storyCode) *chain {
	orgs := map[string]*app.GenesisOrg{}
	for _, name := range slices.Sorted(maps.Keys(chainParties)) {
		p := chainParties[name]
		org := orgs[p[0]]
		if org == nil {
			org = &app.GenesisOrg{Name: p[0], Title: p[0], GasPerPeriod: 100_000_000_000}
			org.Members = append(org.Members, member(p[0]+"-admin", "admin"))
			orgs[p[0]] = org
		}
		org.Members = append(org.Members, member(name, p[1:]...))
	}
	g := &app.Genesis{OperatorOrg: "city"}
	for _, name := range slices.Sorted(maps.Keys(orgs)) {
		g.Orgs = append(g.Orgs, *orgs[name])
	}
	return &chain{Chain: apptest.New(t, g), t: t, code: code}
}

func member(name string, roles ...string) app.GenesisMember {
	k := apptest.Key(name, key.Ed25519).Public()
	return app.GenesisMember{KeyType: key.Ed25519.String(), PublicKey: k.Bytes, Roles: roles}
}

func (c *chain) Address(name string) string {
	return apptest.Key(name, key.Ed25519).Public().Address().String()
}
func (c *chain) Nobody() sdk.Querier { return chainParty{c: c} }
func (c *chain) At(t time.Time)      { c.BlockAt(t.UTC()) } // queries see the last block's time
func (c *chain) Permits() bool       { return true }

func (c *chain) Party(name, org string, roles ...string) sdk.Executor {
	require.Equal(c.t, chainParties[name], append([]string{org}, roles...), "the genesis has other roles for %s", name)
	return chainParty{c, apptest.Key(name, key.Ed25519), org}
}

func (c *chain) Deploy(name, example string, init sdk.Marshaler) error {
	code, err := c.code.of(example)
	if err != nil {
		return err
	}
	payload, err := init.MarshalVT()
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write(code); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	dev, hash := apptest.Key("dev", key.Ed25519), sha256.Sum256(code)
	c.Must(c.Upload(dev, "city", packed.Bytes()))
	c.Must(c.Chain.Deploy(dev, "city", name, hash[:], payload))
	return nil
}

// chainParty is a party on a chain; the zero key asks without an account.
type chainParty struct {
	c   *chain
	key *key.Private
	org string
}

func (p chainParty) QueryContract(contract, method string, payload []byte) ([]byte, error) {
	call := appquery.Call{Contract: contract, Method: method, Payload: payload}
	if p.key != nil {
		call.Permit = p.c.Permit(p.key, p.org, contract)
	}
	out, err := p.c.App.Query().CallContract(context.Background(), call)
	var failed *apperr.Error
	switch {
	case !errors.As(err, &failed):
		return out, err
	case failed.Contract != nil:
		e := failed.Contract
		return nil, &sdk.Error{Code: e.Code, Message: e.Message, Details: e.Details}
	case failed.Code == apperr.Unauthenticated:
		// The node says so before the contract would.
		return nil, &sdk.Error{Code: sdk.CodeNeedsAccount, Message: failed.Msg}
	}
	return nil, err
}

func (p chainParty) ExecuteContract(contract, method string, payload []byte) ([]byte, error) {
	// Two requests that are equal are two txs.
	body := p.c.Body(p.key, p.org)
	body.Salt = fmt.Append(nil, p.c.Height)
	body.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: contract, Method: method, Payload: payload}}
	raw := p.c.Sign(body, p.key)
	res := p.c.Block(raw).Results[0]
	switch {
	case res.Code == 0:
		p.c.txs = append(p.c.txs, raw)
		return res.Data, nil
	case res.ContractError != nil:
		e := res.ContractError
		return nil, &sdk.Error{Code: e.Code, Message: e.Message, Details: e.Details}
	}
	return nil, errors.New(res.CodeName + ": " + res.Log)
}

// TestStoriesOnChain plays the stories on a real chain, and looks for clear text
// in its blocks.
func TestStoriesOnChain(t *testing.T) {
	if testing.Short() {
		t.Skip("builds contracts and runs thousands of txs")
	}
	code := storyCode{}
	for name, play := range stories {
		t.Run(name, func(t *testing.T) {
			code.mustBuild(t, name)
			c := newChain(t, code)
			play(t, c)
			require.NotEmpty(t, c.txs)
			for _, raw := range c.txs {
				for _, secret := range hotlinestory.Secrets {
					require.NotContains(t, string(raw), secret)
				}
			}
		})
	}
}
