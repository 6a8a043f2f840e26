package validator

import (
	"time"

	"google.golang.org/protobuf/proto"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// Misbehaviour is evidence that a block carries and that consensus has checked.
type Misbehaviour struct {
	Kind    chanceryv1.MisbehaviourKind
	Address Address
	Height  int64
	Time    time.Time
	Power   uint64 // the validator's voting power then
}

// maxRotations bounds how far misbehaviour of an old key is followed to the key
// that its validator signs with today. Each step was a vote of the committee.
const maxRotations = 1_000

// Punish records evidence and takes the place of the validators it is about, but
// for the last one: without it nobody could decide a block any more, nor vote. Then
// it balances the powers that are left. It returns the platform events.
func Punish(w state.Writer, list []Misbehaviour, height int64) ([]proto.Message, error) {
	var events []proto.Message
	removed := false
	for _, m := range list {
		out, done, err := punish(w, m, height)
		if err != nil {
			return nil, err
		}
		events = append(events, out...)
		removed = removed || done
	}
	if !removed {
		return events, nil
	}
	out, err := rebalance(w, height)
	return append(events, out...), err
}

func punish(w state.Writer, m Misbehaviour, height int64) (events []proto.Message, removed bool, err error) {
	at := state.PairOf(m.Address, m.Height)
	if evidence.Has(w, at) {
		return nil, false, nil // two kinds of evidence for one deed
	}
	set, err := Load(w)
	if err != nil {
		return nil, false, err
	}
	row := &statev1.Evidence{Kind: uint32(m.Kind), Time: m.Time.UnixNano(), Power: m.Power, Recorded: height}
	addr := m.Address
	for range maxRotations {
		former, ok, err := formerKeys.Get(w, addr)
		if err != nil {
			return nil, false, err
		}
		if !ok {
			break
		}
		row.Name, row.Org = former.Name, former.Org
		former.Barred = true
		if err := formerKeys.Set(w, addr, former); err != nil {
			return nil, false, err
		}
		if len(former.Next) != len(addr) {
			break
		}
		addr = Address(former.Next)
	}
	if i, ok := set.byAddress(addr); ok {
		v := set[i]
		row.Name, row.Org = v.Name, v.Org
		if row.Removed = len(set) > 1; row.Removed {
			if err := drop(w, v, &statev1.FormerKey{Height: height, Barred: true}); err != nil {
				return nil, false, err
			}
			events = append(events, change(&v, nil, chanceryv1.ValidatorReason_VALIDATOR_REASON_MISBEHAVIOUR))
		}
	}
	recorded := &chanceryv1.MisbehaviourRecorded{
		Address: m.Address.String(), Name: row.Name, Kind: m.Kind, Height: m.Height, Removed: row.Removed,
	}
	return append([]proto.Message{recorded}, events...), row.Removed, evidence.Set(w, at, row)
}

// rebalance keeps organisations below a third of the power after a validator was
// lost without a vote.
func rebalance(w state.Writer, height int64) ([]proto.Message, error) {
	before, err := Load(w)
	if err != nil {
		return nil, err
	}
	var events []proto.Message
	for _, after := range before.Balanced() {
		i, _ := before.Find(after.Name)
		v := before[i]
		switch after.Power {
		case v.Power:
			continue
		case 0:
			err = drop(w, v, &statev1.FormerKey{Height: height})
		default:
			err = put(w, after)
		}
		if err != nil {
			return nil, err
		}
		events = append(events, change(&v, &after, chanceryv1.ValidatorReason_VALIDATOR_REASON_BALANCE))
	}
	return events, nil
}
