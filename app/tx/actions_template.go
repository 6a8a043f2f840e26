package tx

import (
	"crypto/sha256"
	"strings"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

const (
	// maxURIBytes bounds the reference to a template's document.
	maxURIBytes = 512
	// maxSourceBytes bounds the reference to a template's sources.
	maxSourceBytes = 512
)

// SplitTemplateName checks a template's name "<organisation>/<template>" and
// returns its parts.
func SplitTemplateName(s string) (org, template string, err error) {
	org, template, ok := strings.Cut(s, "/")
	if !ok {
		return "", "", apperr.Invalid("template", "%q is no template name: expected <organisation>/<template>", clip(s))
	}
	if err := checkName("an organisation", org); err != nil {
		return "", "", apperr.Invalid("template", "%s", apperr.From(err).Msg)
	}
	if err := checkName("a template", template); err != nil {
		return "", "", apperr.Invalid("template", "%s", apperr.From(err).Msg)
	}
	return org, template, nil
}

// checkPublished checks that a template belongs to the organisation that the tx acts
// for.
func checkPublished(actsFor, template string) error {
	org, _, err := SplitTemplateName(template)
	if err != nil {
		return err
	}
	if org != actsFor {
		return apperr.Invalid("template", "belongs to %q, but the tx acts for %q", org, actsFor)
	}
	return nil
}

func checkPublishTemplate(actsFor string, m *chanceryv1.PublishTemplate) error {
	if err := checkPublished(actsFor, m.GetTemplate()); err != nil {
		return err
	}
	if err := checkCodeHash(m.GetCodeHash()); err != nil {
		return err
	}
	for _, t := range []struct{ field, text string }{{"title", m.GetTitle()}, {"title_zh", m.GetTitleZh()}} {
		if err := checkLine(t.field, t.text, maxTitleBytes); err != nil {
			return err
		}
	}
	if err := checkURI("document_uri", m.GetDocumentUri()); err != nil {
		return err
	}
	if n := len(m.GetDocumentHash()); n != sha256.Size {
		return apperr.Invalid("document_hash", "has %d bytes, not %d", n, sha256.Size)
	}
	if m.GetSource() == "" {
		return nil
	}
	return checkLine("source", m.GetSource(), maxSourceBytes)
}

// checkLine checks a text for people that stands in one line of a list: without
// characters that control the line or turn its direction, by which it could look
// like something else.
func checkLine(field, s string, most int) error {
	if n := len(s); n == 0 || n > most {
		return apperr.Invalid(field, "has %d bytes, not 1 to %d", n, most)
	}
	for _, c := range s {
		if c < ' ' || c >= 0x7f && c < 0xa0 || c >= 0x2028 && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			return apperr.Invalid(field, "has a control character")
		}
	}
	return nil
}

// checkURI checks that a reference has a scheme and is of printable ASCII without
// blanks. More than that no rule of ours says: net/url's own rules change with Go.
func checkURI(field, s string) error {
	scheme, rest, ok := strings.Cut(s, ":")
	ok = ok && len(s) <= maxURIBytes && scheme != "" && rest != ""
	for i := 0; ok && i < len(scheme); i++ {
		c := scheme[i]
		ok = c >= 'a' && c <= 'z' || i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.')
	}
	for i := 0; ok && i < len(rest); i++ {
		ok = rest[i] > ' ' && rest[i] < 0x7f
	}
	if !ok {
		return apperr.Invalid(field, "%q is no URI: a scheme, a colon and printable ASCII, at most %d bytes", clip(s), maxURIBytes)
	}
	return nil
}

func checkWithdrawTemplate(actsFor string, m *chanceryv1.WithdrawTemplate) error {
	if err := checkPublished(actsFor, m.GetTemplate()); err != nil {
		return err
	}
	return CheckReason(m.GetReason())
}

// checkStar checks a star and its taking back. The organisation that a tx acts for
// is there: only one that executes may do without.
func checkStar(template string) error {
	_, _, err := SplitTemplateName(template)
	return err
}

// checkDeployedCode checks where a deploy takes its code from.
func checkDeployedCode(m *chanceryv1.Deploy) error {
	if m.GetTemplate() == "" {
		if m.GetTemplateVersion() > 0 {
			return apperr.Invalid("template", "is missing, with template_version %d", m.GetTemplateVersion())
		}
		return checkCodeHash(m.GetCodeHash())
	}
	if _, _, err := SplitTemplateName(m.Template); err != nil {
		return err
	}
	if len(m.CodeHash) == 0 {
		return nil
	}
	return checkCodeHash(m.CodeHash)
}
