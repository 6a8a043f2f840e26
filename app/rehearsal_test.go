package app_test

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/query"
)

// blocksOf has the blocks that a test decided.
type blocksOf struct{ *apptest.Chain }

func (b blocksOf) BlockTxs(height int64) ([][]byte, time.Time, bool) {
	i := slices.IndexFunc(b.Blocks, func(b2 app.Block) bool { return b2.Height == height })
	if i < 0 {
		return nil, time.Time{}, false
	}
	return b.Blocks[i].Txs, b.Blocks[i].Time, true
}

// rehearse rehearses an upgrade of a contract to code with its newest calls.
func (g *gatedChain) rehearse(contract string, code []byte, calls uint32, permit []byte) (*chanceryv1.RehearsalReport, error) {
	hash := sha256.Sum256(code)
	report, _, err := g.App.Query().Rehearse(g.t.Context(), query.RehearsalOf{
		Rehearsal: &chanceryv1.Rehearsal{Contract: contract, CodeHash: hash[:], Calls: calls}, Blocks: blocksOf{g.Chain}, Permit: permit,
	})
	return report, err
}

// heldBlocks gives its blocks out once it is told to.
type heldBlocks struct {
	blocksOf
	asked, give chan struct{}
}

func (b heldBlocks) BlockTxs(height int64) ([][]byte, time.Time, bool) {
	select {
	case b.asked <- struct{}{}:
	default:
	}
	<-b.give
	return b.blocksOf.BlockTxs(height)
}

// TestRehearsalsAreShared: an account has one rehearsal on a node at a time, whoever it
// acts for; who may not rehearse takes no place.
func TestRehearsalsAreShared(t *testing.T) {
	g := newGatedChain(t)
	code := otherCode(t)
	g.Must(g.Upload(recordsDev, "records", pack(t, code)))
	hash := sha256.Sum256(code)
	permit := g.Permit(recordsDev, "records", first)
	blocks := heldBlocks{blocksOf{g.Chain}, make(chan struct{}, 1), make(chan struct{})}
	of := query.RehearsalOf{Rehearsal: &chanceryv1.Rehearsal{Contract: first, CodeHash: hash[:], Calls: 1}, Blocks: blocks, Permit: permit}
	done := make(chan error)
	go func() {
		_, _, err := g.App.Query().Rehearse(t.Context(), of)
		done <- err
	}()
	<-blocks.asked
	_, err := g.App.Query().PlanRehearsal(t.Context(), of)
	require.ErrorIs(t, err, apperr.Busy.Err())
	require.ErrorContains(t, err, "try again when it is done")
	_, err = g.rehearse(first, code, 1, g.Permit(recordsClerk, "records", first))
	require.ErrorIs(t, err, apperr.PermissionDenied.Err())
	close(blocks.give)
	require.NoError(t, <-done)
	_, err = g.rehearse(first, code, 1, permit)
	require.NoError(t, err)
}

// otherCode is the conformance contract under another code hash.
func otherCode(t *testing.T) []byte {
	code, err := conformanceCode()
	require.NoError(t, err)
	return append(slices.Clone(code), 0, 3, 1, 'x', 'y') // a custom section
}

// TestRehearsalHidesTheOrigin: a rehearsal makes calls again with code that their
// signers never saw. What contracts of other organisations show to a signer must not
// get into its report.
func TestRehearsalHidesTheOrigin(t *testing.T) {
	g := newGatedChain(t)
	code, err := conformanceCode()
	require.NoError(t, err)
	hash := sha256.Sum256(code)
	const third = "records/third"
	g.Must(g.Deploy(recordsDev, "records", third, hash[:], g.request("Init", `{}`)))
	other := otherCode(t)
	g.Must(g.Upload(recordsDev, "records", pack(t, other)))
	permit := g.Permit(recordsDev, "records", first)

	forward := func(to string) {
		asked := base64.StdEncoding.EncodeToString(g.request("Restricted", `{}`))
		g.Must(g.Execute(recordsClerk, "records", first, "Forward",
			g.request("Forward", `{"contract":"`+to+`","method":"Restricted","payload":"`+asked+`","query":true,"propagate":true}`)))
	}
	forward(third)
	report, err := g.rehearse(first, other, 1, permit)
	require.NoError(t, err)
	require.Zero(t, report.Upgrade.Code, report.Upgrade.Log)
	made := func() uint32 {
		i := slices.IndexFunc(report.Gas, func(g *chanceryv1.RehearsalGas) bool { return g.Method == "Forward" })
		require.GreaterOrEqual(t, i, 0)
		return report.Gas[i].Calls
	}
	require.EqualValues(t, 1, made(), "a contract of the same organisation sees the clerk")

	forward(second)
	report, err = g.rehearse(first, other, 2, permit)
	require.NoError(t, err)
	require.EqualValues(t, 2, report.Calls)
	require.EqualValues(t, 1, made(), "a contract of another organisation answers nobody")
}

// TestRehearsalIsTheSameOnEveryNode: how many heights a node keeps decides how many
// calls it finds. Who checks a report names where it began, and gets the same report or
// none.
func TestRehearsalIsTheSameOnEveryNode(t *testing.T) {
	g := newGatedChain(t)
	other := otherCode(t)
	g.Must(g.Upload(recordsDev, "records", pack(t, other)))
	hash := sha256.Sum256(other)
	for _, name := range []string{"a", "b", "c", "d"} {
		g.Must(g.Execute(recordsClerk, "records", first, "Put", g.request("Put", `{"item":{"name":"`+name+`","blob":"`+name+name+name+name+`"}}`)))
	}
	to := g.Height
	ask := func(a *app.App, from int64) (*chanceryv1.RehearsalReport, []byte, error) {
		return a.Query().Rehearse(t.Context(), query.RehearsalOf{
			Rehearsal: &chanceryv1.Rehearsal{Contract: first, CodeHash: hash[:], Calls: 3, Height: to, FromHeight: from},
			Blocks:    blocksOf{g.Chain}, Permit: g.Permit(recordsDev, "records", first),
		})
	}
	report, want, err := ask(g.App, 0)
	require.NoError(t, err)
	require.EqualValues(t, 3, report.Calls)
	require.Equal(t, to-3, report.FromHeight)
	require.Equal(t, report.FromHeight, report.Rehearsal.FromHeight)

	forgetful := apptest.NewWith(t, gatedGenesis(), app.Options{Dir: t.TempDir(), ViewsKept: 3})
	for _, b := range g.Blocks {
		forgetful.Decide(b)
	}
	require.Equal(t, g.App.Info().AppHash, forgetful.App.Info().AppHash)
	shorter, got, err := ask(forgetful.App, 0)
	require.NoError(t, err)
	require.EqualValues(t, 2, shorter.Calls, "as far back as it keeps")
	require.NotEqual(t, want, got)
	_, _, err = ask(forgetful.App, report.FromHeight)
	require.Equal(t, apperr.Pruned, apperr.CodeOf(err), "%v", err)
	_, got, err = ask(g.App, shorter.FromHeight)
	require.NoError(t, err)
	_, again, err := ask(forgetful.App, shorter.FromHeight)
	require.NoError(t, err)
	require.Equal(t, again, got)

	g.Block()
	g.Must(g.Execute(recordsClerk, "records", first, "Put", g.request("Put", `{"item":{"name":"later","blob":"eeee"}}`)))
	_, got, err = ask(g.App, report.FromHeight)
	require.NoError(t, err)
	require.Equal(t, want, got)
	for _, from := range []int64{1, to + 1, -1} {
		_, _, err = ask(g.App, from)
		require.Equal(t, apperr.InvalidTx, apperr.CodeOf(err), "%d: %v", from, err)
	}
}

// TestAuditorsRehearse: an auditor of the committee may, for who answers to nobody else
// could give that role to its own people, and read with code of theirs what others store.
func TestAuditorsRehearse(t *testing.T) {
	g := newGatedChain(t)
	other := otherCode(t)
	g.Must(g.Upload(recordsDev, "records", pack(t, other)))
	for org, want := range map[string]apperr.Code{"city": apperr.OK, "housing": apperr.PermissionDenied} {
		_, err := g.rehearse(first, other, 1, g.Permit(apptest.Key(org+"-auditor", key.Ed25519), org, first))
		require.Equal(t, want, apperr.CodeOf(err), "%s: %v", org, err)
	}
}

// TestApproversRehearseWhatIsProposed: with code of their own they could read all
// that a contract stores.
func TestApproversRehearseWhatIsProposed(t *testing.T) {
	g := newGatedChain(t)
	code, err := conformanceCode()
	require.NoError(t, err)
	hash := sha256.Sum256(code)
	const third = "records/third"
	b := g.Body(recordsDev, "records")
	b.GasLimit = 1_000_000_000
	b.Action = &chanceryv1.TxBody_Deploy{Deploy: &chanceryv1.Deploy{
		Contract: third, CodeHash: hash[:], InitPayload: g.request("Init", `{}`),
		UpgradePolicy: &chanceryv1.UpgradePolicy{Approvers: []string{"housing"}, Required: 1},
	}}
	g.Must(g.Sign(b, recordsDev))
	other := otherCode(t)
	g.Must(g.Upload(apptest.Key("housing-dev", key.Ed25519), "housing", pack(t, other)))

	admin := apptest.Key("housing-admin", key.Ed25519)
	permit := g.Permit(admin, "housing", third)
	_, err = g.rehearse(third, other, 1, permit)
	require.ErrorIs(t, err, apperr.PermissionDenied.Err())

	otherHash := sha256.Sum256(other)
	b = g.Body(recordsDev, "records")
	b.GasLimit = 100_000_000
	b.Action = &chanceryv1.TxBody_ProposeUpgrade{ProposeUpgrade: &chanceryv1.ProposeUpgrade{Contract: third, CodeHash: otherHash[:]}}
	g.Must(g.Sign(b, recordsDev))
	_, err = g.rehearse(third, other, 1, permit)
	require.NoError(t, err)
	_, err = g.rehearse(third, code, 1, permit)
	require.ErrorIs(t, err, apperr.PermissionDenied.Err())
	_, err = g.rehearse(third, other, 1, g.Permit(apptest.Key("housing-dev", key.Ed25519), "housing", third))
	require.ErrorIs(t, err, apperr.PermissionDenied.Err(), "no admin")
}
