package contract

import (
	"fmt"

	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// CheckSponsored checks that a contract declares a method to be sponsored, with at
// most gas gas, and returns the gas used: byteGas for each byte of the contract's
// uncompressed code, which a node may have to unpack for it.
func (e *Executor) CheckSponsored(r state.Reader, name, method string, byteGas, gas uint64) (used uint64, err error) {
	rec, err := Get(r, name)
	if err != nil {
		return 0, err
	}
	code, err := GetCode(r, rec.CodeHash)
	if err != nil {
		return 0, &Fault{err}
	}
	if used = code.Size * byteGas; used > gas {
		return gas, apperr.New(apperr.OutOfGas, "reading the interface of %s costs %d gas, %d are left", name, used, gas)
	}
	d, err := e.describeNow(r, [32]byte(rec.CodeHash))
	if err != nil {
		return used, &Fault{fmt.Errorf("interface of code %x: %w", rec.CodeHash, err)}
	}
	m, ok := d.schema.Method(method)
	if !ok {
		return used, apperr.New(apperr.NotFound, "contract %s has no method %q; it has %s", name, method, methodNames(d.schema))
	}
	return used, checkSponsored(name, m)
}

// checkSponsored holds for each call: an upgrade may have taken the option back.
func (t *target) checkSponsored(method string) error {
	m, _ := t.schema.Method(method)
	return checkSponsored(t.name, m)
}

func checkSponsored(name string, m *schema.Method) error {
	if !m.Sponsored {
		return apperr.New(apperr.PermissionDenied, "%s does not declare %s as sponsored; only members of organisations may call it", name, m.Name)
	}
	return nil
}
