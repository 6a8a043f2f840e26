package proof

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
	ics23 "github.com/cosmos/ics23/go"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/contract/storage"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// Step names a step of the verification.
type Step string

// The steps, in their order.
const (
	StepForm       Step = "form"
	StepTrust      Step = "trust"
	StepHeader     Step = "header"
	StepValidators Step = "validators"
	StepSignatures Step = "signatures"
	StepPath       Step = "path"
)

// Error says which step of a verification failed and why.
type Error struct {
	Step Step
	Err  error
}

func (e *Error) Error() string {
	return fmt.Sprintf("the proof does not hold: %s: %v", e.Step, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func failed(s Step, format string, args ...any) error {
	return &Error{Step: s, Err: fmt.Errorf(format, args...)}
}

// Verified is what a proof has shown.
type Verified struct {
	ChainID string
	// Height is the block after which the state was as proved, and Time the block
	// time of the header that carries its app hash: the state was so at Time at
	// the latest.
	Height   int64
	Time     time.Time
	AppHash  []byte
	Contract string
	Key      []byte
	// Absent is true when there was no value. An empty value is a value.
	Absent bool
	Value  []byte
	// Signed of Power is the voting power that signed.
	Signed, Power int64
	// Steps is how often the validators changed between those that were trusted and
	// those that signed.
	Steps int
}

// Verify checks a proof. Its errors are of type *Error. It reads nothing but its
// arguments: no network, no clock.
func Verify(p *chanceryv1.Proof, trust Trust) (*Verified, error) {
	if err := checkForm(p); err != nil {
		return nil, err
	}
	trust, err := walk(p, trust)
	if err != nil {
		return nil, err
	}
	header, commit, err := signedHeader(p.SignedHeader, trust)
	if err != nil {
		return nil, err
	}
	if header.Height != p.Height+1 {
		return nil, failed(StepHeader, "height is %d; the app hash after height %d stands in header %d", header.Height, p.Height, p.Height+1)
	}
	vals, err := validators(p.Validators, header, commit, trust)
	if err != nil {
		return nil, err
	}
	if err := checkPath(p, header.AppHash); err != nil {
		return nil, err
	}
	v := &Verified{
		ChainID: header.ChainID, Height: p.Height, Time: header.Time, AppHash: header.AppHash,
		Contract: p.Contract, Key: p.Key, Absent: p.Absent, Value: p.Value, Power: vals.TotalVotingPower(), Steps: len(p.Steps),
	}
	for i, s := range commit.Signatures {
		if s.BlockIDFlag == types.BlockIDFlagCommit {
			v.Signed += vals.Validators[i].VotingPower
		}
	}
	return v, nil
}

// Sizes of the parts, in bytes. They keep a hostile file from costing more than
// an honest one could.
const (
	maxKeyBytes        = 1 << 10
	maxValueBytes      = 4 << 20
	maxCommitmentBytes = 8 << 20 // an absence proof holds two neighbours' values
	maxHeaderBytes     = 4 << 20
	maxValidatorsBytes = 4 << 20
	maxSteps           = 1_000
)

func checkForm(p *chanceryv1.Proof) error {
	if p == nil {
		return failed(StepForm, "there is no proof")
	}
	if p.Height < 1 {
		return failed(StepForm, "height %d is not positive", p.Height)
	}
	if _, _, err := tx.SplitContractName(p.Contract); err != nil {
		return &Error{StepForm, err}
	}
	if len(p.Steps) > maxSteps {
		return failed(StepForm, "there are %d steps, more than %d", len(p.Steps), maxSteps)
	}
	for i, s := range p.Steps {
		if len(s.GetSignedHeader()) > maxHeaderBytes || len(s.GetValidators()) > maxValidatorsBytes {
			return failed(StepForm, "step %d is too large", i)
		}
	}
	if len(p.Key) == 0 {
		return failed(StepForm, "the key is empty")
	}
	if p.Absent && len(p.Value) > 0 {
		return failed(StepForm, "a proof of absence has a value")
	}
	for _, part := range []struct {
		name string
		b    []byte
		max  int
	}{
		{"key", p.Key, maxKeyBytes}, {"value", p.Value, maxValueBytes}, {"commitment_proof", p.CommitmentProof, maxCommitmentBytes},
		{"signed_header", p.SignedHeader, maxHeaderBytes}, {"validators", p.Validators, maxValidatorsBytes},
	} {
		if len(part.b) > part.max {
			return failed(StepForm, "%s has %d bytes, more than %d", part.name, len(part.b), part.max)
		}
	}
	return nil
}

// walk follows the proof's steps: each is a header that validators who are trusted
// have signed, and that names those who sign next.
func walk(p *chanceryv1.Proof, trust Trust) (Trust, error) {
	if p.ChainId != trust.ChainID {
		return trust, failed(StepHeader, "the proof is of chain %q, trusted is %q", p.ChainId, trust.ChainID)
	}
	last := int64(0)
	for i, s := range p.Steps {
		header, commit, err := signedHeader(s.GetSignedHeader(), trust)
		if err == nil && (header.Height <= last || header.Height > p.Height) {
			err = fmt.Errorf("header %d is not between header %d and header %d", header.Height, last, p.Height+1)
		}
		if err == nil {
			_, err = validators(s.GetValidators(), header, commit, trust)
		}
		if e := (*Error)(nil); errors.As(err, &e) {
			err = fmt.Errorf("%s: %w", e.Step, e.Err)
		}
		if err != nil {
			return trust, failed(StepTrust, "step %d: %w", i, err)
		}
		last = header.Height
		trust.ValidatorsHashes = append(slices.Clip(trust.ValidatorsHashes), header.NextValidatorsHash)
	}
	return trust, nil
}

// signedHeader decodes a header of the trusted chain and the commit for it.
func signedHeader(b []byte, trust Trust) (*types.Header, *types.Commit, error) {
	raw := new(cmtproto.SignedHeader)
	if err := raw.Unmarshal(b); err != nil {
		return nil, nil, failed(StepForm, "signed_header does not decode: %w", err)
	}
	sh, err := types.SignedHeaderFromProto(raw)
	if err != nil {
		return nil, nil, &Error{StepHeader, err}
	}
	// This checks the chain id, and that the commit is for this header.
	if err := sh.ValidateBasic(trust.ChainID); err != nil {
		return nil, nil, &Error{StepHeader, err}
	}
	return sh.Header, sh.Commit, nil
}

// validators decodes the validators that a header names, and checks that they are
// trusted and have signed it.
func validators(b []byte, header *types.Header, commit *types.Commit, trust Trust) (*types.ValidatorSet, error) {
	raw := new(cmtproto.ValidatorSet)
	if err := raw.Unmarshal(b); err != nil {
		return nil, failed(StepForm, "validators do not decode: %w", err)
	}
	if raw.Proposer == nil {
		// The conversion below takes a proposer for granted.
		return nil, failed(StepForm, "validators have no proposer")
	}
	vals, err := types.ValidatorSetFromProto(raw)
	if err != nil {
		return nil, &Error{StepValidators, err}
	}
	hash := vals.Hash()
	if !bytes.Equal(hash, header.ValidatorsHash) {
		return nil, failed(StepValidators, "they are not the validators that the header names (%x, header %x)", hash, []byte(header.ValidatorsHash))
	}
	if !trust.trusts(hash) {
		return nil, failed(StepValidators, "the validator set %x is not trusted", hash)
	}
	// Nothing covers the proposer's copy, and nothing uses it: it must be true.
	if _, v := vals.GetByAddress(vals.Proposer.Address); v == nil || !bytes.Equal(v.Bytes(), vals.Proposer.Bytes()) {
		return nil, failed(StepValidators, "the proposer is none of the validators")
	}
	if err := checkAddresses(vals, commit); err != nil {
		return nil, err
	}
	// VerifyCommit checks every signature, where the light variant stops at two
	// thirds: a proof with a wrong signature was tampered with, and says so.
	if err := types.VerifyCommit(header.ChainID, vals, commit.BlockID, header.Height, commit); err != nil {
		return nil, &Error{StepSignatures, err}
	}
	return vals, nil
}

// checkAddresses checks what no signature covers, so that a proof shows no
// address that did not sign.
func checkAddresses(vals *types.ValidatorSet, commit *types.Commit) error {
	for i, s := range commit.Signatures {
		if i >= vals.Size() {
			break // VerifyCommit says so
		}
		if s.BlockIDFlag != types.BlockIDFlagAbsent && !bytes.Equal(s.ValidatorAddress, vals.Validators[i].Address) {
			return failed(StepSignatures, "signature %d is not of validator %d", i, i)
		}
	}
	return nil
}

func checkPath(p *chanceryv1.Proof, appHash []byte) error {
	c := new(ics23.CommitmentProof)
	if err := c.Unmarshal(p.CommitmentProof); err != nil {
		return failed(StepForm, "commitment_proof does not decode: %w", err)
	}
	key := storage.Key(p.Contract, p.Key)
	var err error
	if p.Absent {
		err = state.VerifyAbsence(appHash, key, c)
	} else {
		err = state.VerifyExistence(appHash, key, p.Value, c)
	}
	if err != nil {
		return &Error{StepPath, err}
	}
	return nil
}

// IsUntrusted reports whether a proof failed at the validators alone: it may hold
// under a newer validator set.
func IsUntrusted(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Step == StepValidators
}
