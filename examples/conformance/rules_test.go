package conformance_test

import (
	"testing"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/contracts-sdk/wire"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/stretchr/testify/require"
)

// soundCheck returns a request that keeps every rule.
func soundCheck() *conformance.CheckRequest {
	yes := false
	return &conformance.CheckRequest{
		Required: "x", Sized: "案", Digest: make([]byte, 32), Small: -5, Positive: 1, CaseNo: "GD-2026",
		Org: "91440300708461136T", Color: conformance.Color_COLOR_GREEN, Words: []string{"a", "bcd"},
		Part:   &conformance.CheckRequest_Part{Name: "a"},
		Parts:  []*conformance.CheckRequest_Part{{Name: "b", Inside: []*conformance.CheckRequest_Part{{Name: "c"}}}},
		Choice: &conformance.CheckRequest_Letter{Letter: "l"}, Answer: &yes,
		Day: 20280229, Month: 202612, From: 1, Until: 253402271999, Days: []int32{10101, 99991231},
	}
}

// broken are the rules that can be broken, and how the error names them.
var broken = []struct {
	name              string
	change            func(*conformance.CheckRequest)
	field, rule, want string
}{
	{"nothing in it", func(r *conformance.CheckRequest) { *r = conformance.CheckRequest{} }, "required", "required", "true"},
	{"required", func(r *conformance.CheckRequest) { r.Required = "" }, "required", "required", "true"},
	{"too short", func(r *conformance.CheckRequest) { r.Sized = "a" }, "sized", "min_bytes", "2"},
	{"too long", func(r *conformance.CheckRequest) { r.Sized = "案件" }, "sized", "max_bytes", "4"},
	{"another length", func(r *conformance.CheckRequest) { r.Digest = r.Digest[1:] }, "digest", "bytes", "32"},
	{"too small", func(r *conformance.CheckRequest) { r.Small = -6 }, "small", "min", "-5"},
	{"too large", func(r *conformance.CheckRequest) { r.Small = 6 }, "small", "max", "5"},
	{"zero", func(r *conformance.CheckRequest) { r.Positive = 0 }, "positive", "min", "1"},
	{"pattern", func(r *conformance.CheckRequest) { r.CaseNo = "GD-1" }, "case_no", "pattern", "[A-Z]{2}-[0-9]{2,4}"},
	{"check digit", func(r *conformance.CheckRequest) { r.Org = "914403007084611369" }, "org", "code", "USCC or ORG_CODE"},
	{"no color", func(r *conformance.CheckRequest) { r.Color = 0 }, "color", "required", "true"},
	{"unknown color", func(r *conformance.CheckRequest) { r.Color = 3 }, "color", "required", "true"},
	{"negative color", func(r *conformance.CheckRequest) { r.Maybe = -1 }, "maybe", "defined", "a declared value"},
	{"optional and wrong", func(r *conformance.CheckRequest) { empty := ""; r.Note = &empty }, "note", "bytes", "2"},
	{"no words", func(r *conformance.CheckRequest) { r.Words = nil }, "words", "min_items", "1"},
	{"many words", func(r *conformance.CheckRequest) { r.Words = make([]string, 4) }, "words", "max_items", "3"},
	{"a long word", func(r *conformance.CheckRequest) { r.Words[1] = "long" }, "words[1]", "max_bytes", "3"},
	{"no part", func(r *conformance.CheckRequest) { r.Part = nil }, "part", "required", "true"},
	{"inside", func(r *conformance.CheckRequest) { r.Part.Name = "A" }, "part.name", "pattern", "[a-z]+"},
	{"deep inside", func(r *conformance.CheckRequest) { r.Parts[0].Inside[0].Name = "" }, "parts[0].inside[0].name", "pattern", "[a-z]+"},
	{"many parts", func(r *conformance.CheckRequest) { r.Parts = make([]*conformance.CheckRequest_Part, 3) }, "parts", "max_items", "2"},
	{"no choice", func(r *conformance.CheckRequest) { r.Choice = nil }, "choice", "required", "true"},
	{"choice", func(r *conformance.CheckRequest) { r.Choice = &conformance.CheckRequest_Letter{Letter: "ll"} }, "letter", "bytes", "1"},
	{"inside a choice", func(r *conformance.CheckRequest) {
		r.Choice = &conformance.CheckRequest_Other{Other: &conformance.CheckRequest_Part{}}
	}, "other.name", "pattern", "[a-z]+"},
	{"no day", func(r *conformance.CheckRequest) { r.Day = 0 }, "day", "required", "true"},
	{"a day that is none", func(r *conformance.CheckRequest) { r.Day = 20260229 }, "day", "date", "a day as yyyymmdd"},
	{"a day before the first", func(r *conformance.CheckRequest) { r.Day = 10100 }, "day", "date", "a day as yyyymmdd"},
	{"a day below zero", func(r *conformance.CheckRequest) { r.Days[0] = -20260228 }, "days[0]", "date", "a day as yyyymmdd"},
	{"a month that is none", func(r *conformance.CheckRequest) { r.Month = 202613 }, "month", "month", "a month as yyyymm"},
	{"month 0", func(r *conformance.CheckRequest) { r.Month = 202600 }, "month", "month", "a month as yyyymm"},
	{"a large month", func(r *conformance.CheckRequest) { r.Month = 1000001 }, "month", "month", "a month as yyyymm"},
	{"before 1970", func(r *conformance.CheckRequest) { r.From = -1 }, "from", "time", "seconds since 1970"},
	{"after the year 9999", func(r *conformance.CheckRequest) { r.Until++ }, "until", "time", "seconds since 1970"},
	{"an end before the beginning", func(r *conformance.CheckRequest) { r.From, r.Until = 10, 9 }, "until", "not_before", "from"},
	{"presence", func(r *conformance.CheckRequest) { r.Answer = nil }, "answer", "required", "true"},
}

func TestRules(t *testing.T) {
	_, client := deploy(t)
	_, err := client.Check(soundCheck())
	require.NoError(t, err)
	other := soundCheck()
	other.Org = "D2143569X"
	_, err = client.Check(other)
	require.NoError(t, err, "either code")
	other.Month, other.From, other.Until, other.Days = 0, 0, 0, nil
	_, err = client.Check(other)
	require.NoError(t, err, "no month, no times")
	other.From = 9
	_, err = client.Check(other)
	require.NoError(t, err, "no end")
	for _, tt := range broken {
		t.Run(tt.name, func(t *testing.T) {
			req := soundCheck()
			tt.change(req)
			_, err := client.Check(req)
			require.Equal(t, sdk.CodeInvalidField, sdk.CodeOf(err))
			var own *sdk.Error
			require.ErrorAs(t, err, &own)
			require.Equal(t, []string{tt.field, tt.rule, tt.want}, texts(t, own.Details, 3))
		})
	}
}

// texts decodes a message of strings.
func texts(t *testing.T, raw []byte, n int) []string {
	t.Helper()
	list := make([]string, n)
	for at := 0; at < len(raw); {
		text, next, err := wire.Span(raw, at+1)
		require.NoError(t, err)
		list[raw[at]>>3-1] = string(text)
		at = next
	}
	return list
}

// TestUndeclaredFields: what no rule looks at is not stored.
func TestUndeclaredFields(t *testing.T) {
	chain, _ := deploy(t)
	item := encode(t, &conformance.Item{Name: "a"})
	hidden := append(item, "\xa2\xcc\x1e\x06hidden"...)
	payload := append([]byte{1<<3 | 2, byte(len(hidden))}, hidden...)
	_, err := chain.Account("cy1a", "org").ExecuteContract(name, "Put", payload)
	require.NoError(t, err)
	require.NotEmpty(t, chain.State(name))
	for _, entry := range chain.State(name) {
		require.NotContains(t, string(entry.Value), "hidden")
	}
}

// TestRulesOfState: what a contract stores is held to its rules, too.
func TestRulesOfState(t *testing.T) {
	chain, client := deploy(t)
	for _, act := range []conformance.Act{conformance.Act_ACT_ADD, conformance.Act_ACT_APPEND} {
		_, err := client.Keep(&conformance.KeepRequest{Act: act, Text: "more than twenty bytes"})
		require.Equal(t, sdk.CodeBrokenRule, sdk.CodeOf(err), "%v", err)
	}
	require.Empty(t, chain.State(name))
	_, err := client.Put(&conformance.PutRequest{Item: &conformance.Item{Numbers: make([]int32, 20_001)}})
	require.Equal(t, sdk.CodeInvalidField, sdk.CodeOf(err))
	require.ErrorContains(t, err, "item.numbers breaks its rule max_items: 20000")
}

func TestCallers(t *testing.T) {
	chain, client := deployTwo(t)
	anyone := conformance.NewConformanceServiceQueryClient(chain.Anonymous(), name)
	_, err := anyone.Gated(&conformance.GatedRequest{})
	require.Equal(t, sdk.CodeNeedsAccount, sdk.CodeOf(err))
	_, err = anyone.Members(&conformance.MembersRequest{})
	require.Equal(t, sdk.CodeNeedsAccount, sdk.CodeOf(err))
	_, err = client.Gated(&conformance.GatedRequest{})
	require.NoError(t, err)

	nobody := conformance.NewConformanceServiceClient(chain.Account("cy1x", ""), name)
	_, err = nobody.Gated(&conformance.GatedRequest{})
	require.NoError(t, err)
	_, err = nobody.Members(&conformance.MembersRequest{})
	require.Equal(t, sdk.CodeWrongCaller, sdk.CodeOf(err))
	_, err = nobody.Put(&conformance.PutRequest{Item: &conformance.Item{Name: "a"}})
	require.ErrorIs(t, err, sdktest.ErrNotSponsored)
	_, err = nobody.Check(soundCheck())
	require.NoError(t, err, "this one is")
	_, err = client.Members(&conformance.MembersRequest{})
	require.NoError(t, err)
	_, err = client.Court(&conformance.CourtRequest{})
	require.Equal(t, sdk.CodeMissingRole, sdk.CodeOf(err))
	_, err = conformance.NewConformanceServiceClient(chain.Account("cy1j", "court"), name).Court(&conformance.CourtRequest{})
	require.NoError(t, err)

	_, err = client.Inner(&conformance.InnerRequest{})
	require.Equal(t, sdk.CodeWrongCaller, sdk.CodeOf(err))
	resp, err := client.Forward(&conformance.ForwardRequest{Contract: "test/b", Method: "Inner"})
	require.NoError(t, err)
	require.Zero(t, resp.Status)
}
