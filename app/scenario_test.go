package app_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/query"
)

// TestScenario runs the stories in testdata/scenario: blocks and txs in, results
// and an app hash out. Their results are written anew by
//
//	go test ./app -run TestScenario -rewrite
//
// A story begins a fresh chain with apptest's genesis. Its directives:
//
//	block [after=1h] [evidence=<validator>]
//	<who>@<org> <action> ...
//
// where <who> is a name: of the genesis, or of a key that the story makes. More can
// be said: clerk=new+spare is the account of clerk, signed by the keys new and
// spare; service~clerk is the account of service in the place of clerk. An
// organisation may be missing.
//
// where a line is one tx: upload counter | deploy <name> counter | call <name>
// <method> <json> | set-member <who> [key=sm2] [roles=a,b] [remove] | create-org
// <name> <who> <gas> | set-quota <org> <gas>, or any other action of the API by its
// field in TxBody, followed by its message as JSON. In that "$name" becomes an
// address, "@name" a public key, "+1h" the time an hour after the block's, and
// "!name org" the name's consent to the organisation as guardian, "%name" the key of
// a validator and "&name" its address, "#code" the hash of a code of shops, and "^contract id" the digest of
// a proposed upgrade. A story whose name begins with governance has apptest's governed
// genesis, with a switch of protocol version six blocks ahead at least. upload vault | deploy <name> vault | put <name> <key> <bytes> [gas=<limit>]
// | give …, the same by the sponsored method, concern testdata/vault, whose gas and
// app hashes are the same everywhere.
//
//	query <name> <method> <json>
//	contract <name> | versions <contract> | upgrades <contract> | code <code>
//	templates [<org>] [by-stars] [size=<n>] | template <name> | template-versions <name>
//	template-uses <name> | template-stars <name>
//	org <name> | members <org> | account <name> | delegations <name>
//	proposal <id> | committee | validators | quorum <validator> org=<org> …
//	quota <org> | sponsorship <contract> <method> [<name>] | usage [<org>]
//	simulate [<id>]     with a proposal as JSON, unless there is a number
//	replay     executes the story so far on a new state machine
//
// Gas and app hashes are shown until a story uploads code: from then on they
// depend on the Go version that built it.
func TestScenario(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a contract with the Go toolchain")
	}
	datadriven.Walk(t, "testdata/scenario", func(t *testing.T, path string) {
		code, err := counterCode()
		require.NoError(t, err)
		genesis := apptest.Genesis()
		if strings.HasPrefix(filepath.Base(path), "governance") {
			genesis = apptest.Governed()
			genesis.Params = &app.GenesisParams{ProtocolLeadBlocks: 6}
		}
		s := &story{t: t, chain: apptest.New(t, genesis), code: code, schema: counterSchema(t, code), keys: map[string]key.Type{}, names: genesisNames()}
		datadriven.RunTest(t, path, s.run)
		requireStored(t, s.chain.App)
	})
}

type story struct {
	t      *testing.T
	chain  *apptest.Chain
	code   []byte
	schema *schema.Contract
	keys   map[string]key.Type // of members that the story made
	names  map[string]bool     // that the story used
	built  bool                // code was uploaded
	shops  map[string][]byte   // codes without a compiler, by name
}

func (s *story) run(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "block":
		return s.block(d)
	case "query":
		req, err := s.schema.RequestFromJSON(d.CmdArgs[1].Key, []byte(d.Input))
		require.NoError(t, err)
		out, err := s.chain.App.Query().CallContract(t.Context(), query.Call{Contract: d.CmdArgs[0].Key, Method: d.CmdArgs[1].Key, Payload: req})
		if err != nil {
			return err.Error() + "\n"
		}
		json, err := s.schema.ResponseToJSON(d.CmdArgs[1].Key, out)
		require.NoError(t, err)
		return compact(json) + "\n"
	case "org":
		o, err := s.chain.App.Query().Org(d.CmdArgs[0].Key)
		if err != nil {
			return err.Error() + "\n"
		}
		return fmt.Sprintf("title=%s gas_per_period=%d%s height=%d%s\n", o.Title, o.GasPerPeriod, s.exact(" gas_used=%d", o.GasUsed), o.Height, place(o))
	case "quota", "sponsorship", "usage":
		return s.quotas(d)
	case "members":
		return s.members(d.CmdArgs[0].Key)
	case "account":
		return s.account(d.CmdArgs[0].Key)
	case "delegations":
		return s.delegations(d.CmdArgs[0].Key)
	case "contract", "versions", "upgrades", "code":
		return s.lifecycle(d)
	case "template", "templates", "template-versions", "template-uses", "template-stars":
		return s.templates(d)
	case "proposal", "committee", "validators", "quorum", "simulate":
		return s.governance(d)
	case "replay":
		require.Equal(t, s.chain.App.Info().AppHash, s.chain.Replay(app.Options{Dir: t.TempDir()}))
		return "same app hash\n"
	}
	t.Fatalf("unknown directive %q", d.Cmd)
	return ""
}

// compact drops the blanks that protojson puts in at random.
func compact(json []byte) string { return strings.Join(strings.Fields(string(json)), "") }

func (s *story) block(d *datadriven.TestData) string {
	after := time.Second
	if d.HasArg("after") {
		var text string
		d.ScanArgs(s.t, "after", &text)
		var err error
		after, err = time.ParseDuration(text)
		require.NoError(s.t, err)
	}
	at := s.chain.Time.Add(after)
	s.chain.Time = at // txs are signed by the block's time
	var txs [][]byte
	for _, line := range strings.Split(strings.TrimSpace(d.Input), "\n") {
		if line != "" {
			txs = append(txs, s.tx(line))
		}
	}
	res := s.chain.Decide(app.Block{Time: at, Txs: txs, Misbehaviour: s.evidence(d)})
	var b strings.Builder
	for i, r := range res.Results {
		fmt.Fprintf(&b, "%d: ", i)
		if r.Code != 0 {
			b.WriteString(s.codeNames(r.Log))
		} else {
			b.WriteString("ok")
		}
		b.WriteString(s.exact(" gas=%d", r.GasUsed) + "\n")
		for _, e := range r.Events {
			b.WriteString("   " + s.event(e) + "\n")
		}
	}
	b.WriteString(s.blockEnd(res))
	fmt.Fprintf(&b, "height=%d%s\n", res.Height, s.exact(" app_hash=%s", hex.EncodeToString(res.AppHash)))
	return b.String()
}

func (s *story) event(e *chanceryv1.Event) string {
	if e.Type == "chancery.v1.QuotaWarning" && e.Contract == "" {
		return s.warning(e)
	}
	if e.Contract == "" {
		return e.Type
	}
	json, err := s.schema.EventToJSON(e.Type, e.Payload)
	require.NoError(s.t, err)
	return e.Contract + " " + e.Type + " " + compact(json)
}

// exact formats what is the same for every build of the contracts only.
func (s *story) exact(format string, v any) string {
	if s.built {
		return ""
	}
	return fmt.Sprintf(format, v)
}

// key returns the key of a name: of the genesis, or made by the story.
func (s *story) key(name string) *key.Private {
	s.names[name] = true
	t, ok := s.keys[name]
	if !ok {
		t = key.Ed25519
		if strings.HasSuffix(name, "-clerk") {
			t = key.SM2
		}
	}
	return apptest.Key(name, t)
}

func (s *story) tx(line string) []byte {
	f := strings.SplitN(line, " ", 3)
	require.GreaterOrEqual(s.t, len(f), 3, line)
	who, org, ok := strings.Cut(f[0], "@")
	require.True(s.t, ok, line)
	if raw, ok := s.vault(who, org, f[1], f[2]); ok {
		return raw
	}
	if strings.HasPrefix(f[2], "{") || strings.ContainsAny(who, "=+~") || org == "" {
		return s.action(who, org, f[1], f[2])
	}
	signer := s.key(who)
	args := strings.Fields(f[2])
	hash := sha256.Sum256(s.code)
	switch f[1] {
	case "upload":
		s.built = true
		if args[0] != "counter" {
			return s.chain.Upload(signer, org, pack(s.t, s.shopCode(args[0])))
		}
		return s.chain.Upload(signer, org, pack(s.t, s.code))
	case "deploy":
		return s.chain.Deploy(signer, org, args[0], hash[:], nil)
	case "call":
		req, err := s.schema.RequestFromJSON(args[1], []byte(strings.Join(args[2:], " ")))
		require.NoError(s.t, err, line)
		return s.chain.Execute(signer, org, args[0], args[1], req)
	case "set-member":
		var roles []string
		member := !slices.Contains(args, "remove")
		for _, a := range args[1:] {
			if v, ok := strings.CutPrefix(a, "roles="); ok {
				roles = strings.Split(v, ",")
			}
			if v, ok := strings.CutPrefix(a, "key="); ok {
				t, err := key.ParseType(v)
				require.NoError(s.t, err)
				s.keys[args[0]] = t
			}
		}
		return s.chain.SetMember(signer, org, s.key(args[0]).Public(), member, roles...)
	}
	b := s.chain.Body(signer, org)
	var gas uint64
	switch f[1] {
	case "create-org":
		fmt.Sscan(args[2], &gas)
		b.Action = &chanceryv1.TxBody_CreateOrg{CreateOrg: &chanceryv1.CreateOrg{
			Name: args[0], Title: args[0], Admin: apptest.APIKey(s.key(args[1]).Public()), GasPerPeriod: gas,
		}}
	case "set-quota":
		fmt.Sscan(args[1], &gas)
		b.Action = &chanceryv1.TxBody_SetQuota{SetQuota: &chanceryv1.SetQuota{Org: args[0], GasPerPeriod: gas}}
	default:
		s.t.Fatalf("unknown action in %q", line)
	}
	return s.chain.Sign(b, signer)
}
