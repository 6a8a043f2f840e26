// Package conformance is a contract that uses everything a contract can. The
// tests run it as plain Go and in the runtime and compare.
package conformance

import (
	"errors"
	"strings"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

// Contract implements ConformanceService.
type Contract struct{}

// Init stores the settings.
func (*Contract) Init(ctx *sdk.Ctx, req *InitRequest) (*InitResponse, error) {
	if err := NewState(ctx).Config.Set(&Config{Deployer: ctx.Caller(), Office: ctx.Org(), Guests: req.Guests}); err != nil {
		return nil, err
	}
	if req.Refuse {
		return nil, ErrTold(&Told{Who: "init", Count: 1})
	}
	return &InitResponse{}, nil
}

// Migrate raises the generation.
func (*Contract) Migrate(ctx *sdk.Ctx, req *MigrateRequest) (*MigrateResponse, error) {
	config := NewState(ctx).Config
	value, ok := config.Get()
	if !ok {
		value = &Config{}
	}
	value.Generation++
	value.Unsound = req.Unsound
	if err := config.Set(value); err != nil {
		return nil, err
	}
	if req.Refuse {
		return nil, ErrTold(&Told{Who: "migrate", Count: value.Generation})
	}
	// What is announced and asked for here goes with the rest when the check fails.
	if err := put(ctx, &Item{Name: "migrated", S64: int64(value.Generation), Blob: []byte("migrated"), F64: uint64(value.Generation)}); err != nil {
		return nil, err
	}
	ctx.Schedule(ctx.Unix()+60, "Ring", &RingRequest{Note: "migrated"}, ringGas)
	return &MigrateResponse{}, nil
}

// Sound fails when migrate said so.
func (*Contract) Sound(ctx *sdk.QueryCtx, _ *SoundRequest) (*SoundResponse, error) {
	if value, ok := NewStateView(ctx).Config.Get(); ok && value.Unsound {
		return nil, ErrTold(&Told{Who: "sound", Count: value.Generation})
	}
	return &SoundResponse{}, nil
}

// Put stores an item.
func (*Contract) Put(ctx *sdk.Ctx, req *PutRequest) (*PutResponse, error) {
	return nil, put(ctx, req.Item)
}

// put stores an item and announces it.
func put(ctx *sdk.Ctx, item *Item) error {
	if item == nil {
		item = &Item{}
	}
	if err := NewState(ctx).Items.Set(item); err != nil {
		return err
	}
	EmitItemPut(ctx, &ItemPut{Name: item.Name, S64: item.S64})
	return nil
}

// Delete removes an item.
func (*Contract) Delete(ctx *sdk.Ctx, req *DeleteRequest) (*DeleteResponse, error) {
	return &DeleteResponse{Existed: NewState(ctx).Items.Delete(req.Name, req.S64)}, nil
}

// Find returns a page of items.
func (*Contract) Find(ctx *sdk.QueryCtx, req *FindRequest) (*FindResponse, error) {
	items := NewStateView(ctx).Items
	like := req.Like
	if like == nil {
		like = &Item{}
	}
	var found sdk.Range[*Item]
	switch req.Order {
	case Order_ORDER_NAME:
		found = items.Under(like.Name)
	case Order_ORDER_COLOR:
		found = items.ByColor(like.Color)
	case Order_ORDER_COLOR_U32:
		found = items.ByColorAndU32(like.Color, like.U32)
	case Order_ORDER_BLOB:
		found = items.ByBlob(like.Blob)
	case Order_ORDER_BLOB_F64:
		item, ok := items.ByBlobAndF64(like.Blob, like.F64)
		if !ok {
			return &FindResponse{}, nil
		}
		return &FindResponse{Items: []*Item{item}}, nil
	case Order_ORDER_I32:
		found = items.ByI32(like.I32)
	default:
		found = items.All()
	}
	if req.Reverse {
		found = found.Reverse()
	}
	list, next, err := found.Page(req.Token, req.Limit)
	if err != nil {
		return nil, err
	}
	return &FindResponse{Items: list, NextPageToken: next}, nil
}

// Settings returns the settings.
func (*Contract) Settings(ctx *sdk.QueryCtx, _ *SettingsRequest) (*SettingsResponse, error) {
	config, _ := NewStateView(ctx).Config.Get()
	return &SettingsResponse{Config: config}, nil
}

// Forward calls a contract and tells how that went.
func (*Contract) Forward(ctx *sdk.Ctx, req *ForwardRequest) (*ForwardResponse, error) {
	if req.Item != nil {
		if err := put(ctx, req.Item); err != nil {
			return nil, err
		}
	}
	call := ctx.ExecuteContract
	if req.Query {
		call = ctx.QueryContract
	}
	out, err := call(req.Contract, req.Method, req.Payload)
	if err == nil {
		return &ForwardResponse{Output: out}, nil
	}
	failed, ok := err.(*sdk.CallError)
	if !ok || req.Propagate {
		return nil, err
	}
	return &ForwardResponse{
		Status: uint32(failed.Status), Contract: failed.Contract,
		Code: failed.Code, Message: failed.Message, Details: failed.Details,
	}, nil
}

// Ask queries a contract.
func (*Contract) Ask(ctx *sdk.QueryCtx, req *AskRequest) (*AskResponse, error) {
	out, err := ctx.QueryContract(req.Contract, req.Method, req.Payload)
	if err != nil {
		return nil, err
	}
	return &AskResponse{Output: out}, nil
}

// wrapped is an error around another.
type wrapped struct{ err error }

func (w wrapped) Error() string { return "wrapped: " + w.err.Error() }
func (w wrapped) Unwrap() error { return w.err }

// Fail puts an item and fails.
func (*Contract) Fail(ctx *sdk.Ctx, req *FailRequest) (*FailResponse, error) {
	if err := put(ctx, &Item{Name: "written and reverted"}); err != nil {
		return nil, err
	}
	told := ErrTold(&Told{Who: "fail", Count: 3})
	switch req.Way {
	case Way_WAY_DECLARED:
		return nil, told
	case Way_WAY_PLAIN:
		return nil, errors.New("an error of Go")
	case Way_WAY_WRAPPED:
		return nil, wrapped{told}
	case Way_WAY_PANIC:
		panic("told to panic")
	case Way_WAY_ABORT:
		ctx.Abort(told)
	case Way_WAY_LONG:
		told.Message = strings.Repeat("长", 3000)
		return nil, told
	case Way_WAY_BOUNDS:
		return nil, errors.New(string("abc"[:1+len(ctx.Roles())*1000]))
	}
	return &FailResponse{}, nil
}

// Context returns all that a contract can learn.
func (*Contract) Context(ctx *sdk.QueryCtx, req *ContextRequest) (*ContextResponse, error) {
	sha256, sm3, sha3 := ctx.SHA256(req.Data), ctx.SM3(req.Data), ctx.SHA3(req.Data)
	ctx.Log("asked for the context")
	return &ContextResponse{
		ChainId: ctx.ChainID(), Height: ctx.Height(), Time: ctx.UnixNano(), Contract: ctx.Contract(),
		Version: ctx.Version(), Caller: ctx.Caller(), Origin: ctx.Origin(), Org: ctx.Org(), Roles: ctx.Roles(),
		Method: ctx.Method(), Depth: int64(ctx.Depth()),
		Sha256: sha256[:], Sm3: sm3[:], Sha3: sha3[:],
		Ed25519: ctx.VerifyEd25519(req.Ed25519Key, req.Data, req.Ed25519Signature),
		Sm2:     ctx.VerifySM2(req.Sm2Key, req.Data, req.Sm2Signature),
	}, nil
}

// Restricted answers whoever has a role.
func (*Contract) Restricted(*sdk.QueryCtx, *RestrictedRequest) (*RestrictedResponse, error) {
	return &RestrictedResponse{}, nil
}
