package conformance

import (
	"errors"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

// ringGas is enough for Ring.
const ringGas = 5_000_000

// Remind schedules a call of Ring.
func (*Contract) Remind(ctx *sdk.Ctx, req *RemindRequest) (*RemindResponse, error) {
	gas := req.Gas
	if gas == 0 {
		gas = ringGas
	}
	return &RemindResponse{Id: ctx.Schedule(ctx.Unix()+int64(req.Seconds), "Ring", &RingRequest{Note: req.Note}, gas)}, nil
}

// Forget cancels it.
func (*Contract) Forget(ctx *sdk.Ctx, req *ForgetRequest) (*ForgetResponse, error) {
	return &ForgetResponse{Waited: ctx.Unschedule(req.Id)}, nil
}

// Ring puts an item with the note's name and the time.
func (*Contract) Ring(ctx *sdk.Ctx, req *RingRequest) (*RingResponse, error) {
	if err := put(ctx, &Item{Name: req.Note, S64: ctx.Unix(), Blob: []byte(req.Note)}); err != nil {
		return nil, err
	}
	switch req.Note {
	case "fail":
		return nil, errors.New("told to fail")
	case "again":
		ctx.Schedule(ctx.Unix(), "Ring", req, ringGas)
	}
	return &RingResponse{}, nil
}
