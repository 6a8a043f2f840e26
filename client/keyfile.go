package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"github.com/chancery-chain/chancery/app/key"
)

const (
	keyFileVersion = 1
	encryptionAge  = "age-scrypt"
	encryptionNone = "none"
	clearWarning   = "NOT ENCRYPTED: for a devnet only"
	// maxWorkFactor bounds the time and memory that opening a file from elsewhere
	// takes: 2^20 needs about four seconds and 1 GiB.
	maxWorkFactor = 20
)

// keyFile is a key as it lies on disk.
type keyFile struct {
	Version int    `json:"version"`
	Name    string `json:"name"`
	KeyType string `json:"key_type"`
	Public  []byte `json:"public_key"`
	Address string `json:"address"`
	// Encryption is "age-scrypt": the secret is an age file encrypted with a
	// passphrase; or "none": the secret is the key's 32 bytes.
	Encryption string `json:"encryption"`
	Warning    string `json:"warning,omitempty"`
	Secret     []byte `json:"secret"`
}

func seal(name string, k *key.Private, p Protection, workFactor int) (*keyFile, error) {
	pub := k.Public()
	f := &keyFile{
		Version: keyFileVersion, Name: name, KeyType: pub.Type.String(), Public: pub.Bytes,
		Address: pub.Address().String(), Encryption: encryptionAge,
	}
	if p.clear {
		f.Encryption, f.Warning, f.Secret = encryptionNone, clearWarning, k.Seed()
		return f, nil
	}
	if p.passphrase == "" {
		return nil, errors.New("the passphrase is empty")
	}
	to, err := age.NewScryptRecipient(p.passphrase)
	if err != nil {
		return nil, err
	}
	if workFactor > 0 {
		to.SetWorkFactor(workFactor)
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to)
	if err != nil {
		return nil, fmt.Errorf("encrypt key: %w", err)
	}
	if _, err := w.Write(k.Seed()); err != nil {
		return nil, fmt.Errorf("encrypt key: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encrypt key: %w", err)
	}
	f.Secret = b.Bytes()
	return f, nil
}

// open returns the private key and checks that it belongs to the public part,
// which is not encrypted and may have been changed.
func (f *keyFile) open(passphrase string) (*key.Private, error) {
	seed := f.Secret
	if f.Encryption == encryptionAge {
		id, err := age.NewScryptIdentity(passphrase)
		if err != nil { // an empty passphrase
			return nil, fmt.Errorf("key %q: %w", f.Name, ErrWrongPassphrase)
		}
		id.SetMaxWorkFactor(maxWorkFactor)
		r, err := age.Decrypt(bytes.NewReader(f.Secret), id)
		var none *age.NoIdentityMatchError
		if errors.As(err, &none) {
			return nil, fmt.Errorf("key %q: %w", f.Name, ErrWrongPassphrase)
		}
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", f.Name, err)
		}
		if seed, err = io.ReadAll(io.LimitReader(r, 64)); err != nil {
			return nil, fmt.Errorf("key %q: %w", f.Name, err)
		}
	}
	t, err := key.ParseType(f.KeyType)
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", f.Name, err)
	}
	k, err := key.FromSeed(t, seed)
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", f.Name, err)
	}
	if !bytes.Equal(k.Public().Bytes, f.Public) {
		return nil, fmt.Errorf("key %q: the private key does not belong to the public key in the file", f.Name)
	}
	return k, nil
}

func (f *keyFile) encode() ([]byte, error) {
	b, err := json.MarshalIndent(f, "", "  ")
	return append(b, '\n'), err
}

// parseKeyFile reads a key file and checks its public part. The secret is
// checked by open.
func parseKeyFile(b []byte) (*keyFile, error) {
	f := new(keyFile)
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(f); err != nil {
		return nil, fmt.Errorf("not a key file: %w", err)
	}
	if f.Version != keyFileVersion {
		return nil, fmt.Errorf("key file has version %d; this program reads version %d", f.Version, keyFileVersion)
	}
	if f.Encryption != encryptionAge && f.Encryption != encryptionNone {
		return nil, fmt.Errorf("key file: unknown encryption %q", f.Encryption)
	}
	if _, err := f.info(); err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	return f, nil
}

func (f *keyFile) info() (*KeyInfo, error) {
	t, err := key.ParseType(f.KeyType)
	if err != nil {
		return nil, err
	}
	pub, err := key.NewPublic(t, f.Public)
	if err != nil {
		return nil, err
	}
	if pub.Address().String() != f.Address {
		return nil, fmt.Errorf("address %q is not that of the public key", f.Address)
	}
	return &KeyInfo{Name: f.Name, Public: pub, Address: pub.Address(), Encrypted: f.Encryption != encryptionNone}, nil
}
