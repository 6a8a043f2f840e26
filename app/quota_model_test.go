package app

import (
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// The model of quotas: plain maps, by organisation, contract and account.
type (
	quotaModel struct {
		now     time.Time
		orgs    map[string]*orgModel
		sponsor map[string]*sponsorModel // by contract, for method Give
		storage map[string]map[uint64]int
		lines   quota.Breakdown
		// start are orgs and sponsor as they were when the block began.
		start *quotaModel
	}
	orgModel struct {
		gas, bytes            uint64 // the quota
		used, sponsored       uint64 // in the period
		stored                int64
		charged               uint64 // since the start
		gasWarned, byteWarned bool
	}
	sponsorModel struct {
		quota.Sponsored
		perAccount uint64
		accounts   map[string]uint64
	}
)

var (
	quotaOrgs     = []string{"records", "housing"}
	quotaCitizens = []string{"ann", "bob"}
)

func testKey(name string) *key.Private {
	seed := sha256.Sum256([]byte("quota model " + name))
	k, err := key.FromSeed(key.Ed25519, seed[:])
	if err != nil {
		panic(err) // no seed of ed25519 is refused
	}
	return k
}

// quotaMachine executes txs over an overlay as blocks do, and on the model.
type quotaMachine struct {
	*rapid.T
	app   *App
	block *block
	salt  uint64
	size  int // of the last tx
	model *quotaModel
}

// quotaWorld is a state machine and a state with records/vault and housing/vault.
func quotaWorld(t testing.TB) (*App, *block) {
	a, err := Open(Options{Dir: t.TempDir(), NoSync: true, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { a.Close() })
	g := &Genesis{OperatorOrg: "city"}
	for _, o := range append([]string{"city"}, quotaOrgs...) {
		member := GenesisMember{KeyType: "ed25519", PublicKey: testKey(o).Public().Bytes, Roles: []string{"admin", "developer", "operator"}}
		g.Orgs = append(g.Orgs, GenesisOrg{Name: o, Title: o, GasPerPeriod: 100_000_000_000, Members: []GenesisMember{member}})
	}
	require.NoError(t, g.Validate())
	x := &block{Block: Block{Height: 1, Time: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)}, params: g.params("model-1")}
	x.writes, x.seen = state.NewOverlay(nil), map[tx.Hash]bool{}
	require.NoError(t, g.write(x.writes, x.params, 1, x.Time))
	x.start = state.NewOverlay(x.writes)
	code, err := VaultCode()
	require.NoError(t, err)
	hash := sha256.Sum256(code)
	m := &quotaMachine{app: a, block: x}
	for _, o := range quotaOrgs {
		res := m.deliver(t, testKey(o), o, 2_000_000_000, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_UploadCode{
			UploadCode: &chanceryv1.UploadCode{CodeGzip: StoreGzip(t, code)},
		}})
		require.Zero(t, res.Code, res.Log)
		res = m.deliver(t, testKey(o), o, 100_000_000, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Deploy{
			Deploy: &chanceryv1.Deploy{Contract: o + "/vault", CodeHash: hash[:]},
		}})
		require.Zero(t, res.Code, res.Log)
	}
	return a, x
}

func (m *quotaMachine) deliver(t require.TestingT, signer *key.Private, org string, gas uint64, b *chanceryv1.TxBody) *chanceryv1.TxResult {
	m.salt++
	b.ChainId, b.Origin, b.Org, b.GasLimit = "model-1", signer.Public().Address().String(), org, gas
	b.ValidUntil, b.Salt = timestamppb.New(m.block.Time.Add(time.Minute)), binary.BigEndian.AppendUint64(nil, m.salt)
	raw, _, err := tx.Sign(b, signer)
	require.NoError(t, err)
	m.size = len(raw)
	res, err := m.app.deliver(m.block, 0, raw)
	require.NoError(t, err)
	return res
}

// TestQuotaModel runs random txs of members and citizens, and changes of quotas
// and sponsorships, on the state machine and on plain maps. Each has the code that
// the maps give it, the gas charged to an organisation is the sum of the results'
// that name it as payer, no tx runs that a quota did not cover, and stored bytes are
// the sum over the rows of the state.
func TestQuotaModel(t *testing.T) {
	a, base := quotaWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		m := newQuotaMachine(t, a, base)
		t.Repeat(map[string]func(*rapid.T){
			"":         func(t *rapid.T) { m.T = t; m.check() },
			"member":   func(t *rapid.T) { m.T = t; m.put(rapid.SampledFrom(quotaOrgs).Draw(t, "org"), "") },
			"member2":  func(t *rapid.T) { m.T = t; m.put(rapid.SampledFrom(quotaOrgs).Draw(t, "org"), "") },
			"citizen":  func(t *rapid.T) { m.T = t; m.put("", rapid.SampledFrom(quotaCitizens).Draw(t, "who")) },
			"citizen2": func(t *rapid.T) { m.T = t; m.put("", "ann") },
			"quota":    func(t *rapid.T) { m.T = t; m.setQuota() },
			"sponsor":  func(t *rapid.T) { m.T = t; m.setSponsorship() },
			"time":     func(t *rapid.T) { m.T = t; m.pass() },
		})
	})
}

func newQuotaMachine(t *rapid.T, a *App, base *block) *quotaMachine {
	m := &quotaMachine{T: t, app: a, block: &block{
		Block: base.Block, params: base.params, start: base.writes, writes: state.NewOverlay(base.writes), seen: map[tx.Hash]bool{},
	}, model: &quotaModel{
		now: base.Time, orgs: map[string]*orgModel{}, sponsor: map[string]*sponsorModel{},
		storage: map[string]map[uint64]int{}, lines: quota.Breakdown{},
	}}
	for _, o := range append([]string{"city"}, quotaOrgs...) {
		q, u, err := quota.Get(base.writes, o, m.period())
		require.NoError(t, err)
		m.model.orgs[o] = &orgModel{
			gas: q.GasPerPeriod, bytes: q.StoredBytes, used: u.GasUsed, stored: int64(u.BytesUsed),
		}
		m.model.storage[o+"/vault"] = map[uint64]int{}
	}
	m.model.begin()
	m.setQuota()
	return m
}

// begin remembers quotas and sponsorships as they are when a block begins.
func (q *quotaModel) begin() {
	s := &quotaModel{orgs: map[string]*orgModel{}, sponsor: map[string]*sponsorModel{}}
	for name, o := range q.orgs {
		c := *o
		s.orgs[name] = &c
	}
	for name, o := range q.sponsor {
		c := *o
		c.accounts = maps.Clone(o.accounts)
		s.sponsor[name] = &c
	}
	q.start = s
}

func (m *quotaMachine) period() uint64 { return quotaPeriod(m.block.params, m.model.now) }

// put stores or deletes through a contract, as a member of org or as a citizen.
func (m *quotaMachine) put(org, citizen string) {
	owner := rapid.SampledFrom(quotaOrgs).Draw(m.T, "owner")
	method := rapid.SampledFrom([]string{"Give", "Put", "Give"}).Draw(m.T, "method")
	at := rapid.Uint64Range(1, 5).Draw(m.T, "key")
	size := rapid.SampledFrom([]int{0, 0, 1, 500, 501, 4000}).Draw(m.T, "size")
	limit := rapid.SampledFrom([]uint64{120_000, 150_000, 165_000, 1_000_000}).Draw(m.T, "limit")
	signer, payer, name := testKey(org+citizen), org, owner+"/vault"
	if org == "" {
		payer = owner
	}
	res := m.deliver(m.T, signer, org, limit, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Execute{
		Execute: &chanceryv1.Execute{Contract: name, Method: method, Payload: VaultRequest(at, uint32(size))},
	}})
	if refused := m.model.refuses(name, method, citizen, payer, limit); refused != apperr.OK {
		require.Equal(m.T, refused.String(), res.CodeName, res.Log)
		m.refused(res, name, method, citizen, payer, limit)
		return
	}
	require.Equal(m.T, payer, res.Payer)
	require.LessOrEqual(m.T, res.GasUsed, limit)
	before, had := m.model.storage[name][at]
	grown := 0
	if had {
		grown -= 8 + before
	}
	if size > 0 {
		grown += 8 + size
	}
	o := m.model.orgs[owner]
	switch {
	case res.Code == uint32(apperr.OutOfGas):
		require.Equal(m.T, limit, res.GasUsed)
		grown = 0
	case grown > 0 && (o.stored >= int64(o.bytes) || int64(grown) > int64(o.bytes)-o.stored):
		require.Equal(m.T, apperr.QuotaExceeded.String(), res.CodeName, res.Log)
		grown = 0
	default:
		require.Zero(m.T, res.Code, res.Log)
		if delete(m.model.storage[name], at); size > 0 {
			m.model.storage[name][at] = size
		}
	}
	o.stored += int64(grown)
	m.charge(payer, name, citizen, res.GasUsed)
	m.warns(res, owner, payer, grown != 0)
	m.count(quota.Line{Org: payer, Contract: name, Method: method}, res, citizen != "", int64(grown))
}

// refused checks what a tx paid that did not run: when it would have run first in the
// block, what it costs itself, as far as its payer can.
func (m *quotaMachine) refused(res *chanceryv1.TxResult, name, method, citizen, payer string, limit uint64) {
	fee := uint64(0)
	if m.model.start.refuses(name, method, citizen, payer, limit) == apperr.OK {
		p, o := m.block.params, m.model.orgs[payer]
		fee = min(p.TxBaseGas+p.SignatureGas+p.TxByteGas*uint64(m.size), rest(o.gas, o.used))
		if citizen != "" {
			s := m.model.sponsor[name]
			fee = min(fee, rest(s.All, s.accounts[""]), rest(s.perAccount, s.accounts[citizen]))
		}
	}
	require.Equal(m.T, fee, res.GasUsed)
	if fee == 0 {
		require.Empty(m.T, res.Payer)
		require.Empty(m.T, res.Events)
		return
	}
	require.Equal(m.T, payer, res.Payer)
	m.charge(payer, name, citizen, fee)
	m.warns(res, "", payer, false)
	l := quota.Line{Org: payer, Method: "execute"}
	if name == "" {
		l.Method = method
	}
	m.count(l, res, citizen != "", 0)
}

// refuses returns the code of a call that does not run.
func (q *quotaModel) refuses(name, method, citizen, payer string, limit uint64) apperr.Code {
	o := q.orgs[payer]
	if citizen != "" {
		s := q.sponsor[name]
		switch {
		case s == nil || method != "Give":
			return apperr.PermissionDenied
		case limit > s.PerTx || s.accounts[""]+limit > s.All || s.accounts[citizen]+limit > s.perAccount:
			return apperr.QuotaExceeded
		}
	}
	if o.used+limit > o.gas {
		return apperr.QuotaExceeded
	}
	return apperr.OK
}

func (m *quotaMachine) charge(payer, name, citizen string, gas uint64) {
	o := m.model.orgs[payer]
	o.used += gas
	o.charged += gas
	if citizen != "" {
		o.sponsored += gas
		m.model.sponsor[name].accounts[citizen] += gas
		m.model.sponsor[name].accounts[""] += gas // all of them
	}
}

// warns checks the warnings of a result and keeps the model's.
func (m *quotaMachine) warns(res *chanceryv1.TxResult, owner, payer string, grown bool) {
	var want []string
	touch := func(name string) {
		o := m.model.orgs[name]
		low := o.used > 0 && 5*o.used >= 4*o.gas
		if low && !o.gasWarned {
			want = append(want, name+" gas")
		}
		o.gasWarned = low
		low = o.stored > 0 && 5*uint64(o.stored) >= 4*o.bytes
		if low && !o.byteWarned {
			want = append(want, name+" bytes")
		}
		o.byteWarned = low
	}
	if grown {
		touch(owner)
	}
	if !grown || owner != payer {
		touch(payer)
	}
	var got []string
	for _, e := range res.Events {
		if e.Type != "chancery.v1.QuotaWarning" {
			continue
		}
		w := new(chanceryv1.QuotaWarning)
		require.NoError(m.T, proto.Unmarshal(e.Payload, w))
		what := " gas"
		if w.Resource == chanceryv1.QuotaResource_QUOTA_RESOURCE_STORED_BYTES {
			what = " bytes"
		}
		got = append(got, w.Org+what)
	}
	require.Equal(m.T, want, got)
}

func (m *quotaMachine) count(l quota.Line, res *chanceryv1.TxResult, sponsored bool, grown int64) {
	c := quota.Count{Txs: 1, Gas: res.GasUsed, Bytes: grown}
	if sponsored {
		c.SponsoredGas = res.GasUsed
	}
	if res.Code != 0 {
		c.Failed = 1
	}
	l.Day = quota.DayOf(m.model.now)
	m.model.lines.Add(l, c)
}

// platform executes an action of an organisation that succeeds.
func (m *quotaMachine) platform(org, contract, method string, b *chanceryv1.TxBody) {
	const limit = 1_000_000
	res := m.deliver(m.T, testKey(org), org, limit, b)
	if m.model.refuses("", "", "", org, limit) != apperr.OK {
		require.Equal(m.T, apperr.QuotaExceeded.String(), res.CodeName, res.Log)
		m.refused(res, "", method, "", org, limit)
		return
	}
	grown := int64(0)
	if s := b.GetSetSponsorship(); s != nil && m.model.sponsor[s.Contract] == nil {
		grown = int64(len("qs/"+s.Contract+s.Method) + 2 + 50)
	}
	if o := m.model.orgs[org]; grown > 0 && (o.stored >= int64(o.bytes) || grown > int64(o.bytes)-o.stored) {
		require.Equal(m.T, apperr.QuotaExceeded.String(), res.CodeName, res.Log)
		m.charge(org, "", "", res.GasUsed)
		m.warns(res, "", org, false)
		m.count(quota.Line{Org: org, Method: method}, res, false, 0)
		return
	}
	require.Zero(m.T, res.Code, res.Log)
	m.model.orgs[org].stored += grown
	switch act := b.Action.(type) {
	case *chanceryv1.TxBody_SetQuota:
		o := m.model.orgs[act.SetQuota.Org]
		o.gas, o.bytes = act.SetQuota.GasPerPeriod, act.SetQuota.GetStoredBytes()
	case *chanceryv1.TxBody_SetSponsorship:
		s := act.SetSponsorship
		now := m.model.sponsor[s.Contract]
		if now == nil {
			now = &sponsorModel{accounts: map[string]uint64{}}
		}
		now.PerTx, now.All, now.perAccount = s.MaxGasPerTx, s.GasPerPeriod, s.GasPerAccount
		m.model.sponsor[s.Contract] = now
	}
	m.charge(org, "", "", res.GasUsed)
	m.warns(res, org, org, grown != 0)
	m.count(quota.Line{Org: org, Contract: contract, Method: method}, res, false, grown)
}

func (m *quotaMachine) setQuota() {
	o := rapid.SampledFrom(quotaOrgs).Draw(m.T, "org")
	gas := m.model.orgs[o].used + rapid.SampledFrom([]uint64{0, 200_000, 350_000, 1_000_000, 10_000_000}).Draw(m.T, "gas")
	bytes := uint64(m.model.orgs[o].stored) + rapid.Uint64Range(0, 8_000).Draw(m.T, "bytes")
	if rapid.IntRange(0, 4).Draw(m.T, "below") == 0 {
		gas, bytes = gas/2, bytes/2
	}
	m.platform("city", "", "set_quota", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetQuota{
		SetQuota: &chanceryv1.SetQuota{Org: o, GasPerPeriod: gas, StoredBytes: &bytes},
	}})
}

func (m *quotaMachine) setSponsorship() {
	o := rapid.SampledFrom(quotaOrgs).Draw(m.T, "org")
	perTx := rapid.Uint64Range(150_000, 180_000).Draw(m.T, "per tx")
	perAccount := perTx + rapid.Uint64Range(0, 250_000).Draw(m.T, "per account")
	m.platform(o, o+"/vault", "set_sponsorship", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetSponsorship{
		SetSponsorship: &chanceryv1.SetSponsorship{
			Contract: o + "/vault", Method: "Give", MaxGasPerTx: perTx, GasPerAccount: perAccount,
			GasPerPeriod: perAccount + rapid.Uint64Range(0, 1_000_000).Draw(m.T, "per period"),
		},
	}})
}

// pass ends the block and begins one at a later time, mostly of the same day.
func (m *quotaMachine) pass() {
	before := m.period()
	require.NoError(m.T, m.block.dropPast())
	m.model.now = m.model.now.Add(time.Duration(rapid.IntRange(1, 30_000).Draw(m.T, "seconds")) * time.Second)
	m.block = &block{
		Block: Block{Height: m.block.Height + 1, Time: m.model.now}, params: m.block.params,
		start: m.block.writes, writes: state.NewOverlay(m.block.writes), seen: map[tx.Hash]bool{}, usage: m.block.usage,
	}
	defer m.model.begin()
	if m.period() == before {
		return
	}
	for _, o := range m.model.orgs {
		o.used, o.sponsored, o.gasWarned = 0, 0, false
	}
	for _, s := range m.model.sponsor {
		clear(s.accounts)
	}
}

// check compares the model with the state.
func (m *quotaMachine) check() {
	w := m.block.writes
	stored, err := storedOf(w)
	require.NoError(m.T, err)
	charged := map[string]uint64{}
	for l, c := range m.block.usage {
		charged[l.Org] += c.Gas
	}
	for name, o := range m.model.orgs {
		q, u, err := quota.Get(w, name, m.period())
		require.NoError(m.T, err)
		require.Equal(m.T, [5]uint64{o.gas, o.bytes, o.used, o.sponsored, uint64(o.stored)},
			[5]uint64{q.GasPerPeriod, q.StoredBytes, u.GasUsed, u.SponsoredGas, u.BytesUsed}, name)
		require.Equal(m.T, stored[name], uint64(o.stored), name)
		require.Equal(m.T, charged[name], o.charged, name)
	}
	for name, s := range m.model.sponsor {
		for _, who := range quotaCitizens {
			call := quota.Call{Method: quota.Method{Contract: name, Name: "Give"}, Account: testKey(who).Public().Address()}
			got, err := quota.SponsoredLeft(w, call, m.period())
			require.NoError(m.T, err)
			require.Equal(m.T, quota.Sponsored{
				PerTx: s.PerTx, All: rest(s.All, s.accounts[""]), Account: rest(s.perAccount, s.accounts[who]),
			}, got)
		}
	}
	if len(m.model.lines) > 0 {
		require.Equal(m.T, m.model.lines, m.block.usage)
	}
}

func rest(all, used uint64) uint64 { return all - min(all, used) }
