package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// onlyOrg returns the organisation of an account that is in one.
func onlyOrg(ctx context.Context, cl *client.Client, name, address string) (string, error) {
	resp, err := cl.Orgs.GetAccount(ctx, connect.NewRequest(&chanceryv1.GetAccountRequest{Address: address}))
	if connect.CodeOf(err) == connect.CodeNotFound {
		return "", terminal.Hint(fmt.Errorf("key %q has no account on this chain (address %s)", name, address),
			"an admin of your organisation makes it with chancery member set %s --roles ROLE,…", name)
	}
	if err != nil {
		return "", fmt.Errorf("account of key %q: %w", name, err)
	}
	switch orgs := resp.Msg.GetOrgs(); len(orgs) {
	case 1:
		return orgs[0], nil
	case 0:
		return "", fmt.Errorf("the account of key %q is in no organisation", name)
	default:
		return "", terminal.Hint(&usageError{fmt.Sprintf("key %q acts for several organisations: choose one with --org", name)},
			"they are %s", strings.Join(orgs, ", "))
	}
}

// address reads an account: its address, or the name of the key in the keyring that
// made it.
func (c *cli) address(s string) (string, error) {
	if strings.HasPrefix(s, "cy1") {
		a, err := key.ParseAddress(s)
		return a.String(), err
	}
	info, err := c.keyring().Show(s)
	if errors.Is(err, client.ErrNoKey) {
		err = terminal.Hint(err, "name a key of your own, or give an address as chancery key show prints it: cy1…")
	}
	if err != nil {
		return "", err
	}
	return info.Address.String(), nil
}

// publicKey reads what "key show" prints, or takes the key of a name in the
// keyring.
func (c *cli) publicKey(s string) (*chanceryv1.PublicKey, key.Public, error) {
	typ, text, ok := strings.Cut(s, ":")
	if !ok {
		info, err := c.keyring().Show(s)
		if errors.Is(err, client.ErrNoKey) {
			err = terminal.Hint(err, "name a key of your own, or give a public key as chancery key show prints it: ed25519:HEX")
		}
		if err != nil {
			return nil, key.Public{}, err
		}
		return &chanceryv1.PublicKey{KeyType: chanceryv1.KeyType(info.Public.Type), PublicKey: info.Public.Bytes}, info.Public, nil
	}
	t, err := key.ParseType(typ)
	if err != nil {
		return nil, key.Public{}, err
	}
	b, err := hex.DecodeString(text)
	if err != nil {
		return nil, key.Public{}, usagef("public key %q: what follows %s: is not hex", s, typ)
	}
	p, err := key.NewPublic(t, b)
	if err != nil {
		return nil, key.Public{}, err
	}
	return &chanceryv1.PublicKey{KeyType: chanceryv1.KeyType(t), PublicKey: b}, p, nil
}

func publicText(p key.Public) string { return p.Type.String() + ":" + hex.EncodeToString(p.Bytes) }

// maxInput is more than any file that a command reads.
const maxInput = 64 << 20

// input reads an argument: "-" is stdin, "@name" a file, anything else itself.
func (c *cli) input(arg string) ([]byte, error) {
	if name, ok := strings.CutPrefix(arg, "@"); ok {
		return c.file(name)
	}
	if arg == "-" {
		return io.ReadAll(io.LimitReader(c.term.In, maxInput))
	}
	return []byte(arg), nil
}

// file reads a file, or stdin for "-".
func (c *cli) file(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(c.term.In, maxInput))
	}
	return os.ReadFile(name)
}

// parseHash reads a hash of 32 bytes in hex.
func parseHash(what, s string) ([32]byte, error) {
	b, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil || len(b) != 32 {
		return [32]byte{}, usagef("%q is no %s: expected 64 hex digits", s, what)
	}
	return [32]byte(b), nil
}

// protoJSON is a message as a JSON value with stable spacing.
func protoJSON(m proto.Message) (json.RawMessage, error) {
	b, err := protojson.MarshalOptions{EmitDefaultValues: true, UseProtoNames: true}.Marshal(m)
	if err != nil {
		return nil, err
	}
	return compact(b)
}

// compact takes the random spaces out of protojson's output.
func compact(b []byte) (json.RawMessage, error) {
	var out bytes.Buffer
	err := json.Compact(&out, b)
	return out.Bytes(), err
}
