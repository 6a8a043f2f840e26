package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/types"

	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/tx"
)

// Identity is who a node is.
type Identity struct {
	NodeID    string // of the peer-to-peer connections, "id" in "id@host:port"
	Validator crypto.PubKey
}

// Validator is a validator of a genesis.
type Validator struct {
	// Name is told by the state when it has the form of an organisation's name.
	Name string
	// Org runs it; empty means the operating organisation.
	Org string

	PubKey crypto.PubKey
	Power  int64
}

// InitOptions describe a new home.
type InitOptions struct {
	// Config of the node; nil means the home's own where it has some, else
	// DefaultConfig.
	Config *Config
	// ChainID of a new chain, 1 to 50 bytes. Without it and without Genesis the home
	// gets keys and settings and waits for InstallGenesis.
	ChainID string
	// Time of the genesis; zero means now.
	Time time.Time
	// App is the genesis state of a new chain.
	App *app.Genesis
	// Validators of a new chain; none means this node alone.
	Validators []Validator
	// Genesis is the genesis.json of a chain to join, instead of the four above.
	Genesis []byte
}

// ErrExists is returned for a home that has been initialised before.
var ErrExists = errors.New("the home has been initialised before")

// Init makes a home folder with keys, settings and genesis. It touches nothing
// of a home that exists.
func Init(home string, o InitOptions) (Identity, error) {
	if _, err := os.Stat(genesisFile(home)); err == nil {
		return Identity{}, fmt.Errorf("%s: %w", home, ErrExists)
	}
	id, err := InitKeys(home)
	if err != nil {
		return Identity{}, err
	}
	c, err := settings(home, o.Config)
	if err != nil {
		return Identity{}, err
	}
	doc := o.Genesis
	if doc == nil && o.ChainID == "" && o.App == nil {
		return id, nil
	}
	if doc == nil {
		if len(o.Validators) == 0 {
			o.Validators = []Validator{{Name: c.Moniker, PubKey: id.Validator, Power: 10}}
		}
		if doc, err = NewGenesis(o); err != nil {
			return Identity{}, err
		}
	}
	return id, WriteGenesis(home, doc)
}

// settings writes new settings into a home, or reads those that it has.
func settings(home string, given *Config) (Config, error) {
	if given != nil {
		return *given, given.Save(home)
	}
	if _, err := os.Stat(ConfigFile(home)); err == nil {
		return LoadConfig(home)
	}
	c := DefaultConfig()
	return c, c.Save(home)
}

// InitKeys makes the folders and keys of a home, or reads them where they exist.
// It comes before NewGenesis where a genesis names several nodes' keys.
func InitKeys(home string) (Identity, error) {
	for _, dir := range []string{home, filepath.Join(home, cmtcfg.DefaultConfigDir), filepath.Join(home, cmtcfg.DefaultDataDir)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return Identity{}, fmt.Errorf("make home: %w", err)
		}
	}
	k := cometConfig(home, DefaultConfig())
	nodeKey, err := p2p.LoadOrGenNodeKey(k.NodeKeyFile())
	if err != nil {
		return Identity{}, fmt.Errorf("node key: %w", err)
	}
	if _, err := os.Stat(k.PrivValidatorKeyFile()); errors.Is(err, os.ErrNotExist) {
		privval.NewFilePV(ed25519.GenPrivKey(), k.PrivValidatorKeyFile(), k.PrivValidatorStateFile()).Save()
	}
	pv, err := loadValidator(k)
	if err != nil {
		return Identity{}, err
	}
	return Identity{NodeID: string(nodeKey.ID()), Validator: pv.Key.PubKey}, nil
}

// ErrNoHome is returned for a folder that Init has not made.
var ErrNoHome = errors.New("no node's home")

// HomeIdentity returns who the node of a home is. Unlike InitKeys it makes nothing;
// a folder without a node's keys is ErrNoHome.
func HomeIdentity(home string) (Identity, error) {
	k := cometConfig(home, DefaultConfig())
	if _, err := os.Stat(k.NodeKeyFile()); errors.Is(err, os.ErrNotExist) {
		return Identity{}, fmt.Errorf("%s is %w", home, ErrNoHome)
	}
	nodeKey, err := p2p.LoadNodeKey(k.NodeKeyFile())
	if err != nil {
		return Identity{}, fmt.Errorf("node key: %w", err)
	}
	pub, err := ValidatorKey(home)
	return Identity{NodeID: string(nodeKey.ID()), Validator: pub}, err
}

// ValidatorKey returns the key that the node of a home signs blocks with. Unlike
// InitKeys it makes nothing.
func ValidatorKey(home string) (crypto.PubKey, error) {
	key, err := readValidatorKey(cometConfig(home, DefaultConfig()).PrivValidatorKeyFile())
	return key.PubKey, err
}

// NewGenesis returns the genesis.json of a new chain.
func NewGenesis(o InitOptions) ([]byte, error) {
	if o.App == nil {
		return nil, errors.New("genesis: the app's state is missing")
	}
	if err := o.App.Validate(); err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	state, err := json.Marshal(named(o))
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	doc := types.GenesisDoc{
		GenesisTime:     o.Time,
		ChainID:         o.ChainID,
		InitialHeight:   1,
		ConsensusParams: consensusParams(),
		AppState:        state,
	}
	for _, v := range o.Validators {
		doc.Validators = append(doc.Validators, types.GenesisValidator{Name: v.Name, PubKey: v.PubKey, Power: v.Power})
	}
	if err := doc.ValidateAndComplete(); err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	b, err := cmtjson.MarshalIndent(&doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	return append(b, '\n'), nil
}

// named returns the genesis state with the names and organisations of the
// validators, unless it names them itself.
func named(o InitOptions) *app.Genesis {
	if len(o.App.Validators) > 0 {
		return o.App
	}
	g := *o.App
	for _, v := range o.Validators {
		if tx.CheckValidatorName(v.Name) == nil {
			g.Validators = append(g.Validators, app.GenesisValidator{
				KeyType: v.PubKey.Type(), PublicKey: v.PubKey.Bytes(), Name: v.Name, Org: v.Org,
			})
		}
	}
	return &g
}

// WriteGenesis puts a genesis.json into a home.
func WriteGenesis(home string, doc []byte) error {
	if _, err := types.GenesisDocFromJSON(doc); err != nil {
		return fmt.Errorf("genesis: %w", err)
	}
	return os.WriteFile(genesisFile(home), doc, 0o600)
}

func genesisFile(home string) string {
	return filepath.Join(home, cmtcfg.DefaultConfigDir, "genesis.json")
}

// loadValidator reads the validator's key and what it signed last. CometBFT's own
// loader ends the process when a file is missing or broken, so they are read
// here first.
func loadValidator(k *cmtcfg.Config) (*privval.FilePV, error) {
	if _, err := readValidatorKey(k.PrivValidatorKeyFile()); err != nil {
		return nil, err
	}
	if _, err := readSigned(k.PrivValidatorStateFile()); err != nil {
		return nil, err
	}
	return privval.LoadFilePV(k.PrivValidatorKeyFile(), k.PrivValidatorStateFile()), nil
}
