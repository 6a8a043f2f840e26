package abci

import (
	"context"

	abcicli "github.com/cometbft/cometbft/abci/client"
	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/libs/service"
)

// ClientCreator connects CometBFT to an application in the same process without
// any lock (RATIONALE.md, "Why a client of our own?").
type ClientCreator struct{ App abci.Application }

// NewABCIClient returns a client; CometBFT asks for one per connection.
func (c ClientCreator) NewABCIClient() (abcicli.Client, error) {
	cli := &client{Application: c.App}
	cli.BaseService = *service.NewBaseService(nil, "client", cli)
	return cli, nil
}

// client calls the application on the goroutine of its caller.
type client struct {
	service.BaseService
	abci.Application
	// onResponse is set once, by the mempool, before its first CheckTxAsync.
	onResponse abcicli.Callback
}

var _ abcicli.Client = (*client)(nil)

func (c *client) SetResponseCallback(f abcicli.Callback) { c.onResponse = f }

// CheckTxAsync answers before it returns. The mempool calls it from several
// goroutines at once.
func (c *client) CheckTxAsync(ctx context.Context, req *abci.RequestCheckTx) (*abcicli.ReqRes, error) {
	res, err := c.CheckTx(ctx, req)
	if err != nil {
		return nil, err
	}
	request, response := abci.ToRequestCheckTx(req), abci.ToResponseCheckTx(res)
	if c.onResponse != nil {
		c.onResponse(request, response)
	}
	rr := abcicli.NewReqRes(request)
	rr.Response = response
	rr.InvokeCallback() // marks it answered, so that SetCallback calls at once
	return rr, nil
}

func (c *client) Error() error                { return nil }
func (c *client) Flush(context.Context) error { return nil }

func (c *client) Echo(_ context.Context, msg string) (*abci.ResponseEcho, error) {
	return &abci.ResponseEcho{Message: msg}, nil
}
