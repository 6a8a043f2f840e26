package node

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/mldsa65"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/gen/chancery/v1/chanceryv1connect"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/tx"
)

// committee is genesis with two organisations that vote and run two validators
// each.
func committee(homes []string, ids []Identity) (*app.Genesis, []Validator) {
	g := genesis()
	other := g.Orgs[0]
	other.Name = "housing"
	g.Orgs = append(g.Orgs, other)
	g.Committee = []string{testOrg, "housing"}
	var validators []Validator
	for i := range homes {
		validators = append(validators, Validator{
			Name: fmt.Sprintf("v%d", i), Org: g.Committee[i%2], PubKey: ids[i].Validator, Power: 10,
		})
	}
	return g, validators
}

// join makes the home of a node of the network that signs nothing yet.
func join(t *testing.T, doc []byte, peers []*Node) (home string, id Identity) {
	t.Helper()
	home = t.TempDir()
	c := testConfig()
	c.Moniker = "v4"
	for _, p := range peers {
		c.P2P.PersistentPeers = append(c.P2P.PersistentPeers, p.P2PAddr())
	}
	id, err := Init(home, InitOptions{Config: &c, Genesis: doc})
	require.NoError(t, err)
	return home, id
}

// decide has both organisations vote for changes of validators, which are made in
// the block of the second vote.
func decide(t *testing.T, n *Node, changes ...*chanceryv1.Change) {
	t.Helper()
	seen := blocks(t, n)
	c := connectTo(n)
	sign := func(b *chanceryv1.TxBody) []byte {
		raw, _, err := tx.Sign(b, admin)
		require.NoError(t, err)
		return raw
	}
	b := newBody()
	b.Action = &chanceryv1.TxBody_Propose{Propose: &chanceryv1.Propose{Title: "validators", Changes: changes}}
	res := submit(t, c, sign(b))
	var proposed chanceryv1.ProposeResult
	require.NoError(t, proto.Unmarshal(res.Data, &proposed))
	require.Equal(t, chanceryv1.ProposalStatus_PROPOSAL_STATUS_OPEN, proposed.Status)
	b = newBody()
	b.Org = "housing"
	b.Action = &chanceryv1.TxBody_Vote{Vote: &chanceryv1.Vote{Proposal: proposed.Proposal, Yes: true}}
	height := submit(t, c, sign(b)).Height
	block := next(t, seen, func(b *app.BlockResult) bool { return b.Height == height })
	require.NotEmpty(t, block.Events)
	var decided chanceryv1.ProposalDecided
	require.NoError(t, proto.Unmarshal(block.Events[0].Payload, &decided))
	require.Equal(t, chanceryv1.ProposalStatus_PROPOSAL_STATUS_PASSED, decided.Status, "%v", &decided)
	require.GreaterOrEqual(t, len(block.ValidatorUpdates), len(changes))
}

// awaitSigner makes blocks until a validator signs one, or no longer does, and
// returns that height.
func awaitSigner(t *testing.T, n *Node, signer crypto.Address, signs bool) int64 {
	t.Helper()
	for range 100 {
		raw, _ := memberTx(t)
		h := submit(t, connectTo(n), raw).Height - 1
		commit := n.comet.BlockStore().LoadBlockCommit(h)
		if commit == nil {
			continue
		}
		set, err := n.chain.states.LoadValidators(h)
		require.NoError(t, err)
		found := false
		for _, s := range commit.Signatures {
			found = found || s.BlockIDFlag == types.BlockIDFlagCommit && bytes.Equal(s.ValidatorAddress, signer)
		}
		if found == signs && set.HasAddress(signer) == signs {
			return h
		}
	}
	require.Fail(t, "it did not happen in 100 blocks", "signs=%v", signs)
	return 0
}

func add(name, org string, pub crypto.PubKey, power uint64) *chanceryv1.Change {
	return &chanceryv1.Change{Change: &chanceryv1.Change_AddValidator{AddValidator: &chanceryv1.AddValidator{
		Name: name, Org: org, Key: apiKey(pub), Power: power,
	}}}
}

func apiKey(pub crypto.PubKey) *chanceryv1.ValidatorKey {
	t := chanceryv1.ValidatorKeyType_VALIDATOR_KEY_TYPE_ED25519
	if pub.Type() == mldsa65.KeyType {
		t = chanceryv1.ValidatorKeyType_VALIDATOR_KEY_TYPE_ML_DSA_65
	}
	return &chanceryv1.ValidatorKey{KeyType: t, PublicKey: pub.Bytes()}
}

// TestNetworkChangesValidators admits a fifth validator by vote, changes powers,
// rotates its key, removes one and loses one that double signs; the chain goes on
// all the time, and executing it again gives the same state.
func TestNetworkChangesValidators(t *testing.T) {
	if testing.Short() {
		t.Skip("runs five nodes")
	}
	homes, doc := networkOf(t, 4, committee)
	nodes := make([]*Node, len(homes))
	for i, home := range homes {
		nodes[i] = start(t, home)
	}
	for _, n := range nodes {
		awaitReady(t, n)
	}
	home, id := join(t, doc, nodes)
	fifth := start(t, home)
	awaitReady(t, fifth)

	// Admit it; its signature counts from the second block after that on.
	decide(t, nodes[0], add("v4", "housing", id.Validator, 10))
	awaitSigner(t, nodes[0], id.Validator.Address(), true)

	// Change powers.
	decide(t, nodes[1],
		&chanceryv1.Change{Change: &chanceryv1.Change_SetPower{SetPower: &chanceryv1.SetPower{Name: "v0", Power: 7}}},
		&chanceryv1.Change{Change: &chanceryv1.Change_SetPower{SetPower: &chanceryv1.SetPower{Name: "v4", Power: 12}}},
	)
	h := awaitSigner(t, nodes[2], id.Validator.Address(), true) + 3
	raw, _ := memberTx(t)
	for submit(t, connectTo(nodes[2]), raw).Height < h {
		raw, _ = memberTx(t)
	}
	set, err := nodes[2].chain.states.LoadValidators(h)
	require.NoError(t, err)
	require.Equal(t, int64(49), set.TotalVotingPower())

	// Rotate the fifth's key, to one that no quantum computer breaks, while it stands
	// still.
	require.NoError(t, fifth.Stop())
	fresh, err := mldsa65.GenPrivKey()
	require.NoError(t, err)
	decide(t, nodes[0], &chanceryv1.Change{Change: &chanceryv1.Change_RotateKey{RotateKey: &chanceryv1.RotateKey{
		Name: "v4", Key: apiKey(fresh.PubKey()),
	}}}, &chanceryv1.Change{Change: &chanceryv1.Change_SetPower{SetPower: &chanceryv1.SetPower{Name: "v0", Power: 8}}})
	k := cometConfig(home, testConfig())
	privval.NewFilePV(fresh, k.PrivValidatorKeyFile(), k.PrivValidatorStateFile()).Save()
	fifth = start(t, home)
	awaitReady(t, fifth)
	awaitSigner(t, nodes[0], fresh.PubKey().Address(), true)

	// Remove one, and stop it: nobody waits for it.
	gone, err := loadValidator(cometConfig(homes[1], testConfig()))
	require.NoError(t, err)
	decide(t, nodes[0], &chanceryv1.Change{Change: &chanceryv1.Change_RemoveValidator{RemoveValidator: &chanceryv1.RemoveValidator{Name: "v1"}}})
	awaitSigner(t, nodes[0], gone.Key.PubKey.Address(), false)
	require.NoError(t, nodes[1].Stop())

	// Another one double signs.
	last := punished(t, nodes[0], homes[3])
	running := []*Node{nodes[0], nodes[2], fifth}
	sameAppHash(t, running, last)

	// What the API tells of all that.
	validators := chanceryv1connect.NewValidatorServiceClient(http.DefaultClient, "http://"+nodes[0].RPCAddr())
	list, err := validators.ListValidators(t.Context(), connect.NewRequest(&chanceryv1.ListValidatorsRequest{}))
	require.NoError(t, err)
	var names []string
	for _, v := range list.Msg.Set.Validators {
		names = append(names, fmt.Sprint(v.Name, "@", v.Org, "=", v.Power))
	}
	require.Equal(t, []string{"v0@records=8", "v2@records=10", "v4@housing=12"}, names)
	evidence, err := validators.ListEvidence(t.Context(), connect.NewRequest(&chanceryv1.ListEvidenceRequest{}))
	require.NoError(t, err)
	require.Len(t, evidence.Msg.Evidence, 1)
	require.Equal(t, "v3", evidence.Msg.Evidence[0].Name)
	block, err := connectTo(nodes[0]).node.GetBlock(t.Context(), connect.NewRequest(&chanceryv1.GetBlockRequest{
		Height: evidence.Msg.Evidence[0].RecordedHeight,
	}))
	require.NoError(t, err)
	require.Equal(t, "chancery.v1.MisbehaviourRecorded", block.Msg.Events[0].Type)
	require.Len(t, block.Msg.ValidatorUpdates, 1)

	// Executing all of it again gives the same app hashes, evidence included.
	want := nodes[0].Status()
	require.NoError(t, nodes[0].Stop())
	again, err := Replay(t.Context(), ReplayOptions{Home: homes[0], Dir: t.TempDir(), Logger: testLogger()})
	require.NoError(t, err)
	require.GreaterOrEqual(t, again.Height, want.Height)
}

// punished hands a node the evidence that the validator of a home double signed,
// and returns the height of the block in which it loses its place.
func punished(t *testing.T, n *Node, home string) int64 {
	t.Helper()
	pv, err := loadValidator(cometConfig(home, testConfig()))
	require.NoError(t, err)
	raw, _ := memberTx(t)
	h := submit(t, connectTo(n), raw).Height
	set, err := n.chain.states.LoadValidators(h)
	require.NoError(t, err)
	at := n.comet.BlockStore().LoadBlockMeta(h).Header.Time
	ev, err := types.NewMockDuplicateVoteEvidenceWithValidator(h, at, types.NewMockPVWithParams(pv.Key.PrivKey, false, false), testChain)
	require.NoError(t, err)
	_, val := set.GetByAddress(pv.Key.PubKey.Address())
	require.NotNil(t, val)
	ev.ValidatorPower, ev.TotalVotingPower = val.VotingPower, set.TotalVotingPower()

	seen := blocks(t, n)
	// The pool takes evidence of a height once it knows the block after it.
	require.Eventually(t, func() bool { return n.comet.EvidencePool().AddEvidence(ev) == nil }, longest, 20*time.Millisecond)
	raw, _ = memberTx(t)
	submit(t, connectTo(n), raw)
	block := next(t, seen, func(b *app.BlockResult) bool { return len(b.ValidatorUpdates) > 0 })
	require.Zero(t, block.ValidatorUpdates[0].Power)
	return block.Height
}
