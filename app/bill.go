package app

import (
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// bill says who pays for a tx or a scheduled call, and what is left to pay with.
type bill struct {
	payer string // organisation
	// sponsored is set when the payer pays for an account without organisation.
	sponsored *quota.Call
	// contract and method are what the breakdown of usage names.
	contract, method string
	executes         bool // a method, or else an action of the platform
	period           uint64
	// perTx is the largest gas limit that a sponsorship allows.
	perTx   uint64
	budgets [3]budget
	n       int // of budgets
	// freed is what stays freed whatever becomes of the call: a scheduled call is
	// taken out of its queue before it runs.
	freed []quota.Growth
}

// budget is what must cover a gas limit. Its id is unique among the budgets of the
// chain: an organisation has no slash in its name, a sponsorship has one, and an
// account's share of it has a blank.
type budget struct {
	id   string
	left uint64
}

// billOf finds who pays for a tx: the organisation that it acts for, or for an
// account without one the contract's, where that sponsors the method.
func billOf(r state.Reader, p *statev1.Params, t *tx.Tx, now time.Time) (bill, error) {
	b := bill{payer: t.Body.Org, period: quotaPeriod(p, now)}
	b.contract, b.method = target(t.Body)
	_, b.executes = t.Body.Action.(*chanceryv1.TxBody_Execute)
	if b.payer != "" {
		return b, b.addOrg(r)
	}
	var err error
	if b.payer, _, err = tx.SplitContractName(b.contract); err != nil {
		return b, err
	}
	if err := org.CheckActive(r, b.payer); err != nil {
		return b, err
	}
	return b, b.addSponsorship(r, t.Origin)
}

// scheduledBill is the bill of a scheduled call, which the contract's organisation
// pays.
func scheduledBill(r state.Reader, owner, contract, method string, period uint64) (bill, error) {
	b := bill{payer: owner, contract: contract, method: method, executes: true, period: period}
	return b, b.addOrg(r)
}

func (b *bill) add(id string, left uint64) {
	b.budgets[b.n] = budget{id, left}
	b.n++
}

func (b *bill) addOrg(r state.Reader) error {
	left, err := quota.Left(r, b.payer, b.period)
	b.add(b.payer, left)
	return err
}

func (b *bill) addSponsorship(r state.Reader, account key.Address) error {
	b.sponsored = &quota.Call{Method: quota.Method{Contract: b.contract, Name: b.method}, Account: account}
	s, err := quota.SponsoredLeft(r, *b.sponsored, b.period)
	if err != nil {
		return err
	}
	id := b.sponsored.Method.String()
	b.perTx = s.PerTx
	b.add(id, s.All)
	b.add(id+" "+account.String(), s.Account)
	return b.addOrg(r)
}

// most returns the largest gas limit that the bill covers.
func (b *bill) most() uint64 {
	most := b.budgets[0].left
	for _, u := range b.budgets[1:b.n] {
		most = min(most, u.left)
	}
	if b.sponsored != nil {
		most = min(most, b.perTx)
	}
	return most
}

// check checks that every budget covers a gas limit, beside what reserved, which
// may be nil, has of it.
func (b *bill) check(gasLimit uint64, reserved map[string]uint64) error {
	if b.sponsored != nil && gasLimit > b.perTx {
		return apperr.New(apperr.QuotaExceeded, "calls of %s are paid for up to a gas limit of %d; this one has %d", b.sponsored.Method, b.perTx, gasLimit)
	}
	for _, u := range b.budgets[:b.n] {
		waiting := reserved[u.id]
		if gasLimit <= u.left && waiting <= u.left-gasLimit {
			continue
		}
		text := ""
		if waiting > 0 {
			text = " (txs that wait for a block may use " + decimal(waiting) + ")"
		}
		return apperr.New(apperr.QuotaExceeded, "%q has %d gas left in this period%s, which does not cover a gas limit of %d", u.id, u.left, text, gasLimit)
	}
	return nil
}

var actionField = new(chanceryv1.TxBody).ProtoReflect().Descriptor().Oneofs().ByName("action")

// target returns the contract that a body's action is about, if any, and the
// method that it executes or else the action's name.
func target(b *chanceryv1.TxBody) (contract, method string) {
	if e, ok := b.Action.(*chanceryv1.TxBody_Execute); ok {
		return e.Execute.Contract, e.Execute.Method
	}
	m := b.ProtoReflect()
	f := m.WhichOneof(actionField)
	if f == nil {
		return "", ""
	}
	action := m.Get(f).Message()
	if c := action.Descriptor().Fields().ByName("contract"); c != nil && c.Kind() == protoreflect.StringKind && !c.IsList() {
		contract = action.Get(c).String()
	}
	return contract, string(f.Name())
}

// executeAction is the name of the action that calls a contract, under which calls
// of what does not exist are counted.
const executeAction = "execute"

// line returns the line of the breakdown that a result counts to. Contracts and
// methods that do not exist, or that nobody looked up, have none: their names are
// anybody's words.
func (b *bill) line(day quota.Day, code apperr.Code) quota.Line {
	l := quota.Line{Org: b.payer, Day: day, Contract: b.contract, Method: b.method}
	switch {
	case b.executes && (code == apperr.NotFound || code == apperr.InvalidTx):
		l.Contract, l.Method = "", executeAction
	case b.executes && (code == apperr.Frozen || code == apperr.VersionChanged):
		l.Method = executeAction // the contract exists
	case !b.executes && code != apperr.OK:
		l.Contract = ""
	}
	return l
}
