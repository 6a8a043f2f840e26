package contract

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/proto"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/runtime"
)

// MaxCodeBytes is the largest uncompressed module: 4 MiB, room for the largest
// contracts that standard Go makes.
const MaxCodeBytes = 4 << 20

// Prices are the parameters that an upload is charged by, in gas per byte of
// uncompressed code.
type Prices struct {
	CodeByte   uint64 // for code that is new on chain
	UnpackByte uint64 // for unpacking, new or not
}

// Upload puts code on chain. Unpacking, validating and compiling are paid for
// before they are done.
func (e *Executor) Upload(w *state.Overlay, by Author, m *chanceryv1.UploadCode, p Prices, gas uint64) (Done, error) {
	code, used, err := unpack(m.CodeGzip, p.UnpackByte, gas)
	if err != nil {
		return Done{GasUsed: used}, err
	}
	hash := sha256.Sum256(code)
	if codes.Has(w, hash) {
		rec, err := GetCode(w, hash[:])
		if err != nil {
			return Done{GasUsed: used}, err
		}
		return e.uploadDone(hash[:], true, rec, nil, used)
	}
	// At most 4 MiB and a bounded price: the product cannot wrap. Initialisation is
	// paid for with the most it may use: what it will use is not known before.
	price := uint64(len(code))*p.CodeByte + e.rt.Limits().ImageGas
	if price > gas-used {
		return Done{GasUsed: gas}, apperr.New(apperr.OutOfGas, "this code costs %d gas, %d are left", price, gas-used)
	}
	used += price
	check := e.check
	if by.Simulated {
		check = checkInterface
	}
	report, err := check(code)
	if err != nil {
		return Done{GasUsed: used}, err
	}
	rec := &statev1.Code{CodeGzip: m.CodeGzip, Size: uint64(len(code)), Org: by.Org, Uploader: by.Origin, Height: by.Height, Report: report}
	if err := codes.Set(w, hash, rec); err != nil {
		return Done{GasUsed: used}, err
	}
	ev, err := uploaded(hash[:], by)
	if err != nil {
		return Done{GasUsed: used}, err
	}
	return e.uploadDone(hash[:], false, rec, []Event{ev}, used)
}

func (e *Executor) uploadDone(hash []byte, existed bool, rec *statev1.Code, events []Event, used uint64) (Done, error) {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(&chanceryv1.UploadCodeResult{
		CodeHash: hash, Existed: existed, Report: e.Report(rec),
	})
	return Done{Data: data, Events: events, GasUsed: used}, err
}

// check refuses code that the runtime or the interface rules refuse.
func (e *Executor) check(code []byte) (*statev1.CodeReport, error) {
	rep, err := e.rt.Check(code)
	var bad *runtime.InvalidCodeError
	if errors.As(err, &bad) {
		return nil, apperr.Wrap(apperr.InvalidCode, err, "the module is refused")
	}
	if err != nil {
		return nil, &Fault{fmt.Errorf("check code: %w", err)}
	}
	s, err := schema.Parse(rep.Descriptors)
	if err != nil {
		return nil, apperr.Wrap(apperr.InvalidCode, err, "the interface in the module is refused")
	}
	card := describeInterface(s, rep.Descriptors)
	card.ImageBytes, card.ImageGas = uint64(rep.ImageBytes), rep.ImageGas
	return card, nil
}

// checkInterface refuses code whose interface is refused. It is all that a
// simulation checks: anybody may simulate and pays nothing, while compiling takes
// a second and leaves machine code in the caches, where it would push out what
// blocks need.
func checkInterface(code []byte) (*statev1.CodeReport, error) {
	s, set, err := schema.FromCode(code)
	if err != nil {
		return nil, apperr.Wrap(apperr.InvalidCode, err, "the interface in the module is refused")
	}
	return describeInterface(s, set), nil
}

// unpack reads gzip no further than the gas pays for and the limit allows.
func unpack(packed []byte, byteGas, gas uint64) (code []byte, used uint64, err error) {
	limit := uint64(MaxCodeBytes)
	if byteGas > 0 {
		limit = min(limit, gas/byteGas)
	}
	zr, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, 0, apperr.Invalid("upload_code.code_gzip", "is not gzip")
	}
	// One member only: two would be one more way to write the same code.
	zr.Multistream(false)
	code, err = io.ReadAll(io.LimitReader(zr, int64(limit)+1))
	used = min(uint64(len(code))*byteGas, gas)
	switch {
	case err != nil:
		return nil, used, apperr.Invalid("upload_code.code_gzip", "is broken gzip")
	case len(code) > MaxCodeBytes:
		return nil, used, apperr.Invalid("upload_code.code_gzip", "unpacks to more than %d bytes", MaxCodeBytes)
	case uint64(len(code)) > limit:
		return nil, gas, apperr.New(apperr.OutOfGas, "unpacking the code needs more gas than is left")
	}
	return code, used, nil
}

// unpackStored unpacks code that was accepted before.
func unpackStored(rec *statev1.Code) ([]byte, error) {
	code, _, err := unpack(rec.CodeGzip, 0, 0)
	return code, err
}
