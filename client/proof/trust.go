package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/cometbft/cometbft/types"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

// Trust is what a verifier takes for granted.
type Trust struct {
	ChainID string
	// ValidatorsHashes are the hashes of the validator sets that may have signed,
	// 32 bytes each.
	ValidatorsHashes [][]byte
}

// TrustFromGenesis trusts the validators that a genesis.json names, and by the
// steps of a proof those that they named after them.
func TrustFromGenesis(genesis []byte) (Trust, error) {
	var form struct {
		Validators []struct {
			PubKey json.RawMessage `json:"pub_key"`
		} `json:"validators"`
	}
	if err := json.Unmarshal(genesis, &form); err != nil {
		return Trust{}, fmt.Errorf("genesis: %w", err)
	}
	for i, v := range form.Validators {
		// CometBFT takes a key for granted and would panic.
		if len(v.PubKey) == 0 || string(v.PubKey) == "null" {
			return Trust{}, fmt.Errorf("genesis: validators[%d] has no pub_key", i)
		}
	}
	g, err := types.GenesisDocFromJSON(genesis)
	if err != nil {
		return Trust{}, fmt.Errorf("genesis: %w", err)
	}
	if len(g.Validators) == 0 {
		return Trust{}, errors.New("genesis: it names no validators")
	}
	// And here it would panic too.
	seen, total := make(map[string]bool), int64(0)
	for i, v := range g.Validators {
		if v.Power < 1 || v.Power > types.MaxTotalVotingPower || seen[string(v.Address)] {
			return Trust{}, fmt.Errorf("genesis: validators[%d]: its power is out of range or its key is there twice", i)
		}
		seen[string(v.Address)] = true
		if total += v.Power; total > types.MaxTotalVotingPower {
			return Trust{}, errors.New("genesis: the validators' power is too large")
		}
	}
	return Trust{ChainID: g.ChainID, ValidatorsHashes: [][]byte{g.ValidatorHash()}}, nil
}

func (t Trust) trusts(hash []byte) bool {
	for _, h := range t.ValidatorsHashes {
		if len(h) > 0 && bytes.Equal(h, hash) {
			return true
		}
	}
	return false
}

// Encode writes a proof as a JSON file.
func Encode(p *chanceryv1.Proof) ([]byte, error) {
	b, err := protojson.MarshalOptions{Multiline: true}.Marshal(p)
	return append(b, '\n'), err
}

// Decode reads a proof that Encode or a node wrote, as JSON or protobuf.
func Decode(b []byte) (*chanceryv1.Proof, error) {
	p := new(chanceryv1.Proof)
	if t := bytes.TrimSpace(b); len(t) > 0 && t[0] == '{' {
		if err := protojson.Unmarshal(t, p); err != nil {
			return nil, failed(StepForm, "not a proof file: %w", err)
		}
		return p, nil
	}
	if len(b) == 0 {
		return nil, failed(StepForm, "the file is empty")
	}
	if err := proto.Unmarshal(b, p); err != nil {
		return nil, failed(StepForm, "not a proof file: %w", err)
	}
	return p, nil
}
