package app_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/schedule"
	"github.com/chancery-chain/chancery/app/state"
)

// pages walks a list to its end and returns its length. No page may be larger than a
// megabyte and one row more.
func pages[M proto.Message](t *testing.T, list func(token string) ([]M, string, error)) (rows int) {
	t.Helper()
	for token := ""; ; {
		page, next, err := list(token)
		require.NoError(t, err)
		size := 0
		for _, m := range page {
			size += proto.Size(m)
		}
		require.Less(t, size, 2<<20)
		rows += len(page)
		if token = next; token == "" {
			return rows
		}
		require.NotEmpty(t, page)
	}
}

// TestPagesAreBoundedInBytes: a hundred rows of a quarter megabyte are more than
// anybody may have a node send for nothing.
func TestPagesAreBoundedInBytes(t *testing.T) {
	c := apptest.New(t, nil)
	code := shop{methods: putMethod + getMethod + migrateMethod, collection: itemsByID}.code(t)
	next := shop{methods: putMethod + getMethod + migrateMethod, collection: itemsByID, salt: "2"}.code(t)
	for _, one := range [][]byte{code, next} {
		c.Must(c.Upload(recordsDev, "records", pack(t, one)))
	}
	hash, nextHash := sha256.Sum256(code), sha256.Sum256(next)
	c.Must(c.Deploy(recordsDev, "records", "records/shop", hash[:], nil))
	q := c.App.Query()

	for i := range 12 {
		b := c.Body(recordsDev, "records")
		b.Action = &chanceryv1.TxBody_ProposeUpgrade{ProposeUpgrade: &chanceryv1.ProposeUpgrade{
			Contract: "records/shop", CodeHash: nextHash[:], MigratePayload: bytes.Repeat([]byte{byte(i)}, 200<<10),
		}}
		b.GasLimit = 100_000_000
		c.Must(c.Sign(b, recordsDev))
	}
	require.Equal(t, 12, pages(t, func(token string) ([]*chanceryv1.ContractUpgrade, string, error) {
		return q.Upgrades("records/shop", 100, token)
	}))

	var methods []string
	for i := range 32 {
		methods = append(methods, fmt.Sprintf("%s%02d", strings.Repeat("m", 60), i))
	}
	var grants []*chanceryv1.Grant
	for i := range 16 {
		grants = append(grants, &chanceryv1.Grant{Contract: "records/" + strings.Repeat("c", 30) + string(rune('a'+i)), Methods: methods})
	}
	const delegates = 70
	for i := range delegates {
		b := c.Body(recordsDev, "records")
		b.Action = &chanceryv1.TxBody_Delegate{Delegate: &chanceryv1.Delegate{
			Delegate: apptest.Key(fmt.Sprint("service", i), key.Ed25519).Public().Address().String(),
			Grants:   grants, Until: timestamppb.New(c.Time.Add(time.Hour)),
		}}
		c.Must(c.Sign(b, recordsDev))
	}
	require.Equal(t, delegates, pages(t, func(token string) ([]*chanceryv1.Delegation, string, error) {
		return q.Delegations(recordsDev.Public().Address().String(), 100, token)
	}))

	// No contract here asks for calls, so the rows are written past it.
	view, err := c.App.Store().View(0)
	require.NoError(t, err)
	defer view.Close()
	w := state.NewOverlay(view)
	for range 20 {
		_, err := schedule.Add(w, "records/shop", &statev1.ScheduledCall{Time: 1, Method: "Put", Payload: make([]byte, 250<<10), GasLimit: 1})
		require.NoError(t, err)
	}
	_, err = c.App.Store().Stage(view.Height()+1, w.Changes())
	require.NoError(t, err)
	require.NoError(t, c.App.Store().Commit(nil))
	require.Equal(t, 20, pages(t, func(token string) ([]*chanceryv1.ScheduledCall, string, error) {
		return q.Scheduled("records/shop", 100, token, nil)
	}))
}
