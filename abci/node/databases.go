package node

import (
	"errors"
	"runtime"
	"sync"

	dbm "github.com/cometbft/cometbft-db"
	cmtcfg "github.com/cometbft/cometbft/config"
)

// databases owns what CometBFT opens. CometBFT does not close it when its start
// fails, and closes it too early when it stops: routines that talk to peers
// outlive its Stop by some milliseconds, read a closed database and panic.
type databases struct{ opened []*database }

// open is a CometBFT DBProvider.
func (d *databases) open(ctx *cmtcfg.DBContext) (dbm.DB, error) {
	db, err := cmtcfg.DefaultDBProvider(ctx)
	if err != nil {
		return nil, err
	}
	owned := &database{DB: db}
	d.opened = append(d.opened, owned)
	return owned, nil
}

// close closes all, after CometBFT has stopped.
func (d *databases) close() error {
	var errs []error
	for _, db := range d.opened {
		errs = append(errs, db.shut())
	}
	d.opened = nil
	return errors.Join(errs...)
}

// database is open until shut. A routine that uses it afterwards is one that
// CometBFT left behind; it ends there, with its deferred calls run.
type database struct {
	dbm.DB
	mu   sync.RWMutex
	over bool
}

// Close does nothing: shut does, when nobody needs the database any more.
func (d *database) Close() error { return nil }

func (d *database) shut() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over {
		return nil
	}
	d.over = true
	return d.DB.Close()
}

// enter keeps the database open until leave is called.
func (d *database) enter() (leave func()) {
	d.mu.RLock()
	if d.over {
		d.mu.RUnlock()
		runtime.Goexit()
	}
	return d.mu.RUnlock
}

func (d *database) Get(key []byte) ([]byte, error) {
	defer d.enter()()
	return d.DB.Get(key)
}

func (d *database) Has(key []byte) (bool, error) {
	defer d.enter()()
	return d.DB.Has(key)
}

func (d *database) Iterator(start, end []byte) (dbm.Iterator, error) {
	defer d.enter()()
	return d.DB.Iterator(start, end)
}

func (d *database) ReverseIterator(start, end []byte) (dbm.Iterator, error) {
	defer d.enter()()
	return d.DB.ReverseIterator(start, end)
}
