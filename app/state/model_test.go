package state

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// entries is the plain model of a state.
type entries map[string]string

func (e entries) scan(start, end []byte, reverse bool) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(e)) {
		if k >= string(start) && (end == nil || k < string(end)) {
			out = append(out, k+"="+e[k])
		}
	}
	if reverse {
		slices.Reverse(out)
	}
	return out
}

func collect(t require.TestingT, it Iterator) []string {
	var out []string
	for it.Next() {
		out = append(out, string(it.Key())+"="+string(it.Value()))
	}
	require.False(t, it.Next(), "the end is the end")
	require.NoError(t, it.Close())
	require.False(t, it.Next(), "closed is the end")
	return out
}

var (
	// A small space, so that keys meet; zero and 0xff bytes, so that bounds matter.
	genKey   = rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 'a', 'b', 0xff}), 1, 3)
	genValue = rapid.SliceOfN(rapid.Byte(), 0, 4)
	genBound = rapid.OneOf(rapid.Just([]byte(nil)), genKey)
)

// machine runs a store and overlays above it beside plain maps.
type machine struct {
	opts    Options
	store   *Store
	past    map[int64]entries
	hashes  map[int64][]byte
	index   entries
	views   []*View
	base    *View
	layers  []*Overlay
	models  []entries // models[i] is what layers[i] should show
	pending []IndexWrite
}

func (m *machine) open(t *rapid.T) {
	s, err := Open(m.opts)
	require.NoError(t, err)
	m.store = s
	m.begin(t)
}

// begin starts a block above the last height.
func (m *machine) begin(t *rapid.T) {
	if m.base != nil {
		require.NoError(t, m.base.Close())
	}
	v, err := m.store.View(0)
	require.NoError(t, err)
	m.base = v
	m.layers = []*Overlay{NewOverlay(v)}
	m.models = []entries{maps.Clone(m.past[m.store.Height()])}
}

func (m *machine) top() (*Overlay, entries) {
	return m.layers[len(m.layers)-1], m.models[len(m.models)-1]
}

func (m *machine) Set(t *rapid.T) {
	k, v := genKey.Draw(t, "key"), genValue.Draw(t, "value")
	o, model := m.top()
	model[string(k)] = string(v)
	o.Set(k, v)
	clear(k) // the overlay has copies
	clear(v)
}

// SetMany makes the overlay large enough to keep its order.
func (m *machine) SetMany(t *rapid.T) {
	o, model := m.top()
	for i := range byte(6) {
		for j := range byte(8) {
			k, v := []byte{'a', i, j}, genValue.Draw(t, "value")
			model[string(k)] = string(v)
			o.Set(k, v)
		}
	}
}

func (m *machine) Delete(t *rapid.T) {
	k := genKey.Draw(t, "key")
	o, model := m.top()
	delete(model, string(k))
	o.Delete(k)
	clear(k)
}

func (m *machine) Push(t *rapid.T) {
	if len(m.layers) > 3 {
		t.Skip()
	}
	o, model := m.top()
	m.layers, m.models = append(m.layers, NewOverlay(o)), append(m.models, maps.Clone(model))
}

func (m *machine) Pop(t *rapid.T) {
	n := len(m.layers) - 1
	if n == 0 {
		t.Skip()
	}
	if rapid.Bool().Draw(t, "keep") {
		m.layers[n].ApplyTo(m.layers[n-1])
		m.models[n-1] = m.models[n]
	} else {
		m.layers[n].Reset()
		require.Equal(t, m.models[n-1].scan(nil, nil, false), collect(t, m.layers[n].Scan(nil, nil, false)))
	}
	m.layers, m.models = m.layers[:n], m.models[:n]
}

func (m *machine) Index(t *rapid.T) {
	w := IndexWrite{Key: genKey.Draw(t, "key"), Value: genValue.Draw(t, "value"), Delete: rapid.Bool().Draw(t, "delete")}
	m.pending = append(m.pending, w)
}

func (m *machine) Commit(t *rapid.T) {
	for len(m.layers) > 1 {
		n := len(m.layers) - 1
		m.layers[n].ApplyTo(m.layers[n-1])
		m.models[n-1] = m.models[n]
		m.layers, m.models = m.layers[:n], m.models[:n]
	}
	height := m.store.Height() + 1
	if rapid.Bool().Draw(t, "stage other changes first") {
		_, err := m.store.Stage(height, []Change{set("a", "other")})
		require.NoError(t, err)
	}
	before := m.store.AppHash()
	changes := m.layers[0].Changes()
	hash, err := m.store.Stage(height, changes)
	require.NoError(t, err)
	if len(changes) == 0 {
		require.Equal(t, before, hash)
	}
	require.NoError(t, m.store.Commit(m.pending))
	for _, w := range m.pending {
		if w.Delete {
			delete(m.index, string(w.Key))
		} else {
			m.index[string(w.Key)] = string(w.Value)
		}
	}
	m.pending = nil
	m.past[height], m.hashes[height] = m.models[0], hash
	m.begin(t)
}

// Rewrite makes the store switch to a new tree file at one of the next commits.
func (m *machine) Rewrite(t *rapid.T) {
	if m.store.rewrite != nil {
		<-m.store.rewrite.done
	} else if !m.store.tip.IsEmpty() {
		m.store.startRewrite()
	}
}

func (m *machine) KeepView(t *rapid.T) {
	s := m.store
	v, err := s.View(rapid.Int64Range(s.EarliestHeight(), s.Height()).Draw(t, "height"))
	require.NoError(t, err)
	m.views = append(m.views, v)
}

func (m *machine) DropView(t *rapid.T) {
	if len(m.views) == 0 {
		t.Skip()
	}
	require.NoError(t, m.views[0].Close())
	m.views = m.views[1:]
}

func (m *machine) Reopen(t *rapid.T) {
	require.NoError(t, m.base.Close())
	m.base = nil
	require.NoError(t, m.store.Close())
	m.pending = nil
	m.open(t)
}

func (m *machine) Prove(t *rapid.T) {
	key := genKey.Draw(t, "key")
	checkProof(t, m.base, key, m.past[m.base.Height()])
}

// Check compares everything that can be read.
func (m *machine) Check(t *rapid.T) {
	o, model := m.top()
	start, end := genBound.Draw(t, "start"), genBound.Draw(t, "end")
	reverse := rapid.Bool().Draw(t, "reverse")
	require.Equal(t, model.scan(start, end, reverse), collect(t, o.Scan(start, end, reverse)))
	for range 3 {
		key := genKey.Draw(t, "get")
		want, wantOK := model[string(key)]
		got, ok := o.Get(key)
		require.Equal(t, wantOK, ok)
		require.Equal(t, want, string(got))
	}
	require.Equal(t, m.index.scan(start, end, reverse), collect(t, m.store.Index().Scan(start, end, reverse)))
	for _, v := range append(slices.Clone(m.views), m.base) {
		past := m.past[v.Height()]
		require.Equal(t, past.scan(start, end, reverse), collect(t, v.Scan(start, end, reverse)))
		if v.Height() > 0 {
			require.Equal(t, m.hashes[v.Height()], v.AppHash())
		}
	}
}

func TestStateModel(t *testing.T) {
	dir := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		m := &machine{
			opts: Options{
				Dir: fmt.Sprintf("%s/%d", dir, runs), NoSync: true,
				ViewsKept:           rapid.IntRange(1, 5).Draw(t, "views kept"),
				SnapshotEveryBytes:  rapid.SampledFrom([]int64{1, 200, 1 << 20}).Draw(t, "snapshot bytes"),
				SnapshotEveryBlocks: rapid.SampledFrom([]int64{1, 5, 1 << 20}).Draw(t, "snapshot blocks"),
			},
			past: map[int64]entries{0: {}}, hashes: map[int64][]byte{}, index: entries{},
		}
		m.open(t)
		defer func() {
			// Views outlive the store.
			require.NoError(t, m.store.Close())
			for _, v := range append(m.views, m.base) {
				require.Equal(t, m.past[v.Height()].scan(nil, nil, false), collect(t, v.Scan(nil, nil, false)))
				require.NoError(t, v.Close())
			}
		}()
		t.Repeat(map[string]func(*rapid.T){
			"set": m.Set, "set again": m.Set, "set many": m.SetMany, "delete": m.Delete, "push": m.Push, "pop": m.Pop,
			"index": m.Index, "commit": m.Commit, "commit again": m.Commit, "rewrite": m.Rewrite,
			"keep view": m.KeepView, "drop view": m.DropView, "reopen": m.Reopen, "prove": m.Prove,
			"": m.Check,
		})
	})
}

// The app hash depends on what was written, not on the order of writing.
func TestOrderOfWritesIrrelevant(t *testing.T) {
	dir := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		blocks := rapid.SliceOfN(rapid.MapOf(rapid.StringN(1, 3, -1), rapid.String()), 1, 4).Draw(t, "blocks")
		var hashes [2][]byte
		for i := range hashes {
			runs++
			s, err := Open(Options{Dir: fmt.Sprintf("%s/%d", dir, runs), NoSync: true})
			require.NoError(t, err)
			for _, block := range blocks {
				keys := slices.Sorted(maps.Keys(block))
				if i == 1 {
					keys = rapid.Permutation(keys).Draw(t, "order")
				}
				o := NewOverlay(nil)
				for _, k := range keys {
					o.Set([]byte(k), []byte(block[k]))
				}
				hashes[i], err = s.Stage(s.Height()+1, o.Changes())
				require.NoError(t, err)
				require.NoError(t, s.Commit(nil))
			}
			require.NoError(t, s.Close())
		}
		require.True(t, bytes.Equal(hashes[0], hashes[1]))
	})
}
