package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) contractSimulate() *cobra.Command {
	var gas uint64
	cmd := &cobra.Command{
		Use: "simulate ORGANISATION/CONTRACT METHOD [JSON]", Short: "Show what a method would do: calls, gas, changes of storage", Args: args(2, 3),
		Long: `Run a method on the last committed state, keep nothing, and show what happened inside:
the tree of calls with the gas of each and of each host function, the errors that
contracts returned, and every change of storage. JSON is the request: as it is,
@FILE, or - for stdin.`,
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
			body := &chanceryv1.TxBody{GasLimit: gas, Action: &chanceryv1.TxBody_Execute{
				Execute: &chanceryv1.Execute{Contract: args[0], Method: args[1], Payload: payload},
			}}
			res, trace, err := signer.Trace(ctx, body)
			if err != nil {
				return err
			}
			return c.printTrace(ctx, cl, res, trace)
		},
	}
	cmd.Flags().Uint64Var(&gas, "gas", 0, "gas limit; then the tx is not signed and gets at most 50 million (default: the most that a simulation may use)")
	return cmd
}

// traceView is a simulated tx for programs.
type traceView struct {
	Code           uint32       `json:"code"`
	CodeName       string       `json:"code_name,omitempty"`
	Log            string       `json:"log,omitempty"`
	GasWanted      uint64       `json:"gas_wanted"`
	GasUsed        uint64       `json:"gas_used"`
	TxGas          uint64       `json:"tx_gas"`
	Call           *callView    `json:"call,omitempty"`
	Events         []eventView  `json:"events"`
	Changes        []changeView `json:"changes"`
	OmittedChanges uint32       `json:"omitted_changes,omitempty"`
}

type callView struct {
	Contract     string      `json:"contract"`
	Version      uint64      `json:"version,omitempty"`
	Method       string      `json:"method"`
	Kind         string      `json:"kind"`
	Caller       string      `json:"caller"`
	Request      any         `json:"request,omitempty"`
	Response     any         `json:"response,omitempty"`
	Status       string      `json:"status"`
	Reason       string      `json:"reason,omitempty"`
	Error        *errorView  `json:"error,omitempty"`
	GasLimit     uint64      `json:"gas_limit"`
	GasUsed      uint64      `json:"gas_used"`
	EntryGas     uint64      `json:"entry_gas"`
	GuestGas     uint64      `json:"guest_gas"`
	RebuildGas   uint64      `json:"rebuild_gas,omitempty"`
	Host         []hostView  `json:"host"`
	Calls        []*callView `json:"calls"`
	OmittedCalls uint32      `json:"omitted_calls,omitempty"`
	OmittedGas   uint64      `json:"omitted_gas,omitempty"`
}

type hostView struct {
	Name  string `json:"name"`
	Count uint64 `json:"count"`
	Gas   uint64 `json:"gas"`
}

type errorView struct {
	Contract string `json:"contract"`
	Code     uint32 `json:"code"`
	Name     string `json:"name,omitempty"`
	Message  string `json:"message"`
	Details  any    `json:"details,omitempty"`
}

// changeView shows an entry of a collection, or a raw key where it is none.
type changeView struct {
	Contract   string   `json:"contract"`
	Collection string   `json:"collection,omitempty"`
	Key        []string `json:"key,omitempty"`
	Row        string   `json:"row,omitempty"` // what it is, where it is no entry
	RawKey     string   `json:"raw_key"`
	Before     any      `json:"before,omitempty"` // missing when there was no value
	After      any      `json:"after,omitempty"`
}

// schemas fetches contracts' interfaces, each once; nil for those there are none
// of.
type schemas struct {
	ctx   context.Context
	cl    *client.Client
	known map[string]*schema.Contract
}

func (s *schemas) of(contract string) *schema.Contract {
	if c, ok := s.known[contract]; ok {
		return c
	}
	c, err := s.cl.Schema(s.ctx, contract)
	if err != nil {
		c = nil
	}
	s.known[contract] = c
	return c
}

func (c *cli) printTrace(ctx context.Context, cl *client.Client, res *chanceryv1.TxResult, trace *chanceryv1.Trace) error {
	known := &schemas{ctx: ctx, cl: cl, known: map[string]*schema.Contract{}}
	v := traceView{
		Code: res.Code, CodeName: res.CodeName, Log: res.Log, GasWanted: res.GasWanted, GasUsed: res.GasUsed,
		TxGas: trace.GetTxGas(), Events: []eventView{}, Changes: []changeView{}, OmittedChanges: trace.GetOmittedChanges(),
	}
	if trace.GetCall() != nil {
		v.Call = known.call(trace.Call)
	}
	for _, e := range res.Events {
		v.Events = append(v.Events, eventView{Contract: e.Contract, Type: e.Type, Payload: decodeEvent(ctx, cl, e)})
	}
	for _, ch := range trace.GetChanges() {
		v.Changes = append(v.Changes, known.change(ch))
	}
	status := "would succeed"
	if res.Code != 0 {
		status = fmt.Sprintf("would fail: %s %d", res.CodeName, res.Code)
	}
	c.term.Fields(
		terminal.Pair{Name: "status", Value: status},
		terminal.Pair{Name: "gas used", Value: fmt.Sprintf("%d of %d", res.GasUsed, res.GasWanted)},
		terminal.Pair{Name: "by the tx", Value: v.TxGas},
	)
	if res.Log != "" {
		c.term.Printf("%s", res.Log)
	}
	if v.Call != nil {
		c.term.Printf("")
		c.printCall(v.Call, "")
	}
	for _, e := range v.Events {
		c.term.Printf("event     %s %s", strings.TrimSpace(e.Contract+" "+e.Type), e.Payload)
	}
	for _, ch := range v.Changes {
		c.term.Printf("change    %s", ch.text())
	}
	if v.OmittedChanges > 0 {
		c.term.Printf("          and %d more: too large to show, or of contracts with gated queries, whose storage their members and auditors read", v.OmittedChanges)
	}
	return c.term.Value(v)
}

// call decodes a call and those below it.
func (s *schemas) call(t *chanceryv1.CallTrace) *callView {
	v := &callView{
		Contract: t.Contract, Version: t.Version, Method: t.Method, Kind: enumWord(t.Kind.String(), "METHOD_KIND_"), Caller: t.Caller,
		Status: enumWord(t.Status.String(), "CALL_STATUS_"), Reason: t.Reason,
		GasLimit: t.GasLimit, GasUsed: t.GasUsed, EntryGas: t.EntryGas, GuestGas: t.GuestGas, RebuildGas: t.RebuildGas,
		Host: []hostView{}, Calls: []*callView{}, OmittedCalls: t.OmittedCalls, OmittedGas: t.OmittedGas,
	}
	var m *schema.Method
	contract := s.of(t.Contract)
	if contract != nil {
		m, _ = contract.Method(t.Method)
	}
	v.Request = shown(t.Request, t.RequestBytes, m, func(m *schema.Method, b []byte) ([]byte, error) { return schema.EncodeJSON(m.Input, b) })
	if t.Status == chanceryv1.CallStatus_CALL_STATUS_OK {
		v.Response = shown(t.Response, t.ResponseBytes, m, func(m *schema.Method, b []byte) ([]byte, error) { return schema.EncodeJSON(m.Output, b) })
	}
	if e := t.Error; e != nil {
		v.Error = &errorView{Contract: e.Contract, Code: e.Code, Name: e.Name, Message: e.Message}
		if from := s.of(e.Contract); from != nil {
			if b, err := from.DetailsToJSON(e.Code, e.Details); err == nil && b != nil {
				v.Error.Details = orHex(compactOr(b), e.Details)
			}
		}
		if v.Error.Details == nil && len(e.Details) > 0 {
			v.Error.Details = hex.EncodeToString(e.Details)
		}
	}
	for _, h := range t.Host {
		v.Host = append(v.Host, hostView{Name: h.Name, Count: h.Count, Gas: h.Gas})
	}
	slices.SortStableFunc(v.Host, func(a, b hostView) int { return int(min(max(int64(b.Gas)-int64(a.Gas), -1), 1)) })
	for _, sub := range t.Calls {
		v.Calls = append(v.Calls, s.call(sub))
	}
	return v
}

// shown decodes a message of a method, or says why it cannot be shown.
func shown(b []byte, size uint32, m *schema.Method, decode func(*schema.Method, []byte) ([]byte, error)) any {
	switch {
	case len(b) != int(size):
		return fmt.Sprintf("%d bytes, left out", size)
	case m == nil:
		return hex.EncodeToString(b)
	}
	text, err := decode(m, b)
	if err != nil {
		return hex.EncodeToString(b)
	}
	return orHex(compactOr(text), b)
}

// enumWord is the name of an enum's value in words.
func enumWord(name, prefix string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, prefix), "_", " "))
}

func (s *schemas) change(ch *chanceryv1.StorageChange) changeView {
	v := changeView{Contract: ch.Contract, RawKey: hex.EncodeToString(ch.Key)}
	contract := s.of(ch.Contract)
	decode := func(value []byte) any {
		if value == nil {
			return nil
		}
		if v.Collection != "" {
			if b, err := contract.EntryToJSON(v.Collection, value); err == nil {
				return orHex(compactOr(b), value)
			}
		}
		return hex.EncodeToString(value)
	}
	if contract != nil {
		if col, parts, ok := contract.ParseKey(ch.Key); ok {
			v.Collection, v.Key = col.Name, parts
		} else if row, ok := contract.DescribeRow(ch.Key); ok {
			v.Row = row
		}
	}
	v.Before, v.After = decode(ch.Before), decode(ch.After)
	return v
}

// text is a change on one line.
func (v *changeView) text() string {
	if v.Row != "" {
		did := "changed"
		switch {
		case v.Before == nil:
			did = "added"
		case v.After == nil:
			did = "removed"
		}
		return fmt.Sprintf("%s %s: %s", v.Contract, v.Row, did)
	}
	where := "key " + v.RawKey
	if v.Collection != "" {
		where = fmt.Sprintf("%s[%s]", v.Collection, strings.Join(v.Key, ", "))
	}
	value := func(x any) string {
		switch x := x.(type) {
		case nil:
			return "nothing"
		case json.RawMessage:
			return string(x)
		}
		return fmt.Sprint(x)
	}
	return fmt.Sprintf("%s %s: %s → %s", v.Contract, where, value(v.Before), value(v.After))
}

// printCall writes a call and those below it for people.
func (c *cli) printCall(v *callView, indent string) {
	head := fmt.Sprintf("%s%s %s.%s", indent, v.Kind, v.Contract, v.Method)
	if v.Version > 0 {
		head += fmt.Sprintf(" (version %d)", v.Version)
	}
	end := v.Status
	if v.Reason != "" {
		end += ": " + v.Reason
	}
	c.term.Printf("%s: %s, %d gas", head, end, v.GasUsed)
	indent += "  "
	c.term.Printf("%srequest   %s", indent, v.Request)
	if v.Response != nil {
		c.term.Printf("%sresponse  %s", indent, v.Response)
	}
	if e := v.Error; e != nil {
		name := e.Name
		if name == "" {
			name = "error"
		}
		line := fmt.Sprintf("%serror     %s %d of %s: %s", indent, name, e.Code, e.Contract, e.Message)
		if e.Details != nil {
			line += fmt.Sprintf(" %s", e.Details)
		}
		c.term.Printf("%s", line)
	}
	part := func(gas uint64, name string, count uint64) {
		times := ""
		if count > 1 {
			times = fmt.Sprintf(" × %d", count)
		}
		c.term.Printf("%s%12d  %s%s", indent, gas, name, times)
	}
	part(v.EntryGas, "entering the contract", 1)
	part(v.GuestGas, "the contract's own code", 1)
	if v.RebuildGas > 0 {
		part(v.RebuildGas, "its memory grew", 1)
	}
	for _, h := range v.Host {
		part(h.Gas, h.Name, h.Count)
	}
	for _, sub := range v.Calls {
		c.printCall(sub, indent)
	}
	if v.OmittedCalls > 0 {
		part(v.OmittedGas, fmt.Sprintf("%d more calls", v.OmittedCalls), 1)
	}
}
