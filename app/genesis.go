package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/account"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// Genesis is the app_state of a chain's genesis.json.
type Genesis struct {
	// OperatorOrg is the organisation whose operators admit organisations and set
	// quotas. It must be one of Orgs.
	OperatorOrg string       `json:"operator_org"`
	Orgs        []GenesisOrg `json:"orgs"`
	// Params overrides the default parameters.
	Params *GenesisParams `json:"params,omitempty"`
	// Committee are the organisations that vote, among Orgs; none means OperatorOrg
	// alone.
	Committee []string `json:"committee,omitempty"`
	// Rules override how kinds of change are decided.
	Rules []GenesisRule `json:"rules,omitempty"`
	// Validators say whose the validators of the genesis are. One that it leaves out
	// is OperatorOrg's.
	Validators []GenesisValidator `json:"validators,omitempty"`
}

// GenesisOrg is an organisation that is there from the start.
type GenesisOrg struct {
	Name         string `json:"name"`
	Title        string `json:"title"`
	GasPerPeriod uint64 `json:"gas_per_period"`
	// StoredBytes is the most that it may keep in state; missing means the
	// parameter default_stored_bytes.
	StoredBytes *uint64         `json:"stored_bytes,omitempty"`
	Members     []GenesisMember `json:"members"`
	// Kind is a name of chancery.v1.OrgKind without its prefix, in lower case, such
	// as "government"; empty for not said.
	Kind string `json:"kind,omitempty"`
	// USCC is the unified social credit code; empty for none.
	USCC string `json:"uscc,omitempty"`
	// Parent is the organisation above it, which must stand before it; empty for
	// none.
	Parent string `json:"parent,omitempty"`
}

// GenesisMember is a member that is there from the start. The first organisation
// that names a key is the guardian of its account.
type GenesisMember struct {
	KeyType   string   `json:"key_type"`   // "ed25519" or "sm2"
	PublicKey []byte   `json:"public_key"` // base64
	Roles     []string `json:"roles"`      // sorted
}

// GenesisParams are the parameters that a genesis may set; zero keeps the
// default.
type GenesisParams struct {
	QuotaPeriodSeconds uint64 `json:"quota_period_seconds,omitempty"`
	MaxTxBytes         uint64 `json:"max_tx_bytes,omitempty"`
	MaxTxGas           uint64 `json:"max_tx_gas,omitempty"`
	MaxBlockGas        uint64 `json:"max_block_gas,omitempty"`
	MaxCallGas         uint64 `json:"max_call_gas,omitempty"`
	DefaultStoredBytes uint64 `json:"default_stored_bytes,omitempty"`
	MaxValidSeconds    uint64 `json:"max_valid_seconds,omitempty"`
	VotingSeconds      uint64 `json:"voting_seconds,omitempty"`
	MaxVotingSeconds   uint64 `json:"max_voting_seconds,omitempty"`
	MaxScheduledGas    uint64 `json:"max_scheduled_gas,omitempty"`
	ProtocolLeadBlocks uint64 `json:"protocol_lead_blocks,omitempty"`

	RecoveryDelaySeconds uint64 `json:"recovery_delay_seconds,omitempty"`
	UpgradeValidSeconds  uint64 `json:"upgrade_valid_seconds,omitempty"`
	MaxOpenProposals     uint64 `json:"max_open_proposals,omitempty"`
}

// ParseGenesis reads an app_state and refuses fields that do not exist.
func ParseGenesis(b []byte) (*Genesis, error) {
	g := new(Genesis)
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(g); err != nil {
		return nil, fmt.Errorf("genesis: app_state: %w", err)
	}
	return g, g.Validate()
}

// Validate reports every fault of a genesis at once.
func (g *Genesis) Validate() error {
	var errs []error
	add := func(where string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("genesis: %s: %w", where, err))
		}
	}
	if !slices.ContainsFunc(g.Orgs, func(o GenesisOrg) bool { return o.Name == g.OperatorOrg }) {
		add("operator_org", fmt.Errorf("%q is not among orgs", g.OperatorOrg))
	}
	names, codes := make(map[string]bool), make(map[string]bool)
	for i, o := range g.Orgs {
		add(fmt.Sprintf("orgs[%d]", i), tx.CheckOrgName(o.Name))
		if names[o.Name] {
			add(fmt.Sprintf("orgs[%d]", i), fmt.Errorf("name %q stands twice", o.Name))
		}
		add(fmt.Sprintf("orgs[%d]", i), o.check(names))
		names[o.Name] = true
		if o.USCC != "" && codes[o.USCC] {
			add(fmt.Sprintf("orgs[%d]", i), fmt.Errorf("uscc %s stands twice", o.USCC))
		}
		codes[o.USCC] = true
		for j, m := range o.Members {
			where := fmt.Sprintf("orgs[%d].members[%d]", i, j)
			_, err := m.key()
			add(where, err)
			add(where, tx.CheckRoles(m.Roles))
		}
	}
	add("params", params.Validate(g.params("check")))
	g.validateGovernance(add)
	return errors.Join(errs...)
}

// check checks what is said about an organisation; above are the names that stand
// before it.
func (o GenesisOrg) check(above map[string]bool) error {
	kind, err := o.kind()
	if err != nil {
		return err
	}
	if o.Parent != "" && !above[o.Parent] {
		return fmt.Errorf("parent %q does not stand before it", o.Parent)
	}
	return tx.CheckOrgData(o.Title, kind, o.USCC, o.Parent)
}

func (o GenesisOrg) kind() (chanceryv1.OrgKind, error) {
	if o.Kind == "" {
		return chanceryv1.OrgKind_ORG_KIND_UNSPECIFIED, nil
	}
	n, ok := chanceryv1.OrgKind_value["ORG_KIND_"+strings.ToUpper(o.Kind)]
	if !ok || o.Kind != strings.ToLower(o.Kind) {
		return 0, fmt.Errorf("kind %q is unknown", o.Kind)
	}
	return chanceryv1.OrgKind(n), nil
}

func (m GenesisMember) key() (key.Public, error) {
	t, err := key.ParseType(m.KeyType)
	if err != nil {
		return key.Public{}, err
	}
	return key.NewPublic(t, m.PublicKey)
}

func (g *Genesis) params(chainID string) *statev1.Params {
	p := params.Default()
	p.ChainId, p.OperatorOrg = chainID, g.OperatorOrg
	p.Rules = g.rules()
	if g.Params == nil {
		return p
	}
	set := func(to *uint64, v uint64) {
		if v != 0 {
			*to = v
		}
	}
	set(&p.QuotaPeriodSeconds, g.Params.QuotaPeriodSeconds)
	set(&p.MaxTxBytes, g.Params.MaxTxBytes)
	set(&p.MaxTxGas, g.Params.MaxTxGas)
	set(&p.MaxBlockGas, g.Params.MaxBlockGas)
	set(&p.MaxCallGas, g.Params.MaxCallGas)
	// A genesis that lowers the gas of txs need not name that of calls.
	if g.Params.MaxCallGas == 0 {
		p.MaxCallGas = min(p.MaxCallGas, p.MaxTxGas)
	}
	set(&p.DefaultStoredBytes, g.Params.DefaultStoredBytes)
	set(&p.MaxValidSeconds, g.Params.MaxValidSeconds)
	set(&p.MaxScheduledGas, g.Params.MaxScheduledGas)
	set(&p.VotingSeconds, g.Params.VotingSeconds)
	set(&p.MaxVotingSeconds, g.Params.MaxVotingSeconds)
	set(&p.ProtocolLeadBlocks, g.Params.ProtocolLeadBlocks)
	set(&p.RecoveryDelaySeconds, g.Params.RecoveryDelaySeconds)
	set(&p.UpgradeValidSeconds, g.Params.UpgradeValidSeconds)
	set(&p.MaxOpenProposals, g.Params.MaxOpenProposals)
	return p
}

// GenesisRequest starts a chain.
type GenesisRequest struct {
	ChainID       string
	Time          time.Time
	InitialHeight int64
	AppState      []byte // JSON of Genesis
	// Validators that consensus begins with. None is for tests that decide blocks
	// themselves.
	Validators []ConsensusValidator
	// ProtocolVersion is the one that the chain begins with; 0 means the first.
	ProtocolVersion uint64
	// ValidatorKeyTypes are the types of key that consensus takes, "ed25519" or
	// "ml_dsa_65".
	ValidatorKeyTypes []string
}

// InitChain makes the genesis state and returns its app hash. It becomes durable
// with the first block; until then txs are checked against it.
func (a *App) InitChain(g GenesisRequest) (appHash []byte, err error) {
	if h := a.Info().Height; h != 0 {
		return nil, fmt.Errorf("init chain: the state is at height %d already", h)
	}
	gen, err := ParseGenesis(g.AppState)
	if err != nil {
		return nil, err
	}
	p := gen.params(g.ChainID)
	if g.ProtocolVersion != 0 {
		p.ProtocolVersion = g.ProtocolVersion
	}
	if err := params.Validate(p); err != nil {
		return nil, err
	}
	empty, err := a.store.View(0)
	if err != nil {
		return nil, err
	}
	w := state.NewOverlay(empty)
	if err := gen.write(w, p, g.InitialHeight, g.Time); err != nil {
		return nil, err
	}
	if err := gen.writeGovernance(w, g); err != nil {
		return nil, err
	}
	t := &tip{params: p, genesis: w, genesisChanges: w.Changes(), initial: g.InitialHeight}
	t.info = Info{ChainID: g.ChainID, BlockTime: g.Time, ProtocolVersion: p.ProtocolVersion}
	appHash, err = a.store.Stage(g.InitialHeight, t.genesisChanges)
	if err != nil {
		return nil, err
	}
	a.tip.Store(t)
	return appHash, nil
}

// write writes organisations and members, whose rows count to the organisations, also
// where a quota does not cover them.
func (g *Genesis) write(w *state.Overlay, p *statev1.Params, height int64, now time.Time) error {
	if err := params.Store(w, p); err != nil {
		return err
	}
	for _, o := range g.Orgs {
		kind, err := o.kind()
		if err != nil {
			return err
		}
		if err := org.Create(w, o.Name, &statev1.Org{
			Title: o.Title, Height: height, Kind: uint32(kind), Uscc: o.USCC, Parent: o.Parent,
		}); err != nil {
			return err
		}
		if err := newQuota(w, o.Name, o.GasPerPeriod, o.StoredBytes); err != nil {
			return err
		}
		for _, m := range o.Members {
			k, err := m.key()
			if err != nil {
				return err
			}
			if err := account.Create(w, k, o.Name, o.Name); err != nil {
				return err
			}
			if err := org.SetMember(w, o.Name, k.Address(), &statev1.Member{Roles: m.Roles}, now); err != nil {
				return err
			}
		}
	}
	_, err := grow(state.NewOverlay(nil), w, p, now)
	return err
}
