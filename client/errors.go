package client

import (
	"errors"
	"fmt"
	"time"

	"connectrpc.com/connect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
)

// PendingError says that the wait for a tx ended before its fate was known. The
// tx may still be committed until ValidUntil: ask by its hash, and do not sign
// another in its place before then.
type PendingError struct {
	Hash       tx.Hash
	ValidUntil time.Time
	Err        error // why the wait ended
}

func (e *PendingError) Error() string {
	return fmt.Sprintf("tx %x: not known to be committed yet, it may be until %s: %v",
		e.Hash[:], e.ValidUntil.Format(time.RFC3339), e.Err)
}

// Unwrap returns why the wait ended.
func (e *PendingError) Unwrap() error { return e.Err }

// Failure turns the result of a failed tx into a *connect.Error whose detail,
// a chancery.v1.ErrorDetail, holds the code, the result and, when a contract
// returned an error of its own, that error. It returns nil for a successful
// result.
func Failure(r *chanceryv1.TxResult) error {
	if r.GetCode() == 0 {
		return nil
	}
	return failure(r, connectCode(apperr.Code(r.GetCode())))
}

func failure(r *chanceryv1.TxResult, code connect.Code) error {
	e := connect.NewError(code, errors.New(sentence(r)))
	d := &chanceryv1.ErrorDetail{
		Code: r.Code, Name: r.CodeName, ContractError: r.ContractError, TxResult: r,
	}
	if i, ok := apperr.Lookup(apperr.Code(r.Code)); ok {
		d.Name, d.Help, d.HelpZh = i.Name, i.EN, i.ZH
	}
	// Only a message that does not encode is refused, and this one does.
	if detail, err := connect.NewErrorDetail(d); err == nil {
		e.AddDetail(detail)
	}
	return e
}

// sentence says for people what became of a failed tx.
func sentence(r *chanceryv1.TxResult) string {
	if e := r.GetContractError(); e != nil {
		name := e.Name
		if name == "" {
			name = fmt.Sprintf("error %d", e.Code)
		}
		if e.Message == "" {
			return fmt.Sprintf("%s: %s", e.Contract, name)
		}
		return fmt.Sprintf("%s: %s: %s", e.Contract, name, e.Message)
	}
	if r.Log != "" {
		return r.Log
	}
	if i, ok := apperr.Lookup(apperr.Code(r.GetCode())); ok {
		return i.EN
	}
	return fmt.Sprintf("the tx failed with code %d, which this client does not know", r.GetCode())
}

// connectCode returns the Connect code that the error table gives to a code.
func connectCode(c apperr.Code) connect.Code {
	i, ok := apperr.Lookup(c)
	if !ok {
		return connect.CodeUnknown
	}
	var code connect.Code
	if err := code.UnmarshalText([]byte(i.Connect)); err != nil {
		return connect.CodeUnknown
	}
	return code
}

// Detail returns what the node or this package says about an error beside its
// Connect code, or nil for an error of the network or of this program.
func Detail(err error) *chanceryv1.ErrorDetail {
	var e *connect.Error
	if !errors.As(err, &e) {
		return nil
	}
	for _, d := range e.Details() {
		v, err := d.Value()
		if err != nil {
			continue
		}
		if m, ok := v.(*chanceryv1.ErrorDetail); ok {
			return m
		}
	}
	return nil
}

// Result returns the tx result that an error carries, or nil. A result with
// height 0 comes from a simulation: nothing was submitted.
func Result(err error) *chanceryv1.TxResult { return Detail(err).GetTxResult() }

// ContractError returns the contract's own error that an error carries, or nil.
func ContractError(err error) *chanceryv1.ContractError { return Detail(err).GetContractError() }

// Code returns the number of the error table that an error carries, or OK when
// it carries none: errors of the network have only a Connect code.
func Code(err error) apperr.Code {
	if d := Detail(err); d != nil {
		return apperr.Code(d.GetCode())
	}
	var e *apperr.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return apperr.OK
}
