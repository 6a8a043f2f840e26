package quota_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/state"
)

const day = 24 * 60 * 60

func TestPeriod(t *testing.T) {
	at := func(s string) time.Time {
		when, err := time.Parse(time.RFC3339, s)
		require.NoError(t, err)
		return when
	}
	before, after := at("2026-03-02T23:59:59+08:00"), at("2026-03-03T00:00:00+08:00")
	require.Equal(t, quota.Period(day, before)+1, quota.Period(day, after))
	start, end := quota.Bounds(day, quota.Period(day, before))
	require.Equal(t, at("2026-03-02T00:00:00+08:00").UTC(), start)
	require.Equal(t, after.UTC(), end)
	require.Zero(t, quota.Period(day, at("1960-01-01T00:00:00Z")))

	require.Equal(t, "2026-03-02", quota.DayOf(before).String())
	require.Equal(t, "2026-03-03", quota.DayOf(after).String())
	d, ok := quota.ParseDay("2026-03-02")
	require.True(t, ok)
	require.Equal(t, quota.DayOf(before), d)
	for _, bad := range []string{"", "2026-3-2", "2026-02-30", "1969-12-31", "today"} {
		_, ok := quota.ParseDay(bad)
		require.False(t, ok, bad)
	}
}

// set gives an organisation a quota.
func set(t *testing.T, w state.Writer, org string, gas, bytes uint64) {
	require.NoError(t, quota.Set(w, org, &statev1.Quota{GasPerPeriod: gas, StoredBytes: bytes}))
}

func TestApplyWrites(t *testing.T) {
	rows := []struct {
		name   string
		charge quota.Charge
		writes int
	}{
		{"a call that stores nothing", quota.Charge{Payer: "a", Gas: 5}, 1},
		{"a call of an own contract", quota.Charge{Payer: "a", Gas: 5, Grown: []quota.Growth{{Org: "a", Bytes: 9}}}, 1},
		{"a call of somebody's contract", quota.Charge{Payer: "a", Gas: 5, Grown: []quota.Growth{{Org: "b", Bytes: 9}}}, 2},
		{"a sponsored call", quota.Charge{
			Payer: "a", Gas: 5, Grown: []quota.Growth{{Org: "a", Bytes: 9}}, Sponsored: &quota.Call{Method: quota.Method{Contract: "a/x", Name: "M"}},
		}, 3},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			base := state.NewOverlay(nil)
			set(t, base, "a", 100, 100)
			set(t, base, "b", 100, 100)
			require.NoError(t, quota.SetSponsorship(base, quota.Method{Contract: "a/x", Name: "M"},
				&statev1.Sponsorship{GasPerPeriod: 50, GasPerAccount: 50, MaxGasPerTx: 50}))
			w := state.NewOverlay(base)
			_, err := quota.Apply(w, row.charge, 7)
			require.NoError(t, err)
			require.Equal(t, row.writes, w.Len())
		})
	}
}

func TestWarnings(t *testing.T) {
	w := state.NewOverlay(nil)
	set(t, w, "a", 100, 1000)
	apply := func(period, gas uint64, bytes int64) []quota.Warning {
		got, err := quota.Apply(w, quota.Charge{Payer: "a", Gas: gas, Grown: []quota.Growth{{Org: "a", Bytes: bytes}}}, period)
		require.NoError(t, err)
		return got
	}
	gas := func(used, of uint64) []quota.Warning { return []quota.Warning{{Org: "a", Used: used, Quota: of}} }
	bytes := func(used, of uint64) []quota.Warning {
		return []quota.Warning{{Org: "a", StoredBytes: true, Used: used, Quota: of}}
	}
	require.Empty(t, apply(1, 79, 799))
	require.Equal(t, gas(80, 100), apply(1, 1, 0))
	require.Empty(t, apply(1, 20, 0), "once a period")
	require.Equal(t, gas(90, 100), apply(2, 90, 0), "also with the first tx of the next")
	require.Empty(t, apply(3, 1, 0))
	require.Equal(t, bytes(800, 1000), apply(3, 1, 1))
	require.Empty(t, apply(3, 1, 1))
	require.Empty(t, apply(3, 1, -2))
	require.Equal(t, bytes(900, 1000), apply(3, 1, 101), "again when they come from below")
	set(t, w, "a", 5, 10_000)
	require.Equal(t, gas(6, 5), apply(3, 1, 0), "a quota that was lowered")
	set(t, w, "a", 1<<63, 1<<63)
	require.Empty(t, apply(3, 1, 0), "the largest quota does not wrap")
}

func TestGrowthIsChecked(t *testing.T) {
	w := state.NewOverlay(nil)
	set(t, w, "a", 0, 10)
	set(t, w, "b", 0, 10)
	_, err := quota.Apply(w, quota.Charge{Payer: "b", Grown: []quota.Growth{{Org: "a", Bytes: 8}}}, 0)
	require.NoError(t, err)
	for _, row := range []struct {
		name  string
		grown []quota.Growth
		want  apperr.Code
	}{
		{"nothing", nil, apperr.OK},
		{"to the brim", []quota.Growth{{Org: "a", Bytes: 2}}, apperr.OK},
		{"one too many", []quota.Growth{{Org: "a", Bytes: 3}}, apperr.QuotaExceeded},
		{"another's room does not help", []quota.Growth{{Org: "a", Bytes: 3}, {Org: "b", Bytes: -3}}, apperr.QuotaExceeded},
		{"the second is looked at too", []quota.Growth{{Org: "a", Bytes: -1}, {Org: "b", Bytes: 11}}, apperr.QuotaExceeded},
		{"nobody's", []quota.Growth{{Org: "c", Bytes: 1}}, apperr.QuotaExceeded},
	} {
		require.Equal(t, row.want, apperr.CodeOf(quota.CheckGrowth(w, row.grown)), row.name)
	}
	set(t, w, "a", 0, 1)
	require.NoError(t, quota.CheckGrowth(w, []quota.Growth{{Org: "a", Bytes: -1}}), "freeing passes over the quota")
}

func TestPastAccountsAreDropped(t *testing.T) {
	w := state.NewOverlay(nil)
	set(t, w, "a", 1000, 0)
	m := quota.Method{Contract: "a/x", Name: "M"}
	require.NoError(t, quota.SetSponsorship(w, m, &statev1.Sponsorship{GasPerPeriod: 1000, GasPerAccount: 10, MaxGasPerTx: 10}))
	for period := range uint64(3) {
		for i := range byte(4) {
			_, err := quota.Apply(w, quota.Charge{Payer: "a", Gas: 1, Sponsored: &quota.Call{Method: m, Account: key.Address{i}}}, period)
			require.NoError(t, err)
		}
	}
	left := func(period uint64, i byte) uint64 {
		s, err := quota.SponsoredLeft(w, quota.Call{Method: m, Account: key.Address{i}}, period)
		require.NoError(t, err)
		return s.Account
	}
	require.NoError(t, quota.DropPast(w, 2, 6))
	require.Equal(t, []uint64{10, 10, 9, 9}, []uint64{left(0, 3), left(1, 1), left(1, 2), left(2, 0)}, "the oldest six are gone")
	require.NoError(t, quota.DropPast(w, 2, 100))
	require.Equal(t, []uint64{10, 9, 9}, []uint64{left(1, 3), left(2, 0), left(2, 3)}, "the current period stays")

	// A vote made periods twice as long: the numbers go back, and will come again.
	_, err := quota.Apply(w, quota.Charge{Payer: "a", Gas: 1, Sponsored: &quota.Call{Method: m, Account: key.Address{}}}, 1)
	require.NoError(t, err)
	require.NoError(t, quota.DropPast(w, 1, 3))
	require.Equal(t, []uint64{9, 9, 10, 10}, []uint64{left(1, 0), left(2, 0), left(2, 1), left(2, 3)}, "the last three are gone")
	require.NoError(t, quota.DropPast(w, 1, 3))
	require.Equal(t, []uint64{9, 10}, []uint64{left(1, 0), left(2, 0)})
}

func TestSponsorships(t *testing.T) {
	w := state.NewOverlay(nil)
	one := &statev1.Sponsorship{GasPerPeriod: 1, GasPerAccount: 1, MaxGasPerTx: 1}
	for _, c := range []string{"ab/x", "ab-c/x", "ab/y", "abc/x"} {
		for _, m := range []string{"N", "M"} {
			require.NoError(t, quota.SetSponsorship(w, quota.Method{Contract: c, Name: m}, one.CloneVT()))
		}
	}
	var got []string
	var after *quota.Method
	for more := true; more; {
		var err error
		more, err = quota.ListSponsorships(w, "ab", after, 3, func(m quota.Method, _ *statev1.Sponsorship) error {
			got, after = append(got, m.String()), &m
			return nil
		})
		require.NoError(t, err)
	}
	require.Equal(t, []string{"ab/x.M", "ab/x.N", "ab/y.M", "ab/y.N"}, got)
	m := quota.Method{Contract: "ab/x", Name: "M"}
	require.NoError(t, quota.SetSponsorship(w, m, nil))
	require.ErrorIs(t, quota.SetSponsorship(w, m, nil), apperr.NotFound.Err())
	_, err := quota.SponsoredLeft(w, quota.Call{Method: m}, 0)
	require.ErrorIs(t, err, apperr.PermissionDenied.Err())
}
