package abci

import (
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
	cryptoenc "github.com/cometbft/cometbft/crypto/encoding"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/validator"
)

func genesisValidators(list []abci.ValidatorUpdate) ([]app.ConsensusValidator, error) {
	out := make([]app.ConsensusValidator, len(list))
	for i, v := range list {
		k, err := cryptoenc.PubKeyFromProto(v.PubKey)
		if err != nil {
			return nil, fmt.Errorf("validator %d of the genesis: %w", i, err)
		}
		out[i] = app.ConsensusValidator{KeyType: k.Type(), PublicKey: k.Bytes(), Power: v.Power}
	}
	return out, nil
}

// validatorUpdates translates changes of validators. CometBFT stops at one that
// it cannot take, so the state machine checks all of it before.
func validatorUpdates(list []*chanceryv1.ValidatorUpdate) ([]abci.ValidatorUpdate, error) {
	var out []abci.ValidatorUpdate
	for _, u := range list {
		own, err := validator.KeyOf(u.Key)
		if err != nil {
			return nil, err
		}
		k, err := cryptoenc.PubKeyFromTypeAndBytes(own.Type.String(), own.Bytes)
		if err != nil {
			return nil, fmt.Errorf("validator %s: %w", own.Address(), err)
		}
		pub, err := cryptoenc.PubKeyToProto(k)
		if err != nil {
			return nil, fmt.Errorf("validator %s: %w", own.Address(), err)
		}
		out = append(out, abci.ValidatorUpdate{PubKey: pub, Power: int64(u.Power)})
	}
	return out, nil
}

// Misbehaviour translates the evidence of a block. CometBFT has checked it, and
// its addresses are those of keys that were validators.
func Misbehaviour(list []abci.Misbehavior) []validator.Misbehaviour {
	var out []validator.Misbehaviour
	for _, m := range list {
		if len(m.Validator.Address) != len(validator.Address{}) {
			continue
		}
		kind := chanceryv1.MisbehaviourKind_MISBEHAVIOUR_KIND_UNSPECIFIED
		switch m.Type {
		case abci.MisbehaviorType_DUPLICATE_VOTE:
			kind = chanceryv1.MisbehaviourKind_MISBEHAVIOUR_KIND_DUPLICATE_VOTE
		case abci.MisbehaviorType_LIGHT_CLIENT_ATTACK:
			kind = chanceryv1.MisbehaviourKind_MISBEHAVIOUR_KIND_LIGHT_CLIENT_ATTACK
		}
		out = append(out, validator.Misbehaviour{
			Kind: kind, Address: validator.Address(m.Validator.Address), Height: m.Height, Time: m.Time,
			Power: uint64(max(m.Validator.Power, 0)),
		})
	}
	return out
}
