package tx_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/tx"
)

// TestTemplateActions refuses without any state what can never be right.
func TestTemplateActions(t *testing.T) {
	k, err := key.FromSeed(key.Ed25519, make([]byte, 32))
	require.NoError(t, err)
	hash := make([]byte, 32)
	publish := func(edit func(*chanceryv1.PublishTemplate)) *chanceryv1.TxBody {
		m := &chanceryv1.PublishTemplate{
			Template: "records/register", CodeHash: hash, Title: "Register", TitleZh: "登记簿",
			DocumentUri: "https://example.com/register.pdf", DocumentHash: hash, Source: "git:register@4f1c",
		}
		if edit != nil {
			edit(m)
		}
		return &chanceryv1.TxBody{Action: &chanceryv1.TxBody_PublishTemplate{PublishTemplate: m}}
	}
	withdraw := func(name, reason string) *chanceryv1.TxBody {
		return &chanceryv1.TxBody{Action: &chanceryv1.TxBody_WithdrawTemplate{WithdrawTemplate: &chanceryv1.WithdrawTemplate{Template: name, Reason: reason}}}
	}
	deploy := func(m *chanceryv1.Deploy) *chanceryv1.TxBody {
		m.Contract = "records/plots"
		return &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Deploy{Deploy: m}}
	}
	for name, row := range map[string]struct {
		body  *chanceryv1.TxBody
		field string // of the error; empty for none
	}{
		"published":                {publish(nil), ""},
		"without sources":          {publish(func(m *chanceryv1.PublishTemplate) { m.Source = "" }), ""},
		"urn":                      {publish(func(m *chanceryv1.PublishTemplate) { m.DocumentUri = "urn:isbn:1" }), ""},
		"no name":                  {publish(func(m *chanceryv1.PublishTemplate) { m.Template = "register" }), "publish_template.template"},
		"bad name":                 {publish(func(m *chanceryv1.PublishTemplate) { m.Template = "records/Register" }), "publish_template.template"},
		"of another":               {publish(func(m *chanceryv1.PublishTemplate) { m.Template = "housing/register" }), "publish_template.template"},
		"no code":                  {publish(func(m *chanceryv1.PublishTemplate) { m.CodeHash = nil }), "publish_template.code_hash"},
		"no title":                 {publish(func(m *chanceryv1.PublishTemplate) { m.Title = "" }), "publish_template.title"},
		"long title":               {publish(func(m *chanceryv1.PublishTemplate) { m.TitleZh = strings.Repeat("登", 43) }), "publish_template.title_zh"},
		"title of two lines":       {publish(func(m *chanceryv1.PublishTemplate) { m.Title = "a\nb" }), "publish_template.title"},
		"title that turns":         {publish(func(m *chanceryv1.PublishTemplate) { m.Title = "a\u202eb" }), "publish_template.title"},
		"no document":              {publish(func(m *chanceryv1.PublishTemplate) { m.DocumentUri = "" }), "publish_template.document_uri"},
		"no scheme":                {publish(func(m *chanceryv1.PublishTemplate) { m.DocumentUri = "register.pdf" }), "publish_template.document_uri"},
		"scheme alone":             {publish(func(m *chanceryv1.PublishTemplate) { m.DocumentUri = "https:" }), "publish_template.document_uri"},
		"blank in a URI":           {publish(func(m *chanceryv1.PublishTemplate) { m.DocumentUri = "https://a b" }), "publish_template.document_uri"},
		"long URI":                 {publish(func(m *chanceryv1.PublishTemplate) { m.DocumentUri = "a:" + strings.Repeat("b", 511) }), "publish_template.document_uri"},
		"document without hash":    {publish(func(m *chanceryv1.PublishTemplate) { m.DocumentHash = nil }), "publish_template.document_hash"},
		"long source":              {publish(func(m *chanceryv1.PublishTemplate) { m.Source = strings.Repeat("b", 513) }), "publish_template.source"},
		"withdrawn":                {withdraw("records/register", "a fault"), ""},
		"withdrawn of another":     {withdraw("housing/register", "a fault"), "withdraw_template.template"},
		"withdrawn without reason": {withdraw("records/register", ""), "withdraw_template.reason"},
		"star":                     {&chanceryv1.TxBody{Action: &chanceryv1.TxBody_StarTemplate{StarTemplate: &chanceryv1.StarTemplate{Template: "housing/register"}}}, ""},
		"star for nothing":         {&chanceryv1.TxBody{Action: &chanceryv1.TxBody_StarTemplate{}}, "star_template.template"},
		"star taken from nothing": {&chanceryv1.TxBody{Action: &chanceryv1.TxBody_UnstarTemplate{
			UnstarTemplate: &chanceryv1.UnstarTemplate{Template: "housing"}}}, "unstar_template.template"},
		"from a template":          {deploy(&chanceryv1.Deploy{Template: "housing/register"}), ""},
		"from a version":           {deploy(&chanceryv1.Deploy{Template: "housing/register", TemplateVersion: 2, CodeHash: hash}), ""},
		"from nothing":             {deploy(&chanceryv1.Deploy{}), "deploy.code_hash"},
		"from a version of none":   {deploy(&chanceryv1.Deploy{CodeHash: hash, TemplateVersion: 2}), "deploy.template"},
		"from a template unnamed":  {deploy(&chanceryv1.Deploy{Template: "register"}), "deploy.template"},
		"from a half of a hash":    {deploy(&chanceryv1.Deploy{Template: "housing/register", CodeHash: hash[:16]}), "deploy.code_hash"},
		"from a hash of no length": {deploy(&chanceryv1.Deploy{CodeHash: hash[:31]}), "deploy.code_hash"},
	} {
		t.Run(name, func(t *testing.T) {
			b := row.body
			b.ChainId, b.Origin, b.Org, b.GasLimit, b.ValidUntil = "test-1", k.Public().Address().String(), "records", 1, timestamppb.Now()
			raw, _, err := tx.Sign(b, k)
			require.NoError(t, err)
			_, err = tx.Decode(raw)
			if row.field == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, apperr.InvalidTx, apperr.CodeOf(err), "%v", err)
			require.Equal(t, row.field, apperr.From(err).Field)
		})
	}
}
