package rpc

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"connectrpc.com/connect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/permit"
)

// failure is an error that carries the result of a committed tx to the client.
type failure struct {
	err    *apperr.Error
	result *chanceryv1.TxResult
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// translator turns errors into what a client sees.
type translator struct {
	log *slog.Logger
	// describe names a contract's own error; it may be nil.
	describe func(e *apperr.ContractError) (errorInfo, bool)
}

// errorInfo is what a contract declares about one of its errors.
type errorInfo struct {
	name    string
	connect string // name of a Connect code; empty for the default
	message string
}

// connectError is the only way an error leaves the package.
func (t *translator) connectError(procedure string, err error) error {
	var ce *connect.Error
	if errors.As(err, &ce) {
		return ce // made by the Connect library
	}
	if errors.Is(err, context.Canceled) {
		return connect.NewError(connect.CodeCanceled, errors.New("the client went away"))
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = apperr.New(apperr.Timeout, "the client's timeout ended")
	}
	e := apperr.From(err)
	detail := &chanceryv1.ErrorDetail{Code: uint32(e.Code), Name: e.Code.String(), Field: e.Field}
	var f *failure
	if errors.As(err, &f) {
		detail.TxResult = f.result
	}
	info, ok := apperr.Lookup(e.Code)
	if !ok || e.Code == apperr.Internal && f == nil {
		return t.internal(procedure, err)
	}
	detail.Help, detail.HelpZh = info.EN, info.ZH
	name, text := info.Connect, sentence(e, info)
	if e.Contract != nil {
		detail.ContractError, name, text = t.contractError(e.Contract, name)
	}
	ce = connect.NewError(codeNamed(name), errors.New(text))
	if e.Code == apperr.Unauthenticated {
		ce.Meta().Set("Www-Authenticate", permit.Scheme) // RFC 9110: with every 401
	}
	return withDetail(ce, detail)
}

// sentence says what was wrong with what, and then what to do about it.
func sentence(e *apperr.Error, info apperr.Info) string {
	switch {
	case e.Field != "" && e.Msg != "":
		return fmt.Sprintf("%s: %s. %s", e.Field, e.Msg, info.EN)
	case e.Msg != "":
		return fmt.Sprintf("%s. %s", e.Msg, info.EN)
	}
	return info.EN
}

func (t *translator) contractError(c *apperr.ContractError, code string) (*chanceryv1.ContractError, string, string) {
	out := &chanceryv1.ContractError{Contract: c.Contract, Code: c.Code, Name: c.Name, Message: c.Message, Details: c.Details}
	text := c.Message
	if t.describe != nil {
		if info, ok := t.describe(c); ok {
			out.Name = info.name
			if info.connect != "" {
				code = info.connect
			}
			if text == "" {
				text = info.message
			}
		}
	}
	if out.Name != "" {
		return out, code, fmt.Sprintf("%s: %s: %s", c.Contract, out.Name, text)
	}
	return out, code, fmt.Sprintf("%s: error %d: %s", c.Contract, c.Code, text)
}

// internal logs the cause of a fault of ours and gives the client no more than
// the id to find it by.
func (t *translator) internal(procedure string, err error) error {
	var b [8]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails (Go 1.24)
	id := hex.EncodeToString(b[:])
	t.log.Error("request failed", "procedure", procedure, "request_id", id, "err", err)
	info, _ := apperr.Lookup(apperr.Internal)
	return withDetail(
		connect.NewError(connect.CodeInternal, fmt.Errorf("the node made a mistake; its log has the cause under request id %s", id)),
		&chanceryv1.ErrorDetail{Code: uint32(apperr.Internal), Name: info.Name, Help: info.EN, HelpZh: info.ZH, RequestId: id},
	)
}

func withDetail(e *connect.Error, d *chanceryv1.ErrorDetail) error {
	if detail, err := connect.NewErrorDetail(d); err == nil {
		e.AddDetail(detail)
	}
	return e
}

// codeNamed returns the Connect code of a name in the error table; unknown names
// give failed_precondition, the default of a contract's errors.
func codeNamed(name string) connect.Code {
	var c connect.Code
	if err := c.UnmarshalText([]byte(name)); err != nil {
		return connect.CodeFailedPrecondition
	}
	return c
}

// interceptor translates the errors of unary handlers and turns their panics
// into errors: one bad request must not look like a dead node.
func (t *translator) interceptor() connect.UnaryInterceptorFunc {
	return func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, req connect.AnyRequest) (res connect.AnyResponse, err error) {
			defer func() {
				if r := recover(); r != nil {
					t.log.Error("handler panicked", "procedure", req.Spec().Procedure, "panic", r, "stack", string(debug.Stack()))
					res, err = nil, t.internal(req.Spec().Procedure, fmt.Errorf("panic: %v", r))
				}
			}()
			res, err = next(ctx, req)
			if err != nil {
				return nil, t.connectError(req.Spec().Procedure, err)
			}
			return res, nil
		}
	}
}

// resultError returns the error of a committed tx that failed, with its result.
func resultError(r *chanceryv1.TxResult) error {
	if r.Code == uint32(apperr.OK) {
		return nil
	}
	e := &apperr.Error{Code: apperr.Code(r.Code), Msg: r.Log}
	if c := r.ContractError; c != nil {
		e.Contract = &apperr.ContractError{Contract: c.Contract, Code: c.Code, Name: c.Name, Message: c.Message, Details: c.Details}
	}
	return &failure{err: e, result: r}
}
