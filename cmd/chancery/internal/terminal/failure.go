package terminal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"connectrpc.com/connect"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/client"
)

// Hint adds to an error what the user can do about it.
func Hint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &hinted{err, fmt.Sprintf(format, args...)}
}

type hinted struct {
	err  error
	hint string
}

func (h *hinted) Error() string { return h.err.Error() }
func (h *hinted) Unwrap() error { return h.err }

// failure is an error as it is written.
type failure struct {
	Message       string         `json:"message"`
	Code          uint32         `json:"code,omitempty"`
	Name          string         `json:"name,omitempty"`
	ConnectCode   string         `json:"connect_code,omitempty"`
	Field         string         `json:"field,omitempty"`
	ContractError *contractError `json:"contract_error,omitempty"`
	TxHash        string         `json:"tx_hash,omitempty"`
	Height        int64          `json:"height,omitempty"`
	Hint          string         `json:"hint,omitempty"`
}

// ways are what to do about codes whose sentence in the table only says in general
// what the message says in particular.
var ways = map[apperr.Code]string{
	apperr.InvalidTx:        "",
	apperr.PermissionDenied: "chancery account show tells an account's organisations, chancery member list ORGANISATION who has which role there",
	apperr.NotFound:         "",
	apperr.AlreadyExists:    "",
}

// codeMissingRole is the SDK's error of an origin without the role that a method
// asks for; see docs/contracts.md.
const codeMissingRole = 60004

type contractError struct {
	Contract string `json:"contract"`
	Code     uint32 `json:"code"`
	Name     string `json:"name,omitempty"`
	Message  string `json:"message,omitempty"`
}

// Fail writes an error on stderr: one sentence, the codes by which programs and
// docs/errors.md know it, and what to do about it.
func (t *Terminal) Fail(err error) {
	f := describe(err)
	if t.JSON {
		e := &Terminal{Out: t.Err}
		_ = e.Line(map[string]any{"error": f}) // nowhere is left to report to
		return
	}
	var codes []string
	if f.Name != "" {
		codes = append(codes, fmt.Sprintf("%s %d", f.Name, f.Code))
	}
	if f.ConnectCode != "" {
		codes = append(codes, f.ConnectCode)
	}
	text := f.Message
	if len(codes) > 0 {
		text += " [" + strings.Join(codes, ", ") + "]"
	}
	fmt.Fprintf(t.Err, "error: %s\n", text)
	if f.TxHash != "" {
		fmt.Fprintf(t.Err, "tx: %s at height %d\n", f.TxHash, f.Height)
	}
	if f.Hint != "" {
		fmt.Fprintf(t.Err, "hint: %s\n", f.Hint)
	}
}

func describe(err error) failure {
	f := failure{Message: message(err)}
	var ce *connect.Error
	if errors.As(err, &ce) {
		f.ConnectCode = ce.Code().String()
	}
	if d := client.Detail(err); d != nil {
		f.Code, f.Name, f.Field, f.Hint = d.Code, d.Name, d.Field, d.Help
		if e := d.ContractError; e != nil {
			f.ContractError = &contractError{e.Contract, e.Code, e.Name, e.Message}
			f.Hint = "" // it would only say that there is a contract error
			if e.Code == codeMissingRole {
				f.Hint = "an admin of the organisation gives roles, by chancery member set; chancery member show tells which an account has"
			}
		}
		if r := d.TxResult; r.GetHeight() > 0 {
			f.TxHash, f.Height = fmt.Sprintf("%x", r.TxHash), r.Height
		}
	} else if e := (*apperr.Error)(nil); errors.As(err, &e) {
		f.Code, f.Name, f.Field = uint32(e.Code), e.Code.String(), e.Field
	}
	// The node's sentences begin with the name and end with the table's; once is enough.
	f.Message = strings.TrimPrefix(f.Message, f.Name+": ")
	f.Message = strings.TrimSpace(strings.TrimSuffix(f.Message, f.Hint))
	if f.Message == "" {
		f.Message, f.Hint = f.Hint, ""
	}
	if way, ok := ways[apperr.Code(f.Code)]; ok && f.ContractError == nil {
		f.Hint = way
	}
	var h *hinted
	switch {
	case errors.As(err, &h):
		f.Hint = h.hint
	case f.Hint != "":
	case errors.Is(err, client.ErrNoKey):
		f.Hint = "chancery key list shows the keys there are, chancery key new NAME makes one"
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Hint = "no node answers there: start one with chancery devnet or chancery start, or name another with --node"
	case errors.Is(err, context.DeadlineExceeded):
		f.Hint = "wait longer with --timeout"
	}
	return f
}

// message returns the error's text without the Connect code that connect.Error
// writes in front, which is shown on its own.
func message(err error) string {
	if err == context.Canceled { // by Ctrl-C, before anything else went wrong
		return "interrupted"
	}
	var ce *connect.Error
	if !errors.As(err, &ce) {
		return err.Error()
	}
	full := err.Error()
	return strings.Replace(full, ce.Error(), ce.Message(), 1)
}
