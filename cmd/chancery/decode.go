package main

import (
	"context"
	"encoding/hex"
	"encoding/json"

	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/client"
)

// decodeResponse returns a result's data as JSON, or as hex where this program
// does not know what it is.
func decodeResponse(ctx context.Context, cl *client.Client, r *chanceryv1.TxResult, body *chanceryv1.TxBody) any {
	if r.Code != 0 || len(r.Data) == 0 && body.GetExecute() == nil {
		return nil
	}
	switch a := body.GetAction().(type) {
	case *chanceryv1.TxBody_Execute:
		if s, err := cl.Schema(ctx, a.Execute.Contract); err == nil {
			if b, err := s.ResponseToJSON(a.Execute.Method, r.Data); err == nil {
				return orHex(compactOr(b), r.Data)
			}
		}
	case *chanceryv1.TxBody_UploadCode:
		return orHex(platform(new(chanceryv1.UploadCodeResult), r.Data), r.Data)
	case *chanceryv1.TxBody_Deploy:
		return orHex(platform(new(chanceryv1.DeployResult), r.Data), r.Data)
	case *chanceryv1.TxBody_Upgrade:
		return orHex(platform(new(chanceryv1.UpgradeResult), r.Data), r.Data)
	}
	return orHex(nil, r.Data)
}

// decodeEvent is decodeResponse for an event.
func decodeEvent(ctx context.Context, cl *client.Client, e *chanceryv1.Event) any {
	if e.Contract != "" {
		if s, err := cl.Schema(ctx, e.Contract); err == nil {
			if b, err := s.EventToJSON(e.Type, e.Payload); err == nil {
				return orHex(compactOr(b), e.Payload)
			}
		}
		return orHex(nil, e.Payload)
	}
	for _, m := range []proto.Message{
		new(chanceryv1.CodeUploaded), new(chanceryv1.ContractDeployed), new(chanceryv1.ContractUpgraded), new(chanceryv1.MemberSet),
		new(chanceryv1.OrgCreated), new(chanceryv1.QuotaSet),
	} {
		if string(m.ProtoReflect().Descriptor().FullName()) == e.Type {
			return orHex(platform(m, e.Payload), e.Payload)
		}
	}
	return orHex(nil, e.Payload)
}

func platform(m proto.Message, b []byte) json.RawMessage {
	if proto.Unmarshal(b, m) != nil {
		return nil
	}
	text, err := protoJSON(m)
	if err != nil {
		return nil
	}
	return text
}

func compactOr(b []byte) json.RawMessage {
	text, err := compact(b)
	if err != nil {
		return nil
	}
	return text
}

func orHex(text json.RawMessage, raw []byte) any {
	if text == nil {
		return hex.EncodeToString(raw)
	}
	return text
}
