package contract

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/runtime"
)

// Scheduler keeps the calls that contracts ask for at a time.
type Scheduler interface {
	// Add returns the id of a new call, or a *runtime.HostLimit when too many wait. ok is
	// false when its gas is more than the quota of its contract's organisation in a whole
	// period: nobody could ever pay for it.
	Add(w state.Writer, contract string, c *statev1.ScheduledCall) (id uint64, ok bool, err error)
	// Cancel reports whether the call waited.
	Cancel(w state.Writer, contract string, id uint64) (ok bool, err error)
}

// Schedule implements runtime.Host.
func (c *call) Schedule(s runtime.ScheduledCall) (id uint64, ok bool, err error) {
	if c.writes == nil {
		return 0, false, errWriteInQuery
	}
	m, ok := c.schema.Method(s.Method)
	if !ok || m.Kind != schema.KindExecute || s.GasLimit > c.env.MaxScheduledGas {
		return 0, false, nil
	}
	// A time that has passed means now: it must not come before calls that waited.
	at := max(s.Time, c.env.Time.UnixNano())
	return c.exec.scheduler.Add(c.writes, c.name, &statev1.ScheduledCall{
		Time: at, Method: s.Method, Payload: append([]byte{}, s.Payload...), GasLimit: s.GasLimit, Height: c.env.Height,
	})
}

// Unschedule implements runtime.Host.
func (c *call) Unschedule(id uint64) (bool, error) {
	if c.writes == nil {
		return false, errWriteInQuery
	}
	return c.exec.scheduler.Cancel(c.writes, c.name, id)
}
