package node

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/crypto/mldsa65"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/libs/tempfile"
	"github.com/cometbft/cometbft/privval"
)

// ErrRunning is returned for a home whose node runs.
var ErrRunning = errors.New("a node runs in this home")

// ErrNoSigned is returned when the record of what a validator signed last is
// missing. A node does not start without: it could sign a second time what it
// signed before, and lose its place for it.
var ErrNoSigned = errors.New("there is no record of what this validator signed last")

// stepPrecommit is the last thing that a validator signs in a round.
const stepPrecommit = 3

// SignAfter makes the validator of a home sign nothing up to a height, and returns
// the last height that its record now stands at: never less than before. It is for
// a record that was lost, or that came from a backup. The node must not run.
func SignAfter(home string, height int64) (int64, error) {
	if height < 0 || height == math.MaxInt64 {
		return 0, fmt.Errorf("height %d is out of range", height)
	}
	if err := stopped(home); err != nil {
		return 0, err
	}
	k := cometConfig(home, DefaultConfig())
	if _, err := readValidatorKey(k.PrivValidatorKeyFile()); err != nil {
		return 0, err
	}
	last, err := readSigned(k.PrivValidatorStateFile())
	switch {
	case errors.Is(err, ErrNoSigned):
	case err != nil:
		return 0, err
	case last.Height > height || last.Height == height && last.Round == math.MaxInt32:
		return last.Height, nil
	}
	// A home that was put together from a backup has no data yet.
	if err := os.MkdirAll(k.DBDir(), 0o700); err != nil {
		return 0, fmt.Errorf("validator key: %w", err)
	}
	// No round is after the last one, so nothing of this height can be signed.
	return height, writeSigned(k.PrivValidatorStateFile(), privval.FilePVLastSignState{
		Height: height, Round: math.MaxInt32, Step: stepPrecommit,
	})
}

// LastSigned returns the height of what the validator of a home signed last; 0 for
// nothing yet.
func LastSigned(home string) (int64, error) {
	s, err := readSigned(cometConfig(home, DefaultConfig()).PrivValidatorStateFile())
	return s.Height, err
}

// NextKey returns the key to which a validator is to change, which it makes of the
// type "ed25519" or "ml_dsa_65" when there is none yet. The node goes on with the
// key that it has until UseNextKey.
func NextKey(home, keyType string) (crypto.PubKey, error) {
	file := nextKeyFile(home)
	next, err := readValidatorKey(file)
	if err == nil {
		return next.PubKey, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if _, err := HomeIdentity(home); err != nil {
		return nil, err
	}
	var made crypto.PrivKey = ed25519.GenPrivKey()
	switch keyType {
	case ed25519.KeyType:
	case mldsa65.KeyType:
		if made, err = mldsa65.GenPrivKey(); err != nil {
			return nil, fmt.Errorf("validator key: %w", err)
		}
	default:
		return nil, fmt.Errorf("%.50q is neither %s nor %s", keyType, ed25519.KeyType, mldsa65.KeyType)
	}
	key := privval.FilePVKey{Address: made.PubKey().Address(), PubKey: made.PubKey(), PrivKey: made}
	return key.PubKey, writeKept(file, key)
}

// ErrNoNextKey is returned by UseNextKey without a call of NextKey before.
var ErrNoNextKey = errors.New("there is no next validator key")

// UseNextKey makes the next key the one that the node signs with, and keeps the one
// before as priv_validator_key.old.json. The node must not run. After a crash in
// between it can be called again.
func UseNextKey(home string) (crypto.PubKey, error) {
	if err := stopped(home); err != nil {
		return nil, err
	}
	next, err := readValidatorKey(nextKeyFile(home))
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNoNextKey
	}
	if err != nil {
		return nil, err
	}
	k := cometConfig(home, DefaultConfig())
	last, err := readSigned(k.PrivValidatorStateFile())
	if err != nil {
		return nil, err
	}
	// The signature in the record is the old key's; height and round still count.
	last.Signature, last.SignBytes = nil, nil
	if err := writeSigned(k.PrivValidatorStateFile(), last); err != nil {
		return nil, err
	}
	old := filepath.Join(filepath.Dir(nextKeyFile(home)), "priv_validator_key.old.json")
	if err := os.Rename(k.PrivValidatorKeyFile(), old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("validator key: %w", err)
	}
	if err := os.Rename(nextKeyFile(home), k.PrivValidatorKeyFile()); err != nil {
		return nil, fmt.Errorf("validator key: %w", err)
	}
	return next.PubKey, nil
}

func nextKeyFile(home string) string {
	return filepath.Join(home, cmtcfg.DefaultConfigDir, "priv_validator_key.next.json")
}

// stopped returns ErrRunning when a node has the home's databases open.
func stopped(home string) error {
	k := cometConfig(home, DefaultConfig())
	if _, err := os.Stat(filepath.Join(k.DBDir(), "blockstore.db")); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	db, err := cmtcfg.DefaultDBProvider(&cmtcfg.DBContext{ID: "blockstore", Config: k})
	if locked(err) {
		return fmt.Errorf("%s: %w", home, ErrRunning)
	}
	if err != nil {
		return fmt.Errorf("open blocks: %w", err)
	}
	return db.Close()
}

// locked reports whether a database is open in a node that runs.
func locked(err error) bool {
	// Pebble knows its own process by this text alone.
	return errors.Is(err, syscall.EAGAIN) || err != nil && strings.HasSuffix(err.Error(), "lock held by current process")
}

func readValidatorKey(file string) (privval.FilePVKey, error) {
	var key privval.FilePVKey
	b, err := os.ReadFile(file)
	if err != nil {
		return key, fmt.Errorf("validator key: %w", err)
	}
	if err := cmtjson.Unmarshal(b, &key); err != nil {
		return key, fmt.Errorf("validator key: %s: %w", file, err)
	}
	if key.PrivKey == nil {
		return key, fmt.Errorf("validator key: %s holds no private key", file)
	}
	return key, nil
}

func readSigned(file string) (privval.FilePVLastSignState, error) {
	var last privval.FilePVLastSignState
	b, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return last, fmt.Errorf("validator key: %w: %s is missing", ErrNoSigned, file)
	}
	if err != nil {
		return last, fmt.Errorf("validator key: %w", err)
	}
	if err := cmtjson.Unmarshal(b, &last); err != nil {
		return last, fmt.Errorf("validator key: %s: %w", file, err)
	}
	return last, nil
}

func writeSigned(file string, last privval.FilePVLastSignState) error { return writeKept(file, last) }

// writeKept writes a secret file, so that a crash leaves the old or the new one.
func writeKept(file string, v any) error {
	b, err := cmtjson.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if err := tempfile.WriteFileAtomic(file, b, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
