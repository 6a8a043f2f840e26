package sdk

import "github.com/chancery-chain/chancery/contracts-sdk/wire"

// Message is a message of a contract: a pointer that can be encoded, and decoded
// into.
type Message interface {
	MarshalVT() ([]byte, error)
	UnmarshalVT([]byte) error
}

// Marshaler is a message that can be encoded.
type Marshaler interface {
	MarshalVT() ([]byte, error)
}

// Querier runs queries of contracts. A QueryCtx and a Ctx are ones, and so are
// the accounts of sdktest.
type Querier interface {
	QueryContract(contract, method string, payload []byte) ([]byte, error)
}

// Executor runs executing methods of contracts, and queries.
type Executor interface {
	Querier
	ExecuteContract(contract, method string, payload []byte) ([]byte, error)
}

// QueryContract runs a query of another contract with all gas that is left. The
// error is a *CallError.
func (c *QueryCtx) QueryContract(contract, method string, payload []byte) ([]byte, error) {
	out, ok := c.host.Call(contract, method, payload, 0, true)
	if !ok {
		return nil, decodeCallError(contract, out)
	}
	return out, nil
}

// ExecuteContract runs an executing method of another contract with all gas that
// is left. Its writes and events are kept unless it, or the whole tx, fails. The
// error is a *CallError.
//
// A contract that is already on the call stack cannot be executed again: such a
// call fails with CallTrap.
func (c *Ctx) ExecuteContract(contract, method string, payload []byte) ([]byte, error) {
	out, ok := c.host.Call(contract, method, payload, 0, false)
	if !ok {
		return nil, decodeCallError(contract, out)
	}
	return out, nil
}

// Query runs a query with typed messages and decodes into resp, which is empty.
// Generated clients call it.
func Query[Q Message](q Querier, contract, method string, req Marshaler, resp Q) (Q, error) {
	return decoded(resp, query(q, contract, method, req, resp))
}

// Execute runs an executing method with typed messages and decodes into resp,
// which is empty. Generated clients call it.
func Execute[Q Message](x Executor, contract, method string, req Marshaler, resp Q) (Q, error) {
	return decoded(resp, execute(x, contract, method, req, resp))
}

// decoded returns the response, and none beside an error.
func decoded[Q Message](resp Q, err error) (Q, error) {
	if err != nil {
		var none Q
		return none, err
	}
	return resp, nil
}

func query(q Querier, contract, method string, req Marshaler, resp Message) error {
	payload, err := req.MarshalVT()
	if err != nil {
		return err
	}
	out, err := q.QueryContract(contract, method, payload)
	return decodeResponse(contract, method, out, err, resp)
}

func execute(x Executor, contract, method string, req Marshaler, resp Message) error {
	payload, err := req.MarshalVT()
	if err != nil {
		return err
	}
	out, err := x.ExecuteContract(contract, method, payload)
	return decodeResponse(contract, method, out, err, resp)
}

func decodeResponse(contract, method string, out []byte, err error, resp Message) error {
	if err != nil {
		return err
	}
	if err := resp.UnmarshalVT(out); err != nil {
		return &Error{Code: CodeBadResponse, Message: "response of " + contract + " " + method + ": " + err.Error()}
	}
	return nil
}

// decodeCallError reads the host's call error: {1: status, 2: code, 3: message,
// 4: details, 5: contract} in wire format. The host wrote it, so whatever does
// not decode is left out rather than reported.
func decodeCallError(contract string, b []byte) *CallError {
	e := &CallError{Contract: contract}
	for idx := 0; idx < len(b); {
		tag, next, err := wire.DecodeVarint(b, idx)
		if err != nil {
			return e
		}
		switch tag {
		case 1 << 3, 2 << 3:
			var v uint64
			if v, idx, err = wire.DecodeVarint(b, next); err != nil {
				return e
			}
			if tag>>3 == 1 {
				e.Status = CallStatus(v)
			} else {
				e.Code = uint32(v)
			}
		case 3<<3 | 2, 4<<3 | 2, 5<<3 | 2:
			var p []byte
			if p, idx, err = wire.Span(b, next); err != nil {
				return e
			}
			switch tag >> 3 {
			case 3:
				e.Message = string(p)
			case 4:
				e.Details = p
			case 5:
				if len(p) > 0 {
					e.Contract = string(p)
				}
			}
		default:
			n, err := wire.Skip(b[idx:])
			if err != nil {
				return e
			}
			idx += n
		}
	}
	return e
}
