package main

import (
	"context"
	"encoding/hex"
	"encoding/json"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

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
	case *chanceryv1.TxBody_Upgrade, *chanceryv1.TxBody_ExecuteUpgrade:
		return orHex(platform(new(chanceryv1.UpgradeResult), r.Data), r.Data)
	case *chanceryv1.TxBody_ProposeUpgrade:
		return orHex(platform(new(chanceryv1.ProposeUpgradeResult), r.Data), r.Data)
	case *chanceryv1.TxBody_PublishTemplate:
		return orHex(platform(new(chanceryv1.PublishTemplateResult), r.Data), r.Data)
	case *chanceryv1.TxBody_Propose:
		return orHex(platform(new(chanceryv1.ProposeResult), r.Data), r.Data)
	case *chanceryv1.TxBody_Vote:
		return orHex(platform(new(chanceryv1.VoteResult), r.Data), r.Data)
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
	if t, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(e.Type)); err == nil {
		return orHex(platform(t.New().Interface(), e.Payload), e.Payload)
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
