package conformance

import sdk "github.com/chancery-chain/chancery/contracts-sdk"

// Once puts an item.
func (*Contract) Once(ctx *sdk.Ctx, req *OnceRequest) (*OnceResponse, error) {
	if err := put(ctx, &Item{Name: req.Name, Blob: []byte(req.Name)}); err != nil {
		return nil, err
	}
	if req.Fail {
		return nil, ErrTold(&Told{Who: "once", Count: 1})
	}
	return &OnceResponse{}, nil
}

// Office answers.
func (*Contract) Office(*sdk.Ctx, *OfficeRequest) (*OfficeResponse, error) {
	return &OfficeResponse{}, nil
}
