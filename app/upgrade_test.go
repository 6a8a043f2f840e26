package app_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/runtime"
)

// TestUpgrade points a contract at other code: what adds is taken, what breaks
// callers or stored state is refused unless it is declared, and a failed migrate
// leaves everything as it was.
func TestUpgrade(t *testing.T) {
	c := apptest.New(t, nil)
	upload := func(code []byte) []byte {
		c.Must(c.Upload(recordsDev, "records", pack(t, code)))
		h := sha256.Sum256(code)
		return h[:]
	}
	first := upload(shop{methods: putMethod, collection: itemsByID}.code(t))
	more := upload(shop{methods: putMethod + takeMethod, collection: itemsByID}.code(t))
	less := upload(shop{methods: takeMethod, collection: itemsByID}.code(t))
	rekeyed := upload(shop{methods: takeMethod, collection: itemsByPrice}.code(t))
	crashing := upload(shop{methods: takeMethod + migrateMethod, collection: itemsByPrice, faults: "migrate"}.code(t))
	migrating := upload(shop{methods: takeMethod + migrateMethod, collection: itemsByPrice}.code(t))
	c.Must(c.Deploy(recordsDev, "records", "records/shop", first, nil))

	upgrade := func(hash []byte, breaking bool) *chanceryv1.TxResult {
		b := c.Body(recordsDev, "records")
		b.GasLimit = 100_000_000
		b.Action = &chanceryv1.TxBody_Upgrade{Upgrade: &chanceryv1.Upgrade{Contract: "records/shop", CodeHash: hash, Breaking: breaking}}
		return c.Block(c.Sign(b, recordsDev)).Results[0]
	}
	refused := func(res *chanceryv1.TxResult, want apperr.Code, help string) {
		t.Helper()
		require.Equal(t, want.String(), res.CodeName, res.Log)
		require.Contains(t, res.Log, help)
	}
	version := func() uint64 {
		got, err := c.App.Query().Contract("records/shop")
		require.NoError(t, err)
		return got.Contract.Version
	}

	refused(upgrade(first, false), apperr.AlreadyExists, "version 1")
	refused(upgrade(make([]byte, 32), false), apperr.NotFound, "upload")
	res := upgrade(more, false)
	require.Zero(t, res.Code, res.Log)
	require.Equal(t, "chancery.v1.ContractUpgraded", res.Events[0].Type)
	data := new(chanceryv1.UpgradeResult)
	require.NoError(t, proto.Unmarshal(res.Data, data))
	require.Equal(t, uint64(2), data.Version)

	refused(upgrade(less, false), apperr.Incompatible, "Put")
	require.Equal(t, uint64(2), version())
	require.Zero(t, upgrade(less, true).Code)
	require.Equal(t, uint64(3), version())

	refused(upgrade(rekeyed, true), apperr.Incompatible, "migrate")
	refused(upgrade(crashing, true), apperr.ContractTrap, "records/shop")
	require.Equal(t, uint64(3), version(), "a failed migrate leaves the old code")
	require.Zero(t, upgrade(migrating, true).Code)

	refused(c.Block(c.Execute(recordsClerk, "records", "records/shop", "Migrate", nil)).Results[0], apperr.InvalidTx, "upgrade only")

	list, next, err := c.App.Query().Versions("records/shop", 3, "")
	require.NoError(t, err)
	require.Len(t, list, 3)
	require.Equal(t, uint64(4), list[0].Version)
	require.Equal(t, migrating, list[0].CodeHash)
	require.True(t, list[0].Breaking)
	list, next, err = c.App.Query().Versions("records/shop", 3, next)
	require.NoError(t, err)
	require.Empty(t, next)
	require.Len(t, list, 1)
	require.Equal(t, first, list[0].CodeHash)

	t.Run("forbidden", func(t *testing.T) {
		b := c.Body(recordsClerk, "records")
		b.Action = &chanceryv1.TxBody_Upgrade{Upgrade: &chanceryv1.Upgrade{Contract: "records/shop", CodeHash: more}}
		refused(c.Block(c.Sign(b, recordsClerk)).Results[0], apperr.PermissionDenied, "developer")
		dev := apptest.Key("housing-dev", 1)
		b = c.Body(dev, "housing")
		b.Action = &chanceryv1.TxBody_Upgrade{Upgrade: &chanceryv1.Upgrade{Contract: "records/shop", CodeHash: more}}
		refused(c.Block(c.Sign(b, dev)).Results[0], apperr.InvalidTx, "belongs to")
	})
	require.Equal(t, c.App.Info().AppHash, c.Replay(app.Options{Dir: t.TempDir()}))
}

// TestOpenProposalsAreBounded: an upgrade closes all that are open, so there are at
// most 16. Those that have expired make room.
func TestOpenProposalsAreBounded(t *testing.T) {
	c := apptest.New(t, nil)
	hash := func(code []byte) []byte {
		c.Must(c.Upload(recordsDev, "records", pack(t, code)))
		h := sha256.Sum256(code)
		return h[:]
	}
	first := hash(shop{methods: putMethod, collection: itemsByID}.code(t))
	next := hash(shop{methods: putMethod + migrateMethod, collection: itemsByID}.code(t))
	c.Must(c.Deploy(recordsDev, "records", "records/shop", first, nil))
	propose := func() *chanceryv1.TxResult {
		b := c.Body(recordsDev, "records")
		b.Action = &chanceryv1.TxBody_ProposeUpgrade{ProposeUpgrade: &chanceryv1.ProposeUpgrade{
			Contract: "records/shop", CodeHash: next, MigratePayload: make([]byte, 1_000),
		}}
		return c.Block(c.Sign(b, recordsDev)).Results[0]
	}
	for range 16 {
		res := propose()
		require.Zero(t, res.Code, res.Log)
	}
	res := propose()
	require.Equal(t, apperr.LimitExceeded.String(), res.CodeName, res.Log)
	require.Contains(t, res.Log, "cancel one")

	c.Time = c.Time.Add(31 * 24 * time.Hour)
	res = propose()
	require.Zero(t, res.Code, res.Log)
	list, _, err := c.App.Query().Upgrades("records/shop", 100, "")
	require.NoError(t, err)
	require.Len(t, list, 17)
	require.Equal(t, chanceryv1.UpgradeStatus_UPGRADE_STATUS_OPEN, list[0].Status)
	require.Len(t, list[0].Proposed.MigratePayload, 1_000)
	for _, u := range list[1:] {
		require.Equal(t, chanceryv1.UpgradeStatus_UPGRADE_STATUS_EXPIRED, u.Status)
		require.Equal(t, c.Height, u.ClosedHeight)
		require.Empty(t, u.Proposed.MigratePayload, "nobody needs it any more")
	}
	code, err := c.App.Query().Code(next, true)
	require.NoError(t, err)
	require.Equal(t, uint64(1), code.References)

	// A page after the other, with a token that means nothing elsewhere.
	var ids []uint64
	for token := ""; ; {
		page, next, err := c.App.Query().Upgrades("records/shop", 5, token)
		require.NoError(t, err)
		for _, u := range page {
			ids = append(ids, u.Id)
		}
		if token = next; token == "" {
			break
		}
	}
	require.Equal(t, []uint64{17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, ids)
	_, _, err = c.App.Query().Upgrades("records/shop", 5, "nonsense")
	require.ErrorIs(t, err, apperr.InvalidTx.Err())
	_, _, err = c.App.Query().Upgrades("records/none", 5, "")
	require.ErrorIs(t, err, apperr.NotFound.Err())
	require.Equal(t, c.App.Info().AppHash, c.Replay(app.Options{Dir: t.TempDir()}))
}

// TestUploadReports: an upload tells how the code stands within the limits, and so
// does the next upload of the same code.
func TestUploadReports(t *testing.T) {
	c := apptest.New(t, nil)
	code := shop{methods: putMethod + getMethod + migrateMethod + checkMethod, collection: itemsByID}.code(t)
	upload := func() *chanceryv1.UploadCodeResult {
		data := new(chanceryv1.UploadCodeResult)
		require.NoError(t, proto.Unmarshal(c.Must(c.Upload(recordsDev, "records", pack(t, code))).Data, data))
		return data
	}
	first := upload().Report
	require.Equal(t, uint64(len(code)), first.CodeBytes.Used)
	require.Equal(t, uint64(4<<20), first.CodeBytes.Limit)
	require.Equal(t, uint64(64<<10), first.ImageBytes.Used)
	require.Equal(t, uint64(runtime.DefaultLimits().MemoryPages)<<16, first.ImageBytes.Limit)
	require.NotZero(t, first.InterfaceBytes.Used)
	require.Equal(t, uint32(1), first.Executes)
	require.Equal(t, uint32(2), first.Queries)
	require.Equal(t, uint32(1), first.Collections)
	require.False(t, first.Init)
	require.True(t, first.Migrate)
	require.True(t, first.PostUpgrade)
	again := upload()
	require.True(t, again.Existed)
	require.True(t, proto.Equal(first, again.Report))
	h := sha256.Sum256(code)
	got, err := c.App.Query().Code(h[:], true)
	require.NoError(t, err)
	require.True(t, proto.Equal(first, got.Report))
	require.Zero(t, got.References)
}

// TestRollback: the code before an index was added may run again, which no other
// upgrade without migrate may; code that would misread what is stored may not.
func TestRollback(t *testing.T) {
	c := apptest.New(t, nil)
	var hashes [][]byte
	for i, s := range []shop{
		{methods: putMethod, collection: itemsByID},
		{methods: putMethod + migrateMethod, collection: itemsIndexed},
		{methods: putMethod, collection: itemsByID, salt: "never ran"},
		{methods: putMethod + migrateMethod, collection: itemsByPrice},
	} {
		code := s.code(t)
		c.Must(c.Upload(recordsDev, "records", pack(t, code)))
		h := sha256.Sum256(code)
		if hashes = append(hashes, h[:]); i == 0 {
			c.Must(c.Deploy(recordsDev, "records", "records/shop", h[:], nil))
		}
	}
	upgrade := func(to int, rollback uint64, breaking bool) *chanceryv1.TxResult {
		b := c.Body(recordsDev, "records")
		b.Action = &chanceryv1.TxBody_Upgrade{Upgrade: &chanceryv1.Upgrade{
			Contract: "records/shop", CodeHash: hashes[to], RollbackTo: rollback, Breaking: breaking,
		}}
		return c.Block(c.Sign(b, recordsDev)).Results[0]
	}
	done := func(res *chanceryv1.TxResult, version uint64) {
		t.Helper()
		require.Zero(t, res.Code, res.Log)
		got, err := c.App.Query().Contract("records/shop")
		require.NoError(t, err)
		require.Equal(t, version, got.Contract.Version)
	}
	refused := func(res *chanceryv1.TxResult, want apperr.Code, help string) {
		t.Helper()
		require.Equal(t, want.String(), res.CodeName, res.Log)
		require.Contains(t, res.Log, help)
	}
	done(upgrade(1, 0, true), 2)
	refused(upgrade(0, 0, true), apperr.Incompatible, "no migrate method")
	refused(upgrade(2, 0, true), apperr.Incompatible, "no migrate method")
	refused(upgrade(2, 1, true), apperr.InvalidTx, "no version 1 of this code")
	refused(upgrade(0, 9, true), apperr.InvalidTx, "no version 9")
	refused(upgrade(0, 1, false), apperr.Incompatible, "index-removed")
	done(upgrade(0, 1, true), 3)
	done(upgrade(3, 0, true), 4)
	refused(upgrade(0, 3, true), apperr.Incompatible, "would misread the stored state: collection items")
	list, _, err := c.App.Query().Versions("records/shop", 0, "")
	require.NoError(t, err)
	require.Equal(t, uint64(1), list[1].RollbackTo)
	require.Equal(t, hashes[0], list[1].CodeHash)
}

// TestPrunedCodeCountsNoMore: the bytes of pruned code go back to the quota of the
// organisation that uploaded it, and the same code may come again.
func TestPrunedCodeCountsNoMore(t *testing.T) {
	c := apptest.New(t, nil)
	code := shop{methods: putMethod, collection: itemsByID}.code(t)
	packed, h := pack(t, code), sha256.Sum256(code)
	c.Block()
	used := func() uint64 {
		q, err := c.App.Query().Quota("records")
		require.NoError(t, err)
		return q.BytesUsed
	}
	before := used()
	c.Must(c.Upload(recordsDev, "records", packed))
	require.Equal(t, before+uint64(len(packed)), used())
	b := c.Body(recordsDev, "records")
	b.Action = &chanceryv1.TxBody_PruneCode{PruneCode: &chanceryv1.PruneCode{CodeHash: h[:]}}
	res := c.Must(c.Sign(b, recordsDev))
	ev := new(chanceryv1.CodePruned)
	require.NoError(t, proto.Unmarshal(res.Events[0].Payload, ev))
	require.Equal(t, uint64(len(packed)), ev.StoredBytes)
	require.Equal(t, before, used())
	require.Equal(t, apperr.NotFound.String(), c.Block(c.Deploy(recordsDev, "records", "records/shop", h[:], nil)).Results[0].CodeName)
	c.Must(c.Upload(recordsDev, "records", packed))
	c.Must(c.Deploy(recordsDev, "records", "records/shop", h[:], nil))
	require.Equal(t, c.App.Info().AppHash, c.Replay(app.Options{Dir: t.TempDir()}))
}
