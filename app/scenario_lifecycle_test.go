package app_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/tx"
)

// shopCode returns a code of shops by its name.
func (s *story) shopCode(name string) []byte {
	if s.shops == nil {
		s.shops = shops(s.t)
	}
	code, ok := s.shops[name]
	require.True(s.t, ok, "no code %q", name)
	return code
}

// codeName returns the name of a code of shops by its hash.
func (s *story) codeName(hash []byte) string {
	for name, code := range s.shops {
		if h := sha256.Sum256(code); string(h[:]) == string(hash) {
			return name
		}
	}
	return hex.EncodeToString(hash[:min(4, len(hash))])
}

// codeNames puts the names of codes in place of their hashes, which change with every
// edit of the options that contracts import.
func (s *story) codeNames(log string) string {
	for name, code := range s.shops {
		log = strings.ReplaceAll(log, fmt.Sprintf("%x", sha256.Sum256(code)), name)
	}
	return log
}

func (s *story) codeHash(name string) string {
	h := sha256.Sum256(s.shopCode(name))
	return base64.StdEncoding.EncodeToString(h[:])
}

// digest returns the digest of a proposal, named "<contract> <id>", as an approver
// computes it from what the node shows.
func (s *story) digest(of string) string {
	name, number, _ := strings.Cut(of, " ")
	id, err := strconv.ParseUint(number, 10, 64)
	require.NoError(s.t, err)
	u, err := s.chain.App.Query().Upgrade(name, id)
	if err != nil {
		return base64.StdEncoding.EncodeToString(make([]byte, sha256.Size))
	}
	sum, err := tx.UpgradeDigest(u.Id, u.FromVersion, u.Proposed)
	require.NoError(s.t, err)
	if u.Status == chanceryv1.UpgradeStatus_UPGRADE_STATUS_OPEN {
		require.Equal(s.t, u.Digest, sum)
	}
	return base64.StdEncoding.EncodeToString(sum)
}

// lifecycle shows a contract, its versions and its proposals.
func (s *story) lifecycle(d *datadriven.TestData) string {
	q, name := s.chain.App.Query(), d.CmdArgs[0].Key
	var b strings.Builder
	switch d.Cmd {
	case "contract":
		res, err := q.Contract(name)
		if err != nil {
			return err.Error() + "\n"
		}
		c := res.Contract
		fmt.Fprintf(&b, "%s version=%d code=%s", enum(c.Status, "CONTRACT_STATUS_"), c.Version, s.codeName(c.CodeHash))
		if p := c.UpgradePolicy; p != nil {
			fmt.Fprintf(&b, " policy=%s", policyText(p))
		}
		if len(c.OpenProposals) > 0 {
			fmt.Fprintf(&b, " open=%v", c.OpenProposals)
		}
		if c.Template != nil {
			b.WriteString(" " + templateText(c.Template))
		}
		b.WriteString("\n")
		for _, f := range c.Decisions {
			by := f.Org + " (" + s.name(f.Origin) + ")"
			if f.CommitteeProposal > 0 {
				by = fmt.Sprintf("the committee (proposal %d)", f.CommitteeProposal)
			}
			fmt.Fprintf(&b, "%s by %s at height %d: %s\n", enum(f.Status, "CONTRACT_STATUS_"), by, f.Height, f.Reason)
		}
	case "versions":
		list, _, err := q.Versions(name, 100, "")
		if err != nil {
			return err.Error() + "\n"
		}
		for _, v := range list {
			fmt.Fprintf(&b, "%d %s height=%d by %s of %s", v.Version, s.codeName(v.CodeHash), v.Height, s.name(v.Origin), v.Org)
			if v.Breaking {
				b.WriteString(" breaking")
			}
			if v.RollbackTo > 0 {
				fmt.Fprintf(&b, " back to %d", v.RollbackTo)
			}
			if len(v.RehearsalHash) > 0 {
				fmt.Fprintf(&b, " rehearsal=%x", v.RehearsalHash[:4])
			}
			if v.Proposal > 0 {
				fmt.Fprintf(&b, " proposal=%d%s", v.Proposal, s.approvals(v.Approvals))
			}
			b.WriteString("\n")
		}
	case "upgrades":
		list, _, err := q.Upgrades(name, 100, "")
		if err != nil {
			return err.Error() + "\n"
		}
		for _, u := range list {
			what := s.codeName(u.Proposed.CodeHash)
			if u.Proposed.Policy != nil {
				what = "policy " + policyText(u.Proposed.Policy)
			}
			fmt.Fprintf(&b, "%d %s %s from version %d by %s, %s to %s%s", u.Id, enum(u.Status, "UPGRADE_STATUS_"), what, u.FromVersion,
				s.name(u.Origin), u.Earliest.AsTime().Format(time.DateTime), u.Expires.AsTime().Format(time.DateTime), s.approvals(u.Approvals))
			if u.WaitsFor != "" {
				fmt.Fprintf(&b, "; waits: %s", u.WaitsFor)
			}
			if u.ClosedHeight > 0 {
				fmt.Fprintf(&b, "; closed by %s at height %d", s.name(u.ClosedBy), u.ClosedHeight)
			}
			b.WriteString("\n")
		}
	case "code":
		hash := sha256.Sum256(s.shopCode(name))
		c, err := q.Code(hash[:], true)
		if err != nil {
			return "not on chain\n"
		}
		fmt.Fprintf(&b, "uploaded by %s, references=%d, methods=%d+%d collections=%d migrate=%t post_upgrade=%t\n",
			c.Org, c.References, c.Report.Executes, c.Report.Queries, c.Report.Collections, c.Report.Migrate, c.Report.PostUpgrade)
	}
	if b.Len() == 0 {
		return "none\n"
	}
	return b.String()
}

func (s *story) approvals(list []*chanceryv1.Approval) string {
	var names []string
	for _, a := range list {
		names = append(names, a.Org+" ("+s.name(a.Origin)+")")
	}
	if names == nil {
		return ""
	}
	return ", approved by " + strings.Join(names, ", ")
}

func policyText(p *chanceryv1.UpgradePolicy) string {
	return fmt.Sprintf("%d of %v after %s", p.Required, p.Approvers, time.Duration(p.DelaySeconds)*time.Second)
}

// enum is an enum's value in words.
func enum(v fmt.Stringer, prefix string) string {
	return strings.ToLower(strings.TrimPrefix(v.String(), prefix))
}
