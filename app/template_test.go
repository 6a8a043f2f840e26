package app_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
)

// templateChain is a chain with a code of records on it.
type templateChain struct {
	*apptest.Chain
	t    testing.TB
	hash []byte
}

func newTemplateChain(t *testing.T) *templateChain {
	code := shop{methods: putMethod + getMethod, collection: itemsByID}.code(t)
	hash := sha256.Sum256(code)
	c := &templateChain{apptest.New(t, nil), t, hash[:]}
	c.Must(c.Upload(recordsDev, "records", pack(t, code)))
	return c
}

// run makes a block with one tx of an organisation's admin.
func (c *templateChain) run(org string, action *chanceryv1.TxBody, want apperr.Code) *chanceryv1.TxResult {
	c.t.Helper()
	admin := apptest.Key(org+"-admin", key.Ed25519)
	b := c.Body(admin, org)
	b.Action, b.GasLimit = action.Action, 100_000_000
	res := c.Block(c.Sign(b, admin)).Results[0]
	require.Equal(c.t, want.String(), apperr.Code(res.Code).String(), res.Log)
	return res
}

func (c *templateChain) publish(name, title string) *chanceryv1.TxBody {
	return &chanceryv1.TxBody{Action: &chanceryv1.TxBody_PublishTemplate{PublishTemplate: &chanceryv1.PublishTemplate{
		Template: name, CodeHash: c.hash, Title: title, TitleZh: "簿", DocumentUri: "urn:doc", DocumentHash: c.hash,
	}}}
}

func withdrawTemplate(name string, version uint64, reason string) *chanceryv1.TxBody {
	return &chanceryv1.TxBody{Action: &chanceryv1.TxBody_WithdrawTemplate{WithdrawTemplate: &chanceryv1.WithdrawTemplate{
		Template: name, Version: version, Reason: reason,
	}}}
}

func star(name string) *chanceryv1.TxBody {
	return &chanceryv1.TxBody{Action: &chanceryv1.TxBody_StarTemplate{StarTemplate: &chanceryv1.StarTemplate{Template: name}}}
}

func unstar(name string) *chanceryv1.TxBody {
	return &chanceryv1.TxBody{Action: &chanceryv1.TxBody_UnstarTemplate{UnstarTemplate: &chanceryv1.UnstarTemplate{Template: name}}}
}

func deployOf(contract, template string) *chanceryv1.TxBody {
	return &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Deploy{Deploy: &chanceryv1.Deploy{Contract: contract, Template: template}}}
}

// fill sets an organisation's quota of stored bytes to what it stores.
func (c *templateChain) fill(org string) {
	q, err := c.App.Query().Quota(org)
	require.NoError(c.t, err)
	b := c.Body(operator, "city")
	b.Action = &chanceryv1.TxBody_SetQuota{SetQuota: &chanceryv1.SetQuota{Org: org, GasPerPeriod: q.GasPerPeriod, StoredBytes: &q.BytesUsed}}
	c.Must(c.Sign(b, operator))
}

// TestTemplatesAreStored: versions count to their publisher and stop at its quota. What
// others do with them does not need its room, nor does a withdrawal.
func TestTemplatesAreStored(t *testing.T) {
	c := newTemplateChain(t)
	c.run("records", c.publish("records/plots", "one"), apperr.OK)
	c.run("records", c.publish("records/plots", "two"), apperr.OK)
	requireStored(t, c.App)
	c.fill("records")
	c.run("records", c.publish("records/plots", "three"), apperr.QuotaExceeded)
	c.run("records", c.publish("records/graves", "one"), apperr.QuotaExceeded)
	c.run("city", star("records/plots"), apperr.OK)
	c.run("housing", deployOf("housing/plots", "records/plots"), apperr.OK)
	c.run("records", withdrawTemplate("records/plots", 1, strings.Repeat("x", 256)), apperr.OK)
	c.run("records", withdrawTemplate("records/plots", 0, strings.Repeat("x", 256)), apperr.OK)
	requireStored(t, c.App)

	c.run("records", c.publish("records/graves", "one"), apperr.QuotaExceeded)
	c.run("housing", c.publish("housing/plots", "one"), apperr.OK)
	c.fill("city")
	c.run("city", star("housing/plots"), apperr.QuotaExceeded)
	c.run("city", unstar("records/plots"), apperr.OK)
	c.run("city", star("housing/plots"), apperr.OK)
	requireStored(t, c.App)
}

// TestFailedDeployIsNoUse: a deploy that fails after it asked the template leaves no
// trace there.
func TestFailedDeployIsNoUse(t *testing.T) {
	c := newTemplateChain(t)
	c.run("records", c.publish("records/plots", "one"), apperr.OK)
	d := deployOf("housing/plots", "records/plots")
	d.GetDeploy().InitPayload = []byte{8, 1} // it has no init method
	c.run("housing", d, apperr.InvalidTx)
	uses, _, err := c.App.Query().TemplateUses("records/plots", 0, "")
	require.NoError(t, err)
	require.Empty(t, uses)
	res, err := c.App.Query().Template("records/plots", 0)
	require.NoError(t, err)
	require.Zero(t, res.Template.Uses)
	c.run("housing", deployOf("housing/plots", "records/plots"), apperr.OK)
	c.run("housing", deployOf("housing/plots", "records/plots"), apperr.AlreadyExists)
	res, err = c.App.Query().Template("records/plots", 0)
	require.NoError(t, err)
	require.Equal(t, uint64(1), res.Template.Uses)
}

// TestDeployFromTemplateTells: result and event name the version and the code, the tx
// itself stays as it was signed.
func TestDeployFromTemplateTells(t *testing.T) {
	c := newTemplateChain(t)
	c.run("records", c.publish("records/plots", "one"), apperr.OK)
	c.run("records", c.publish("records/plots", "two"), apperr.OK)
	d := deployOf("housing/plots", "records/plots")
	signed := proto.CloneOf(d)
	res := c.run("housing", d, apperr.OK)
	require.True(t, proto.Equal(signed, d))
	var got chanceryv1.DeployResult
	require.NoError(t, proto.Unmarshal(res.Data, &got))
	require.Equal(t, uint64(2), got.TemplateVersion)
	require.Equal(t, c.hash, got.CodeHash)
	require.Len(t, res.Events, 1)
	var ev chanceryv1.ContractDeployed
	require.Equal(t, string(ev.ProtoReflect().Descriptor().FullName()), res.Events[0].Type)
	require.NoError(t, proto.Unmarshal(res.Events[0].Payload, &ev))
	want := &chanceryv1.ContractDeployed{
		Contract: "housing/plots", Version: 1, CodeHash: c.hash, Origin: apptest.Key("housing-admin", key.Ed25519).Public().Address().String(),
		Template: "records/plots", TemplateVersion: 2,
	}
	require.True(t, proto.Equal(want, &ev), "%v", &ev)
}

// TestTemplateActionsPay: without the gas for an action nothing of it is done, and all
// that was given is used.
func TestTemplateActionsPay(t *testing.T) {
	c := newTemplateChain(t)
	c.run("records", c.publish("records/plots", "one"), apperr.OK)
	for _, row := range []struct {
		org    string
		action *chanceryv1.TxBody
	}{
		{"records", c.publish("records/plots", "two")},
		{"records", withdrawTemplate("records/plots", 1, "over")},
		{"records", withdrawTemplate("records/plots", 0, "over")},
		{"housing", star("records/plots")},
		{"housing", unstar("records/plots")},
		{"housing", deployOf("housing/plots", "records/plots")},
	} {
		admin := apptest.Key(row.org+"-admin", key.Ed25519)
		b := c.Body(admin, row.org)
		b.Action, b.GasLimit = row.action.Action, 150_000
		res := c.Block(c.Sign(b, admin)).Results[0]
		require.Equal(t, apperr.OutOfGas.String(), res.CodeName, "%v: %s", row.action, res.Log)
		require.Equal(t, b.GasLimit, res.GasUsed)
	}
	res, err := c.App.Query().Template("records/plots", 0)
	require.NoError(t, err)
	require.Equal(t, uint64(1), res.Template.LastVersion)
	require.Nil(t, res.Template.Withdrawn)
}

// TestTemplateTokens: a page token of one list is refused by another, or begins
// somewhere in it, but never breaks it.
func TestTemplateTokens(t *testing.T) {
	c := newTemplateChain(t)
	for _, name := range []string{"records/graves", "records/plots", "records/roads"} {
		c.run("records", c.publish(name, "one"), apperr.OK)
	}
	q := c.App.Query()
	_, byName, err := q.Templates("", chanceryv1.TemplateOrder_TEMPLATE_ORDER_NAME, 1, "")
	require.NoError(t, err)
	_, _, err = q.Templates("", chanceryv1.TemplateOrder_TEMPLATE_ORDER_STARS, 1, byName)
	require.Equal(t, apperr.InvalidTx, apperr.CodeOf(err))
	_, _, err = q.TemplateVersions("records/plots", 1, byName)
	require.Equal(t, apperr.InvalidTx, apperr.CodeOf(err))
	_, _, err = q.Templates("", 3, 1, "")
	require.Equal(t, apperr.InvalidTx, apperr.CodeOf(err))
	list, next, err := q.Templates("", 0, 2, byName)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Empty(t, next)
	_, _, err = q.Templates("", 0, 2, "!")
	require.Equal(t, apperr.InvalidTx, apperr.CodeOf(err))
}
