package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/client"
)

// TestProtocolUpgrade switches chains to the next protocol version with two binaries,
// the released one and one that knows the next version.
func TestProtocolUpgrade(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two binaries and runs nodes")
	}
	dir := t.TempDir()
	old, next := filepath.Join(dir, "old"), filepath.Join(dir, "next")
	build(t, "-o", old)
	build(t, "-o", next, "-tags", "nextprotocol")
	t.Run("confirmed by mistake", func(t *testing.T) { testProtocolStops(t, old, next) })
	t.Run("not enough ready, then ready", func(t *testing.T) { testProtocolLapses(t, old, next) })
}

// testProtocolStops: where a switch happens, software that does not know the version
// stops before its height and stays stopped; the next one goes on and can replay all
// of it.
func testProtocolStops(t *testing.T, old, next string) {
	home := filepath.Join(t.TempDir(), "net")
	n := startDevnet(t, old, home)
	before := n.setQuota(t).GasUsed
	at := n.height(t) + 20
	n.plan(t, at)
	n.confirm(t, 2)
	plan, err := n.client.Governance.GetCommittee(t.Context(), connect.NewRequest(&chanceryv1.GetCommitteeRequest{}))
	require.NoError(t, err)
	require.Equal(t, at, plan.Msg.Upgrade.GetHeight())
	// A block without txs follows each with some, unless another tx comes in time; so
	// the last tx by the old rules may be two heights before the switch.
	for held := int64(0); held < at-2; {
		res := n.setQuota(t)
		require.InDelta(t, before, res.GasUsed, sizeGas, "the old rules hold until then")
		held = res.Height
		require.Less(t, held, at)
	}
	require.Error(t, n.wait(), "it stops by itself")
	require.Contains(t, n.stderr.String(), "the chain runs protocol version 2, and this software knows versions up to 1")

	again := exec.Command(old, "--home", home, "devnet")
	out, err := again.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "replace it and start the node again")

	n = startDevnet(t, next, home)
	after := n.setQuota(t)
	require.GreaterOrEqual(t, after.Height, at)
	require.InDelta(t, before+1000, after.GasUsed, sizeGas, "by the new rules")
	block, err := n.client.Node.GetBlock(t.Context(), connect.NewRequest(&chanceryv1.GetBlockRequest{Height: at}))
	require.NoError(t, err, "nothing is lost and nothing is skipped")
	require.Equal(t, "chancery.v1.ProtocolStarted", block.Msg.Events[0].Type)
	n.setQuota(t)
	require.NoError(t, n.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, n.wait(), n.stderr.String())

	out, err = exec.Command(next, "--home", home, "replay").CombinedOutput()
	require.NoError(t, err, string(out))
	out, err = exec.Command(old, "--home", home, "replay").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "knows versions up to 1")
}

// testProtocolLapses: a switch that no validator is ready for lapses, and the chain
// goes on. Once the software is replaced, the node says what it knows, and the switch
// happens while it runs.
func testProtocolLapses(t *testing.T, old, next string) {
	home := filepath.Join(t.TempDir(), "net")
	n := startDevnet(t, old, home)
	out, err := ready(old, home)
	require.Error(t, err)
	require.Contains(t, out, "knows protocol versions up to 1, and the next one is 2")
	before := n.setQuota(t).GasUsed
	at := n.height(t) + 20
	n.plan(t, at)
	for held := int64(0); held <= at; {
		res := n.setQuota(t)
		require.InDelta(t, before, res.GasUsed, sizeGas, "the old rules go on")
		held = res.Height
	}
	require.Equal(t, "chancery.v1.ProtocolUpgradeLapsed", n.firstEvent(t, at-1))
	require.NoError(t, n.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, n.wait(), n.stderr.String())

	n = startDevnet(t, next, home)
	require.Equal(t, []string{"devnet"}, n.readiness(t).Waiting)
	out, err = ready(next, home)
	require.NoError(t, err, out)
	out, err = ready(next, home)
	require.Error(t, err)
	require.Contains(t, out, "AlreadyExists")
	out, err = ready(next, home, "--withdraw")
	require.NoError(t, err, out)
	require.Equal(t, []string{"devnet"}, n.readiness(t).Waiting)
	out, err = ready(next, home)
	require.NoError(t, err, out)
	require.Zero(t, n.readiness(t).MissingPower)
	at = n.height(t) + 20
	n.plan(t, at)
	for held := int64(0); held < at; {
		res := n.setQuota(t)
		held = res.Height
		want := before
		if held >= at {
			want += 1000
		}
		require.InDelta(t, want, res.GasUsed, sizeGas, "height %d", held)
	}
	require.Equal(t, "chancery.v1.ProtocolStarted", n.firstEvent(t, at))
	after := n.readiness(t)
	require.EqualValues(t, 3, after.Version)
	require.Zero(t, after.ReadyPower, "what was confirmed was about version 2")
	require.NoError(t, n.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, n.wait(), n.stderr.String())
	replayed, err := exec.Command(next, "--home", home, "replay").CombinedOutput()
	require.NoError(t, err, string(replayed))
}

// ready runs chancery validator ready as the operator of a devnet's validator.
func ready(binary, home string, more ...string) (string, error) {
	args := append([]string{"--home", home, "--key", "city-operator", "validator", "ready"}, more...)
	out, err := exec.Command(binary, args...).CombinedOutput()
	return string(out), err
}

// sizeGas is what some bytes of a tx cost: a time takes more of them or fewer.
const sizeGas = 100

func build(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.Command("go", append(append([]string{"build"}, args...), ".")...).CombinedOutput()
	require.NoError(t, err, string(out))
}

// devnetProcess is a running devnet.
type devnetProcess struct {
	cmd      *exec.Cmd
	stderr   *bytes.Buffer
	client   *client.Client
	operator *client.Signer
}

func startDevnet(t *testing.T, binary, home string) *devnetProcess {
	t.Helper()
	urlFile := filepath.Join(home, "rpc_url")
	_ = os.Remove(urlFile)
	n := &devnetProcess{cmd: exec.Command(binary, "--home", home, "devnet"), stderr: new(bytes.Buffer)}
	n.cmd.Stderr = n.stderr
	require.NoError(t, n.cmd.Start())
	t.Cleanup(func() { _ = n.cmd.Process.Kill() }) // for a test that fails
	var url []byte
	require.Eventually(t, func() (ok bool) {
		var err error
		url, err = os.ReadFile(urlFile)
		return err == nil && len(url) > 0
	}, longest, 20*time.Millisecond, "no RPC")
	var err error
	n.client, err = client.Dial(strings.TrimSpace(string(url)))
	require.NoError(t, err)
	k, err := client.OpenKeyring(filepath.Join(home, "keys")).Unlock("city-operator", nil)
	require.NoError(t, err)
	n.operator = n.client.Signer(k, "city")
	return n
}

// setQuota makes a block with a tx.
func (n *devnetProcess) setQuota(t *testing.T) *chanceryv1.TxResult {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	// Whole seconds, so that all have the same bytes, which cost gas.
	until := timestamppb.New(time.Now().Truncate(time.Second).Add(longest))
	res, err := n.operator.Submit(ctx, &chanceryv1.TxBody{ValidUntil: until, Action: &chanceryv1.TxBody_SetQuota{
		SetQuota: &chanceryv1.SetQuota{Org: "records", GasPerPeriod: 1_000_000_000},
	}})
	require.NoError(t, err)
	require.Zero(t, res.Code, res.Log)
	return res
}

// decide makes changes that the committee of a devnet, one organisation, decides
// alone.
func (n *devnetProcess) decide(t *testing.T, changes ...*chanceryv1.Change) {
	t.Helper()
	made, _, err := n.operator.Propose(t.Context(), &chanceryv1.Propose{Title: "rules of 2027", Changes: changes})
	require.NoError(t, err)
	require.Equal(t, chanceryv1.ProposalStatus_PROPOSAL_STATUS_DECIDED, made.Status)
}

// plan decides a switch to version 2.
func (n *devnetProcess) plan(t *testing.T, at int64) {
	t.Helper()
	n.decide(t, &chanceryv1.Change{Change: &chanceryv1.Change_ProtocolUpgrade{
		ProtocolUpgrade: &chanceryv1.ProtocolUpgrade{Version: 2, Height: at},
	}})
}

func (n *devnetProcess) firstEvent(t *testing.T, height int64) string {
	t.Helper()
	block, err := n.client.Node.GetBlock(t.Context(), connect.NewRequest(&chanceryv1.GetBlockRequest{Height: height}))
	require.NoError(t, err)
	require.NotEmpty(t, block.Msg.Events)
	return block.Msg.Events[0].Type
}

func (n *devnetProcess) readiness(t *testing.T) *chanceryv1.ProtocolReadiness {
	t.Helper()
	list, err := n.client.Validators.ListValidators(t.Context(), connect.NewRequest(&chanceryv1.ListValidatorsRequest{}))
	require.NoError(t, err)
	return list.Msg.Set.Readiness
}

// confirm says for the devnet's validator that it knows a protocol version.
func (n *devnetProcess) confirm(t *testing.T, version uint64) {
	t.Helper()
	list, err := n.client.Validators.ListValidators(t.Context(), connect.NewRequest(&chanceryv1.ListValidatorsRequest{}))
	require.NoError(t, err)
	require.Len(t, list.Msg.Set.Validators, 1)
	res, err := n.operator.ConfirmProtocol(t.Context(), list.Msg.Set.Validators[0], version)
	require.NoError(t, err)
	require.Zero(t, res.Code, res.Log)
}

func (n *devnetProcess) height(t *testing.T) int64 {
	t.Helper()
	status, err := n.client.Node.Status(t.Context(), connect.NewRequest(&chanceryv1.StatusRequest{}))
	require.NoError(t, err)
	return status.Msg.Height
}

func (n *devnetProcess) wait() error { return n.cmd.Wait() }
