package proof

import (
	"slices"
	"testing"

	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

// generations are validator sets that follow each other: the first is the
// genesis', and header 2, 3, … names the next.
func generations(t testing.TB, n int) []*city {
	list := []*city{newCity(t, 4)}
	for i := 1; i < n; i++ {
		next := &city{view: list[0].view}
		var vals []*types.Validator
		for _, seed := range []string{"a", "b", "c"} {
			k := ed25519.GenPrivKeyFromSecret([]byte{seed[0], byte(i)})
			next.keys = append(next.keys, k)
			vals = append(vals, types.NewValidator(k.PubKey(), int64(10+i)))
		}
		next.vals = types.NewValidatorSet(vals)
		list = append(list, next)
	}
	return list
}

// header returns the header of a proof, to be changed and signed anew.
func headerOf(t testing.TB, b []byte) *types.Header {
	raw := new(cmtproto.SignedHeader)
	require.NoError(t, raw.Unmarshal(b))
	sh, err := types.SignedHeaderFromProto(raw)
	require.NoError(t, err)
	return sh.Header
}

// step is a header of a height that a set signs and that names the next set.
func (c *city) step(t testing.TB, height int64, next *city, signers int) *chanceryv1.TrustStep {
	h := *headerOf(t, c.prove(t, testKey, 4).SignedHeader)
	h.Height, h.ValidatorsHash, h.NextValidatorsHash, h.ProposerAddress = height, c.vals.Hash(), next.vals.Hash(), c.vals.Proposer.Address
	p := c.sign(t, new(chanceryv1.Proof), &h, signers)
	return &chanceryv1.TrustStep{SignedHeader: p.SignedHeader, Validators: p.Validators}
}

// later is a proof at height 20 that a set signs.
func (c *city) later(t testing.TB, signers int) *chanceryv1.Proof {
	p := c.prove(t, testKey, 4)
	h := *headerOf(t, p.SignedHeader)
	h.Height, h.ValidatorsHash, h.NextValidatorsHash, h.ProposerAddress = 21, c.vals.Hash(), c.vals.Hash(), c.vals.Proposer.Address
	p.Height = 20
	return c.sign(t, p, &h, signers)
}

func TestVerifyFollowsTheValidators(t *testing.T) {
	g := generations(t, 3)
	trust := Trust{ChainID: testChain, ValidatorsHashes: [][]byte{g[0].vals.Hash()}}
	steps := []*chanceryv1.TrustStep{g[0].step(t, 7, g[1], 4), g[1].step(t, 8, g[2], 3)}
	whole := g[2].later(t, 3)
	whole.Steps = steps
	v, err := Verify(whole, trust)
	require.NoError(t, err)
	require.Equal(t, 2, v.Steps)
	require.Equal(t, int64(36), v.Signed)
	require.Equal(t, testValue, v.Value)

	for _, row := range []struct {
		name  string
		steps []*chanceryv1.TrustStep
		step  Step
	}{
		{"no steps", nil, StepValidators},
		{"the last one is missing", steps[:1], StepValidators},
		{"the first one is missing", steps[1:], StepTrust},
		{"in the wrong order", []*chanceryv1.TrustStep{steps[1], steps[0]}, StepTrust},
		{"one twice", []*chanceryv1.TrustStep{steps[0], steps[0], steps[1]}, StepTrust},
		{"two thirds did not sign", []*chanceryv1.TrustStep{g[0].step(t, 7, g[1], 2), steps[1]}, StepTrust},
		{"not above the proof", []*chanceryv1.TrustStep{steps[0], g[1].step(t, 21, g[2], 3)}, StepTrust},
		{"an empty one", []*chanceryv1.TrustStep{steps[0], {}, steps[1]}, StepTrust},
		{"strangers name the next", []*chanceryv1.TrustStep{steps[0], g[2].step(t, 8, g[2], 3)}, StepTrust},
		{"too many", slices.Repeat(steps[:1], maxSteps+1), StepForm},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := proto.CloneOf(whole)
			p.Steps = row.steps
			_, err := Verify(p, trust)
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, row.step, e.Step, "%v", err)
		})
	}

	// Whoever trusts a younger set needs no steps.
	_, err = Verify(g[2].later(t, 3), Trust{ChainID: testChain, ValidatorsHashes: [][]byte{g[2].vals.Hash()}})
	require.NoError(t, err)
}
