package contractbuild_test

import (
	"bytes"
	"errors"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/api/schema"
	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/examples/stamp"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"
)

// languages are the folders of examples that have the stamp counter in another
// language than Go. Each has an executable "build OUT".
var languages = []string{"stamp-c", "stamp-as"}

// noToolchain is the exit status of a build where its compiler is missing.
const noToolchain = 77

// built is what a build gave.
type built struct {
	code []byte
	text string // what it printed
	took time.Duration
	err  error
}

// languageBuilds builds each language once for all tests.
var languageBuilds = func() map[string]func() built {
	builds := map[string]func() built{}
	for _, name := range languages {
		builds[name] = sync.OnceValue(func() built { return runBuild(name) })
	}
	return builds
}()

func runBuild(name string) (b built) {
	dir, err := os.MkdirTemp("", name)
	if err != nil {
		return built{err: err}
	}
	defer os.RemoveAll(dir)
	begin := time.Now()
	out := filepath.Join(dir, name+".wasm")
	text, err := exec.Command(filepath.Join(examples, name, "build"), out).CombinedOutput()
	b.text, b.took, b.err = string(bytes.TrimSpace(text)), time.Since(begin), err
	if err == nil {
		b.code, b.err = os.ReadFile(out)
	}
	return b
}

// buildLanguage returns a contract's code, or skips the test where its compiler
// is not installed. With CHANCERY_LANGUAGES=all that is a failure instead.
func buildLanguage(t *testing.T, name string) []byte {
	t.Helper()
	b := languageBuilds[name]()
	var exit *exec.ExitError
	if errors.As(b.err, &exit) && exit.ExitCode() == noToolchain && os.Getenv("CHANCERY_LANGUAGES") != "all" {
		t.Skipf("NOT TESTED: %s: %s", name, b.text)
	}
	require.NoError(t, b.err, "%s", b.text)
	t.Logf("built in %v: %s", b.took.Round(time.Millisecond), b.text)
	return b.code
}

var (
	clerk     = party{"cy1clerk", "records", []string{"clerk"}}
	registrar = party{"cy1registrar", "records", []string{"auditor", "registrar"}}
	stranger  = party{"cy1stranger", "housing", []string{"clerks", "registrar"}}
)

func stampRequest(paper int, kind string) *stamp.StampRequest {
	digest := bytes.Repeat([]byte{byte(paper)}, 32)
	return &stamp.StampRequest{Digest: digest, Kind: kind}
}

// kindWithZero proves that keys escape zeros.
const kindWithZero = "a\x00\x01b"

// languageScript is what all languages run. The codes are what each step ends with, 0 for
// a response.
var languageScript = []struct {
	step
	code uint32
}{
	{query(clerk, "Last", &stamp.LastRequest{Kind: "letter"}), stamp.CodeNeverStamped},
	{execute(clerk, "Stamp", stampRequest(1, "letter")), 0},
	{execute(clerk, "Stamp", stampRequest(1, "letter")), stamp.CodeAlreadyStamped},
	{execute(clerk, "Stamp", stampRequest(2, "letter")), 0},
	{execute(registrar, "Stamp", stampRequest(0, "letter")), 0}, // a digest of zeros is a digest
	{execute(clerk, "Stamp", stampRequest(1, kindWithZero)), 0},
	{execute(clerk, "Stamp", stampRequest(1, "a\x00")), 0},
	{execute(clerk, "Stamp", stampRequest(1, "收文")), 0},
	{execute(clerk, "Stamp", stampRequest(1, strings.Repeat("k", 32))), 0},
	{query(stranger, "Last", &stamp.LastRequest{Kind: "letter"}), 0},
	{query(stranger, "Last", &stamp.LastRequest{Kind: kindWithZero}), 0},
	{query(stranger, "Last", &stamp.LastRequest{Kind: "a"}), stamp.CodeNeverStamped},

	// What the contract refuses.
	{execute(clerk, "Stamp", &stamp.StampRequest{Digest: make([]byte, 31), Kind: "letter"}), stamp.CodeInvalid},
	{execute(clerk, "Stamp", &stamp.StampRequest{Digest: make([]byte, 33), Kind: "letter"}), stamp.CodeInvalid},
	{execute(clerk, "Stamp", &stamp.StampRequest{Kind: "letter"}), stamp.CodeInvalid},
	{execute(clerk, "Stamp", stampRequest(1, "")), stamp.CodeInvalid},
	{execute(clerk, "Stamp", stampRequest(1, strings.Repeat("k", 33))), stamp.CodeInvalid},
	// Longer than a buffer, so it waits as the pending value; and longer than the
	// first pages of memory.
	{execute(clerk, "Stamp", stampRequest(1, strings.Repeat("k", 5_000))), stamp.CodeInvalid},
	{execute(clerk, "Stamp", stampRequest(1, strings.Repeat("k", 200_000))), stamp.CodeInvalid},
	{query(clerk, "Last", raw(nil)), stamp.CodeInvalid},

	// What the SDK refuses.
	{execute(stranger, "Stamp", stampRequest(3, "letter")), sdk.CodeMissingRole},
	{execute(clerk, "Nothing", raw(nil)), sdk.CodeUnknownMethod},
	{query(clerk, "stamp", raw(nil)), sdk.CodeUnknownMethod},
	{execute(clerk, "Stam", raw(nil)), sdk.CodeUnknownMethod},
	{query(clerk, "Stamp", stampRequest(3, "letter")), sdk.CodeWrongKind},
	{execute(clerk, "Last", &stamp.LastRequest{Kind: "letter"}), sdk.CodeWrongKind},
	{execute(clerk, "Stamp", raw("\x0a")), sdk.CodeBadRequest},                     // a tag alone
	{execute(clerk, "Stamp", raw("\x0a\x05ab")), sdk.CodeBadRequest},               // cut off
	{execute(clerk, "Stamp", raw("\x0a\xff\xff\xff\xff\x0f")), sdk.CodeBadRequest}, // a forged length
	{execute(clerk, "Stamp", raw("\x0a"+strings.Repeat("\xff", 9)+"\x01")), sdk.CodeBadRequest},
	{execute(clerk, "Stamp", raw(strings.Repeat("\xff", 11))), sdk.CodeBadRequest},      // an endless varint
	{execute(clerk, "Stamp", raw("\x08\x01")), sdk.CodeBadRequest},                      // another wire type
	{execute(clerk, "Stamp", raw("\x00\x01")), sdk.CodeBadRequest},                      // field 0
	{execute(clerk, "Stamp", raw("\x0f")), sdk.CodeBadRequest},                          // wire type 7
	{execute(clerk, "Stamp", raw("\x1c")), sdk.CodeBadRequest},                          // a group's end alone
	{execute(clerk, "Stamp", raw(strings.Repeat("\x1b", 100_000))), sdk.CodeBadRequest}, // groups without end

	// Fields that a later version might add are skipped.
	{query(clerk, "Last", raw("\x18\x07\x21abcdefgh\x2a\x03abc\x35abcd\x3b\x08\x01\x3c\x0a\x06letter")), 0},
	// Text at every boundary of UTF-8.
	{execute(clerk, "Stamp", stampRequest(1, "\x7f\u0080\u07ff\u0800\ud7ff\ue000\uffff")), 0},
	{execute(clerk, "Stamp", stampRequest(1, "\U00010000\U000fffff\U0010ffff")), 0},
	// The last of two wins.
	{query(clerk, "Last", raw("\x0a\x01x\x0a\x06letter")), 0},
}

// script returns the steps alone.
func script() []step {
	steps := make([]step, len(languageScript))
	for i, s := range languageScript {
		steps[i] = s.step
	}
	return steps
}

// comparable takes the sentence out of an SDK's own error: code and details are
// its meaning, and SDKs word it each in its way.
func comparable(a answer) answer {
	if a.Code >= sdk.CodeFirst {
		a.Message = ""
	}
	return a
}

func requireSameAnswers(t *testing.T, steps []step, want, got []answer) {
	t.Helper()
	for i, s := range steps {
		payload, err := s.request.MarshalVT()
		require.NoError(t, err)
		require.Equal(t, comparable(want[i]), comparable(got[i]), "step %d, %s(%.80q)", i, s.method, payload)
	}
}

// TestLanguages runs one script against every language and holds answers,
// events and state to those of the Go contract, byte for byte.
func TestLanguages(t *testing.T) {
	steps := script()
	want := inPlainGo(t, "records/stamp", stamp.NewService(&stamp.Contract{}), steps)
	for i, s := range languageScript {
		require.Equal(t, s.code, want.Answers[i].Code, "step %d, %s: %s", i, s.method, want.Answers[i].Message)
	}
	require.Len(t, want.State, 7)
	for _, name := range languages {
		t.Run(name, func(t *testing.T) {
			code := buildLanguage(t, name)
			got := inWasm(t, "records/stamp", code, steps)
			requireSameAnswers(t, steps, want.Answers, got.Answers)
			require.Equal(t, want.Events, got.Events)
			require.Equal(t, want.State, got.State)
			requireSchemaKeys(t, code, got)
			logGas(t, code)
		})
	}
	t.Run("stamp in Go", func(t *testing.T) {
		if testing.Short() {
			t.Skip("builds a Go contract")
		}
		code := buildExample(t, "stamp")
		require.Equal(t, want.State, inWasm(t, "records/stamp", code, steps).State)
		t.Logf("%d bytes", len(code))
		logGas(t, code)
	})
}

// requireSchemaKeys holds the keys in state to those that clients compute from
// the descriptors in the code, for proofs and for the console.
func requireSchemaKeys(t *testing.T, code []byte, got observed) {
	t.Helper()
	info, err := contractbuild.Inspect(code)
	require.NoError(t, err)
	var keys []string
	for _, entry := range got.State {
		var value stamp.Counter
		require.NoError(t, value.UnmarshalVT(entry.Value))
		key, err := schema.CollectionKey(info.Descriptors, "counters", []string{value.Kind})
		require.NoError(t, err)
		require.Equal(t, key, entry.Key)
		collection, parts, ok := info.Schema.ParseKey(entry.Key)
		require.True(t, ok)
		require.Equal(t, "counters", collection.Name)
		keys = append(keys, parts...)
	}
	require.Equal(t, []string{"a\x00", kindWithZero, strings.Repeat("k", 32), "letter"}, keys[:4])
}

// logGas tells what one stamp and one query cost, and the shortest time of many
// stamps.
func logGas(t *testing.T, code []byte) {
	t.Helper()
	world := newStampWorld(t, code)
	var first, second, last runtime.Outcome
	fastest := time.Hour
	for i := range 300 {
		payload, err := stampRequest(i, "letter").MarshalVT()
		require.NoError(t, err)
		begin := time.Now()
		second = world.Execute("records/stamp", "Stamp", payload)
		fastest = min(fastest, time.Since(begin))
		require.Equal(t, runtime.StatusOK, second.Status)
		if i == 0 {
			first = second
		}
	}
	last = world.Query("records/stamp", "Last", []byte("\x0a\x06letter"))
	require.Equal(t, runtime.StatusOK, last.Status)
	t.Logf("gas: first Stamp %d, Stamp %d, Last %d; fastest Stamp %v", first.GasUsed, second.GasUsed, last.GasUsed, fastest)
}

// TestLanguagesRandomly runs damaged requests against every language.
func TestLanguagesRandomly(t *testing.T) {
	_, contract, err := generate.Descriptors(filepath.Join(examples, "stamp"), "")
	require.NoError(t, err)
	method, ok := contract.Method("Stamp")
	require.True(t, ok)
	random := rand.New(rand.NewSource(1))
	var steps, bad []step
	for range 3_000 {
		payload, err := stampRequest(random.Intn(3), []string{"letter", "收文", "a\x00b", ""}[random.Intn(4)]).MarshalVT()
		require.NoError(t, err)
		payload = damage(random, payload)
		s := execute(clerk, "Stamp", raw(payload))
		if proto.Unmarshal(payload, dynamicpb.NewMessage(method.Input)) == nil {
			steps = append(steps, s)
		} else {
			bad = append(bad, s)
		}
	}
	for _, text := range notText {
		bad = append(bad, execute(clerk, "Stamp", raw(append([]byte{0x12, byte(len(text))}, text...))))
	}
	want := inPlainGo(t, "records/stamp", stamp.NewService(&stamp.Contract{}), steps)
	codes := map[uint32]int{}
	for _, a := range want.Answers {
		codes[a.Code]++
	}
	t.Logf("answers by code: %v, and %d that are no message", codes, len(bad))
	require.Greater(t, len(codes), 3, "the damage reaches every path")
	for _, name := range languages {
		t.Run(name, func(t *testing.T) {
			code := buildLanguage(t, name)
			got := inWasm(t, "records/stamp", code, steps)
			requireSameAnswers(t, steps, want.Answers, got.Answers)
			require.Equal(t, want.State, got.State)
			// What google.golang.org/protobuf does not take for a message must never
			// become state: no client could read it.
			got = inWasm(t, "records/stamp", code, bad)
			for i, a := range got.Answers {
				require.Equal(t, sdk.CodeBadRequest, a.Code, "%q", bad[i].request)
			}
			require.Empty(t, got.State)
		})
	}
}

// notText are bytes that are not UTF-8.
var notText = []string{
	"\x80", "\xff", "\xe6", "\xe6\x94", "a\xc3", // alone, or cut off
	"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", // longer than need be
	"\xed\xa0\x80", "\xed\xbf\xbf", // surrogates
	"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", // beyond Unicode
	"\xe6\x94\x41", "\xf0\x9f\x98\xc0",
}

// damage changes a few bytes of a request, or none.
func damage(random *rand.Rand, b []byte) []byte {
	for range random.Intn(4) {
		at := random.Intn(len(b) + 1)
		switch random.Intn(4) {
		case 0:
			b = b[:at]
		case 1:
			b = slices.Insert(b, at, byte(random.Intn(256)))
		case 2:
			// Whole fields, most of them at an end: unknown ones, groups, known ones of
			// another type, and tags beyond the last number.
			if random.Intn(4) > 0 {
				at = random.Intn(2) * len(b)
			}
			fields := []string{"\x18\x01", "\x1b\x1c", "\x1b\x23\x24\x1c", "\x25abcd", "\x2a\x00", "\x08\x01", "\x15abcd", "\x82\x80\x80\x80\x80\x01\x00", "\x12\x01k"}
			b = slices.Insert(b, at, []byte(fields[random.Intn(len(fields))])...)
		default:
			if at < len(b) {
				b[at] = byte(random.Intn(256))
			}
		}
	}
	return b
}

// newStampWorld returns a world with the contract and a clerk who calls.
func newStampWorld(t *testing.T, code []byte) *runtimetest.World {
	t.Helper()
	rt, err := sharedRuntime()
	require.NoError(t, err)
	world := runtimetest.NewWorld(rt)
	require.NoError(t, world.Deploy("records/stamp", code))
	world.Context.Origin, world.Context.Org, world.Context.Roles = clerk.address, clerk.org, clerk.roles
	return world
}

// TestLanguageMemoryIsReset makes more calls than memory that is never freed
// would allow if calls left theirs behind.
func TestLanguageMemoryIsReset(t *testing.T) {
	for _, name := range languages {
		t.Run(name, func(t *testing.T) {
			world := newStampWorld(t, buildLanguage(t, name))
			payload, err := stampRequest(1, "letter").MarshalVT()
			require.NoError(t, err)
			var gas uint64
			for i := range 2_000 {
				payload[2] = byte(i % 2)
				out := world.Execute("records/stamp", "Stamp", payload)
				require.Equal(t, runtime.StatusOK, out.Status, "call %d: %v", i, out.Err)
				if i == 1 {
					gas = out.GasUsed
				}
				if i > 1 && i < 120 { // numbers of one byte
					require.Equal(t, gas, out.GasUsed, "call %d", i)
				}
			}
		})
	}
}
