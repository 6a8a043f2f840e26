package contract

import "github.com/chancery-chain/chancery/app/apperr"

// Prices of what the lifecycle does, in gas.
const (
	// rowGas pays for reading and writing one row of the state, as the host
	// functions' prices do.
	rowGas = 20_000
	// rowByteGas pays for a byte of a row whose size the signer chooses.
	rowByteGas = 4
	// pruneGas pays for reading a row of code, which may hold 4 MiB.
	pruneGas = 4_000_000
)

// budget is the gas that an action may use.
type budget struct{ limit, used uint64 }

func (b *budget) left() uint64 { return b.limit - b.used }

// pay charges for work that is about to be done. Without the gas it charges all
// that is left.
func (b *budget) pay(gas uint64, what string) error {
	if gas > b.left() {
		left := b.left()
		b.used = b.limit
		return apperr.New(apperr.OutOfGas, "%s costs %d gas, %d are left", what, gas, left)
	}
	b.used += gas
	return nil
}

// done completes what an action did with the gas it used.
func (b *budget) done(d Done, err error) (Done, error) {
	d.GasUsed = b.used
	return d, err
}
