// Package genesis makes the genesis of a chain of several organisations from files
// that people write and read: one of each node, and one of the chain.
package genesis

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/app/validator"
)

// NodeFile says who a node is: what others must know to begin a chain with it and to
// reach it. Nothing of it is secret.
type NodeFile struct {
	// Name of the validator, of the form of an organisation's name.
	Name string `yaml:"name" json:"name"`
	// Org runs the node.
	Org string `yaml:"org" json:"org"`
	// NodeID is of its peer-to-peer key, 40 hex digits.
	NodeID string `yaml:"node_id" json:"node_id"`
	// Address is the host:port by which other nodes reach it.
	Address string `yaml:"address" json:"address"`
	// Key signs blocks: "ed25519:HEX" or "ml_dsa_65:HEX".
	Key string `yaml:"key" json:"key"`
	// Admins are public keys of the organisation's first admins, as key show prints
	// them.
	Admins []string `yaml:"admins,omitempty" json:"admins,omitempty"`
}

// Encode returns the file's text.
func (n NodeFile) Encode() ([]byte, error) {
	b, err := yaml.Marshal(n)
	if err != nil {
		return nil, fmt.Errorf("node file: %w", err)
	}
	return append([]byte("# Who this node is. Nothing in this file is secret.\n"), b...), nil
}

// Peer returns "id@host:port".
func (n NodeFile) Peer() string { return n.NodeID + "@" + n.Address }

// Validate reports every fault at once, each under the name of its field.
func (n NodeFile) Validate() error {
	var f faults
	f.add("name", tx.CheckValidatorName(n.Name))
	f.add("org", tx.CheckOrgName(n.Org))
	if b, err := hex.DecodeString(n.NodeID); err != nil || len(b) != 20 {
		f.say("node_id", "%.60q is not 40 hex digits", n.NodeID)
	}
	f.add("address", CheckAddress(n.Address))
	_, err := ValidatorKey(n.Key)
	f.add("key", err)
	for i, a := range n.Admins {
		_, err := AccountKey(a)
		f.add(fmt.Sprintf("admins[%d]", i), err)
	}
	return f.err()
}

// ReadNodeFile reads and validates the file of a node.
func ReadNodeFile(name string) (NodeFile, error) {
	var n NodeFile
	b, err := os.ReadFile(name)
	if err != nil {
		return n, err
	}
	if err := decode(b, &n); err != nil {
		return n, fmt.Errorf("%s: %w", name, err)
	}
	if err := n.Validate(); err != nil {
		return n, fmt.Errorf("%s: %w", name, err)
	}
	return n, nil
}

// CheckAddress checks a host:port that other machines are to reach.
func CheckAddress(s string) error {
	host, port, err := net.SplitHostPort(s)
	ip := net.ParseIP(host)
	switch {
	case err != nil || host == "" || port == "" || port == "0":
		return fmt.Errorf("%.60q is no host:port, such as 10.0.1.11:26656", s)
	case ip != nil && ip.IsUnspecified():
		return fmt.Errorf("%s means every address of a machine; give the one by which other nodes reach it", host)
	}
	return nil
}

// ValidatorKey reads what NodeFile.Key holds.
func ValidatorKey(text string) (validator.Key, error) {
	name, digits, _ := strings.Cut(text, ":")
	t, err := validator.ParseKeyType(name)
	if err != nil {
		return validator.Key{}, fmt.Errorf("%.40q is no validator key, such as ed25519:5f0c…; chancery validator key prints it", text)
	}
	b, err := hex.DecodeString(digits)
	if err != nil {
		return validator.Key{}, fmt.Errorf("what follows %s: is not hex", name)
	}
	return validator.NewKey(t, b)
}

// AccountKey reads a public key as key show prints it.
func AccountKey(text string) (key.Public, error) {
	name, digits, _ := strings.Cut(text, ":")
	t, err := key.ParseType(name)
	if err != nil {
		return key.Public{}, fmt.Errorf("%.40q is no public key, such as ed25519:5f0c…; chancery key show prints it", text)
	}
	b, err := hex.DecodeString(digits)
	if err != nil {
		return key.Public{}, fmt.Errorf("what follows %s: is not hex", name)
	}
	return key.NewPublic(t, b)
}

// decode reads YAML and refuses fields that do not exist.
func decode(b []byte, v any) error {
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	err := d.Decode(v)
	if errors.Is(err, io.EOF) {
		return errors.New("the file is empty")
	}
	var typed *yaml.TypeError
	if !errors.As(err, &typed) {
		return err
	}
	var f faults
	for _, line := range typed.Errors {
		line = unknownField.ReplaceAllString(line, `there is no field "$1"`)
		f = append(f, wrongType.ReplaceAllString(line, `$1 is no $2`))
	}
	return f.err()
}

var (
	unknownField = regexp.MustCompile(`field (\S+) not found in type \S+`)
	wrongType    = regexp.MustCompile(`cannot unmarshal !!\w+ (.*) into (\S+)`)
)

// faults gathers everything that is wrong with a file.
type faults []string

func (f *faults) add(field string, err error) {
	if err == nil {
		return
	}
	text := err.Error()
	var e *apperr.Error
	if errors.As(err, &e) {
		text = e.Msg
	}
	*f = append(*f, field+": "+text)
}

func (f *faults) say(field, format string, args ...any) {
	*f = append(*f, field+": "+fmt.Sprintf(format, args...))
}

func (f faults) err() error {
	switch len(f) {
	case 0:
		return nil
	case 1:
		return errors.New(f[0])
	}
	return fmt.Errorf("%d faults:\n  %s", len(f), strings.Join(f, "\n  "))
}
