package client

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/chancery-chain/chancery/app/key"
)

// Errors of a Keyring.
var (
	ErrNoKey           = errors.New("no such key")
	ErrKeyExists       = errors.New("a key of this name exists")
	ErrWrongPassphrase = errors.New("wrong passphrase")
)

const keySuffix = ".key.json"

// Keyring is a folder of private keys, one file each. What a key is called and
// its public half stand in the file in clear, so that listing asks for no
// passphrase; the private half is encrypted with one.
//
// Files are written whole or not at all. A Keyring holds no state, so several
// processes may use one folder.
type Keyring struct {
	dir string
	// workFactor is scrypt's, as a power of two; 0 means the default.
	workFactor int
}

// OpenKeyring returns the keyring in a folder, which is made when the first key
// is written.
func OpenKeyring(dir string) *Keyring { return &Keyring{dir: dir} }

// Dir returns the keyring's folder.
func (r *Keyring) Dir() string { return r.dir }

// KeyInfo is the public part of a key.
type KeyInfo struct {
	Name      string
	Public    key.Public
	Address   key.Address
	Encrypted bool
}

// Protection says how a private key is kept.
type Protection struct {
	passphrase string
	clear      bool
}

// Passphrase encrypts a key with a passphrase, which must not be empty.
func Passphrase(p string) Protection { return Protection{passphrase: p} }

// Unencrypted keeps a key in clear, for a devnet and for nothing else.
func Unencrypted() Protection { return Protection{clear: true} }

// Create makes a new key.
func (r *Keyring) Create(name string, t key.Type, p Protection) (*KeyInfo, error) {
	k, err := key.Generate(t, nil)
	if err != nil {
		return nil, err
	}
	return r.Import(name, k, p)
}

// Import keeps a private key. It never replaces a key: ErrKeyExists.
func (r *Keyring) Import(name string, k *key.Private, p Protection) (*KeyInfo, error) {
	if err := checkKeyName(name); err != nil {
		return nil, err
	}
	f, err := seal(name, k, p, r.workFactor)
	if err != nil {
		return nil, err
	}
	if err := r.write(f); err != nil {
		return nil, err
	}
	return f.info()
}

// ImportFile keeps an exported key file under a name, as it is: with the
// passphrase it was exported with.
func (r *Keyring) ImportFile(name string, b []byte) (*KeyInfo, error) {
	if err := checkKeyName(name); err != nil {
		return nil, err
	}
	f, err := parseKeyFile(b)
	if err != nil {
		return nil, err
	}
	f.Name = name
	if err := r.write(f); err != nil {
		return nil, err
	}
	return f.info()
}

// Export returns a key's file: what ImportFile takes, encrypted as it is here.
func (r *Keyring) Export(name string) ([]byte, error) {
	f, err := r.read(name)
	if err != nil {
		return nil, err
	}
	return f.encode()
}

// Show returns a key's public part.
func (r *Keyring) Show(name string) (*KeyInfo, error) {
	f, err := r.read(name)
	if err != nil {
		return nil, err
	}
	return f.info()
}

// List returns the public parts of all keys in the order of their names. Files
// that are no keys are an error, because a key that is missing from a list may
// be missed too late.
func (r *Keyring) List() ([]*KeyInfo, error) {
	entries, err := os.ReadDir(r.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	var keys []*KeyInfo
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), keySuffix)
		if !ok || e.IsDir() || strings.HasPrefix(name, ".") {
			continue
		}
		info, err := r.Show(name)
		if err != nil {
			return nil, err
		}
		keys = append(keys, info)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i].Name < keys[j].Name })
	return keys, nil
}

// Unlock returns a private key. It calls ask for the passphrase when the key is
// encrypted; ErrWrongPassphrase when it is not the right one.
func (r *Keyring) Unlock(name string, ask func() (string, error)) (*key.Private, error) {
	f, err := r.read(name)
	if err != nil {
		return nil, err
	}
	pass := ""
	if f.Encryption != encryptionNone {
		if ask == nil {
			return nil, fmt.Errorf("key %q is encrypted: a passphrase is needed", name)
		}
		if pass, err = ask(); err != nil {
			return nil, err
		}
	}
	return f.open(pass)
}

// Delete removes a key for good.
func (r *Keyring) Delete(name string) error {
	if err := checkKeyName(name); err != nil {
		return err
	}
	err := os.Remove(r.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("key %q in %s: %w", name, r.dir, ErrNoKey)
	}
	return err
}

func (r *Keyring) path(name string) string { return filepath.Join(r.dir, name+keySuffix) }

func (r *Keyring) read(name string) (*keyFile, error) {
	if err := checkKeyName(name); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(r.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("key %q in %s: %w", name, r.dir, ErrNoKey)
	}
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", name, err)
	}
	f, err := parseKeyFile(b)
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", name, err)
	}
	f.Name = name // the file's name counts: it may have been renamed
	return f, nil
}

// write puts a new key file in its place. The link fails when the name is taken,
// also by another process in the same moment.
func (r *Keyring) write(f *keyFile) (err error) {
	b, err := f.encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	tmp, err := os.CreateTemp(r.dir, ".new-*") // CreateTemp makes it 0600
	if err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	defer func() {
		tmp.Close()
		if e := os.Remove(tmp.Name()); err == nil {
			err = e
		}
	}()
	if _, err := tmp.Write(b); err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	if err := tmp.Sync(); err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	err = os.Link(tmp.Name(), r.path(f.Name))
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("key %q in %s: %w", f.Name, r.dir, ErrKeyExists)
	}
	if err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	return syncDir(r.dir)
}

// syncDir makes a new name in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

const maxKeyName = 64

// checkKeyName keeps names within what every file system takes, and within the
// folder.
func checkKeyName(name string) error {
	ok := name != "" && len(name) <= maxKeyName
	for i := 0; ok && i < len(name); i++ {
		c := name[i]
		ok = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || i > 0 && (c == '-' || c == '_' || c == '.')
	}
	if !ok {
		return fmt.Errorf("%q is no key name: 1 to %d of a-z, 0-9, \"-\", \"_\" and \".\", beginning with a letter or digit", name, maxKeyName)
	}
	return nil
}
