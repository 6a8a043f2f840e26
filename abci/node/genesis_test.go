package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app"
)

// fourOrgs is the genesis of four organisations with a validator each.
func fourOrgs(t *testing.T, change func(*InitOptions)) []byte {
	t.Helper()
	o := InitOptions{ChainID: testChain, App: &app.Genesis{OperatorOrg: testOrg}, Time: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)}
	for i, name := range []string{testOrg, "housing", "land", "water"} {
		org := genesis().Orgs[0]
		org.Name = name
		o.App.Orgs = append(o.App.Orgs, org)
		o.Validators = append(o.Validators, Validator{
			Name: name + "-1", Org: name, PubKey: ed25519.GenPrivKeyFromSecret([]byte{byte(i)}).PubKey(), Power: 10,
		})
	}
	if change != nil {
		change(&o)
	}
	doc, err := NewGenesis(o)
	require.NoError(t, err)
	return doc
}

func TestReadGenesis(t *testing.T) {
	doc := fourOrgs(t, nil)
	g, err := ReadGenesis(doc)
	require.NoError(t, err)
	require.Equal(t, testChain, g.ChainID)
	require.Equal(t, 2026, g.Time.Year())
	require.Len(t, g.AppHash, 32)
	require.Empty(t, g.Unusual)
	var names []string
	for _, v := range g.Validators {
		names = append(names, fmt.Sprintf("%s@%s=%d", v.Name, v.Org, v.Power))
	}
	require.Equal(t, []string{"housing-1@housing=10", "land-1@land=10", "records-1@records=10", "water-1@water=10"}, names)

	again, err := ReadGenesis(fourOrgs(t, nil))
	require.NoError(t, err)
	require.Equal(t, g, again, "the same input makes the same genesis")

	// A parameter of consensus that nobody would look for.
	larger := bytes.Replace(doc, []byte(`"max_age_num_blocks": "100000"`), []byte(`"max_age_num_blocks": "7"`), 1)
	require.NotEqual(t, doc, larger)
	g, err = ReadGenesis(larger)
	require.NoError(t, err)
	require.Equal(t, []Difference{{Name: "evidence.max_age_num_blocks", Value: "7", Usual: "100000"}}, g.Unusual)
}

func TestReadGenesisRefuses(t *testing.T) {
	edit := func(f func(map[string]any)) func(*testing.T) []byte {
		return func(t *testing.T) []byte {
			var v map[string]any
			require.NoError(t, json.Unmarshal(fourOrgs(t, nil), &v))
			f(v)
			b, err := json.Marshal(v)
			require.NoError(t, err)
			return b
		}
	}
	made := func(f func(*InitOptions)) func(*testing.T) []byte {
		return func(t *testing.T) []byte { return fourOrgs(t, f) }
	}
	rows := []struct {
		name string
		doc  func(*testing.T) []byte
		want string
	}{
		{"no JSON", func(*testing.T) []byte { return []byte("{") }, "genesis: "},
		{"no time", edit(func(v map[string]any) { delete(v, "genesis_time") }), "genesis_time is missing"},
		{"no validators", edit(func(v map[string]any) { delete(v, "validators") }), "validators: there is none"},
		{"no state", edit(func(v map[string]any) { delete(v, "app_state") }), "app_state"},
		{"unknown field of the state", edit(func(v map[string]any) { v["app_state"].(map[string]any)["orgz"] = 1 }), "orgz"},
		{"gas in consensus", edit(func(v map[string]any) {
			v["consensus_params"].(map[string]any)["block"].(map[string]any)["max_gas"] = "5"
		}), "max_gas"},
		{"one key twice", made(func(o *InitOptions) { o.Validators[1].PubKey = o.Validators[0].PubKey }), "validators[1]: the key is missing, or another"},
		{"one name twice", made(func(o *InitOptions) { o.Validators[1].Name = o.Validators[0].Name }), `validator "records-1" stands twice`},
		{"a third of the power", made(func(o *InitOptions) { o.Validators[2].Power = 15 }), `"land" would hold 15 of 45 voting power`},
		{"power out of range", made(func(o *InitOptions) { o.Validators[2].Power = 1 << 40 }), "has power 1099511627776"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := ReadGenesis(row.doc(t))
			require.ErrorContains(t, err, row.want)
			require.NotContains(t, err.Error(), "InitChain")
		})
	}
}

func TestInstallGenesis(t *testing.T) {
	home := t.TempDir()
	doc := fourOrgs(t, nil)
	require.ErrorIs(t, InstallGenesis(home, doc), ErrNoHome)
	c := testConfig()
	c.Moniker = "land-1"
	id, err := Init(home, InitOptions{Config: &c})
	require.NoError(t, err)
	is, err := HomeIdentity(home)
	require.NoError(t, err)
	require.Equal(t, id, is)
	_, err = HomeGenesis(home)
	require.ErrorIs(t, err, ErrNoGenesis)
	n, err := New(Options{Home: home, Logger: testLogger()})
	require.NoError(t, err)
	require.ErrorIs(t, n.Start(t.Context()), ErrNoGenesis)

	require.NoError(t, InstallGenesis(home, doc))
	require.NoError(t, InstallGenesis(home, doc), "the same again")
	other := fourOrgs(t, func(o *InitOptions) { o.ChainID = "other-1" })
	require.ErrorIs(t, InstallGenesis(home, other), ErrOtherGenesis)

	// A chain of one's own keeps the settings that the home has.
	home = t.TempDir()
	_, err = Init(home, InitOptions{Config: &c})
	require.NoError(t, err)
	_, err = Init(home, InitOptions{ChainID: testChain, App: genesis()})
	require.NoError(t, err)
	kept, err := LoadConfig(home)
	require.NoError(t, err)
	require.Equal(t, c, kept)
}

// A genesis.json that is exchanged under the data of a chain is a fault, not
// something to be passed over in silence.
func TestExchangedGenesis(t *testing.T) {
	home := newHome(t, testConfig())
	n := start(t, home)
	awaitReady(t, n)
	second, err := New(Options{Home: home, Logger: testLogger()})
	require.NoError(t, err)
	require.ErrorIs(t, second.Start(t.Context()), ErrRunning)
	_, err = SignAfter(home, 100)
	require.ErrorIs(t, err, ErrRunning)
	require.NoError(t, n.Stop())

	doc, err := HomeGenesis(home)
	require.NoError(t, err)
	changed := strings.Replace(string(doc), "Records Office", "Another Office", 1)
	require.NotEqual(t, string(doc), changed)
	require.NoError(t, os.WriteFile(genesisFile(home), []byte(changed), 0o600))
	n, err = New(Options{Home: home, Logger: testLogger()})
	require.NoError(t, err)
	require.ErrorIs(t, n.Start(t.Context()), ErrOtherGenesis)

	require.NoError(t, os.WriteFile(genesisFile(home), doc, 0o600))
	awaitReady(t, start(t, home))
}
