package app_test

import (
	"crypto/sha256"
	"encoding/base64"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/query"
)

// TestQueriesOfAnything asks all lists and views for names, tokens, keys and numbers
// that no client of ours would send: each answers, or refuses with a code that blames
// the question.
func TestQueriesOfAnything(t *testing.T) {
	c := apptest.New(t, nil)
	code := shop{methods: putMethod + getMethod, collection: itemsByID}.code(t)
	c.Must(c.Upload(recordsDev, "records", pack(t, code)))
	hash := sha256.Sum256(code)
	c.Must(c.Deploy(recordsDev, "records", "records/shop", hash[:], nil))
	q := c.App.Query()
	address := recordsDev.Public().Address().String()

	text := rapid.OneOf(rapid.SampledFrom([]string{
		"", "records", "records/", "records/shop", "records/shop\x00", "/", "records/shop/x", "\x00\x01", "\xff", address, address + "/records", "2026-03-02", "9999-12-31", "Put", "records/shop.Put",
	}), rapid.String(), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 300), func(b []byte) string { return string(b) }))
	token := rapid.OneOf(text, rapid.Map(text, func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("1" + s)) }),
		rapid.Map(rapid.SampledFrom([]string{"18446744073709551615", "-1", "-1 x", "9 \x00", "records 2026-03-02 records/shop Put", "AA/-5"}), func(s string) string {
			return base64.RawURLEncoding.EncodeToString([]byte("1" + s))
		}))
	number := rapid.OneOf(rapid.SampledFrom([]uint64{0, 1, 2, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64}), rapid.Uint64())
	rapid.Check(t, func(rt *rapid.T) {
		s, s2, tok := text.Draw(rt, "text"), text.Draw(rt, "other"), token.Draw(rt, "token")
		n, size := number.Draw(rt, "number"), rapid.Uint32().Draw(rt, "size")
		raw := []byte(text.Draw(rt, "bytes"))
		for name, ask := range map[string]func() error{
			"account": func() error { _, err := q.Account(s); return err },
			"block":   func() error { _, err := q.Block(int64(n)); return err },
			"call": func() error {
				_, err := q.CallContract(t.Context(), query.Call{Contract: s, Method: s2, Payload: raw})
				return err
			},
			"permit": func() error {
				_, err := q.CallContract(t.Context(), query.Call{Contract: s, Method: s2, Permit: raw})
				return err
			},
			"code":        func() error { _, err := q.Code(raw, true); return err },
			"contract":    func() error { _, err := q.Contract(s); return err },
			"contracts":   func() error { _, _, err := q.Contracts(s, size, tok); return err },
			"delegations": func() error { _, _, err := q.Delegations(address, size, tok); return err },
			"evidence":    func() error { _, _, err := q.Evidence(size, tok); return err },
			"member":      func() error { _, err := q.Member(s, address); return err },
			"members":     func() error { _, _, err := q.Members(s, size, tok); return err },
			"org":         func() error { _, err := q.Org(s); return err },
			"org by code": func() error { _, err := q.OrgByCode(s); return err },
			"orgs":        func() error { _, _, err := q.Orgs(s, size, tok); return err },
			"proof": func() error {
				_, err := q.ContractProof(query.ProofOf{Contract: s, Key: raw, Height: int64(n)})
				return err
			},
			"raw proof":    func() error { _, err := q.RawProof(raw, 0); return err },
			"proposal":     func() error { _, err := q.Proposal(n); return err },
			"proposals":    func() error { _, _, err := q.Proposals(chanceryv1.ProposalStatus(size), size, tok); return err },
			"quorum":       func() error { _, err := q.Quorum([]string{s}, []string{s2}); return err },
			"quota":        func() error { _, err := q.Quota(s); return err },
			"quotas":       func() error { _, _, err := q.Quotas(size, tok); return err },
			"scheduled":    func() error { _, _, err := q.Scheduled(s, size, tok, nil); return err },
			"one call":     func() error { _, err := q.ScheduledCall(s, n, nil); return err },
			"simulation":   func() error { _, err := q.Simulate(t.Context(), raw); return err },
			"sponsorship":  func() error { _, _, err := q.Sponsorship(s, s2, ""); return err },
			"sponsorships": func() error { _, _, err := q.Sponsorships(s, size, tok); return err },
			"template":     func() error { _, err := q.Template(s, n); return err },
			"templates": func() error {
				_, _, err := q.Templates(s, chanceryv1.TemplateOrder(size%4), size, tok)
				return err
			},
			"versions of a template": func() error { _, _, err := q.TemplateVersions(s, size, tok); return err },
			"uses":                   func() error { _, _, err := q.TemplateUses(s, size, tok); return err },
			"stars":                  func() error { _, _, err := q.TemplateStars(s, size, tok); return err },
			"tx":                     func() error { _, err := q.Tx(raw); return err },
			"upgrade":                func() error { _, err := q.Upgrade(s, n); return err },
			"upgrades":               func() error { _, _, err := q.Upgrades(s, size, tok); return err },
			"usage": func() error {
				_, _, err := q.Usage(&chanceryv1.ListUsageRequest{Org: s, FromDay: s2, ToDay: "2026-03-01", PageSize: size, PageToken: tok})
				return err
			},
			"changes":  func() error { _, err := q.ValidatorChanges(int64(n), int64(n), 5); return err },
			"versions": func() error { _, _, err := q.Versions(s, size, tok); return err },
			"simulated proposal": func() error {
				m := new(chanceryv1.SimulateProposalRequest)
				if proto.Unmarshal(raw, m) != nil {
					m.Id = n
				}
				_, err := q.SimulateProposal(t.Context(), m)
				return err
			},
		} {
			require.NotEqual(rt, apperr.Internal, apperr.CodeOf(ask()), name)
		}
	})
}
