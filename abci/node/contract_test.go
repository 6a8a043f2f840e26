package node

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/chancery-chain/chancery/api/contractbuild"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/client/proof"
)

const evidence = "records/evidence"

// evidenceCode builds the example contract.
func evidenceCode(t *testing.T) (code []byte, c *schema.Contract) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a contract")
	}
	out := filepath.Join(t.TempDir(), "evidence.wasm")
	report, err := contractbuild.Build(t.Context(), "../../examples/evidence", out)
	require.NoError(t, err)
	code, err = os.ReadFile(out)
	require.NoError(t, err)
	return code, report.Schema
}

func sign(t *testing.T, change func(*chanceryv1.TxBody)) []byte {
	t.Helper()
	b := newBody()
	b.GasLimit = 2_000_000_000
	change(b)
	raw, _, err := tx.Sign(b, admin)
	require.NoError(t, err)
	return raw
}

// deployEvidence uploads and deploys the contract by the typed methods.
func deployEvidence(t *testing.T, c clients) *schema.Contract {
	t.Helper()
	code, sch := evidenceCode(t)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(code)
	require.NoError(t, err)
	require.NoError(t, w.Close())

	uploaded, err := c.contract.Upload(t.Context(), connect.NewRequest(&chanceryv1.UploadRequest{Tx: sign(t, func(b *chanceryv1.TxBody) {
		b.Action = &chanceryv1.TxBody_UploadCode{UploadCode: &chanceryv1.UploadCode{CodeGzip: packed.Bytes()}}
	})}))
	require.NoError(t, err)
	hash := sha256.Sum256(code)
	require.Equal(t, hash[:], uploaded.Msg.CodeHash)
	require.False(t, uploaded.Msg.Existed)

	deploy := func(b *chanceryv1.TxBody) {
		b.Action = &chanceryv1.TxBody_Deploy{Deploy: &chanceryv1.Deploy{Contract: evidence, CodeHash: hash[:]}}
	}
	deployed, err := c.contract.Deploy(t.Context(), connect.NewRequest(&chanceryv1.DeployRequest{Tx: sign(t, deploy)}))
	require.NoError(t, err)
	require.Equal(t, uint64(1), deployed.Msg.Contract.Version)
	require.Equal(t, evidence, deployed.Msg.Contract.Name)

	// A failed tx is an error of the typed methods, with the tx's result.
	_, err = c.contract.Deploy(t.Context(), connect.NewRequest(&chanceryv1.DeployRequest{Tx: sign(t, deploy)}))
	d := requireCode(t, err, apperr.AlreadyExists)
	if d.TxResult != nil {
		require.Positive(t, d.TxResult.Height)
	}
	// They take the one action that they are for.
	_, err = c.contract.Upload(t.Context(), connect.NewRequest(&chanceryv1.UploadRequest{Tx: sign(t, deploy)}))
	requireCode(t, err, apperr.InvalidTx)
	return sch
}

// message makes a message of the contract from JSON.
func encodeJSON(t *testing.T, m protoreflect.MessageDescriptor, json string) []byte {
	t.Helper()
	b, err := schema.DecodeJSON(m, []byte(json))
	require.NoError(t, err)
	return b
}

func anchorTx(t *testing.T, sch *schema.Contract, content string) []byte {
	t.Helper()
	m, ok := sch.Method("Anchor")
	require.True(t, ok)
	digest := sha256.Sum256([]byte(content))
	sum := base64.StdEncoding.EncodeToString(digest[:])
	payload := encodeJSON(t, m.Input, fmt.Sprintf(
		`{"sha256":%q,"sm3":%q,"media_type":"text/plain","size":"5","case_ref":"A-1","captured_at":"1700000000","method":"upload"}`, sum, sum))
	return sign(t, func(b *chanceryv1.TxBody) {
		b.GasLimit = 50_000_000
		b.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: evidence, Method: "Anchor", Payload: payload}}
	})
}

func recordID(content, caseRef string) string {
	digest := sha256.Sum256([]byte(content))
	id := sha256.Sum256(append(digest[:], caseRef...))
	return hex.EncodeToString(id[:16])
}

func post(t *testing.T, target, contentType, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	return do(t, req)
}

func do(t *testing.T, req *http.Request) (int, string) {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(b)
}

func TestDeployedContract(t *testing.T) {
	n := start(t, newHome(t, testConfig()))
	c := connectTo(n)
	sch := deployEvidence(t, c)
	anchored := submit(t, c, anchorTx(t, sch, "hello"))
	require.Len(t, anchored.Events, 1)
	require.Equal(t, "chancery.examples.evidence.v1.Anchored", anchored.Events[0].Type)
	id := recordID("hello", "A-1")

	// The header above the record's block is not made yet.
	t.Run("proof", func(t *testing.T) { testProof(t, n, c, sch, id, anchored.Height) })
	t.Run("endpoint", func(t *testing.T) { testEndpoint(t, n, sch, id) })
	t.Run("own error of a tx", func(t *testing.T) {
		again, err := c.tx.Submit(t.Context(), connect.NewRequest(&chanceryv1.SubmitRequest{Tx: anchorTx(t, sch, "hello")}))
		require.NoError(t, err)
		r := again.Msg.Result
		require.Equal(t, uint32(apperr.ContractFailed), r.Code)
		require.Equal(t, "ERROR_ALREADY_ANCHORED", r.ContractError.Name)
		require.Contains(t, r.ContractError.Message, id)
		require.Positive(t, r.GasUsed)
		require.Empty(t, r.Events)
	})
	t.Run("restart", func(t *testing.T) {
		require.NoError(t, n.Stop())
		n = start(t, n.o.Home)
		status, body := post(t, "http://"+n.RPCAddr()+"/c/"+evidence+"/"+sch.Service+"/Get", "application/json", fmt.Sprintf(`{"id":%q}`, id))
		require.Equal(t, 200, status, body)
	})
}

func testEndpoint(t *testing.T, n *Node, sch *schema.Contract, id string) {
	base := "http://" + n.RPCAddr() + "/c/" + evidence
	url1 := base + "/" + sch.Service + "/"
	t.Run("JSON", func(t *testing.T) {
		status, body := post(t, url1+"Get", "application/json", fmt.Sprintf(`{"id":%q}`, id))
		require.Equal(t, 200, status, body)
		require.Contains(t, body, id)
		require.Contains(t, body, "STATUS_ANCHORED")
	})
	t.Run("GET", func(t *testing.T) {
		q := url.Values{"connect": {"v1"}, "encoding": {"json"}, "message": {fmt.Sprintf(`{"id":%q}`, id)}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url1+"Get?"+q.Encode(), nil)
		require.NoError(t, err)
		status, body := do(t, req)
		require.Equal(t, 200, status, body)
		require.Contains(t, body, id)
	})
	t.Run("zero fields are written", func(t *testing.T) {
		status, body := post(t, url1+"Verify", "application/json", `{"sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`)
		require.Equal(t, 200, status, body)
		require.Contains(t, strings.ReplaceAll(body, " ", ""), `"anchored":false`)
	})
	get, ok := sch.Method("Get")
	require.True(t, ok)
	for name, option := range map[string]connect.ClientOption{
		"Connect protobuf": connect.WithClientOptions(),
		"gRPC-Web":         connect.WithGRPCWeb(),
		"gRPC":             connect.WithGRPC(),
	} {
		t.Run(name, func(t *testing.T) {
			var p http.Protocols
			p.SetUnencryptedHTTP2(name == "gRPC")
			p.SetHTTP1(name != "gRPC")
			transport := &http.Transport{Protocols: &p}
			defer transport.CloseIdleConnections()
			client := connect.NewClient[dynamicpb.Message, dynamicpb.Message](&http.Client{Transport: transport}, url1+"Get", option,
				connect.WithSchema(get.Descriptor),
				connect.WithResponseInitializer(func(_ connect.Spec, m any) error {
					if d, ok := m.(*dynamicpb.Message); ok {
						*d = *dynamicpb.NewMessage(get.Output)
					}
					return nil
				}))
			call := func(id string) (*dynamicpb.Message, error) {
				req := dynamicpb.NewMessage(get.Input)
				require.NoError(t, proto.Unmarshal(encodeJSON(t, get.Input, fmt.Sprintf(`{"id":%q}`, id)), req))
				res, err := client.CallUnary(t.Context(), connect.NewRequest(req))
				if err != nil {
					return nil, err
				}
				return res.Msg, nil
			}
			res, err := call(id)
			require.NoError(t, err)
			record := res.Get(get.Output.Fields().ByName("record")).Message()
			require.Equal(t, id, record.Get(record.Descriptor().Fields().ByName("id")).String())

			// The contract's own error has the Connect code that its enum declares.
			_, err = call("00000000000000000000000000000000")
			require.Equal(t, connect.CodeNotFound, connect.CodeOf(err), "%v", err)
			d := detail(t, err)
			require.Equal(t, uint32(apperr.ContractFailed), d.Code)
			require.Equal(t, "ERROR_NOT_FOUND", d.ContractError.GetName())
			require.Equal(t, evidence, d.ContractError.GetContract())
			require.Contains(t, d.ContractError.GetMessage(), "0000")
		})
	}
	refusals := []struct {
		name, url, contentType, body string
		status                       int
		text                         string
	}{
		{"contract's error", url1 + "Get", "application/json", `{"id":"00000000000000000000000000000000"}`, 404, "ERROR_NOT_FOUND"},
		{"invalid for the contract", url1 + "Verify", "application/json", `{"sha256":"AAAA"}`, 400, "INVALID_FIELD"},
		{"executing method", url1 + "Anchor", "application/json", `{}`, 400, "signing transport"},
		{"executing method by GET", url1 + "Anchor?connect=v1&encoding=json&message=%7B%7D", "", "GET", 400, "signing transport"},
		{"unknown method", url1 + "Burn", "application/json", `{}`, 404, "Burn"},
		{"unknown service", base + "/a.B/Get", "application/json", `{}`, 404, sch.Service},
		{"unknown field", url1 + "Get", "application/json", `{"idd":"x"}`, 400, "idd"},
		{"wrong type", url1 + "Get", "application/json", `{"id":5}`, 400, "invalid_argument"},
		{"broken JSON", url1 + "Get", "application/json", `{"id":`, 400, "invalid_argument"},
		{"empty", url1 + "Get", "application/json", ``, 400, "send {}"},
		{"broken protobuf", url1 + "Get", "application/proto", "\x0a\xff", 400, "invalid_argument"},
		{"too large", url1 + "Get", "application/json", `{"id":"` + strings.Repeat("x", 1<<20) + `"}`, 429, "resource_exhausted"},
	}
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			method, body := http.MethodPost, r.body
			if body == "GET" {
				method, body = http.MethodGet, ""
			}
			req, err := http.NewRequestWithContext(t.Context(), method, r.url, strings.NewReader(body))
			require.NoError(t, err)
			if r.contentType != "" {
				req.Header.Set("Content-Type", r.contentType)
			}
			status, answer := do(t, req)
			require.Equal(t, r.status, status, answer)
			require.Contains(t, answer, r.text)
		})
	}
}

// testProof proves the record, and that another does not exist, and verifies
// both with nothing but the genesis.
func testProof(t *testing.T, n *Node, c clients, sch *schema.Contract, id string, height int64) {
	genesisJSON, err := os.ReadFile(genesisFile(n.o.Home))
	require.NoError(t, err)
	trust, err := proof.TrustFromGenesis(genesisJSON)
	require.NoError(t, err)
	collection, ok := sch.Collection("records")
	require.True(t, ok)
	for _, row := range []struct {
		id     string
		height int64
		absent bool
	}{
		{id, height, false},
		{id, 0, false},
		{id, height - 1, true},
		{"00000000000000000000000000000000", 0, true},
	} {
		key, err := collection.EntryKey([]string{row.id})
		require.NoError(t, err)
		res, err := c.proof.Prove(t.Context(), connect.NewRequest(&chanceryv1.ProveRequest{Contract: evidence, Key: key, Height: row.height}))
		require.NoError(t, err)
		p := res.Msg.Proof
		require.Equal(t, row.absent, p.Absent, "%+v", row)
		_, err = proof.Verify(p, trust)
		require.NoError(t, err)
		if !row.absent {
			require.Contains(t, string(p.Value), row.id)
			p.Value[0] ^= 1
			_, err = proof.Verify(p, trust)
			require.Error(t, err)
		}
	}
	for _, h := range []int64{n.Status().Height + 5, -1} {
		_, err := c.proof.Prove(context.Background(), connect.NewRequest(&chanceryv1.ProveRequest{Contract: evidence, Key: []byte{1}, Height: h}))
		require.Error(t, err)
	}
}
