package runtime

import (
	"math"

	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/gas"
)

func hostSchedule(f *frame, price gas.HostCost, s []uint64) {
	method, payload := f.bytes(arg(s, 1), arg(s, 2)), f.bytes(arg(s, 3), arg(s, 4))
	at, limit := s[0], s[5]
	if at > math.MaxInt64 || limit == 0 {
		f.trap(TrapBadArgument)
	}
	if len(method) > f.rt.limits.NameBytes {
		f.limit(abi.LimitName)
	}
	if len(payload) > f.rt.limits.InputBytes {
		f.limit(abi.LimitPayload)
	}
	f.charge(price.Cost(uint64(len(method)+len(payload))) - price.Base)
	id, ok, err := f.host.Schedule(ScheduledCall{Time: int64(at), Method: string(method), Payload: payload, GasLimit: limit})
	f.check(err)
	if s[0] = id; !ok {
		s[0] = negative(abi.Missing)
	}
}

func hostUnschedule(f *frame, _ gas.HostCost, s []uint64) {
	ok, err := f.host.Unschedule(s[0])
	f.check(err)
	if s[0] = 0; ok {
		s[0] = 1
	}
}
