package sdktest

import (
	"errors"
	"fmt"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

// ErrFrozen is the error of a call that would execute a contract that is frozen or
// retired, and of an upgrade of one. A contract that called sees an *sdk.CallError
// with sdk.CallFrozen.
var ErrFrozen = errors.New("the contract is frozen or retired")

// lifeStatus says whether a contract may be executed.
type lifeStatus string

const (
	active  lifeStatus = ""
	frozen  lifeStatus = "frozen"
	retired lifeStatus = "retired"
)

// stopped is ErrFrozen in the chain's words.
type stopped struct {
	contract string
	status   lifeStatus
}

func (s *stopped) Error() string { return s.contract + " is " + string(s.status) }

func (s *stopped) Is(target error) bool { return target == ErrFrozen }

// checkActive refuses to execute or upgrade a contract that is frozen or retired.
func (t *contract) checkActive() error {
	if t.status != active {
		return &stopped{t.name, t.status}
	}
	return nil
}

// Freeze stops a contract, as an admin of its organisation can: nobody executes or
// upgrades it, no other contract either, and its queries answer. Its scheduled calls
// that come due wait; they are looked at again each hour.
func (c *Chain) Freeze(name string) error {
	target, err := c.open("freeze", name)
	switch {
	case err != nil:
		return err
	case target.status == frozen:
		return fmt.Errorf("freeze: %w already", target.checkActive())
	}
	target.status = frozen
	c.recording.deployed("freeze", name, nil)
	return nil
}

// Unfreeze lets a frozen contract run again.
func (c *Chain) Unfreeze(name string) error {
	target, err := c.open("unfreeze", name)
	switch {
	case err != nil:
		return err
	case target.status != frozen:
		return fmt.Errorf("unfreeze: %s is not frozen", name)
	}
	target.status = active
	c.recording.deployed("unfreeze", name, nil)
	return nil
}

// Retire ends a contract for good, frozen or not: its queries answer, its scheduled
// calls fail when they come due, and nothing else happens to it.
func (c *Chain) Retire(name string) error {
	target, err := c.open("retire", name)
	if err != nil {
		return err
	}
	target.status = retired
	c.recording.deployed("retire", name, nil)
	return nil
}

// open returns a contract whose status may change.
func (c *Chain) open(what, name string) (*contract, error) {
	target := c.contracts[name]
	switch {
	case target == nil:
		return nil, fmt.Errorf("%s %s: %w", what, name, ErrNotFound)
	case target.status == retired:
		return nil, fmt.Errorf("%s: %w", what, target.checkActive())
	}
	return target, nil
}

// Upgrade points a contract at other code, runs its migrate method and asks the
// query that the new code declares as post_upgrade, if it declares one. All of it
// happens or nothing. With method "" no migrate runs and req is not looked at, as
// in a rollback; on the chain any other upgrade runs the migrate method that the
// code declares.
//
// Whether the new interface breaks callers or stored entries is not looked at here:
// chancery contract diff tells, as the chain will.
func (c *Chain) Upgrade(a *Account, name string, service *sdk.Service, method string, req sdk.Marshaler) error {
	target := c.contracts[name]
	if target == nil {
		return fmt.Errorf("upgrade %s: %w", name, ErrNotFound)
	}
	if err := target.checkActive(); err != nil {
		return fmt.Errorf("upgrade: %w", err)
	}
	var payload []byte
	if method != "" {
		var err error
		if payload, err = req.MarshalVT(); err != nil {
			return err
		}
	}
	old := target.service
	target.service, target.version = service, target.version+1
	c.recording.deployed("upgrade", name, service)
	root := c.newTx(a, sdk.KindMigrate, method, payload)
	events := len(c.events)
	err := c.migrate(root, name)
	if err != nil {
		c.revert(0)
		c.events = c.events[:events]
		target.service, target.version = old, target.version-1
		c.recording.deployed("restore", name, old)
	}
	c.journal = c.journal[:0]
	return err
}

// migrate runs the migrate method of root, if it names one, and the check of the
// new code. The check is asked by the same account and in the same tx.
func (c *Chain) migrate(root *frame, name string) error {
	if root.method != "" {
		if _, err := c.outermost(root, name); err != nil {
			return err
		}
	}
	query := c.contracts[name].service.PostUpgrade()
	if query == "" {
		return nil
	}
	check := *root
	check.kind, check.method, check.payload = sdk.KindQuery, query, nil
	check.output, check.scans, check.events = nil, nil, 0
	if _, err := c.outermost(&check, name); err != nil {
		return fmt.Errorf("check after the upgrade: %w", err)
	}
	return nil
}
