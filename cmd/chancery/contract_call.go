package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// method finds a method and says which there are when it does not exist.
func method(s *schema.Contract, contract, name string, query bool) (*schema.Method, error) {
	m, ok := s.Method(name)
	if !ok {
		var names []string
		for _, m := range s.Methods {
			names = append(names, m.Name+" ("+m.Kind.String()+")")
		}
		return nil, terminal.Hint(usagef("contract %s has no method %q", contract, name), "its methods are %s", strings.Join(names, ", "))
	}
	switch {
	case query && m.Kind != schema.KindQuery:
		return nil, terminal.Hint(usagef("%s is no query", name), "it is run by a tx: chancery contract call %s %s …", contract, name)
	case !query && m.Kind == schema.KindQuery:
		return nil, terminal.Hint(usagef("%s is a query", name), "it needs no tx: chancery contract query %s %s …", contract, name)
	}
	return m, nil
}

// request encodes a method's JSON request.
func (c *cli) request(m *schema.Method, args []string) ([]byte, error) {
	text := []byte("{}")
	if len(args) > 2 {
		var err error
		if text, err = c.input(args[2]); err != nil {
			return nil, err
		}
	}
	return encodeRequest(m, text)
}

func encodeRequest(m *schema.Method, text []byte) ([]byte, error) {
	payload, err := schema.DecodeJSON(m.Input, text)
	if err != nil {
		var fields []string
		for i := range m.Input.Fields().Len() {
			f := m.Input.Fields().Get(i)
			fields = append(fields, f.JSONName()+" "+f.Kind().String())
		}
		return nil, terminal.Hint(usagef("%s: %v", m.Name, err), "the fields of %s are %s; bytes are given in base64",
			m.Input.Name(), strings.Join(fields, ", "))
	}
	return payload, nil
}

func (c *cli) contractCall() *cobra.Command {
	var gas, version uint64
	cmd := &cobra.Command{
		Use: "call ORGANISATION/CONTRACT METHOD [JSON]", Short: "Run a method by a signed tx and wait for its result", Args: args(2, 3),
		Long: "Run a method by a signed tx and wait for its result. JSON is the request: as it is, @FILE, or - for stdin.",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			s, err := cl.Schema(ctx, args[0])
			if err != nil {
				return c.contractHint(err)
			}
			m, err := method(s, args[0], args[1], false)
			if err != nil {
				return err
			}
			payload, err := c.request(m, args)
			if err != nil {
				return err
			}
			signer, err := c.signer(ctx, cl)
			if err != nil {
				return err
			}
			until, err := c.until()
			if err != nil {
				return err
			}
			signed, err := signer.Sign(ctx, &chanceryv1.TxBody{GasLimit: gas, ValidUntil: until, Action: &chanceryv1.TxBody_Execute{
				Execute: &chanceryv1.Execute{Contract: args[0], Method: args[1], Payload: payload, Version: version},
			}})
			if err != nil {
				return err
			}
			if c.signOnly != "" {
				return c.writeTx(c.signOnly, signed)
			}
			return c.submit(ctx, cl, signed)
		},
	}
	cmd.Flags().Uint64Var(&gas, "gas", 0, "gas limit (default: what a simulation finds, and room)")
	cmd.Flags().Uint64Var(&version, "at-version", 0, "version that the contract must have, or the call is refused; any without it")
	return c.offline(cmd)
}

// writeTx keeps a signed tx for "tx submit".
func (c *cli) writeTx(path string, signed *client.SignedTx) error {
	if err := os.WriteFile(path, signed.Raw, 0o600); err != nil {
		return err
	}
	until := signed.Body.ValidUntil.AsTime()
	c.term.Printf("signed tx %x, to be submitted before %s: chancery tx submit %s", signed.Hash[:], until.Format("15:04:05 MST"), path)
	return c.term.Value(map[string]any{"tx_hash": fmt.Sprintf("%x", signed.Hash[:]), "file": path, "valid_until": until})
}

// submit submits a tx and prints its result, below what it was about.
func (c *cli) submit(ctx context.Context, cl *client.Client, signed *client.SignedTx, what ...terminal.Pair) error {
	stop := c.term.Progress("waiting for tx %x", signed.Hash[:])
	r, err := cl.Submit(ctx, signed)
	stop()
	if p := (*client.PendingError)(nil); errors.As(err, &p) {
		return terminal.Hint(err, "ask again with chancery tx wait %x", p.Hash[:])
	}
	if err != nil {
		return err
	}
	return c.printResult(ctx, cl, r, signed.Body, what...)
}

func (c *cli) contractQuery() *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use: "query ORGANISATION/CONTRACT METHOD [JSON]", Short: "Call a read-only method", Args: args(2, 3),
		Long: `Call a read-only method and print its response as JSON. JSON is the request: as it is, @FILE, or - for stdin.

A gated method answers accounts: --as names the key to sign a permit with. With --org the contract sees
the account as that organisation's member; an account without organisation asks for itself.`,
		Example: `  chancery contract query records/evidence Verify '{"sha256":"…"}'
  chancery contract query hotline/orders ListOwn --as citizen`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			s, err := cl.Schema(ctx, args[0])
			if err != nil {
				return c.contractHint(err)
			}
			m, err := method(s, args[0], args[1], true)
			if err != nil {
				return err
			}
			if m.Gated && as == "" {
				return terminal.Hint(usagef("%s is gated: it answers accounts", m.Name), "name the key to sign a permit with: --as KEY")
			}
			payload, err := c.request(m, args)
			if err != nil {
				return err
			}
			query := cl.QueryRaw
			if as != "" {
				signer, err := c.asker(ctx, cl, as)
				if err != nil {
					return err
				}
				query = signer.QueryRaw
			}
			out, err := query(ctx, args[0], m.Descriptor, payload)
			if err != nil {
				return err
			}
			text, err := schema.EncodeJSON(m.Output, out)
			if err != nil {
				return err
			}
			return c.printJSON(text)
		},
	}
	cmd.Flags().StringVar(&as, "as", "", "name of the key to sign a permit with")
	return cmd
}

// asker unlocks a key to sign permits with, and those of --cosign. The account, the
// key's own or --account, need not be in any organisation.
func (c *cli) asker(ctx context.Context, cl *client.Client, name string) (*client.Signer, error) {
	k, err := c.unlock(ctx, name)
	if err != nil {
		return nil, err
	}
	account := k.Public().Address().String()
	if c.account != "" {
		if account, err = c.address(c.account); err != nil {
			return nil, err
		}
	}
	org := c.org
	switch org {
	case "-":
		org = "" // for itself
	case "":
		resp, err := cl.Orgs.GetAccount(ctx, connect.NewRequest(&chanceryv1.GetAccountRequest{Address: account}))
		if connect.CodeOf(err) != connect.CodeNotFound && (err != nil || len(resp.Msg.GetOrgs()) > 0) {
			if org, err = onlyOrg(ctx, cl, name, account); err != nil {
				return nil, err
			}
		}
	}
	s := cl.Signer(k, org).For(account)
	for _, name := range c.cosign {
		k, err := c.unlock(ctx, name)
		if err != nil {
			return nil, err
		}
		s = s.With(k)
	}
	return s, nil
}

// printJSON writes a JSON value: indented for people, on one line for programs.
func (c *cli) printJSON(b []byte) error {
	v, err := compact(b)
	if err != nil {
		return err
	}
	if c.term.JSON {
		return c.term.Value(v)
	}
	var text bytes.Buffer
	if err := json.Indent(&text, v, "", "  "); err != nil {
		return err
	}
	c.term.Printf("%s", text.String())
	return nil
}

type getCode = func(context.Context, *connect.Request[chanceryv1.GetCodeRequest]) (*connect.Response[chanceryv1.GetCodeResponse], error)

// specialPayload encodes the request of the init or migrate method by what the uploaded code declares.
func (c *cli) specialPayload(cmd *cobra.Command, get getCode, hash [32]byte, kind schema.Kind, text string) ([]byte, error) {
	b, err := c.input(text)
	if err != nil {
		return nil, err
	}
	s, err := schemaOnChain(cmd.Context(), get, hash)
	if err != nil {
		return nil, err
	}
	m, ok := s.Special(kind)
	if !ok {
		return nil, usagef("the contract declares no %s method: leave out --%s", kind, kind)
	}
	return encodeRequest(m, b)
}

// schemaOnChain reads the interface of uploaded code.
func schemaOnChain(ctx context.Context, get getCode, hash [32]byte) (*schema.Contract, error) {
	resp, err := get(ctx, connect.NewRequest(&chanceryv1.GetCodeRequest{CodeHash: hash[:]}))
	if err != nil {
		return nil, fmt.Errorf("code %x: %w", hash, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(resp.Msg.CodeGzip))
	if err != nil {
		return nil, fmt.Errorf("code %x: %w", hash, err)
	}
	code, err := io.ReadAll(io.LimitReader(z, maxInput))
	if err != nil {
		return nil, fmt.Errorf("code %x: %w", hash, err)
	}
	s, _, err := schema.FromCode(code)
	if err != nil {
		return nil, fmt.Errorf("code %x: %w", hash, err)
	}
	return s, nil
}
