package query

import (
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/state"
)

// maxUsagePage is the largest page of usage; its rows are small and an export
// reads thousands.
const maxUsagePage = 1000

// Quota describes what an organisation may use and uses.
func (q *Query) Quota(name string) (*chanceryv1.OrgQuota, error) {
	return at(q, 0, func(v *state.View) (*chanceryv1.OrgQuota, error) {
		if err := org.CheckExists(v, name); err != nil {
			return nil, err
		}
		return q.apiQuota(v, name)
	})
}

func (q *Query) apiQuota(v *state.View, name string) (*chanceryv1.OrgQuota, error) {
	p, err := q.params(v)
	if err != nil {
		return nil, err
	}
	period := quota.Period(p.QuotaPeriodSeconds, q.machine.BlockTime())
	start, end := quota.Bounds(p.QuotaPeriodSeconds, period)
	limit, used, err := quota.Get(v, name, period)
	if err != nil {
		return nil, err
	}
	return &chanceryv1.OrgQuota{
		Org: name, GasPerPeriod: limit.GasPerPeriod, GasUsed: used.GasUsed, SponsoredGas: used.SponsoredGas,
		StoredBytes: limit.StoredBytes, BytesUsed: used.BytesUsed,
		PeriodStart: timestamppb.New(start), PeriodEnd: timestamppb.New(end),
	}, nil
}

// Quotas lists the quotas of all organisations in order of their names.
func (q *Query) Quotas(size uint32, token string) (list []*chanceryv1.OrgQuota, next string, err error) {
	after, err := pageAfter(token)
	if err != nil {
		return nil, "", err
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	page := state.Page[string]{Limit: pageSize(size)}
	if after != "" {
		page.After = &after
	}
	more, err := org.List(view, page, func(name string, _ *statev1.Org) error {
		a, err := q.apiQuota(view, name)
		list = append(list, a)
		return err
	})
	if err != nil || !more {
		return list, "", err
	}
	return list, pageToken(list[len(list)-1].Org), nil
}

// Sponsorship describes what is paid for calls of a method without an organisation,
// and the largest gas limit that an account, or for an empty one a new account,
// could use now.
func (q *Query) Sponsorship(contract, method, account string) (s *chanceryv1.Sponsorship, left uint64, err error) {
	m := quota.Method{Contract: contract, Name: method}
	var caller key.Address
	if account != "" {
		if caller, err = key.ParseAddress(account); err != nil {
			return nil, 0, err
		}
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, 0, err
	}
	defer view.Close()
	p, err := q.params(view)
	if err != nil {
		return nil, 0, err
	}
	period := quota.Period(p.QuotaPeriodSeconds, q.machine.BlockTime())
	rec, ok, err := quota.GetSponsorship(view, m, period)
	if err != nil {
		return nil, 0, err
	}
	if !ok {
		return nil, 0, apperr.New(apperr.NotFound, "calls of %s are not sponsored", m)
	}
	rest, err := quota.SponsoredLeft(view, quota.Call{Method: m, Account: caller}, period)
	if err != nil {
		return nil, 0, err
	}
	payer, _, _ := cutName(contract)
	budget, err := quota.Left(view, payer, period)
	return apiSponsorship(m, rec), min(rest.PerTx, rest.All, rest.Account, budget, p.MaxCallGas), err
}

func apiSponsorship(m quota.Method, s *statev1.Sponsorship) *chanceryv1.Sponsorship {
	return &chanceryv1.Sponsorship{
		Contract: m.Contract, Method: m.Name, GasPerPeriod: s.GasPerPeriod, GasPerAccount: s.GasPerAccount,
		MaxGasPerTx: s.MaxGasPerTx, GasUsed: s.GasUsed,
	}
}

// Sponsorships lists sponsorships in order of contract and method, those of an
// organisation's contracts or, for an empty org, all.
func (q *Query) Sponsorships(org string, size uint32, token string) (list []*chanceryv1.Sponsorship, next string, err error) {
	last, err := pageAfter(token)
	if err != nil {
		return nil, "", err
	}
	var after *quota.Method
	if last != "" {
		contract, method, ok := strings.Cut(last, ".")
		if !ok {
			return nil, "", apperr.Invalid("page_token", "was not given by this service")
		}
		after = &quota.Method{Contract: contract, Name: method}
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	p, err := q.params(view)
	if err != nil {
		return nil, "", err
	}
	period := quota.Period(p.QuotaPeriodSeconds, q.machine.BlockTime())
	var m quota.Method
	more, err := quota.ListSponsorships(view, org, after, pageSize(size), func(at quota.Method, s *statev1.Sponsorship) error {
		if m = at; s.Period != period {
			s.GasUsed = 0
		}
		list = append(list, apiSponsorship(m, s))
		return nil
	})
	if err != nil || !more {
		return list, "", err
	}
	return list, pageToken(m.String()), nil
}

// Usage breaks down what organisations were charged; an empty org, day or contract
// is all of them.
func (q *Query) Usage(req *chanceryv1.ListUsageRequest) (rows []*chanceryv1.UsageRow, next string, err error) {
	p := quota.Lines{Org: req.Org, Contract: req.Contract, To: quota.LastDay, Limit: defaultPageSize}
	if p.From, err = parseDay("from_day", req.FromDay, 0); err != nil {
		return nil, "", err
	}
	if p.To, err = parseDay("to_day", req.ToDay, quota.LastDay); err != nil {
		return nil, "", err
	}
	if req.PageSize > 0 {
		p.Limit = int(min(req.PageSize, maxUsagePage))
	}
	token, err := pageAfter(req.PageToken)
	if err != nil {
		return nil, "", err
	}
	if token != "" {
		f := strings.Split(token, " ")
		if len(f) != 4 {
			return nil, "", apperr.Invalid("page_token", "was not given by this service")
		}
		p.After = &quota.Line{Org: f[0], Contract: f[2], Method: f[3]}
		if p.After.Day, err = parseDay("page_token", f[1], 0); err != nil {
			return nil, "", err
		}
	}
	last, err := quota.ListLines(q.store.Index(), p, func(l quota.Line, c quota.Count) {
		rows = append(rows, &chanceryv1.UsageRow{
			Day: l.Day.String(), Org: l.Org, Contract: l.Contract, Method: l.Method,
			Txs: c.Txs, Failed: c.Failed, Gas: c.Gas, SponsoredGas: c.SponsoredGas, StoredBytes: c.Bytes,
		})
	})
	if err != nil || last == nil {
		return rows, "", err
	}
	return rows, pageToken(strings.Join([]string{last.Org, last.Day.String(), last.Contract, last.Method}, " ")), nil
}

func parseDay(field, s string, missing quota.Day) (quota.Day, error) {
	if s == "" {
		return missing, nil
	}
	d, ok := quota.ParseDay(s)
	if !ok {
		return 0, apperr.Invalid(field, "is no day such as 2026-03-02")
	}
	return d, nil
}
