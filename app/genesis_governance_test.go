package app_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/validator"
)

func TestGenesisOfGovernance(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*app.Genesis)
		want   string // part of the error; empty for none
	}{
		{"governed", func(*app.Genesis) {}, ""},
		{"a shorter vote", func(g *app.Genesis) { g.Params = &app.GenesisParams{VotingSeconds: 3600, MaxVotingSeconds: 7200} }, ""},
		{"a vote longer than the longest", func(g *app.Genesis) { g.Params = &app.GenesisParams{VotingSeconds: 7200, MaxVotingSeconds: 3600} }, "voting_seconds"},
		{"a stranger in the committee", func(g *app.Genesis) { g.Committee[1] = "nobody" }, `committee[1]: "nobody" is not among orgs`},
		{"one twice in the committee", func(g *app.Genesis) { g.Committee[1] = g.Committee[0] }, "stands twice"},
		{"a rule", func(g *app.Genesis) { g.Rules = []app.GenesisRule{{Kind: "quota", Threshold: 6_666}} }, ""},
		{"an unknown rule", func(g *app.Genesis) { g.Rules = []app.GenesisRule{{Kind: "weather", Threshold: 6_666}} }, `kind "weather" is unknown`},
		{"a minority", func(g *app.Genesis) { g.Rules = []app.GenesisRule{{Kind: "quota", Threshold: 4_999}} }, "threshold"},
		{"the operator alone on validators", func(g *app.Genesis) {
			g.Rules = []app.GenesisRule{{Kind: "validators", Threshold: 6_666, OperatorAlone: true}}
		}, "operator_alone"},
		{"a validator of nobody", func(g *app.Genesis) { g.Validators[0].Org = "nobody" }, `"nobody" is not among orgs`},
		{"a validator without name", func(g *app.Genesis) { g.Validators[0].Name = "" }, "is no name of a validator"},
		{"a validator with half a key", func(g *app.Genesis) { g.Validators[0].PublicKey = make([]byte, 16) }, "public_key"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := apptest.Governed()
			row.change(g)
			b, err := json.Marshal(g)
			require.NoError(t, err)
			_, err = app.ParseGenesis(b)
			if row.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, row.want)
		})
	}
}

// TestGenesisValidators holds what the state makes of the validators that
// consensus begins with.
func TestGenesisValidators(t *testing.T) {
	start := func(g *app.Genesis, powers ...int64) (*app.App, error) {
		a, err := app.Open(app.Options{Dir: t.TempDir(), NoSync: true})
		require.NoError(t, err)
		t.Cleanup(func() { a.Close() })
		state, err := json.Marshal(g)
		require.NoError(t, err)
		req := app.GenesisRequest{ChainID: apptest.ChainID, Time: apptest.Start, InitialHeight: 1, AppState: state, ValidatorKeyTypes: []string{"ed25519"}}
		for i, p := range powers {
			k := apptest.ValidatorKey([]string{"city-1", "records-1", "x", "y"}[i])
			req.Validators = append(req.Validators, app.ConsensusValidator{KeyType: "ed25519", PublicKey: k.Bytes, Power: p})
		}
		if _, err = a.InitChain(req); err == nil {
			_, err = a.ExecuteBlock(app.Block{Height: 1, Time: apptest.Start})
			require.NoError(t, err)
			_, err = a.Commit()
		}
		return a, err
	}
	name := func(g *app.Genesis, names ...string) *app.Genesis {
		for _, n := range names {
			k := apptest.ValidatorKey(n)
			g.Validators = append(g.Validators, app.GenesisValidator{KeyType: validator.Ed25519.String(), PublicKey: k.Bytes, Name: n, Org: "records"})
		}
		return g
	}
	// One that the genesis does not name is the operator's, and named by its key.
	a, err := start(name(apptest.Genesis(), "records-1"), 10, 10)
	require.NoError(t, err)
	set, err := a.Query().Validators()
	require.NoError(t, err)
	require.Len(t, set.Validators, 2)
	require.Equal(t, "records", set.Validators[0].Org)
	require.Regexp(t, "^validator-[0-9a-f]{8}$", set.Validators[1].Name)
	require.Equal(t, "city", set.Validators[1].Org)

	for want, f := range map[string]func() error{
		"does not begin with":              func() error { _, err := start(name(apptest.Genesis(), "records-1"), 10); return err },
		"the chain would stop whenever":    func() error { _, err := start(apptest.Genesis(), 40, 10, 10, 10); return err },
		"has power 0":                      func() error { _, err := start(apptest.Genesis(), 0); return err },
		"has power 2000000000, not 1 to 1": func() error { _, err := start(apptest.Genesis(), 2_000_000_000); return err },
	} {
		require.ErrorContains(t, f(), want)
	}
}
