package template_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/template"
)

// codes counts who holds what; all code is on chain.
type codes map[string]int

func (c codes) Hold(_ state.Writer, hash []byte) error {
	c[string(hash)]++
	return nil
}

func (c codes) Release(_ state.Writer, hash []byte) error {
	c[string(hash)]--
	return nil
}

// register is a register of templates in memory, whose gas is counted.
type register struct {
	*testing.T
	state *state.Overlay
	codes codes
	gas   uint64 // used by the last action
	limit uint64
}

func newRegister(t *testing.T) *register {
	return &register{T: t, state: state.NewOverlay(nil), codes: codes{}, limit: params.Default().MaxCallGas}
}

func (r *register) pay(gas uint64, what string) error {
	if r.gas += gas; r.gas > r.limit {
		return apperr.New(apperr.OutOfGas, "%s", what)
	}
	return nil
}

func (r *register) by(org string) template.Author {
	r.gas = 0
	return template.Author{Org: org, Origin: "cy1" + org + "admin", Height: 7, Time: time.Unix(1_770_000_000, 0)}
}

const name = "records/plots"

func hashOf(n int) []byte {
	h := make([]byte, 32)
	h[0], h[1] = byte(n>>8), byte(n)
	return h
}

func (r *register) publish(n int) error {
	_, err := template.Publish(r.state, r.codes, r.by("records"), &chanceryv1.PublishTemplate{
		Template: name, CodeHash: hashOf(n), Title: "Plots", TitleZh: "地块", DocumentUri: "urn:plots", DocumentHash: hashOf(0), Source: "git",
	}, r.pay)
	return err
}

func (r *register) withdraw(version uint64, reason string) error {
	return template.Withdraw(r.state, r.codes, r.by("records"), &chanceryv1.WithdrawTemplate{Template: name, Version: version, Reason: reason}, r.pay)
}

func (r *register) newest() uint64 {
	t, err := template.Get(r.state, name)
	require.NoError(r, err)
	return t.NewestVersion
}

// held counts the codes that are held, and how often.
func (r *register) held() (n int) {
	for hash, times := range r.codes {
		require.GreaterOrEqual(r, times, 0, "%x", hash)
		n += times
	}
	return n
}

// stored adds up what the rows count, by organisation.
func (r *register) stored() map[string]int {
	sum := map[string]int{}
	it := r.state.Scan(nil, nil, false)
	for it.Next() {
		if template.IsStored(it.Key()) {
			org, n, err := template.StoredBytes(it.Key(), it.Value())
			require.NoError(r, err)
			sum[org] += n
		}
	}
	require.NoError(r, it.Close())
	return sum
}

const most = 1_000

// TestMostVersions: a template has so many versions that withdrawing it fits into one
// tx, all at once or the newest when it is the last that stands.
func TestMostVersions(t *testing.T) {
	for _, end := range []string{"all", "newest"} {
		t.Run(end, func(t *testing.T) {
			r := newRegister(t)
			for n := 1; n <= most; n++ {
				require.NoError(t, r.publish(n))
			}
			require.Equal(t, apperr.LimitExceeded, apperr.CodeOf(r.publish(most+1)))
			require.Equal(t, most, r.held())
			if end == "all" {
				require.NoError(t, r.withdraw(0, "over"))
			} else {
				for n := uint64(1); n < most; n++ {
					require.NoError(t, r.withdraw(n, "over"))
					require.Equal(t, uint64(most), r.newest())
				}
				require.NoError(t, r.withdraw(most, "over"))
			}
			require.Greater(t, r.gas, uint64(most*20_000), "each version is looked at, and paid for")
			require.Less(t, r.gas, r.limit)
			require.Zero(t, r.newest())
			require.Zero(t, r.held())
		})
	}
}

// TestWithdrawWithoutGas: what is not paid for is not done.
func TestWithdrawWithoutGas(t *testing.T) {
	r := newRegister(t)
	for n := 1; n <= 10; n++ {
		require.NoError(t, r.publish(n))
	}
	r.limit = 5 * 20_000
	require.Equal(t, apperr.OutOfGas, apperr.CodeOf(r.withdraw(0, "over")))
	require.Equal(t, 10, r.held())
}

// TestSameCode: a version may have the code of an earlier one, with another document;
// the code is found under the later, and held by both.
func TestSameCode(t *testing.T) {
	r := newRegister(t)
	for _, n := range []int{1, 2, 1} {
		require.NoError(t, r.publish(n))
	}
	n, err := template.VersionOfCode(r.state, name, hashOf(1))
	require.NoError(t, err)
	require.Equal(t, uint64(3), n)
	require.Equal(t, 2, r.codes[string(hashOf(1))])
	require.Equal(t, apperr.AlreadyExists, apperr.CodeOf(r.publish(1)))
	require.NoError(t, r.withdraw(3, "the wrong document"))
	require.Equal(t, 1, r.codes[string(hashOf(1))])
	require.Equal(t, uint64(2), r.newest())
}

// TestStoredBytes: versions count to the publisher, who needs no room to withdraw; stars
// and uses count to those who give and make them, and change nothing at the publisher's.
func TestStoredBytes(t *testing.T) {
	r := newRegister(t)
	require.NoError(t, r.publish(1))
	one := r.stored()["records"]
	require.NoError(t, r.publish(2))
	two := r.stored()["records"]
	require.Greater(t, two-one, 384)
	require.Less(t, two-one, 700)

	_, err := template.Star(r.state, r.by("housing"), name, r.pay)
	require.NoError(t, err)
	star := r.stored()["housing"]
	require.Positive(t, star)
	_, err = template.Use(r.state, r.by("city"), &chanceryv1.Deploy{Contract: "city/plots", Template: name}, r.pay)
	require.NoError(t, err)
	require.Positive(t, r.stored()["city"])
	require.Equal(t, two, r.stored()["records"])

	long := string(make([]byte, 256))
	require.NoError(t, r.withdraw(2, long))
	require.LessOrEqual(t, r.stored()["records"], two)
	require.NoError(t, r.withdraw(0, long))
	require.LessOrEqual(t, r.stored()["records"], two)
	_, err = template.Unstar(r.state, r.by("housing"), name, r.pay)
	require.NoError(t, err)
	require.Zero(t, r.stored()["housing"])

	for _, key := range []string{"xt/records/plots", "xv/records/plots\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01", "xs/records", "xu/records"} {
		require.True(t, template.IsStored([]byte(key)))
		_, _, err := template.StoredBytes([]byte(key), []byte{0xff})
		require.Error(t, err, "a broken row %q", key)
	}
	require.False(t, template.IsStored([]byte("xr/records")))
}

// TestRoomOfWithdrawals: what is said about the longest withdrawal, and the rows that
// count to nobody, fit into what templates and versions count beside their rows from the
// beginning.
func TestRoomOfWithdrawals(t *testing.T) {
	r := newRegister(t)
	require.NoError(t, r.publish(1))
	_, err := template.Star(r.state, r.by("housing"), name, r.pay)
	require.NoError(t, err)
	gone := &statev1.TemplateWithdrawal{
		Origin: "cy1" + string(make([]byte, 60)), Height: 1 << 62, Time: 1 << 62, Reason: string(make([]byte, 256)),
	}
	free, used := 0, 0
	it := r.state.Scan(nil, nil, false)
	for it.Next() {
		row := len(it.Key()) + len(it.Value())
		if !template.IsStored(it.Key()) {
			used += row
			continue
		}
		org, n, err := template.StoredBytes(it.Key(), it.Value())
		require.NoError(t, err)
		if org == "records" {
			free += n - row
			used += gone.SizeVT() + 3
		}
	}
	require.NoError(t, it.Close())
	require.Less(t, used, free)
}
