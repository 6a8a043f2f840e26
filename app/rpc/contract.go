package rpc

import (
	"context"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
)

// contractService is chancery.v1.ContractService.
type contractService struct{ s *Server }

func (c contractService) Upload(ctx context.Context, req *connect.Request[chanceryv1.UploadRequest]) (*connect.Response[chanceryv1.UploadResponse], error) {
	if err := checkActionIs[*chanceryv1.TxBody_UploadCode](req.Msg.Tx, "upload_code"); err != nil {
		return nil, err
	}
	var data chanceryv1.UploadCodeResult
	result, err := c.run(ctx, req.Msg.Tx, &data)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.UploadResponse{CodeHash: data.CodeHash, Existed: data.Existed, Result: result, Report: data.Report}), nil
}

func (c contractService) Deploy(ctx context.Context, req *connect.Request[chanceryv1.DeployRequest]) (*connect.Response[chanceryv1.DeployResponse], error) {
	if err := checkActionIs[*chanceryv1.TxBody_Deploy](req.Msg.Tx, "deploy"); err != nil {
		return nil, err
	}
	t, err := tx.Decode(req.Msg.Tx)
	if err != nil {
		return nil, err
	}
	var data chanceryv1.DeployResult
	result, err := c.run(ctx, req.Msg.Tx, &data)
	if err != nil {
		return nil, err
	}
	described, err := c.s.o.Query.Contract(t.Body.GetDeploy().Contract)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.DeployResponse{Contract: described.Contract, Result: result}), nil
}

// run submits a tx, waits for it and decodes its data. A failed result is an
// error here: the caller asked for the effect, not for the tx.
func (c contractService) run(ctx context.Context, raw []byte, data proto.Message) (*chanceryv1.TxResult, error) {
	result, err := c.s.submit(ctx, raw)
	if err != nil {
		return nil, err
	}
	result = c.s.named(result)
	if err := resultError(result); err != nil {
		return nil, err
	}
	if err := proto.Unmarshal(result.Data, data); err != nil {
		return nil, fmt.Errorf("decode the result of tx %x: %w", result.TxHash, err)
	}
	return result, nil
}

// checkActionIs reports whether a tx has the action that a method takes.
func checkActionIs[A any](raw []byte, want string) error {
	t, err := tx.Decode(raw)
	if err != nil {
		return err
	}
	if _, ok := any(t.Body.Action).(A); !ok {
		return apperr.Invalid("tx.body.action", "is not %s, which this method takes; TxService.Submit takes any", want)
	}
	return nil
}

func (c contractService) List(_ context.Context, req *connect.Request[chanceryv1.ListRequest]) (*connect.Response[chanceryv1.ListResponse], error) {
	list, next, err := c.s.o.Query.Contracts(req.Msg.Org, req.Msg.PageSize, req.Msg.PageToken)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListResponse{Contracts: list, NextPageToken: next}), nil
}

func (c contractService) GetContract(_ context.Context, req *connect.Request[chanceryv1.GetContractRequest]) (*connect.Response[chanceryv1.GetContractResponse], error) {
	res, err := c.s.o.Query.Contract(req.Msg.Contract)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(res), nil
}

func (c contractService) GetCode(_ context.Context, req *connect.Request[chanceryv1.GetCodeRequest]) (*connect.Response[chanceryv1.GetCodeResponse], error) {
	if n := len(req.Msg.CodeHash); n != 32 {
		return nil, apperr.Invalid("code_hash", "has %d bytes, not 32", n)
	}
	res, err := c.s.o.Query.Code(req.Msg.CodeHash, req.Msg.OmitCode)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(res), nil
}

func (c contractService) ListVersions(_ context.Context, req *connect.Request[chanceryv1.ListVersionsRequest]) (*connect.Response[chanceryv1.ListVersionsResponse], error) {
	list, next, err := c.s.o.Query.Versions(req.Msg.Contract, req.Msg.PageSize, req.Msg.PageToken)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListVersionsResponse{Versions: list, NextPageToken: next}), nil
}

func (c contractService) GetUpgrade(_ context.Context, req *connect.Request[chanceryv1.GetUpgradeRequest]) (*connect.Response[chanceryv1.GetUpgradeResponse], error) {
	u, err := c.s.o.Query.Upgrade(req.Msg.Contract, req.Msg.Id)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.GetUpgradeResponse{Upgrade: u}), nil
}

func (c contractService) ListUpgrades(_ context.Context, req *connect.Request[chanceryv1.ListUpgradesRequest]) (*connect.Response[chanceryv1.ListUpgradesResponse], error) {
	list, next, err := c.s.o.Query.Upgrades(req.Msg.Contract, req.Msg.PageSize, req.Msg.PageToken)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListUpgradesResponse{Upgrades: list, NextPageToken: next}), nil
}
