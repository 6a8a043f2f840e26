package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/types"
	ics23 "github.com/cosmos/ics23/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/contract/storage"
	"github.com/chancery-chain/chancery/app/state"
)

const (
	testChain    = "city-test"
	testContract = "records/evidence"
)

var (
	testKey   = []byte("record/1")
	testValue = []byte("the value")
	emptyKey  = []byte("record/empty")
	testTime  = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
)

// city is a chain's state and validators as far as a proof needs them.
type city struct {
	keys []ed25519.PrivKey
	vals *types.ValidatorSet
	view *state.View
}

func newCity(t testing.TB, validators int) *city {
	c := new(city)
	var list []*types.Validator
	for i := range validators {
		k := ed25519.GenPrivKeyFromSecret(fmt.Appendf(nil, "validator %d", i))
		c.keys = append(c.keys, k)
		list = append(list, types.NewValidator(k.PubKey(), 10))
	}
	c.vals = types.NewValidatorSet(list)

	s, err := state.Open(state.Options{Dir: t.TempDir(), NoSync: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	var changes []state.Change
	for _, kv := range []struct{ k, v []byte }{
		{storage.Key(testContract, []byte("a")), []byte("1")},
		{storage.Key(testContract, testKey), testValue},
		{storage.Key(testContract, emptyKey), []byte{}},
		{storage.Key("records/other", testKey), testValue},
	} {
		changes = append(changes, state.Change{Key: kv.k, Value: kv.v})
	}
	_, err = s.Stage(1, changes)
	require.NoError(t, err)
	require.NoError(t, s.Commit(nil))
	c.view, err = s.View(1)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.view.Close()) })
	return c
}

// prove makes the proof of a key as a node would, signed by the first validators.
func (c *city) prove(t testing.TB, key []byte, signers int) *chanceryv1.Proof {
	commitment, err := c.view.Prove(storage.Key(testContract, key))
	require.NoError(t, err)
	value, ok := c.view.Get(storage.Key(testContract, key))
	header := &types.Header{
		Version: consensusVersion, ChainID: testChain, Height: 2, Time: testTime,
		LastBlockID:    types.BlockID{Hash: bytes.Repeat([]byte{1}, 32), PartSetHeader: types.PartSetHeader{Total: 1, Hash: bytes.Repeat([]byte{2}, 32)}},
		LastCommitHash: bytes.Repeat([]byte{3}, 32), DataHash: bytes.Repeat([]byte{4}, 32),
		ValidatorsHash: c.vals.Hash(), NextValidatorsHash: c.vals.Hash(), ConsensusHash: bytes.Repeat([]byte{5}, 32),
		AppHash: c.view.AppHash(), LastResultsHash: bytes.Repeat([]byte{6}, 32), EvidenceHash: bytes.Repeat([]byte{7}, 32),
		ProposerAddress: c.vals.Proposer.Address,
	}
	return c.sign(t, &chanceryv1.Proof{
		ChainId: testChain, Height: 1, Contract: testContract, Key: key, Absent: !ok, Value: value,
		CommitmentProof: marshal(t, commitment),
	}, header, signers)
}

// sign fills in the header with its signatures and the validators.
func (c *city) sign(t testing.TB, p *chanceryv1.Proof, header *types.Header, signers int) *chanceryv1.Proof {
	id := types.BlockID{Hash: header.Hash(), PartSetHeader: types.PartSetHeader{Total: 1, Hash: bytes.Repeat([]byte{8}, 32)}}
	commit := &types.Commit{Height: header.Height, Round: 0, BlockID: id}
	for i, v := range c.vals.Validators {
		if i >= signers {
			commit.Signatures = append(commit.Signatures, types.NewCommitSigAbsent())
			continue
		}
		vote := &types.Vote{
			Type: 2, Height: header.Height, BlockID: id, Timestamp: testTime.Add(time.Second),
			ValidatorAddress: v.Address, ValidatorIndex: int32(i),
		}
		for _, k := range c.keys {
			if bytes.Equal(k.PubKey().Address(), v.Address) {
				sig, err := k.Sign(types.VoteSignBytes(header.ChainID, vote.ToProto()))
				require.NoError(t, err)
				vote.Signature = sig
			}
		}
		commit.Signatures = append(commit.Signatures, vote.CommitSig())
	}
	p.SignedHeader = marshal(t, (&types.SignedHeader{Header: header, Commit: commit}).ToProto())
	vals, err := c.vals.ToProto()
	require.NoError(t, err)
	p.Validators = marshal(t, vals)
	return p
}

type marshaler interface{ Marshal() ([]byte, error) }

func marshal(t testing.TB, m marshaler) []byte {
	b, err := m.Marshal()
	require.NoError(t, err)
	return b
}

func (c *city) genesis(t testing.TB) []byte {
	doc := types.GenesisDoc{ChainID: testChain, GenesisTime: testTime}
	for _, v := range c.vals.Validators {
		doc.Validators = append(doc.Validators, types.GenesisValidator{PubKey: v.PubKey, Power: v.VotingPower})
	}
	require.NoError(t, doc.ValidateAndComplete())
	path := t.TempDir() + "/genesis.json"
	require.NoError(t, doc.SaveAs(path))
	return readFile(t, path)
}

func TestVerify(t *testing.T) {
	rows := []struct {
		name   string
		key    []byte
		value  []byte
		absent bool
	}{
		{"a value", testKey, testValue, false},
		{"an empty value", emptyKey, []byte{}, false},
		{"no value", []byte("record/2"), nil, true},
		{"no value before all others", []byte{0}, nil, true},
	}
	for _, row := range rows {
		for _, validators := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s, %d validators", row.name, validators), func(t *testing.T) {
				c := newCity(t, validators)
				trust, err := TrustFromGenesis(c.genesis(t))
				require.NoError(t, err)
				b, err := Encode(c.prove(t, row.key, max(1, validators*3/4)))
				require.NoError(t, err)
				p, err := Decode(b)
				require.NoError(t, err)
				v, err := Verify(p, trust)
				require.NoError(t, err)
				require.Equal(t, row.absent, v.Absent)
				require.Equal(t, string(row.value), string(v.Value))
				require.Equal(t, int64(1), v.Height)
				require.Equal(t, testTime, v.Time)
				require.Equal(t, c.view.AppHash(), v.AppHash)
				require.Equal(t, int64(10*max(1, validators*3/4)), v.Signed)
			})
		}
	}
}

func TestVerifyDetectsTampering(t *testing.T) {
	c := newCity(t, 4)
	trust, err := TrustFromGenesis(c.genesis(t))
	require.NoError(t, err)
	other := newCity(t, 3)
	absent := c.prove(t, []byte("record/2"), 4)

	// header changes the signed header without signing it again.
	header := func(change func(*types.SignedHeader)) func(*chanceryv1.Proof) {
		return func(p *chanceryv1.Proof) {
			sh := decodeHeader(t, p)
			change(sh)
			p.SignedHeader = marshal(t, sh.ToProto())
		}
	}
	// vals changes the validator set.
	vals := func(change func(*types.ValidatorSet)) func(*chanceryv1.Proof) {
		return func(p *chanceryv1.Proof) {
			set := c.vals.Copy()
			change(set)
			raw, err := set.ToProto()
			require.NoError(t, err)
			p.Validators = marshal(t, raw)
		}
	}
	path := func(change func(*ics23.CommitmentProof)) func(*chanceryv1.Proof) {
		return func(p *chanceryv1.Proof) {
			m := new(ics23.CommitmentProof)
			require.NoError(t, m.Unmarshal(p.CommitmentProof))
			change(m)
			p.CommitmentProof = marshal(t, m)
		}
	}
	rows := []struct {
		name   string
		change func(*chanceryv1.Proof)
		step   Step
	}{
		{"chain id", func(p *chanceryv1.Proof) { p.ChainId = "other" }, StepHeader},
		{"height up", func(p *chanceryv1.Proof) { p.Height++ }, StepHeader},
		{"height zero", func(p *chanceryv1.Proof) { p.Height = 0 }, StepForm},
		{"contract", func(p *chanceryv1.Proof) { p.Contract = "records/other" }, StepPath},
		{"contract name", func(p *chanceryv1.Proof) { p.Contract = "records" }, StepForm},
		{"key", func(p *chanceryv1.Proof) { p.Key = []byte("record/2") }, StepPath},
		{"key empty", func(p *chanceryv1.Proof) { p.Key = nil }, StepForm},
		{"value", func(p *chanceryv1.Proof) { p.Value[0] ^= 1 }, StepPath},
		{"value empty", func(p *chanceryv1.Proof) { p.Value = nil }, StepPath},
		{"absent with a value", func(p *chanceryv1.Proof) { p.Absent = true }, StepForm},
		{"absent", func(p *chanceryv1.Proof) { p.Absent, p.Value = true, nil }, StepPath},
		{"absence path of another key", func(p *chanceryv1.Proof) {
			p.Absent, p.Value, p.CommitmentProof = true, nil, absent.CommitmentProof
		}, StepPath},
		{"path missing", func(p *chanceryv1.Proof) { p.CommitmentProof = nil }, StepPath},
		{"path cut", func(p *chanceryv1.Proof) { p.CommitmentProof = p.CommitmentProof[:len(p.CommitmentProof)-1] }, StepForm},
		{"path value", path(func(m *ics23.CommitmentProof) { m.GetExist().Value[0] ^= 1 }), StepPath},
		{"path key", path(func(m *ics23.CommitmentProof) { m.GetExist().Key[5] ^= 1 }), StepPath},
		{"path leaf", path(func(m *ics23.CommitmentProof) { m.GetExist().Leaf.Prefix[0] ^= 2 }), StepPath},
		{"path step", path(func(m *ics23.CommitmentProof) { m.GetExist().Path[0].Suffix = append(m.GetExist().Path[0].Suffix, 1) }), StepPath},
		{"path steps dropped", path(func(m *ics23.CommitmentProof) { m.GetExist().Path = m.GetExist().Path[1:] }), StepPath},

		{"header missing", func(p *chanceryv1.Proof) { p.SignedHeader = nil }, StepHeader},
		{"header no protobuf", func(p *chanceryv1.Proof) { p.SignedHeader = []byte{0xff} }, StepForm},
		{"header chain id", header(func(s *types.SignedHeader) { s.ChainID = "other" }), StepHeader},
		{"header height", header(func(s *types.SignedHeader) { s.Header.Height++ }), StepHeader},
		{"header and commit height", header(func(s *types.SignedHeader) { s.Header.Height++; s.Commit.Height++ }), StepHeader},
		{"header time", header(func(s *types.SignedHeader) { s.Header.Time = testTime.Add(1) }), StepHeader},
		{"header app hash", header(func(s *types.SignedHeader) { s.AppHash[0] ^= 1 }), StepHeader},
		{"header app version", header(func(s *types.SignedHeader) { s.Header.Version.App++ }), StepHeader},
		{"header validators", header(func(s *types.SignedHeader) { s.ValidatorsHash[0] ^= 1 }), StepHeader},
		{"header next validators", header(func(s *types.SignedHeader) { s.NextValidatorsHash[0] ^= 1 }), StepHeader},
		{"header data", header(func(s *types.SignedHeader) { s.DataHash[0] ^= 1 }), StepHeader},
		{"header results", header(func(s *types.SignedHeader) { s.LastResultsHash[0] ^= 1 }), StepHeader},
		{"header proposer", header(func(s *types.SignedHeader) { s.ProposerAddress[0] ^= 1 }), StepHeader},
		{"header hashed anew", header(func(s *types.SignedHeader) {
			s.AppHash[0] ^= 1
			s.Commit.BlockID.Hash = s.Header.Hash()
		}), StepSignatures},
		{"commit round", header(func(s *types.SignedHeader) { s.Commit.Round++ }), StepSignatures},
		{"commit parts", header(func(s *types.SignedHeader) { s.Commit.BlockID.PartSetHeader.Hash[0] ^= 1 }), StepSignatures},
		{"commit without block", header(func(s *types.SignedHeader) { s.Commit.BlockID = types.BlockID{} }), StepHeader},
		{"signature", header(func(s *types.SignedHeader) { s.Commit.Signatures[0].Signature[0] ^= 1 }), StepSignatures},
		{"last signature", header(func(s *types.SignedHeader) { s.Commit.Signatures[3].Signature[9] ^= 1 }), StepSignatures},
		{"signature time", header(func(s *types.SignedHeader) { s.Commit.Signatures[1].Timestamp = testTime }), StepSignatures},
		{"signature of another", header(func(s *types.SignedHeader) {
			s.Commit.Signatures[1].ValidatorAddress = s.Commit.Signatures[0].ValidatorAddress
		}), StepSignatures},
		{"signature twice", header(func(s *types.SignedHeader) { s.Commit.Signatures[1] = s.Commit.Signatures[0] }), StepSignatures},
		{"signature too many", header(func(s *types.SignedHeader) {
			s.Commit.Signatures = append(s.Commit.Signatures, s.Commit.Signatures[0])
		}), StepSignatures},
		{"half signed", header(func(s *types.SignedHeader) {
			s.Commit.Signatures[0], s.Commit.Signatures[1] = types.NewCommitSigAbsent(), types.NewCommitSigAbsent()
		}), StepSignatures},
		{"votes for nothing", header(func(s *types.SignedHeader) {
			for i := range s.Commit.Signatures {
				s.Commit.Signatures[i].BlockIDFlag = types.BlockIDFlagNil
			}
		}), StepSignatures},

		{"validators missing", func(p *chanceryv1.Proof) { p.Validators = nil }, StepForm},
		{"validators no protobuf", func(p *chanceryv1.Proof) { p.Validators = []byte{0xff} }, StepForm},
		{"validator power", vals(func(s *types.ValidatorSet) { s.Validators[0].VotingPower++ }), StepValidators},
		{"validator key", vals(func(s *types.ValidatorSet) {
			k := ed25519.GenPrivKeyFromSecret([]byte("mallory")).PubKey()
			s.Validators[0].PubKey, s.Validators[0].Address = k, k.Address()
		}), StepValidators},
		{"validator address", vals(func(s *types.ValidatorSet) { s.Validators[0].Address = s.Validators[1].Address }), StepValidators},
		{"validator dropped", vals(func(s *types.ValidatorSet) { s.Validators = s.Validators[1:] }), StepValidators},
		{"proposer", vals(func(s *types.ValidatorSet) { s.Proposer = other.vals.Proposer.Copy(); s.Proposer.VotingPower = 99 }), StepValidators},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p := c.prove(t, testKey, 4)
			_, err := Verify(p, trust)
			require.NoError(t, err, "the proof holds before it is changed")
			row.change(p)
			_, err = Verify(p, trust)
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, row.step, e.Step, err.Error())
		})
	}
	_, err = Verify(nil, trust)
	require.ErrorContains(t, err, "no proof")
}

// Others who sign everything right are still not the chain's validators.
func TestVerifyUntrusted(t *testing.T) {
	c, other := newCity(t, 4), newCity(t, 3)
	trust, err := TrustFromGenesis(other.genesis(t))
	require.NoError(t, err)
	_, err = Verify(c.prove(t, testKey, 4), trust)
	require.True(t, IsUntrusted(err), "%v", err)
	_, err = Verify(c.prove(t, testKey, 4), Trust{ChainID: testChain})
	require.True(t, IsUntrusted(err), "%v", err)
	_, err = Verify(c.prove(t, testKey, 4), Trust{ChainID: testChain, ValidatorsHashes: [][]byte{nil, other.vals.Hash(), c.vals.Hash()}})
	require.NoError(t, err)
}

func TestTrustFromGenesisRefuses(t *testing.T) {
	c := newCity(t, 2)
	good := c.genesis(t)
	change := func(f func(vals []any) []any) []byte {
		var doc map[string]any
		require.NoError(t, json.Unmarshal(good, &doc))
		doc["validators"] = f(doc["validators"].([]any))
		b, err := json.Marshal(doc)
		require.NoError(t, err)
		return b
	}
	rows := map[string][]byte{
		"empty":         nil,
		"no JSON":       []byte("hello"),
		"no validators": change(func([]any) []any { return nil }),
		"twice":         change(func(v []any) []any { return append(v, v[0]) }),
		"no key":        change(func(v []any) []any { delete(v[0].(map[string]any), "pub_key"); return v }),
		"null key":      change(func(v []any) []any { v[0].(map[string]any)["pub_key"] = nil; return v }),
		"negative":      change(func(v []any) []any { v[0].(map[string]any)["power"] = "-5"; return v }),
		"overflow":      change(func(v []any) []any { v[0].(map[string]any)["power"] = "9223372036854775807"; return v }),
	}
	for name, b := range rows {
		t.Run(name, func(t *testing.T) {
			_, err := TrustFromGenesis(b)
			require.ErrorContains(t, err, "genesis")
		})
	}
}

func FuzzVerify(f *testing.F) {
	c := newCity(f, 2)
	trust, err := TrustFromGenesis(c.genesis(f))
	require.NoError(f, err)
	for _, key := range [][]byte{testKey, []byte("record/2")} {
		b, err := proto.Marshal(c.prove(f, key, 2))
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Decode(b)
		if err != nil {
			return
		}
		v, err := Verify(p, trust)
		if err != nil {
			return
		}
		got, ok := c.view.Get(storage.Key(testContract, v.Key))
		if v.Contract == testContract && (v.Absent == ok || !bytes.Equal(got, v.Value)) {
			t.Fatalf("verified what is not so: %q = %q", v.Key, v.Value)
		}
	})
}
