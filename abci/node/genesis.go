package node

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	cmtabci "github.com/cometbft/cometbft/abci/types"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/types"

	"github.com/chancery-chain/chancery/abci"
	"github.com/chancery-chain/chancery/app"
	appparams "github.com/chancery-chain/chancery/app/params"
)

// Genesis is what a genesis.json says, for people who check it before they begin a
// chain with it.
type Genesis struct {
	// SHA256 of the file. Those who begin a chain together compare it.
	SHA256  [32]byte
	ChainID string
	// Time at which the chain begins: nodes that start earlier wait.
	Time     time.Time
	App      *app.Genesis
	Protocol uint64 // version
	// Validators in order of their names, those without one under the name that the
	// state gives them.
	Validators []Validator
	// AppHash of the state that it makes.
	AppHash []byte
	// Unusual are the consensus parameters that NewGenesis would set otherwise.
	Unusual []Difference
}

// Difference is a parameter with another value than the usual one, both as text.
type Difference struct{ Name, Value, Usual string }

// ReadGenesis reads a genesis.json and checks all that a node checks when it starts
// with it, by making its state in a temporary folder.
func ReadGenesis(doc []byte) (*Genesis, error) {
	d, err := types.GenesisDocFromJSON(doc)
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	// Each node would take its own time for one that is missing.
	if !bytes.Contains(doc, []byte(`"genesis_time"`)) || d.GenesisTime.Year() < 2000 {
		return nil, errors.New("genesis: genesis_time is missing")
	}
	if len(d.Validators) == 0 {
		return nil, errors.New("genesis: validators: there is none")
	}
	g := &Genesis{
		SHA256: sha256.Sum256(doc), ChainID: d.ChainID, Time: d.GenesisTime, Protocol: d.ConsensusParams.Version.App,
		Unusual: differences(d.ConsensusParams, consensusParams()),
	}
	if g.App, err = app.ParseGenesis(d.AppState); err != nil {
		return nil, err
	}
	seen := make(map[string]bool)
	for i, v := range d.Validators {
		if v.PubKey == nil || seen[v.PubKey.Address().String()] {
			return nil, fmt.Errorf("genesis: validators[%d]: the key is missing, or another validator's", i)
		}
		seen[v.PubKey.Address().String()] = true
		g.Validators = append(g.Validators, g.named(v))
	}
	slices.SortFunc(g.Validators, func(a, b Validator) int { return strings.Compare(a.Name, b.Name) })
	g.AppHash, err = tryGenesis(d)
	return g, err
}

// named gives a validator the name and organisation that the state will give it.
func (g *Genesis) named(v types.GenesisValidator) Validator {
	out := Validator{
		Name: "validator-" + strings.ToLower(v.PubKey.Address().String()[:8]), Org: g.App.OperatorOrg,
		PubKey: v.PubKey, Power: v.Power,
	}
	for _, own := range g.App.Validators {
		if own.KeyType == v.PubKey.Type() && bytes.Equal(own.PublicKey, v.PubKey.Bytes()) {
			out.Name = own.Name
			if own.Org != "" {
				out.Org = own.Org
			}
		}
	}
	return out
}

// tryGenesis begins a chain in a temporary folder, as CometBFT would, and returns
// the app hash.
func tryGenesis(d *types.GenesisDoc) (appHash []byte, err error) {
	dir, err := os.MkdirTemp("", "chancery-genesis-")
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	log := slog.New(slog.DiscardHandler)
	a, err := app.Open(app.Options{Dir: dir, NoSync: true, Logger: log})
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	validators := make([]*types.Validator, len(d.Validators))
	for i, v := range d.Validators {
		validators[i] = types.NewValidator(v.PubKey, v.Power)
		if err := validators[i].ValidateBasic(); err != nil {
			return nil, fmt.Errorf("genesis: validators[%d]: %w", i, err)
		}
	}
	params := d.ConsensusParams.ToProto()
	res, err := abci.New(abci.Options{App: a, Store: a.Query(), Logger: log}).InitChain(context.Background(), &cmtabci.RequestInitChain{
		Time: d.GenesisTime, ChainId: d.ChainID, InitialHeight: d.InitialHeight, ConsensusParams: &params,
		Validators: types.TM2PB.ValidatorUpdates(types.NewValidatorSet(validators)), AppStateBytes: d.AppState,
	})
	if err != nil {
		// The innermost error is about the genesis; what stands around it is about a node.
		for errors.Unwrap(err) != nil && strings.HasPrefix(err.Error(), "InitChain") {
			err = errors.Unwrap(err)
		}
		return nil, err
	}
	return res.AppHash, nil
}

// consensusParams are those of a new chain.
func consensusParams() *types.ConsensusParams {
	params := types.DefaultConsensusParams()
	params.Block.MaxBytes = blockBytes
	params.Block.MaxGas = -1
	// Whether a validator signs with Ed25519 or ML-DSA-65 is its own matter, and can be
	// changed by a vote later; what the genesis does not allow never can.
	params.Validator.PubKeyTypes = []string{types.ABCIPubKeyTypeEd25519, types.ABCIPubKeyTypeMlDsa65}
	params.Version.App = appparams.LatestProtocol
	return params
}

// differences lists what two sets of parameters have in different values, by their
// names in the genesis.
func differences(got, usual *types.ConsensusParams) []Difference {
	is, was := flat(got), flat(usual)
	var out []Difference
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if is[name] != was[name] {
			out = append(out, Difference{Name: name, Value: is[name], Usual: was[name]})
		}
	}
	return out
}

// flat returns "group.name" and value of every parameter.
func flat(p *types.ConsensusParams) map[string]string {
	out := make(map[string]string)
	b, err := cmtjson.Marshal(p)
	if err != nil {
		return out
	}
	var groups map[string]map[string]json.RawMessage
	if json.Unmarshal(b, &groups) != nil {
		return out
	}
	for group, values := range groups {
		for name, v := range values {
			out[group+"."+name] = strings.Trim(string(v), `"`)
		}
	}
	return out
}

// ErrNoGenesis is returned for a home that waits for its genesis.
var ErrNoGenesis = errors.New("the home has no genesis yet")

// ErrOtherGenesis is returned when a genesis is not the one that a home's data
// began with, or that lies there already.
var ErrOtherGenesis = errors.New("another genesis")

// HomeGenesis returns the genesis.json of a home, or ErrNoGenesis.
func HomeGenesis(home string) ([]byte, error) {
	b, err := os.ReadFile(genesisFile(home))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", home, ErrNoGenesis)
	}
	return b, err
}

// InstallGenesis puts a genesis.json into a home that Init made without one. Where
// the same lies already it does nothing; another one there is ErrOtherGenesis.
func InstallGenesis(home string, doc []byte) error {
	is, err := HomeGenesis(home)
	switch {
	case err == nil && bytes.Equal(is, doc):
		return nil
	case err == nil:
		return fmt.Errorf("%s has %w", home, ErrOtherGenesis)
	case !errors.Is(err, ErrNoGenesis):
		return err
	}
	if _, err := HomeIdentity(home); err != nil {
		return err
	}
	return WriteGenesis(home, doc)
}

// genesisKey is where CometBFT keeps the genesis that a chain began with. It goes
// on with that one and does not look at the file again.
var genesisKey = []byte("genesisDoc")

// checkGenesis returns ErrOtherGenesis when the data of a home began with another
// genesis than the file has.
func checkGenesis(began []byte, doc *types.GenesisDoc) error {
	if len(began) == 0 {
		return nil
	}
	is, err := cmtjson.Marshal(doc)
	if err != nil {
		return fmt.Errorf("genesis: %w", err)
	}
	if !bytes.Equal(is, began) {
		return fmt.Errorf("the data began with %w than config/genesis.json has", ErrOtherGenesis)
	}
	return nil
}
