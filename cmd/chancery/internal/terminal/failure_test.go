package terminal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/client"
)

// fromNode is an error as the node writes it: its sentence ends with the table's.
func fromNode(code apperr.Code, msg string) error {
	i, _ := apperr.Lookup(code)
	var c connect.Code
	if err := c.UnmarshalText([]byte(i.Connect)); err != nil {
		panic(err)
	}
	e := connect.NewError(c, errors.New(msg+". "+i.EN))
	d, err := connect.NewErrorDetail(&chanceryv1.ErrorDetail{Code: uint32(code), Name: i.Name, Help: i.EN})
	if err != nil {
		panic(err)
	}
	e.AddDetail(d)
	return e
}

func TestFail(t *testing.T) {
	failedTx := client.Failure(&chanceryv1.TxResult{
		TxHash: []byte{0xab}, Height: 7, Code: uint32(apperr.ContractFailed), CodeName: "ContractFailed",
		ContractError: &chanceryv1.ContractError{Contract: "records/evidence", Code: 3, Name: "TAKEN", Message: "It is taken."},
	})
	missingRole := client.Failure(&chanceryv1.TxResult{
		TxHash: []byte{0xab}, Height: 7, Code: uint32(apperr.ContractFailed), CodeName: "ContractFailed",
		ContractError: &chanceryv1.ContractError{Contract: "records/plots", Code: 60004, Name: "MISSING_ROLE", Message: "It needs a role."},
	})
	rows := []struct {
		name string
		err  error
		want string
	}{
		{"plain", errors.New("no luck"), "error: no luck\n"},
		{"hint", Hint(errors.New("no luck"), "try %s", "again"), "error: no luck\nhint: try again\n"},
		{"from the node", fmt.Errorf("upload: %w", fromNode(apperr.PermissionDenied, "cy1x is no developer")),
			"error: upload: cy1x is no developer. [PermissionDenied 4, permission_denied]\nhint: chancery account show tells an account's organisations, chancery member list ORGANISATION who has which role there\n"},
		{"no hint that only repeats", fromNode(apperr.NotFound, "no org"), "error: no org. [NotFound 6, not_found]\n"},
		{"table's hint", fromNode(apperr.OutOfGas, "used up"),
			"error: used up. [OutOfGas 8, resource_exhausted]\nhint: The gas limit was used up; simulate the tx to learn what it needs.\n"},
		{"hint before the table's", Hint(fromNode(apperr.NotFound, "no org"), "see chancery org list"),
			"error: no org. [NotFound 6, not_found]\nhint: see chancery org list\n"},
		{"contract", failedTx,
			"error: records/evidence: TAKEN: It is taken. [ContractFailed 12, failed_precondition]\ntx: ab at height 7\n"},
		{"role", missingRole,
			"error: records/plots: MISSING_ROLE: It needs a role. [ContractFailed 12, failed_precondition]\ntx: ab at height 7\n" +
				"hint: an admin of the organisation gives roles, by chancery member set; chancery member show tells which an account has\n"},
		{"local code", apperr.Invalid("key_type", "unknown"), "error: key_type: unknown [InvalidTx 2]\n"},
		{"no node", connect.NewError(connect.CodeUnavailable, fmt.Errorf("dial: %w", syscall.ECONNREFUSED)),
			"error: dial: connection refused [unavailable]\nhint: no node answers there: start one with chancery devnet or chancery start, or name another with --node\n"},
		{"no key", fmt.Errorf("key: %w", client.ErrNoKey),
			"error: key: no such key\nhint: chancery key list shows the keys there are, chancery key new NAME makes one\n"},
		{"interrupted", context.Canceled, "error: interrupted\n"},
		{"too slow", context.DeadlineExceeded, "error: context deadline exceeded\nhint: wait longer with --timeout\n"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			term := &Terminal{Out: &out, Err: &errs}
			term.Fail(row.err)
			require.Equal(t, row.want, errs.String())

			errs.Reset()
			term.JSON = true
			term.Fail(row.err)
			var v struct{ Error failure }
			require.NoError(t, json.Unmarshal(errs.Bytes(), &v))
			require.Equal(t, describe(row.err), v.Error)
			require.Equal(t, 1, bytes.Count(errs.Bytes(), []byte("\n")))
			require.Empty(t, out.String(), "nothing of an error goes to stdout")
		})
	}
}

func TestOutput(t *testing.T) {
	var out bytes.Buffer
	term := &Terminal{Out: &out}
	write := func() {
		term.Printf("%d lines", 2)
		term.Fields(Pair{"a", 1}, Pair{"long", "x"})
		term.Table([]string{"A", "B"}, [][]string{{"1", "2"}})
		term.Table([]string{"A"}, nil)
		require.NoError(t, term.Value(map[string]any{"html": "<&>"}))
	}
	write()
	require.Equal(t, "2 lines\na     1\nlong  x\nA  B\n1  2\nnone\n", out.String())
	out.Reset()
	term.JSON = true
	write()
	require.Equal(t, `{"html":"<&>"}`+"\n", out.String())
}

func TestTableOfChinese(t *testing.T) {
	var out bytes.Buffer
	term := &Terminal{Out: &out}
	term.Table([]string{"TITLE", "STATUS", ""}, [][]string{{"自然资源局（市）", "active", ""}, {"Records 档案局", "active", "x"}, {"é…→", "", ""}})
	require.Equal(t, ""+
		"TITLE             STATUS\n"+
		"自然资源局（市）  active\n"+
		"Records 档案局    active  x\n"+
		"é…→\n", out.String())
}

func TestProgressSaysNothingOfQuickWork(t *testing.T) {
	var errs bytes.Buffer
	term := &Terminal{Err: &errs}
	stop := term.Progress("working")
	stop()
	stop() // twice is no fault
	require.Empty(t, errs.String())
}

func TestAskPassphraseWithoutTerminal(t *testing.T) {
	term := &Terminal{In: bytes.NewBufferString("secret\n"), Err: &bytes.Buffer{}}
	_, err := term.AskPassphrase(t.Context(), "Passphrase")
	require.ErrorIs(t, err, ErrNoTerminal)
}
