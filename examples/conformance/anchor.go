package conformance

import (
	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/examples/conformance/calls/evidence"
)

// Anchor anchors a digest and asks what became of it.
func (*Contract) Anchor(ctx *sdk.Ctx, req *AnchorRequest) (*AnchorResponse, error) {
	client := evidence.NewEvidenceServiceClient(ctx, req.Contract)
	resp := &AnchorResponse{}
	anchored, err := client.Anchor(&evidence.AnchorRequest{
		Sha256: req.Sha256, Sm3: req.Sha256, MediaType: "a/b", CapturedAt: 1, Method: "test",
	})
	before, known := evidence.DetailsOfAlreadyAnchored(err)
	switch {
	case err == nil:
		resp.Id = anchored.Record.Id
	case known && !req.Propagate:
		resp.Id, resp.Known = before.Id, true
	case req.Propagate:
		return nil, err
	default:
		return &AnchorResponse{Code: sdk.CodeOf(err)}, nil
	}
	found, err := evidence.NewEvidenceServiceQueryClient(ctx.ReadOnly(), req.Contract).Get(&evidence.GetRequest{Id: resp.Id})
	if err != nil {
		return nil, err
	}
	resp.Owner = found.Record.Owner
	return resp, nil
}
