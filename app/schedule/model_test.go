package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// model is a contract's waiting calls in plain Go.
type model struct {
	last    uint64
	waiting map[uint64]int64 // time by id
}

func (m *model) first() (id uint64, at int64, ok bool) {
	for i, t := range m.waiting {
		if !ok || cmp.Or(cmp.Compare(t, at), cmp.Compare(i, id)) < 0 {
			id, at, ok = i, t, true
		}
	}
	return id, at, ok
}

// TestModel does random operations on the queues and on plain maps: ids go up,
// what is due is what the map says, a contract is in line when something waits,
// and every call is made once or cancelled.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := state.NewOverlay(nil)
		names := []string{"a/one", "a/two", "b/one"}
		models := map[string]*model{}
		for _, name := range names {
			models[name] = &model{waiting: map[uint64]int64{}}
		}
		now := int64(1_000)
		name := rapid.SampledFrom(names)
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				contract, at := name.Draw(t, "contract"), rapid.Int64Range(0, now+500).Draw(t, "time")
				m := models[contract]
				id, err := Add(w, contract, &statev1.ScheduledCall{Time: at, Method: fmt.Sprint(m.last), GasLimit: 1})
				require.NoError(t, err)
				m.last++
				require.Equal(t, m.last, id)
				m.waiting[id] = max(at, 1)
			},
			"cancel": func(t *rapid.T) {
				contract, id := name.Draw(t, "contract"), rapid.Uint64Range(0, 20).Draw(t, "id")
				m := models[contract]
				_, waits := m.waiting[id]
				ok, err := Cancel(w, contract, id)
				require.NoError(t, err)
				require.Equal(t, waits, ok)
				delete(m.waiting, id)
			},
			"block": func(t *rapid.T) {
				now += rapid.Int64Range(1, 300).Draw(t, "later")
				at := time.Unix(0, now)
				names, err := InLine(w, at, 10)
				require.NoError(t, err)
				serve := rapid.IntRange(0, len(names)).Draw(t, "serve")
				for _, contract := range names[:serve] {
					m, done := models[contract], Place{}
					c, ok, err := Due(w, contract, at, Place{})
					require.NoError(t, err)
					id, due, waits := m.first()
					require.Equal(t, waits && due <= now, ok)
					if ok {
						require.Equal(t, id, c.ID)
						require.Equal(t, due, c.Time)
						require.NoError(t, Remove(w, contract, c))
						delete(m.waiting, id)
						done = c.Place()
						id, due, waits = m.first()
						c, ok, err = Due(w, contract, at, done)
						require.NoError(t, err)
						require.Equal(t, waits && due <= now, ok, "the next one behind a place that is served")
						require.True(t, !ok || c.ID == id)
					}
					require.NoError(t, Requeue(w, contract, at, done))
				}
			},
			"": func(t *rapid.T) {
				all, err := InLine(w, time.Unix(0, 1<<62), 10)
				require.NoError(t, err)
				for _, contract := range names {
					m := models[contract]
					require.Equal(t, len(m.waiting) > 0, slices.Contains(all, contract), contract)
					var ids []uint64
					_, err := Waiting(w, contract, state.Page[uint64]{}, func(c Call) error {
						require.Equal(t, m.waiting[c.ID], c.Time)
						ids = append(ids, c.ID)
						return nil
					})
					require.NoError(t, err)
					require.Len(t, ids, len(m.waiting))
					_, due, ok := m.first()
					if s, err := load(w, contract); err == nil && ok && s.Turn > now {
						require.LessOrEqual(t, s.Turn, max(due, now), "nobody's turn is later than what waits")
					}
				}
			},
		})
	})
}

func TestFull(t *testing.T) {
	w := state.NewOverlay(nil)
	require.NoError(t, schedules.Set(w, "a/one", &statev1.ContractSchedule{LastId: MaxWaiting, Waiting: MaxWaiting, Turn: 5}))
	_, err := Add(w, "a/one", &statev1.ScheduledCall{Time: 1})
	require.ErrorIs(t, err, ErrFull)
}
