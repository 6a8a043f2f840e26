package app

import (
	"errors"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/account"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/runtime"
)

// action is one tx's action with what surrounds it.
type action struct {
	tx     *tx.Tx
	params *statev1.Params
	height int64
	time   time.Time
	trace  *runtime.Trace // nil but in traced simulations
	// simulated is true when nobody pays and nothing is kept.
	simulated bool
}

// outcome is what an action did. gasUsed counts for failures too.
type outcome struct {
	data    []byte
	events  []contract.Event
	gasUsed uint64
}

// nodeFault marks an error of this node alone, such as an unreadable disk. It
// must stop the node instead of becoming a result.
type nodeFault struct{ err error }

func (f *nodeFault) Error() string { return "node fault: " + f.err.Error() }

func asFault(err error, f **nodeFault) bool { return errors.As(err, f) }

// perform runs the action of an authorised tx on writes. It is the one place
// that knows every kind of action.
func (a *App) perform(writes *state.Overlay, x *action) (outcome, error) {
	out := outcome{gasUsed: intrinsicGas(x.params, x.tx)}
	if out.gasUsed > x.tx.Body.GasLimit {
		out.gasUsed = x.tx.Body.GasLimit
		return out, apperr.New(apperr.OutOfGas, "the tx itself needs more than its gas limit")
	}
	left := x.tx.Body.GasLimit - out.gasUsed
	by := contract.Author{Org: x.tx.Body.Org, Origin: x.tx.Body.Origin, Height: x.height, Time: x.time, Simulated: x.simulated}
	switch act := x.tx.Body.Action.(type) {
	case *chanceryv1.TxBody_Execute:
		env, err := a.env(writes, x)
		if err != nil {
			return out, err
		}
		return out.add(a.exec.Execute(writes, env, act.Execute.Contract, act.Execute.Method, act.Execute.Payload, left))
	case *chanceryv1.TxBody_Deploy:
		env, err := a.env(writes, x)
		if err != nil {
			return out, err
		}
		return out.add(a.exec.Deploy(writes, env, by, act.Deploy, left))
	case *chanceryv1.TxBody_Upgrade:
		env, err := a.env(writes, x)
		if err != nil {
			return out, err
		}
		return out.add(a.exec.Upgrade(writes, env, by, act.Upgrade, left))
	case *chanceryv1.TxBody_UploadCode:
		prices := contract.Prices{CodeByte: x.params.CodeByteGas, UnpackByte: x.params.UnpackByteGas}
		return out.add(a.exec.Upload(writes, by, act.UploadCode, prices, left))
	case *chanceryv1.TxBody_SetMember:
		return out.platform(setMember(writes, x, act.SetMember))
	case *chanceryv1.TxBody_CreateOrg:
		return out.platform(createOrg(writes, x, act.CreateOrg))
	case *chanceryv1.TxBody_SetQuota:
		return out.platform(setQuota(writes, x, act.SetQuota))
	}
	return out, apperr.Invalid("action", "is missing")
}

// add takes over what the contract component did, on top of the intrinsic gas.
func (o outcome) add(d contract.Done, err error) (outcome, error) {
	o.gasUsed += d.GasUsed
	o.data, o.events = d.Data, d.Events
	var f *contract.Fault
	if errors.As(err, &f) {
		err = &nodeFault{err}
	}
	return o, err
}

// payResult charges for the data and the contracts' events, which every node
// keeps with the result, as much per byte as for the tx itself. Both are at most
// some MiB and the price is bounded, so the product cannot wrap.
func (o *outcome) payResult(p *statev1.Params, gasLimit uint64) error {
	size := len(o.data)
	for _, e := range o.events {
		if e.Contract != "" {
			size += len(e.Contract) + len(e.Type) + len(e.Payload)
		}
	}
	if price := p.TxByteGas * uint64(size); price <= gasLimit-o.gasUsed {
		o.gasUsed += price
		return nil
	}
	o.gasUsed = gasLimit
	return apperr.New(apperr.OutOfGas, "the result has %d bytes, which the gas limit does not cover", size)
}

// platform takes over the one event of a platform action.
func (o outcome) platform(m proto.Message, err error) (outcome, error) {
	if err != nil {
		return o, err
	}
	e, err := contract.PlatformEvent(m)
	o.events = []contract.Event{e}
	return o, err
}

// env is what contracts can learn about their tx.
func (a *App) env(r state.Reader, x *action) (*contract.Env, error) {
	roles, err := org.Roles(r, x.tx.Body.Org, x.tx.Origin)
	if err != nil {
		return nil, err
	}
	return &contract.Env{
		ChainID: x.params.ChainId, Height: x.height, Time: x.time, TxHash: x.tx.Hash,
		Origin: x.tx.Body.Origin, Org: x.tx.Body.Org, Roles: roles, Trace: x.trace,
	}, nil
}

func setMember(w state.Writer, x *action, m *chanceryv1.SetMember) (proto.Message, error) {
	k, err := tx.PublicKey(m.Key)
	if err != nil {
		return nil, err
	}
	addr := k.Address()
	if addr == x.tx.Origin && !slices.Contains(m.Roles, org.RoleAdmin) {
		// Otherwise a slip could leave the organisation without an admin.
		return nil, apperr.New(apperr.PermissionDenied, "an admin cannot take the role admin from itself; another admin must")
	}
	if m.Member {
		if err := account.Ensure(w, addr, k); err != nil {
			return nil, err
		}
	}
	if err := org.SetMember(w, x.tx.Body.Org, addr, m.Roles, m.Member); err != nil {
		return nil, err
	}
	return &chanceryv1.MemberSet{
		Org: x.tx.Body.Org, Account: addr.String(), Roles: m.Roles, Member: m.Member, Origin: x.tx.Body.Origin,
	}, nil
}

func createOrg(w state.Writer, x *action, m *chanceryv1.CreateOrg) (proto.Message, error) {
	k, err := tx.PublicKey(m.Admin)
	if err != nil {
		return nil, err
	}
	if err := org.Create(w, m.Name, m.Title, x.height); err != nil {
		return nil, err
	}
	addr := k.Address()
	if err := account.Ensure(w, addr, k); err != nil {
		return nil, err
	}
	if err := org.SetMember(w, m.Name, addr, []string{org.RoleAdmin, org.RoleDeveloper}, true); err != nil {
		return nil, err
	}
	if err := quota.Set(w, m.Name, m.GasPerPeriod); err != nil {
		return nil, err
	}
	return &chanceryv1.OrgCreated{Org: m.Name, Origin: x.tx.Body.Origin}, nil
}

func setQuota(w state.Writer, x *action, m *chanceryv1.SetQuota) (proto.Message, error) {
	if err := org.CheckExists(w, m.Org); err != nil {
		return nil, err
	}
	if err := quota.Set(w, m.Org, m.GasPerPeriod); err != nil {
		return nil, err
	}
	return &chanceryv1.QuotaSet{Org: m.Org, GasPerPeriod: m.GasPerPeriod, Origin: x.tx.Body.Origin}, nil
}
