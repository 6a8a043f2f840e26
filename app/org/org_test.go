package org

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
)

var now = time.Unix(1_000, 0)

// TestLine builds a line of the greatest depth and moves things in it.
func TestLine(t *testing.T) {
	w := state.NewOverlay(nil)
	parent := ""
	for i := range maxDepth {
		name := fmt.Sprintf("o%d", i)
		require.NoError(t, Create(w, name, &statev1.Org{Parent: parent}))
		parent = name
	}
	require.ErrorIs(t, Create(state.NewOverlay(w), "deeper", &statev1.Org{Parent: parent}), apperr.LimitExceeded.Err())
	require.NoError(t, Create(w, "top", &statev1.Org{}))
	move := func(name, parent string) error {
		next := state.NewOverlay(w)
		_, err := Update(next, name, func(o *statev1.Org) { o.Parent = parent })
		if err == nil {
			next.ApplyTo(w)
		}
		return err
	}
	require.ErrorIs(t, move("o0", "top"), apperr.LimitExceeded.Err(), "the line below would be nine long")
	require.ErrorIs(t, move("o0", "o7"), apperr.PermissionDenied.Err(), "a circle")
	require.ErrorIs(t, move("o3", "o3"), apperr.PermissionDenied.Err())
	require.ErrorIs(t, move("top", "o7"), apperr.LimitExceeded.Err())
	require.NoError(t, move("top", "o6"), "without anything below it may go as deep as there is room")
	require.NoError(t, move("o4", "o0"), "up, with what is below")
	require.ErrorIs(t, move("o4", "o3"), apperr.LimitExceeded.Err(), "and not down again")
	require.NoError(t, move("o4", ""))
}

// TestPlacesModel does random changes of parents and codes, on the component and
// on plain maps.
func TestPlacesModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := state.NewOverlay(nil)
		parents, codes := map[string]string{}, map[string]string{}
		depth := func(name string) (n int) {
			for ; name != ""; name = parents[name] {
				n++
			}
			return n
		}
		name := rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("o%02d", rapid.IntRange(0, 14).Draw(t, "number")) })
		maybe := rapid.OneOf(name, rapid.Just(""))
		code := rapid.SampledFrom([]string{"", "", "A", "B", "C"})
		t.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) {
				n, p, c := name.Draw(t, "name"), maybe.Draw(t, "parent"), code.Draw(t, "code")
				_, exists := parents[n]
				_, above := parents[p]
				next := state.NewOverlay(w)
				err := Create(next, n, &statev1.Org{Parent: p, Uscc: c})
				switch {
				case exists || c != "" && slices.Contains(slices.Collect(maps.Values(codes)), c):
					require.Error(t, err)
				case p != "" && (!above || depth(p) >= maxDepth):
					require.Error(t, err)
				default:
					require.NoError(t, err)
					next.ApplyTo(w)
					parents[n], codes[n] = p, c
				}
			},
			"move": func(t *rapid.T) {
				n, p := name.Draw(t, "name"), maybe.Draw(t, "parent")
				_, exists := parents[n]
				_, above := parents[p]
				next := state.NewOverlay(w)
				_, err := Update(next, n, func(o *statev1.Org) { o.Parent = p })
				circle := false
				for at := p; at != ""; at = parents[at] {
					circle = circle || at == n
				}
				below := slices.Contains(slices.Collect(maps.Values(parents)), n)
				ok := exists && (p == "" || p == parents[n] || above && !circle && depth(p) < maxDepth && (depth(p)+1 <= depth(n) || !below))
				require.Equal(t, ok, err == nil, "%v", err)
				if ok {
					next.ApplyTo(w)
					parents[n] = p
				}
			},
			"code": func(t *rapid.T) {
				n, c := name.Draw(t, "name"), code.Draw(t, "code")
				_, exists := parents[n]
				next := state.NewOverlay(w)
				_, err := Update(next, n, func(o *statev1.Org) { o.Uscc = c })
				taken := false
				for other, has := range codes {
					taken = taken || has == c && c != "" && other != n
				}
				require.Equal(t, exists && !taken, err == nil, "%v", err)
				if err == nil {
					next.ApplyTo(w)
					codes[n] = c
				}
			},
			"": func(t *rapid.T) {
				below := map[string][]string{}
				for n, p := range parents {
					require.LessOrEqual(t, depth(n), maxDepth)
					if p != "" {
						below[p] = append(below[p], n)
					}
				}
				for n := range parents {
					var got []string
					_, err := Children(w, n, state.Page[string]{}, func(c string) error { got = append(got, c); return nil })
					require.NoError(t, err)
					slices.Sort(below[n])
					require.Equal(t, below[n], got)
				}
				for _, c := range []string{"A", "B", "C"} {
					owner := ""
					for n, has := range codes {
						if has == c {
							owner = n
						}
					}
					got, err := ByCode(w, c)
					require.Equal(t, owner != "", err == nil)
					require.Equal(t, owner, got)
				}
			},
		})
	})
}

// TestAdminsAreBounded: a change may have to look through all of them.
func TestAdminsAreBounded(t *testing.T) {
	w := state.NewOverlay(nil)
	require.NoError(t, Create(w, "records", &statev1.Org{}))
	admin := &statev1.Member{Roles: []string{RoleAdmin}}
	for i := range maxAdmins {
		require.NoError(t, SetMember(w, "records", key.Address{byte(i)}, admin, now))
	}
	require.ErrorIs(t, SetMember(w, "records", key.Address{200}, admin, now), apperr.LimitExceeded.Err())
	require.NoError(t, SetMember(w, "records", key.Address{200}, &statev1.Member{Roles: []string{"clerk"}}, now))
	require.NoError(t, SetMember(w, "records", key.Address{3}, admin, now), "one that is an admin already stays one")
	require.NoError(t, RemoveMember(w, "records", key.Address{3}, now))
	require.NoError(t, SetMember(w, "records", key.Address{200}, admin, now))
}

// TestStanding: what a vote suspended, only a vote lifts.
func TestStanding(t *testing.T) {
	w := state.NewOverlay(nil)
	require.NoError(t, Create(w, "records", &statev1.Org{}))
	require.NoError(t, SetSuspended(w, "records", true))
	require.ErrorIs(t, CheckActive(w, "records"), apperr.PermissionDenied.Err())
	require.NoError(t, SetSuspended(w, "records", false))
	require.NoError(t, CheckActive(w, "records"))
	require.NoError(t, SetSuspended(w, "records", true))
	require.NoError(t, SetSuspendedByVote(w, "records", true))
	require.ErrorIs(t, SetSuspended(w, "records", false), apperr.PermissionDenied.Err())
	require.ErrorIs(t, SetSuspended(w, "records", true), apperr.PermissionDenied.Err(), "nor is it made less")
	require.NoError(t, SetSuspendedByVote(w, "records", false))
	require.NoError(t, CheckActive(w, "records"))
	require.ErrorIs(t, SetSuspended(w, "nowhere", true), apperr.NotFound.Err())
}
