package hotline_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/calendar"
	"github.com/chancery-chain/chancery/examples/hotline"
	"github.com/chancery-chain/chancery/examples/hotline/story"
	"github.com/stretchr/testify/require"
)

// memory is a chain in memory as a world of stories. It keeps all requests.
type memory struct {
	chain    *sdktest.Chain
	parties  map[string]*sdktest.Account
	payloads [][]byte
	executed int // executing calls that succeeded
}

func newMemory() *memory {
	return &memory{chain: sdktest.New(), parties: map[string]*sdktest.Account{}}
}

// recorder is an account whose requests are kept.
type recorder struct {
	*sdktest.Account
	m *memory
}

func (r recorder) ExecuteContract(contract, method string, payload []byte) ([]byte, error) {
	r.m.payloads = append(r.m.payloads, payload)
	out, err := r.Account.ExecuteContract(contract, method, payload)
	if err == nil {
		r.m.executed++
	}
	return out, err
}

func (m *memory) Party(name, org string, roles ...string) sdk.Executor {
	m.parties[name] = m.chain.Account("cy1"+name, org, roles...)
	return recorder{m.parties[name], m}
}

func (m *memory) Address(name string) string { return m.parties[name].Address }
func (m *memory) Nobody() sdk.Querier        { return m.chain.Anonymous() }
func (m *memory) At(t time.Time)             { m.chain.SetTime(t) }
func (m *memory) Permits() bool              { return true }

func (m *memory) Deploy(name, example string, init sdk.Marshaler) error {
	service := hotline.NewService(&hotline.Contract{})
	if example == "calendar" {
		service = calendar.NewService(&calendar.Contract{})
	}
	return m.chain.DeployInit(m.chain.Account("cy1dev", "city", "developer"), name, service, "Init", init)
}

func TestStory(t *testing.T) {
	m := newMemory()
	story.Play(t, m)
	made := 0
	for _, call := range m.chain.Scheduled() {
		require.NoError(t, call.Err, "no call comes when there is nothing to mark")
		made++
	}
	require.NotZero(t, made)
	require.Len(t, m.chain.Events(), m.executed+made, "one event for each message")
}

// TestPrivacy looks for clear text in everything that nodes keep of the story:
// requests, events and state. The calendar alone has Chinese text, the reference
// of a public notice.
func TestPrivacy(t *testing.T) {
	m := newMemory()
	story.Play(t, m)
	kept := append([][]byte{}, m.payloads[1:]...) // the first publishes the year
	for _, e := range m.chain.Events() {
		if e.Contract == story.Name {
			kept = append(kept, e.Payload)
		}
	}
	for _, e := range m.chain.State(story.Name) {
		kept = append(kept, e.Key, e.Value)
	}
	require.Greater(t, len(kept), 5000)
	for _, raw := range kept {
		text := string(raw)
		for _, secret := range story.Secrets {
			require.NotContains(t, text, secret)
		}
		// Digests may by chance decode as one odd letter, never as a row of them.
		run := 0
		for _, r := range text {
			if run++; !unicode.Is(unicode.Han, r) {
				run = 0
			}
			require.Less(t, run, 4, "Chinese text in %q", text)
		}
	}
	require.True(t, strings.Contains(string(m.payloads[0]), "国办"), "the scan sees requests")
}

// TestOnePersonTwoOrganisations: who is dispatcher here and supervisor there is
// one person still.
func TestOnePersonTwoOrganisations(t *testing.T) {
	m := newMemory()
	c := story.Setup(t, m)
	no := c.Call(story.Tag("caller"))
	for _, p := range []struct {
		org, role string
		want      uint32
	}{{"hotline", "dispatcher", 0}, {"city", "supervisor", hotline.CodeSelf}} {
		both := hotline.NewHotlineServiceClient(m.Party("both", p.org, p.role), story.Name)
		_, err := both.MarkUnreasonable(&hotline.MarkUnreasonableRequest{ReqId: c.ID(), No: no, Reason: 1, Evidence: "ev"})
		require.Equal(t, p.want, sdk.CodeOf(err))
	}
}
