package app

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/validator"
)

type protocolStart func(w state.Writer, p *statev1.Params)

// SoftwareTooOldError says that the chain goes on by rules that this software does
// not know. The node is whole: other software continues it.
type SoftwareTooOldError struct {
	Height          int64  // of the first block by those rules
	ProtocolVersion uint64 // of those rules
}

// Error implements error.
func (e *SoftwareTooOldError) Error() string {
	return fmt.Sprintf("from height %d the chain runs protocol version %d, and this software knows versions up to %d: replace it and start the node again",
		e.Height, e.ProtocolVersion, params.LatestProtocol)
}

// plannedProtocol returns the protocol version that is planned to begin with a height;
// 0 for none. From the end of the block before it on, a plan that is still there is
// decided.
func plannedProtocol(r state.Reader, height int64) (uint64, error) {
	plan, err := governance.Plan(r)
	if err != nil || plan == nil || plan.Height != height {
		return 0, err
	}
	return plan.Version, nil
}

// checkSoftware returns a *SoftwareTooOldError when the next block runs by rules
// that this software does not know.
func checkSoftware(r state.Reader, p *statev1.Params, next int64) error {
	version, err := plannedProtocol(r, next)
	if err != nil {
		return err
	}
	if version = max(version, p.GetProtocolVersion()); version > params.LatestProtocol {
		return &SoftwareTooOldError{Height: next, ProtocolVersion: version}
	}
	return nil
}

// CheckSoftware returns a *SoftwareTooOldError when the block after the last
// committed one runs by rules that this software does not know.
func (a *App) CheckSoftware() error {
	r, t, release, err := a.checkState()
	if err != nil {
		return err
	}
	defer release()
	return checkSoftware(r, t.params, t.nextHeight())
}

// readiness returns who has confirmed the protocol version that is planned to begin
// with the next block; nil when none is.
func readiness(x *block) (*chanceryv1.ProtocolReadiness, error) {
	version, err := plannedProtocol(x.writes, x.Height+1)
	if err != nil || version == 0 {
		return nil, err
	}
	set, err := validator.Load(x.writes)
	if err != nil {
		return nil, err
	}
	return set.Readiness(x.writes, version)
}

// decideProtocol decides, at the end of the last block before a planned switch,
// whether it happens, and returns the version that begins with the next block or 0. It
// does when enough validators have confirmed the version, both of those who sign the
// next block and of those who sign the blocks behind it. Otherwise the plan lapses.
// Here and not at the switch, because nodes that do not know the version must stop
// before it, and CometBFT writes it into the next header.
func (a *App) decideProtocol(x *block, signers *chanceryv1.ProtocolReadiness, res *BlockResult) (uint64, error) {
	after, err := readiness(x)
	if err != nil || after == nil {
		return 0, err // none is planned, or the plan was dropped in this block
	}
	plan, err := governance.Plan(x.writes)
	if err != nil {
		return 0, err
	}
	for _, ready := range []*chanceryv1.ProtocolReadiness{signers, after} {
		if ready.GetMissingPower() == 0 {
			continue
		}
		governance.ClearPlan(x.writes)
		a.log.Warn("the planned protocol version lapses: too few validators have confirmed it", "version", plan.Version,
			"height", plan.Height, "ready", ready.ReadyPower, "needed", ready.NeededPower)
		events, err := platformEvents([]proto.Message{&chanceryv1.ProtocolUpgradeLapsed{
			Version: plan.Version, Height: plan.Height, Proposal: plan.Proposal, ReadyPower: ready.ReadyPower, NeededPower: ready.NeededPower,
		}})
		if err != nil {
			return 0, err
		}
		res.Events = append(res.Events, apiEvents(events)...)
		return 0, nil
	}
	return plan.Version, nil
}

// startProtocol switches the rules when a new protocol version begins with this
// block.
func (a *App) startProtocol(x *block, res *BlockResult) error {
	if err := checkSoftware(x.writes, x.params, x.Height); err != nil {
		return err
	}
	version, err := plannedProtocol(x.writes, x.Height)
	if err != nil || version == 0 {
		return err
	}
	governance.ClearPlan(x.writes)
	if err := validator.DropConfirmations(x.writes); err != nil {
		return err
	}
	x.params = x.params.CloneVT()
	x.params.ProtocolVersion = version
	if start := protocolStarts[version]; start != nil {
		start(x.writes, x.params)
	}
	a.log.Info("protocol version", "version", version, "height", x.Height)
	events, err := platformEvents([]proto.Message{&chanceryv1.ProtocolStarted{Version: version}})
	if err != nil {
		return err
	}
	res.Events = append(res.Events, apiEvents(events)...)
	return params.Store(x.writes, x.params)
}
