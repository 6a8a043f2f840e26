package app

import (
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/runtime"
)

// action is one tx's action with what surrounds it.
type action struct {
	tx     *tx.Tx
	actor  *actor
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

// perform runs the action of an authorised tx on writes. It and requiredRole are
// the places that know every kind of action; what an action does stands in the
// file of its component.
func (a *App) perform(writes *state.Overlay, x *action) (outcome, error) {
	out := outcome{gasUsed: intrinsicGas(x.params, x.tx)}
	if out.gasUsed > x.tx.Body.GasLimit {
		out.gasUsed = x.tx.Body.GasLimit
		return out, apperr.New(apperr.OutOfGas, "the tx itself needs more than its gas limit")
	}
	switch x.tx.Body.Action.(type) {
	case *chanceryv1.TxBody_Execute, *chanceryv1.TxBody_UploadCode, *chanceryv1.TxBody_Deploy, *chanceryv1.TxBody_Upgrade:
		return a.performContract(writes, x, out)
	case *chanceryv1.TxBody_ProposeUpgrade, *chanceryv1.TxBody_ApproveUpgrade, *chanceryv1.TxBody_CancelUpgrade, *chanceryv1.TxBody_ExecuteUpgrade,
		*chanceryv1.TxBody_FreezeContract, *chanceryv1.TxBody_UnfreezeContract, *chanceryv1.TxBody_RetireContract, *chanceryv1.TxBody_PruneCode:
		return a.performLifecycle(writes, x, out)
	case *chanceryv1.TxBody_PublishTemplate, *chanceryv1.TxBody_WithdrawTemplate, *chanceryv1.TxBody_StarTemplate, *chanceryv1.TxBody_UnstarTemplate:
		return performTemplate(writes, x, out)
	case *chanceryv1.TxBody_SetMember, *chanceryv1.TxBody_CreateOrg, *chanceryv1.TxBody_UpdateOrg, *chanceryv1.TxBody_SetOrgStatus:
		return performOrg(writes, x, out)
	case *chanceryv1.TxBody_SetKeys, *chanceryv1.TxBody_StartRecovery, *chanceryv1.TxBody_CancelRecovery, *chanceryv1.TxBody_SetAccountStatus,
		*chanceryv1.TxBody_SetGuardian, *chanceryv1.TxBody_Delegate, *chanceryv1.TxBody_RevokeDelegation:
		return performAccount(writes, x, out)
	case *chanceryv1.TxBody_SetQuota, *chanceryv1.TxBody_SetSponsorship:
		return a.performQuota(writes, x, out)
	case *chanceryv1.TxBody_Propose, *chanceryv1.TxBody_Vote, *chanceryv1.TxBody_Withdraw, *chanceryv1.TxBody_ConfirmProtocol:
		return performGovernance(writes, x, out)
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
func (a *App) env(x *action) *contract.Env {
	return &contract.Env{
		ChainID: x.params.ChainId, Height: x.height, Time: x.time, TxHash: x.tx.Hash,
		Origin: x.tx.Body.Origin, Org: x.tx.Body.Org, Roles: x.actor.roles, Trace: x.trace,
		Sponsored: x.actor.bill.sponsored != nil, MaxScheduledGas: x.params.MaxScheduledGas,
		Sight: contract.Sight{Claimed: x.actor.claimed},
	}
}
