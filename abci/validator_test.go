package abci

import (
	"fmt"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/crypto/mldsa65"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/validator"
)

// TestKeysAreCometBFTs holds that both sides name keys and addresses the same.
func TestKeysAreCometBFTs(t *testing.T) {
	ed := ed25519.GenPrivKeyFromSecret([]byte("seed")).PubKey()
	mlPriv, err := mldsa65.GenPrivKey()
	require.NoError(t, err)
	for _, pub := range []interface {
		Type() string
		Bytes() []byte
		Address() cmttypes.Address
	}{ed, mlPriv.PubKey()} {
		kt, err := validator.ParseKeyType(pub.Type())
		require.NoError(t, err)
		k, err := validator.NewKey(kt, pub.Bytes())
		require.NoError(t, err)
		require.Equal(t, pub.Address().String(), k.Address().String())
		updates, err := validatorUpdates([]*chanceryv1.ValidatorUpdate{{Key: k.API(), Power: 7}})
		require.NoError(t, err)
		back, err := genesisValidators(updates)
		require.NoError(t, err)
		require.Equal(t, []app.ConsensusValidator{{KeyType: pub.Type(), PublicKey: pub.Bytes(), Power: 7}}, back)
	}
	_, err = genesisValidators([]abci.ValidatorUpdate{{Power: 1}})
	require.Error(t, err)
}

func TestMisbehaviour(t *testing.T) {
	at := time.Unix(7, 0)
	address := make([]byte, 20)
	address[0] = 9
	got := Misbehaviour([]abci.Misbehavior{
		{Type: abci.MisbehaviorType_DUPLICATE_VOTE, Validator: abci.Validator{Address: address, Power: 10}, Height: 4, Time: at},
		{Type: abci.MisbehaviorType_LIGHT_CLIENT_ATTACK, Validator: abci.Validator{Address: address, Power: 10}, Height: 5, Time: at},
		{Type: 77, Validator: abci.Validator{Address: []byte("short")}},
	})
	require.Equal(t, []validator.Misbehaviour{
		{Kind: chanceryv1.MisbehaviourKind_MISBEHAVIOUR_KIND_DUPLICATE_VOTE, Address: validator.Address(address), Height: 4, Time: at, Power: 10},
		{Kind: chanceryv1.MisbehaviourKind_MISBEHAVIOUR_KIND_LIGHT_CLIENT_ATTACK, Address: validator.Address(address), Height: 5, Time: at, Power: 10},
	}, got)
}

// TestUpdatesKeepCometBFTsSet applies the updates between random sets to CometBFT's
// own validator set: it takes every one of them, which it must, since it stops the
// node at one that it cannot take, and ends with the same powers.
func TestUpdatesKeepCometBFTsSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) validator.Set {
			var s validator.Set
			for i := range 8 {
				if power := rapid.SampledFrom([]uint64{0, 0, 1, 2, 10, 1_000_000_000}).Draw(t, fmt.Sprintf("%s %d", label, i)); power > 0 {
					k, err := validator.NewKey(validator.Ed25519, ed25519.GenPrivKeyFromSecret([]byte{byte(i)}).PubKey().Bytes())
					require.NoError(t, err)
					s = append(s, validator.Validator{Name: fmt.Sprint("v", i), Org: "city", Key: k, Power: power})
				}
			}
			if len(s) == 0 {
				t.Skip("nobody")
			}
			return s
		}
		toComet := func(updates []*chanceryv1.ValidatorUpdate) []*cmttypes.Validator {
			list, err := validatorUpdates(updates)
			require.NoError(t, err)
			vals, err := cmttypes.PB2TM.ValidatorUpdates(list)
			require.NoError(t, err)
			return vals
		}
		current := draw("genesis")
		comet := cmttypes.NewValidatorSet(toComet(validator.Updates(nil, current)))
		for step := range 4 {
			next := draw(fmt.Sprint("step ", step))
			updates := toComet(validator.Updates(current, next))
			if len(updates) > 0 {
				require.NoError(t, comet.UpdateWithChangeSet(updates))
			}
			require.Equal(t, len(next), comet.Size())
			for _, v := range next {
				a := v.Key.Address()
				_, found := comet.GetByAddress(a[:])
				require.NotNil(t, found)
				require.Equal(t, int64(v.Power), found.VotingPower)
			}
			current = next
		}
	})
}
