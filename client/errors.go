package client

import (
	"errors"
	"fmt"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

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

// Failure turns the result of a failed tx into a *connect.Error whose details
// are the result and, when a contract returned an error of its own, that error.
// It returns nil for a successful result.
func Failure(r *chanceryv1.TxResult) error {
	if r.GetCode() == 0 {
		return nil
	}
	return failure(r, connectCode(apperr.Code(r.GetCode())))
}

func failure(r *chanceryv1.TxResult, code connect.Code) error {
	e := connect.NewError(code, errors.New(sentence(r)))
	addDetail(e, r)
	if r.ContractError != nil {
		addDetail(e, r.ContractError)
	}
	return e
}

func addDetail(e *connect.Error, m proto.Message) {
	// Only a message that does not encode is refused, and these do.
	if d, err := connect.NewErrorDetail(m); err == nil {
		e.AddDetail(d)
	}
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
	return parseConnectCode(i.Connect)
}

func parseConnectCode(name string) connect.Code {
	var c connect.Code
	if err := c.UnmarshalText([]byte(name)); err != nil {
		return connect.CodeUnknown
	}
	return c
}

// Result returns the tx result that an error carries, or nil. A result with
// height 0 comes from a simulation: nothing was submitted.
func Result(err error) *chanceryv1.TxResult {
	return detail[*chanceryv1.TxResult](err)
}

// ContractError returns the contract's own error that an error carries, or nil.
func ContractError(err error) *chanceryv1.ContractError {
	if e := detail[*chanceryv1.ContractError](err); e != nil {
		return e
	}
	return Result(err).GetContractError()
}

// Code returns the number of the error table that an error carries, or OK when
// it carries none: errors of the network have only a Connect code.
func Code(err error) apperr.Code {
	if r := Result(err); r != nil {
		return apperr.Code(r.GetCode())
	}
	var e *apperr.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return apperr.OK
}

// detail returns the first detail of type M among those of err.
func detail[M proto.Message](err error) M {
	var none M
	var e *connect.Error
	if !errors.As(err, &e) {
		return none
	}
	for _, d := range e.Details() {
		v, err := d.Value()
		if err != nil {
			continue
		}
		if m, ok := v.(M); ok {
			return m
		}
	}
	return none
}
