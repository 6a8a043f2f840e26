package apperr_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app/apperr"
)

// TestCodes walks the table. The first column is the promise: numbers and names
// stand in block results and are never changed.
func TestCodes(t *testing.T) {
	fixed := map[apperr.Code]string{
		1: "Internal", 2: "InvalidTx", 3: "Unauthenticated", 4: "PermissionDenied", 5: "Expired", 6: "NotFound",
		7: "AlreadyExists", 8: "OutOfGas", 9: "QuotaExceeded", 10: "LimitExceeded", 11: "InvalidCode",
		12: "ContractFailed", 13: "ContractTrap", 14: "NotActive", 15: "Replayed", 16: "Incompatible",
		17: "Frozen", 18: "VersionChanged", 19: "Closed", 20: "UnsafeValidators", 27: "NotReady", 28: "InUse", 29: "Withdrawn",
		101: "Pruned", 102: "Unavailable", 103: "Timeout", 104: "NeedsTx", 105: "Busy",
	}
	connect := map[string]bool{"internal": true, "invalid_argument": true, "unauthenticated": true, "permission_denied": true,
		"deadline_exceeded": true, "not_found": true, "already_exists": true, "resource_exhausted": true,
		"failed_precondition": true, "unimplemented": true, "out_of_range": true, "unavailable": true}
	require.Len(t, apperr.All(), len(fixed))
	last := apperr.OK
	for _, i := range apperr.All() {
		require.Equal(t, fixed[i.Code], i.Name)
		require.Equal(t, i.Name, i.Code.String())
		require.True(t, connect[i.Connect], "%s: connect code %q", i.Name, i.Connect)
		require.NotEmpty(t, i.EN)
		require.NotEmpty(t, i.ZH)
		require.Greater(t, i.Code, last, "the table is in order of the codes")
		last = i.Code
		wrapped := fmt.Errorf("doing: %w", apperr.New(i.Code, "cause"))
		require.ErrorIs(t, wrapped, i.Code.Err())
		require.Equal(t, i.Code, apperr.CodeOf(wrapped))
	}
	require.Equal(t, apperr.OK, apperr.CodeOf(nil))
	require.Equal(t, apperr.Internal, apperr.CodeOf(errors.New("unknown")))
	require.Equal(t, "Unknown", apperr.Code(77).String())
}

var update = flag.Bool("update", false, "write docs/errors.md anew")

// TestErrorsPage keeps docs/errors.md the same as the table.
func TestErrorsPage(t *testing.T) {
	const file = "../../docs/errors.md"
	want := page()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
	}
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "run: go test ./app/apperr -update")
}

// page is the table as a page for people.
func page() string {
	var b strings.Builder
	b.WriteString(`# Error codes

Every error of the node carries one of these codes, the same in a Connect error's
detail (` + "`chancery.v1.ErrorDetail`" + `), in a tx result and in the CLI's output. Codes up
to 100 can stand in a block and are the same on every node; those above belong to
the answers of one node. Numbers are never reused.

This page is written from ` + "`app/apperr/table.go`" + ` by ` + "`go test ./app/apperr -update`" + `.

| number | name | Connect code | meaning | 含义 |
| --- | --- | --- | --- | --- |
`)
	for _, i := range apperr.All() {
		fmt.Fprintf(&b, "| %d | %s | `%s` | %s | %s |\n", i.Code, i.Name, i.Connect, i.EN, i.ZH)
	}
	return b.String()
}
