package node

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/gen/chancery/v1/chanceryv1connect"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
)

// envelope decodes a tx, changes it and encodes it again.
func envelope(t *testing.T, raw []byte, change func(*chanceryv1.Tx)) []byte {
	t.Helper()
	m := new(chanceryv1.Tx)
	require.NoError(t, proto.Unmarshal(raw, m))
	change(m)
	out, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	require.NoError(t, err)
	return out
}

// Every way to get a tx wrong has a stable code and a sentence that names what
// was wrong.
func TestSubmitRefuses(t *testing.T) {
	n := start(t, newHome(t, testConfig()))
	c := connectTo(n)
	good, _ := memberTx(t)
	committed, _ := memberTx(t)
	submit(t, c, committed)
	body := func(f func(*chanceryv1.TxBody)) []byte {
		raw, _ := memberTx(t, f)
		return raw
	}
	stranger := mustKey(bytes.Repeat([]byte{9}, 32))
	execute := func(contract, method string) []byte {
		return body(func(b *chanceryv1.TxBody) {
			b.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: contract, Method: method}}
		})
	}
	rows := []struct {
		name string
		raw  []byte
		want apperr.Code
		text string
	}{
		{"empty", nil, apperr.InvalidTx, "tx: is empty"},
		{"no protobuf", []byte("hello"), apperr.InvalidTx, "does not decode"},
		{"truncated", good[:len(good)/2], apperr.InvalidTx, "does not decode"},
		{"trailing bytes", append(bytes.Clone(good), 0x1a, 0), apperr.InvalidTx, "canonical"},
		{"oversized", append([]byte{0x0a, 0x80, 0x80, 0xc0, 0x02}, make([]byte, tx.MaxBytes)...), apperr.InvalidTx, "more than"},
		{"no action", body(func(b *chanceryv1.TxBody) { b.Action = nil }), apperr.InvalidTx, "action"},
		{"no signature", envelope(t, good, func(m *chanceryv1.Tx) { m.Signatures = nil }), apperr.Unauthenticated, "no signature"},
		{"wrong signature", envelope(t, good, func(m *chanceryv1.Tx) { m.Signatures[0].Signature[3] ^= 1 }), apperr.Unauthenticated, "signature"},
		{"unknown key type", envelope(t, good, func(m *chanceryv1.Tx) { m.Signatures[0].KeyType = 77 }), apperr.InvalidTx, "key_type"},
		{"another's key", envelope(t, good, func(m *chanceryv1.Tx) {
			m.Signatures[0].PublicKey = stranger.Public().Bytes
		}), apperr.Unauthenticated, ""},
		{"wrong chain", body(func(b *chanceryv1.TxBody) { b.ChainId = "other-1" }), apperr.InvalidTx, "other-1"},
		{"expired", body(func(b *chanceryv1.TxBody) { b.ValidUntil = timestamppb.New(time.Now().Add(-time.Hour)) }), apperr.Expired, ""},
		{"valid too long", body(func(b *chanceryv1.TxBody) { b.ValidUntil = timestamppb.New(time.Now().Add(time.Hour)) }), apperr.Expired, ""},
		{"replayed", committed, apperr.Replayed, "block"},
		{"unknown organisation", body(func(b *chanceryv1.TxBody) { b.Org = "nobody" }), apperr.NotFound, "nobody"},
		{"quota exhausted", body(func(b *chanceryv1.TxBody) { b.Org = "poor" }), apperr.QuotaExceeded, "poor"},
		{"unknown contract", execute("records/nothing", "Run"), apperr.NotFound, "records/nothing"},
		{"no contract name", execute("nothing", "Run"), apperr.InvalidTx, "execute.contract"},
		{"no method name", execute("records/nothing", "ru-n"), apperr.InvalidTx, "execute.method"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			res, err := c.tx.Submit(t.Context(), connect.NewRequest(&chanceryv1.SubmitRequest{Tx: row.raw}))
			if err == nil {
				// Found only by running it: the tx is in a block and failed there.
				require.Equal(t, row.want.String(), res.Msg.Result.CodeName, res.Msg.Result.Log)
				require.Contains(t, res.Msg.Result.Log, row.text)
				return
			}
			requireCode(t, err, row.want)
			require.Contains(t, err.Error(), row.text)
		})
	}
	t.Run("unknown wait mode", func(t *testing.T) {
		_, err := c.tx.Submit(t.Context(), connect.NewRequest(&chanceryv1.SubmitRequest{Tx: good, Wait: 9}))
		requireCode(t, err, apperr.InvalidTx)
	})
	// Nothing of this stayed in the mempool, and the node still works.
	seen := blocks(t, n)
	done := submit(t, c, good)
	next(t, seen, func(b *app.BlockResult) bool { return b.Height == done.Height+1 })
	require.Zero(t, n.Status().MempoolTxs)
}

// What the Connect library refuses before a handler runs has a code and a
// sentence too.
func TestMalformedRequests(t *testing.T) {
	n := start(t, newHome(t, testConfig()))
	rows := []struct {
		name, path, contentType, body string
		status                        int
		text                          string
	}{
		{"broken JSON", chanceryv1connect.TxServiceSubmitProcedure, "application/json", `{"tx":`, 400, "invalid_argument"},
		{"wrong type", chanceryv1connect.TxServiceSubmitProcedure, "application/json", `{"tx":{}}`, 400, "invalid_argument"},
		{"unknown field", chanceryv1connect.TxServiceSubmitProcedure, "application/json", `{"txx":""}`, 400, "txx"},
		{"empty JSON", chanceryv1connect.TxServiceSubmitProcedure, "application/json", ``, 400, "send {}"},
		{"broken protobuf", chanceryv1connect.TxServiceSubmitProcedure, "application/proto", "\x0a\xff", 400, "invalid_argument"},
		{"too large", chanceryv1connect.NodeServiceStatusProcedure, "application/json", `{"x":"` + strings.Repeat("x", 100_000) + `"}`, 429, "resource_exhausted"},
		{"unknown media type", chanceryv1connect.NodeServiceStatusProcedure, "text/plain", `{}`, 415, ""},
		{"unknown method", "/chancery.v1.TxService/Nothing", "application/json", `{}`, 404, ""},
		{"short hash", chanceryv1connect.TxServiceGetProcedure, "application/json", `{"txHash":"AAAA"}`, 400, "tx_hash"},
		{"negative height", chanceryv1connect.ProofServiceProveProcedure, "application/json", `{"contract":"records/none","key":"AAAA","height":"-1"}`, 400, "height"},
		{"unknown contract", chanceryv1connect.ProofServiceProveProcedure, "application/json", `{"contract":"records/none","key":"AAAA"}`, 404, "records/none"},
		{"forged page token", chanceryv1connect.ContractServiceListProcedure, "application/json", `{"pageToken":"%%%"}`, 400, ""},
		{"dynamic, short path", "/c/records", "application/json", `{}`, 404, "/c/organisation/contract/service/method"},
		{"dynamic, unknown contract", "/c/records/none/a.B/C", "application/json", `{}`, 404, "records/none"},
		{"dynamic, no name", "/c/%2e%2e/none/a.B/C", "application/json", `{}`, 0, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			res, err := http.Post("http://"+n.RPCAddr()+row.path, row.contentType, strings.NewReader(row.body))
			require.NoError(t, err)
			defer res.Body.Close()
			b, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			if row.status == 0 {
				require.GreaterOrEqual(t, res.StatusCode, 400)
			} else {
				require.Equal(t, row.status, res.StatusCode, "%s", b)
			}
			require.Contains(t, string(b), row.text)
			require.NotContains(t, string(b), "goroutine")
		})
	}
	submitted, _ := memberTx(t)
	submit(t, connectTo(n), submitted)
}
