package genesis

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cometbft/cometbft/crypto"
	cryptoenc "github.com/cometbft/cometbft/crypto/encoding"

	"github.com/chancery-chain/chancery/abci/node"
	"github.com/chancery-chain/chancery/app"
)

// defaultPower is what a validator gets that the input gives no power.
const defaultPower = 10

// Input is a chain's beginning as its founders write it.
type Input struct {
	// ChainID is in every signature: 1 to 50 of letters, digits, "-", "_" and ".".
	ChainID string `yaml:"chain_id"`
	// Time at which the chain begins, RFC 3339; empty means now.
	Time string `yaml:"genesis_time"`
	// OperatorOrg admits organisations and sets quotas.
	OperatorOrg string `yaml:"operator_org"`
	Orgs        []Org  `yaml:"orgs"`
	// Committee are the organisations that vote; none means OperatorOrg alone.
	Committee []string `yaml:"committee"`
	// Rules that differ from the usual ones.
	Rules []Rule `yaml:"rules"`
	// Params that differ from the usual ones, by name.
	Params     map[string]uint64 `yaml:"params"`
	Validators []Validator       `yaml:"validators"`
}

// Org is an organisation. Its first members are those listed, and the admins that
// the files of its nodes name.
type Org struct {
	Name         string   `yaml:"name"`
	Title        string   `yaml:"title"`
	Kind         string   `yaml:"kind"`
	USCC         string   `yaml:"uscc"`
	Parent       string   `yaml:"parent"`
	GasPerPeriod uint64   `yaml:"gas_per_period"`
	StoredBytes  *uint64  `yaml:"stored_bytes"`
	Members      []Member `yaml:"members"`
}

// Member is a first member.
type Member struct {
	Key   string   `yaml:"key"`
	Roles []string `yaml:"roles"`
}

// Rule says how a kind of change is decided.
type Rule struct {
	Kind          string `yaml:"kind"`
	Threshold     uint32 `yaml:"threshold"`
	OperatorAlone bool   `yaml:"operator_alone"`
}

// Validator is one that the chain begins with.
type Validator struct {
	// Node is the name of a node's file, relative to the input.
	Node  string `yaml:"node"`
	Power int64  `yaml:"power"` // 0 means 10
}

// adminRoles are those of an admin that a node's file names.
var adminRoles = []string{"admin", "operator"}

// Read reads an input and the files of the nodes that it names. The error lists
// every fault by its field.
func Read(name string) (node.InitOptions, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return node.InitOptions{}, err
	}
	var in Input
	if err := decode(b, &in); err != nil {
		return node.InitOptions{}, fmt.Errorf("%s: %w", name, err)
	}
	r := &reader{in: in, dir: filepath.Dir(name)}
	o := r.options()
	if err := r.faults.err(); err != nil {
		return node.InitOptions{}, fmt.Errorf("%s: %w", name, err)
	}
	return o, nil
}

// reader turns an input into a genesis.
type reader struct {
	faults
	in    Input
	dir   string
	nodes []NodeFile // of the validators; the zero value for one that has a fault
	orgs  map[string]bool
}

var chainIDs = regexp.MustCompile(`^[A-Za-z0-9._-]{1,50}$`)

func (r *reader) options() node.InitOptions {
	if !chainIDs.MatchString(r.in.ChainID) {
		r.say("chain_id", "%.60q is not 1 to 50 of letters, digits, \"-\", \"_\" and \".\"", r.in.ChainID)
	}
	o := node.InitOptions{ChainID: r.in.ChainID, Time: time.Now().UTC().Truncate(time.Second)}
	if r.in.Time != "" {
		t, err := time.Parse(time.RFC3339, r.in.Time)
		if err != nil || t.Year() < 2000 {
			r.say("genesis_time", "%.40q is no time such as 2026-03-02T09:00:00+08:00", r.in.Time)
		}
		o.Time = t.UTC()
	}
	r.orgs = make(map[string]bool)
	for _, org := range r.in.Orgs {
		r.orgs[org.Name] = true
	}
	r.readNodes()
	o.App = &app.Genesis{OperatorOrg: r.in.OperatorOrg, Committee: r.in.Committee}
	r.known("operator_org", r.in.OperatorOrg)
	r.committee()
	for i := range r.in.Orgs {
		o.App.Orgs = append(o.App.Orgs, r.org(i))
	}
	for _, rule := range r.in.Rules {
		o.App.Rules = append(o.App.Rules, app.GenesisRule(rule))
	}
	o.App.Params = r.params()
	o.Validators = r.validators()
	if len(r.faults) == 0 {
		r.rest(o.App)
	}
	return o
}

// known reports a name that is no organisation's.
func (r *reader) known(field, name string) {
	if !r.orgs[name] {
		r.say(field, "%.40q is not among orgs, which are %s", name, strings.Join(slices.Sorted(maps.Keys(r.orgs)), ", "))
	}
}

func (r *reader) committee() {
	for i, name := range r.in.Committee {
		field := fmt.Sprintf("committee[%d]", i)
		r.known(field, name)
		if slices.Contains(r.in.Committee[:i], name) {
			r.say(field, "%q stands twice", name)
		}
	}
}

// params returns the parameters that the input sets, or nil.
func (r *reader) params() *app.GenesisParams {
	if len(r.in.Params) == 0 {
		return nil
	}
	out := new(app.GenesisParams)
	for _, name := range slices.Sorted(maps.Keys(r.in.Params)) {
		b, err := json.Marshal(map[string]uint64{name: r.in.Params[name]})
		if err != nil {
			r.add("params."+name, err)
			continue
		}
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err := d.Decode(out); err != nil {
			r.say("params."+name, "there is no such parameter; there are %s", strings.Join(ParamNames(), ", "))
		}
		if r.in.Params[name] == 0 {
			r.say("params."+name, "cannot be 0; leave it out for the usual value")
		}
	}
	return out
}

// ParamNames are the parameters that a genesis can set.
func ParamNames() []string {
	b, err := json.Marshal(app.GenesisParams{
		QuotaPeriodSeconds: 1, MaxTxBytes: 1, MaxTxGas: 1, MaxBlockGas: 1, MaxCallGas: 1, DefaultStoredBytes: 1, MaxValidSeconds: 1,
		VotingSeconds: 1, MaxVotingSeconds: 1, MaxScheduledGas: 1, RecoveryDelaySeconds: 1, UpgradeValidSeconds: 1,
		ProtocolLeadBlocks: 1,
	})
	if err != nil {
		return nil
	}
	var names map[string]uint64
	if json.Unmarshal(b, &names) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(names))
}

// rest reports what the checks of the chain itself find.
func (r *reader) rest(g *app.Genesis) {
	err := g.Validate()
	var many interface{ Unwrap() []error }
	if err == nil || !errors.As(err, &many) {
		return
	}
	for _, e := range many.Unwrap() {
		r.faults = append(r.faults, strings.ReplaceAll(strings.TrimPrefix(e.Error(), "genesis: "), "InvalidTx: ", ""))
	}
}

// cometKey converts a validator's key.
func cometKey(n NodeFile) (crypto.PubKey, error) {
	k, err := ValidatorKey(n.Key)
	if err != nil {
		return nil, err
	}
	return cryptoenc.PubKeyFromTypeAndBytes(k.Type.String(), k.Bytes)
}
