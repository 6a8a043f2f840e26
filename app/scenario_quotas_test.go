package app_test

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
)

// vault returns a tx with a contract of testdata/vault, whose code is the same
// everywhere; see TestScenario. ok is false for an action of another kind.
func (s *story) vault(who, org, action, arg string) (raw []byte, ok bool) {
	args := strings.Fields(arg)
	signer := s.key(who)
	code, err := app.VaultCode()
	require.NoError(s.t, err)
	hash := sha256.Sum256(code)
	switch {
	case action == "upload" && args[0] == "vault":
		return s.chain.Upload(signer, org, app.StoreGzip(s.t, code)), true
	case action == "deploy" && args[len(args)-1] == "vault":
		return s.chain.Deploy(signer, org, args[0], hash[:], nil), true
	case action == "put" || action == "give":
		key, err := strconv.ParseUint(args[1], 10, 64)
		require.NoError(s.t, err)
		size, err := strconv.ParseUint(args[2], 10, 32)
		require.NoError(s.t, err)
		b := s.chain.Body(signer, org)
		if len(args) > 3 {
			b.GasLimit, err = strconv.ParseUint(strings.TrimPrefix(args[3], "gas="), 10, 64)
			require.NoError(s.t, err)
		}
		b.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{
			Contract: args[0], Method: strings.ToUpper(action[:1]) + action[1:], Payload: app.VaultRequest(key, uint32(size)),
		}}
		return s.chain.Sign(b, signer), true
	}
	return nil, false
}

// quotas answers the directives on quotas.
func (s *story) quotas(d *datadriven.TestData) string {
	q := s.chain.App.Query()
	switch d.Cmd {
	case "quota":
		o, err := q.Quota(d.CmdArgs[0].Key)
		if err != nil {
			return err.Error() + "\n"
		}
		return fmt.Sprintf("gas=%d/%d sponsored=%d bytes=%d/%d until=%s\n", o.GasUsed, o.GasPerPeriod, o.SponsoredGas,
			o.BytesUsed, o.StoredBytes, o.PeriodEnd.AsTime().Format("2006-01-02T15:04Z07:00"))
	case "sponsorship":
		account := ""
		if len(d.CmdArgs) > 2 {
			account = s.key(d.CmdArgs[2].Key).Public().Address().String()
		}
		p, left, err := q.Sponsorship(d.CmdArgs[0].Key, d.CmdArgs[1].Key, account)
		if err != nil {
			return err.Error() + "\n"
		}
		return fmt.Sprintf("gas=%d/%d per_account=%d per_tx=%d left=%d\n", p.GasUsed, p.GasPerPeriod, p.GasPerAccount, p.MaxGasPerTx, left)
	}
	req := &chanceryv1.ListUsageRequest{PageSize: 2} // small, so that every story pages
	if len(d.CmdArgs) > 0 {
		req.Org = d.CmdArgs[0].Key
	}
	var b strings.Builder
	for {
		rows, next, err := q.Usage(req)
		require.NoError(s.t, err)
		for _, r := range rows {
			fmt.Fprintf(&b, "%s %s %q %s txs=%d failed=%d gas=%d sponsored=%d bytes=%+d\n",
				r.Day, r.Org, r.Contract, r.Method, r.Txs, r.Failed, r.Gas, r.SponsoredGas, r.StoredBytes)
		}
		if req.PageToken = next; next == "" {
			return b.String()
		}
	}
}

// warning shows a QuotaWarning with what it says.
func (s *story) warning(e *chanceryv1.Event) string {
	m := new(chanceryv1.QuotaWarning)
	require.NoError(s.t, proto.Unmarshal(e.Payload, m))
	json, err := protojson.Marshal(m)
	require.NoError(s.t, err)
	return e.Type + " " + compact(json)
}
