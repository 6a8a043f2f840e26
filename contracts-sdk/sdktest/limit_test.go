package sdktest_test

import (
	"errors"
	"strings"
	"testing"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
)

// raw is a message that is its own encoding.
type raw struct{ b []byte }

func (r *raw) MarshalVT() ([]byte, error) {
	if r == nil {
		return nil, nil
	}
	return r.b, nil
}

func (r *raw) UnmarshalVT(b []byte) error { r.b = append([]byte{}, b...); return nil }
func (*raw) CheckRules(*sdk.Rules)        {}
func of(n int) *raw                       { return &raw{make([]byte, n)} }
func service(do func(ctx *sdk.Ctx) error) *sdk.Service {
	s := sdk.NewService("test.Service")
	sdk.AddExecute(s, "Do", sdk.New[raw], func(ctx *sdk.Ctx, _ *raw) (*raw, error) { return nil, do(ctx) })
	sdk.AddQuery(s, "Ask", sdk.New[raw], func(ctx *sdk.QueryCtx, _ *raw) (*raw, error) { return nil, nil })
	return s
}

// TestLimitsOfACall: what the generated code of a contract can hardly reach.
func TestLimitsOfACall(t *testing.T) {
	emit := func(times, size int) func(*sdk.Ctx) error {
		return func(ctx *sdk.Ctx) error {
			for range times {
				ctx.Emit("test.Event", of(size))
			}
			return nil
		}
	}
	fail := func(message string, details int) func(*sdk.Ctx) error {
		return func(*sdk.Ctx) error { return sdk.NewError(1, message, of(details)) }
	}
	tests := []struct {
		name string
		do   func(ctx *sdk.Ctx) error
		want string // of the error; empty for none
	}{
		{"events", emit(sdktest.MaxEvents, 1), ""},
		{"too many events", emit(sdktest.MaxEvents+1, 1), "test/do: limit passed: number of events"},
		{"event", emit(1, sdktest.MaxEvent), ""},
		{"event too long", emit(1, sdktest.MaxEvent+1), "test/do: limit passed: event size"},
		{"all events too long", emit(64, sdktest.MaxEvent), "test/do: limit passed: size of all events of a tx"},
		{"details", fail("no", sdktest.MaxError), "no"},
		{"details too long", fail("no", sdktest.MaxError+1), "test/do: limit passed: error size"},
		{"message is cut", fail(strings.Repeat("x", 2*sdktest.MaxError), 0), strings.Repeat("x", sdktest.MaxError)},
		{"message is text", fail("\xffno", 0), "\uFFFDno"},
		{"signatures", func(ctx *sdk.Ctx) error {
			ctx.VerifyAll(sdk.VerifyEd25519, make([]sdk.Signature, sdktest.MaxSignatures+1))
			return nil
		}, "test/do: limit passed: signatures of a batch"},
		{"event without a type", func(ctx *sdk.Ctx) error { ctx.Emit("", of(0)); return nil }, "trap in test/do: an event without a type"},
		{"a scheduled call without gas", func(ctx *sdk.Ctx) error { ctx.Schedule(1, "Do", of(0), 0); return nil }, "trap in test/do: a scheduled call before 1970, or without gas"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			chain := sdktest.New()
			if err := chain.Deploy("test/do", service(tt.do)); err != nil {
				t.Fatal(err)
			}
			_, err := chain.Account("cy1a", "org").ExecuteContract("test/do", "Do", nil)
			switch {
			case tt.want == "" && err != nil:
				t.Fatal(err)
			case tt.want != "" && (err == nil || err.Error() != tt.want):
				t.Fatalf("got %v, want %s", err, tt.want)
			case err != nil && len(chain.Events()) > 0:
				t.Fatal("a failed call left events")
			}
		})
	}
}

// TestEventsOfATx: the events of reverted calls count, and each tx begins anew.
func TestEventsOfATx(t *testing.T) {
	chain := sdktest.New()
	callee := service(func(ctx *sdk.Ctx) error {
		for range 50 {
			ctx.Emit("test.Event", of(sdktest.MaxEvent-10))
		}
		return errors.New("and is reverted")
	})
	caller := service(func(ctx *sdk.Ctx) error {
		if _, err := ctx.ExecuteContract("test/callee", "Do", nil); err == nil {
			return errors.New("it did not fail")
		}
		for range 20 {
			ctx.Emit("test.Event", of(sdktest.MaxEvent-10))
		}
		return nil
	})
	for name, s := range map[string]*sdk.Service{"test/callee": callee, "test/caller": caller} {
		if err := chain.Deploy(name, s); err != nil {
			t.Fatal(err)
		}
	}
	account := chain.Account("cy1a", "org")
	for range 2 {
		_, err := account.ExecuteContract("test/caller", "Do", nil)
		if limit := (*sdktest.Limit)(nil); !errors.As(err, &limit) || limit.Contract != "test/caller" {
			t.Fatalf("got %v", err)
		}
		_, err = account.ExecuteContract("test/callee", "Do", nil)
		if sdk.CodeOf(err) != sdk.CodeInternal {
			t.Fatalf("a tx of its own: %v", err)
		}
	}
}

// TestCitizensHaveNoRoles: roles are an organisation's.
func TestCitizensHaveNoRoles(t *testing.T) {
	chain := sdktest.New()
	s := sdk.NewService("test.Service")
	sdk.AddQuery(s, "Ask", sdk.New[raw], func(*sdk.QueryCtx, *raw) (*raw, error) { return nil, nil }, "clerk")
	if err := chain.Deploy("test/do", s); err != nil {
		t.Fatal(err)
	}
	for org, want := range map[string]uint32{"": sdk.CodeMissingRole, "org": 0} {
		if _, err := chain.Account("cy1a", org, "clerk").QueryContract("test/do", "Ask", nil); sdk.CodeOf(err) != want {
			t.Fatalf("org %q: %v", org, err)
		}
	}
}
