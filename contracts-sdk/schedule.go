package sdk

// lastSecond is the last that nanoseconds of 64 bits reach, in the year 2262.
const lastSecond = 1<<63/1_000_000_000 - 1

// Schedule has an executing method of this contract called by the first block
// whose time is not before at, in seconds since 1970, with at most gas gas, and
// returns the id of that call. A block comes at the latest with the chain's heartbeat,
// every 5 seconds by default.
//
// In the call, Caller is this contract and Origin is empty; its organisation pays.
// A call that fails leaves nothing behind and is not made again. One that the
// organisation's quota does not cover waits for the next period, and while the contract
// is frozen it waits, too: both are looked at again each hour. When this call fails,
// nothing was scheduled.
//
// A time before 1970 or after 2262, a method that the contract does not have, gas of 0,
// more gas than the chain gives to a scheduled call or than the organisation has in a
// period is a mistake in the contract: the call ends as a crash.
func (c *Ctx) Schedule(at int64, method string, req Marshaler, gas uint64) (id uint64) {
	payload, err := req.MarshalVT()
	if err != nil {
		c.Abort(err)
	}
	if at < 0 || at > lastSecond {
		panic("schedule: no such time")
	}
	id, ok := c.host.Schedule(at*1_000_000_000, method, payload, gas)
	if !ok {
		panic("schedule: no executing method " + method + ", or too much gas")
	}
	return id
}

// Unschedule cancels a scheduled call of this contract. It returns false when none
// with this id waits: it ran, or was cancelled before.
func (c *Ctx) Unschedule(id uint64) bool { return c.host.Unschedule(id) }

// Scheduled reports whether this is a scheduled call. Caller is the contract itself
// then; no other way of calling it has that for an executing method.
func (c *Ctx) Scheduled() bool { return c.Origin() == "" && c.Caller() == c.Contract() }
