package state

import (
	"fmt"
	"testing"

	ics23 "github.com/cosmos/ics23/go"
	"github.com/stretchr/testify/require"
)

// checkProof proves key in v and checks that the proof holds for what the model
// says and for nothing else.
func checkProof(t require.TestingT, v *View, key []byte, model entries) {
	proof, err := v.Prove(key)
	require.NoError(t, err)
	value, ok := model[string(key)]
	if !ok {
		require.NoError(t, VerifyAbsence(v.AppHash(), key, proof))
		require.ErrorIs(t, VerifyExistence(v.AppHash(), key, []byte(value), proof), ErrProof)
		require.ErrorIs(t, VerifyExistence(v.AppHash(), key, nil, proof), ErrProof)
		return
	}
	require.NoError(t, VerifyExistence(v.AppHash(), key, []byte(value), proof))
	require.ErrorIs(t, VerifyExistence(v.AppHash(), key, []byte(value+"x"), proof), ErrProof)
	require.ErrorIs(t, VerifyAbsence(v.AppHash(), key, proof), ErrProof)
}

func viewOf(t *testing.T, changes ...Change) *View {
	s := open(t, Options{Dir: t.TempDir()})
	commit(t, s, 1, changes...)
	v, err := s.View(1)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	return v
}

func proofState(n int) (entries, []Change) {
	model, changes := entries{}, []Change(nil)
	for i := range n {
		c := set(fmt.Sprintf("k%03d", 2*i+1), fmt.Sprintf("value %d", i))
		if i%3 == 1 {
			c.Value = nil
		}
		model[string(c.Key)] = string(c.Value)
		changes = append(changes, c)
	}
	return model, changes
}

func TestProof(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 50} {
		t.Run(fmt.Sprint(n, " keys"), func(t *testing.T) {
			model, changes := proofState(n)
			v := viewOf(t, changes...)
			for i := range 2*n + 2 {
				checkProof(t, v, fmt.Appendf(nil, "k%03d", i), model)
			}
			checkProof(t, v, []byte("a"), model)        // before the first
			checkProof(t, v, []byte("zzz"), model)      // after the last
			checkProof(t, v, []byte("k001\x00"), model) // just behind one
			_, err := v.Prove(nil)
			require.Error(t, err)
		})
	}
}

func TestProofTampered(t *testing.T) {
	_, changes := proofState(50)
	v := viewOf(t, changes...)
	hash := v.AppHash()
	present, empty, absent := []byte("k011"), []byte("k003"), []byte("k010")
	prove := func(key []byte) *ics23.CommitmentProof {
		p, err := v.Prove(key)
		require.NoError(t, err)
		return p
	}
	other := append([]byte(nil), hash...)
	other[0] ^= 1

	exists := func(hash, key, value []byte, p *ics23.CommitmentProof) error {
		return VerifyExistence(hash, key, value, p)
	}
	require.NoError(t, exists(hash, present, []byte("value 5"), prove(present)))
	require.NoError(t, exists(hash, empty, nil, prove(empty)))
	require.NoError(t, exists(hash, empty, []byte{}, prove(empty)))
	require.NoError(t, VerifyAbsence(hash, absent, prove(absent)))

	for name, err := range map[string]error{
		"another value":                exists(hash, present, []byte("value 6"), prove(present)),
		"empty for a value":            exists(hash, present, nil, prove(present)),
		"frame for an empty value":     exists(hash, empty, []byte{valueFrame}, prove(empty)),
		"another key":                  exists(hash, empty, []byte("value 5"), prove(present)),
		"another app hash":             exists(other, present, []byte("value 5"), prove(present)),
		"no app hash":                  exists(nil, present, []byte("value 5"), prove(present)),
		"absence for existence":        exists(hash, absent, nil, prove(absent)),
		"a neighbour for the key":      exists(hash, []byte("k009"), []byte("value 4"), prove(absent)),
		"no proof":                     exists(hash, present, []byte("value 5"), nil),
		"empty proof":                  exists(hash, present, []byte("value 5"), &ics23.CommitmentProof{}),
		"nil inside":                   exists(hash, present, nil, &ics23.CommitmentProof{Proof: &ics23.CommitmentProof_Exist{}}),
		"existence for absence":        VerifyAbsence(hash, present, prove(present)),
		"absence of a present key":     VerifyAbsence(hash, present, prove(absent)),
		"absence in another gap":       VerifyAbsence(hash, []byte("k014"), prove(absent)),
		"absence, another app hash":    VerifyAbsence(other, absent, prove(absent)),
		"absence, empty app hash":      VerifyAbsence(emptyAppHash[:], absent, prove(absent)),
		"absence, empty proof":         VerifyAbsence(hash, absent, &ics23.CommitmentProof{}),
		"absence, nil inside":          VerifyAbsence(hash, absent, &ics23.CommitmentProof{Proof: &ics23.CommitmentProof_Nonexist{}}),
		"empty state's proof for ours": VerifyAbsence(hash, absent, absence(&ics23.NonExistenceProof{Key: absent})),
	} {
		require.ErrorIs(t, err, ErrProof, name)
	}

	t.Run("left neighbour missing", func(t *testing.T) {
		p := prove(absent)
		p.GetNonexist().Left = nil
		require.ErrorIs(t, VerifyAbsence(hash, absent, p), ErrProof)
	})
	t.Run("right neighbour missing", func(t *testing.T) {
		p := prove(absent)
		p.GetNonexist().Right = nil
		require.ErrorIs(t, VerifyAbsence(hash, absent, p), ErrProof)
	})
	t.Run("neighbours with a key between", func(t *testing.T) {
		p := prove(absent)
		p.GetNonexist().Right = prove([]byte("k014")).GetNonexist().Right
		require.ErrorIs(t, VerifyAbsence(hash, absent, p), ErrProof)
		require.ErrorIs(t, VerifyAbsence(hash, []byte("k011"), p), ErrProof)
	})
	t.Run("nil step", func(t *testing.T) {
		p := prove(present)
		p.GetExist().Path[0] = nil
		require.ErrorIs(t, exists(hash, present, []byte("value 5"), p), ErrProof)
	})
	t.Run("each byte of the path", func(t *testing.T) {
		for i, op := range prove(present).GetExist().Path {
			for j := range op.Prefix {
				p := prove(present)
				p.GetExist().Path[i].Prefix[j] ^= 0x10
				require.ErrorIs(t, exists(hash, present, []byte("value 5"), p), ErrProof)
			}
			for j := range op.Suffix {
				p := prove(present)
				p.GetExist().Path[i].Suffix[j] ^= 0x10
				require.ErrorIs(t, exists(hash, present, []byte("value 5"), p), ErrProof)
			}
		}
	})
}

// A proof decoded from hostile bytes is refused and never crashes the checker.
func FuzzVerifyProof(f *testing.F) {
	_, changes := proofState(20)
	dir := f.TempDir()
	s, err := Open(Options{Dir: dir})
	require.NoError(f, err)
	hash, err := s.Stage(1, changes)
	require.NoError(f, err)
	require.NoError(f, s.Commit(nil))
	v, err := s.View(1)
	require.NoError(f, err)
	for _, key := range []string{"a", "k001", "k002", "k011", "zzz"} {
		p, err := v.Prove([]byte(key))
		require.NoError(f, err)
		b, err := p.Marshal()
		require.NoError(f, err)
		f.Add([]byte(key), []byte("value 5"), b)
	}
	require.NoError(f, v.Close())
	require.NoError(f, s.Close())
	model, _ := proofState(20)
	f.Fuzz(func(t *testing.T, key, value, b []byte) {
		var p ics23.CommitmentProof
		if p.Unmarshal(b) != nil {
			return
		}
		want, ok := model[string(key)]
		if VerifyExistence(hash, key, value, &p) == nil {
			require.True(t, ok)
			require.Equal(t, want, string(value))
		}
		if VerifyAbsence(hash, key, &p) == nil {
			require.False(t, ok)
		}
	})
}
