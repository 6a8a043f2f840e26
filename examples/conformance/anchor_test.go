package conformance_test

import (
	"os"
	"testing"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/chancery-chain/chancery/examples/evidence"
	"github.com/stretchr/testify/require"
)

// TestTypedCalls: a contract calls another through the client that is made from
// the other's .proto, and tells its errors apart.
func TestTypedCalls(t *testing.T) {
	const records = "records/evidence"
	chain, client := deploy(t)
	require.NoError(t, chain.Deploy(records, evidence.NewService(&evidence.Contract{})))
	req := &conformance.AnchorRequest{Contract: records, Sha256: make([]byte, 32)}
	first, err := client.Anchor(req)
	require.NoError(t, err)
	require.Equal(t, "cy1a", first.Owner)
	require.False(t, first.Known)

	again, err := client.Anchor(req)
	require.NoError(t, err)
	require.Equal(t, &conformance.AnchorResponse{Id: first.Id, Known: true, Owner: "cy1a"}, again)

	short := &conformance.AnchorRequest{Contract: records, Sha256: []byte("short")}
	resp, err := client.Anchor(short)
	require.NoError(t, err)
	require.Equal(t, sdk.CodeInvalidField, resp.Code)
	none, err := client.Anchor(&conformance.AnchorRequest{Contract: "records/none", Sha256: req.Sha256})
	require.NoError(t, err)
	require.Zero(t, none.Code)
	require.Empty(t, none.Id)

	state := chain.State(records)
	req.Propagate = true
	_, err = client.Anchor(req)
	require.Equal(t, sdk.CodeCallFailed, sdk.CodeOf(err))
	require.ErrorContains(t, err, "call to records/evidence: error 3")
	require.Equal(t, state, chain.State(records))
}

// TestCopyOfProto: the .proto to call by is the other contract's own.
func TestCopyOfProto(t *testing.T) {
	const file = "proto/chancery/examples/evidence/v1/evidence.proto"
	want, err := os.ReadFile("../evidence/" + file)
	require.NoError(t, err)
	have, err := os.ReadFile("calls/" + file)
	require.NoError(t, err)
	require.Equal(t, string(want), string(have))
}
