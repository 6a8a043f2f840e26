package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// TestProposalLines: a mistake is named with its line in the file that people wrote.
func TestProposalLines(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no YAML", "title: x\nchanges:\n  - [\n", "line 3: did not find expected node content"},
		{"no mapping", "# nothing\n- title\n", "line 2: a proposal is a list of fields"},
		{"unknown change", "# why\ntitle: x\n\nchanges:\n  - set_quota: {org: land}\n  - vanish: {}\n", `line 6: unknown field "vanish"`},
		{"unknown field", "title: x\nchanges:\n- set_quota:\n    org: land\n    # much\n    gas: 5\n", `line 6: unknown field "gas"`},
		{"wrong type", "title: x\nchanges:\n- set_quota:\n    org: land\n    gas_per_period: much\n", "line 5: invalid value for uint64 field gasPerPeriod: \"much\""},
		{"twice", "title: x\nreference: a\ntitle: y\n", `line 3: duplicate field "title"`},
		{"no list", "title: x\nchanges:\n  set_quota: {org: land}\n", "line 3: syntax error: unexpected token {"},
		{"enum", "title: |\n  two\n  lines\nchanges:\n- create_org:\n    name: land\n    kind: office\n", `line 7: changes[0].create_org.kind: "office" is none of its values`},
		{"key", "title: x\nchanges:\n- add_validator:\n    name: a\n    key: ed25519:zz\n", "line 5: changes[0].add_validator.key: validator key"},
		{"rule of a field", "title: x\nchanges:\n- set_quota:\n    org: land\n- create_org:\n    name: Land-\n", "line 6: InvalidTx"},
		{"rule of a field in camel case", "title: x\nchanges:\n- createOrg: {title: t,\n    name: Land-}\n", "line 4: InvalidTx"},
		{"field that is missing", "title: x\nchanges:\n- set_quota:\n    org: land\n- create_org:\n    title: Land\n", "line 5: InvalidTx"},
		{"nothing", "", "title: must have 1 to 128 bytes"},
		{"reference", "a: &a [*a]\ntitle: x\n", "line 1: a[0]: references to other places are not read"},
		{"merge", "title: x\nb: &b {c: 1}\nd:\n  <<: *b\n", "line 4: a field's name is plain text"},
		{"JSON", "{\n\"title\": \"x\",\n\"changes\": [\n{\"set_quota\": {\n\"org\": 5}}]}", "line 5: invalid value for string field org: 5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "change.yaml")
			require.NoError(t, os.WriteFile(file, []byte(tt.text), 0o600))
			c := &cli{term: &terminal.Terminal{}}
			_, err := c.proposal(file)
			require.Error(t, err)
			text := strings.ReplaceAll(err.Error(), "\u00a0", " ") // protojson writes both kinds of spaces
			require.Contains(t, text, tt.want)
			require.True(t, strings.HasPrefix(text, file+": "), text)
		})
	}
	file := filepath.Join(t.TempDir(), "change.yaml")
	require.NoError(t, os.WriteFile(file, []byte("title: >\n  folded\n  text\nchanges:\n- set_quota: {org: land, gasPerPeriod: 7}\n"+
		"- set_org_status:\n    org: land\n    suspended: true\n    reason: \"two\\nlines\"\n"), 0o600))
	p, err := (&cli{term: &terminal.Terminal{}}).proposal(file)
	require.NoError(t, err)
	require.Equal(t, "folded text\n", p.Title)
	require.EqualValues(t, 7, p.Changes[0].GetSetQuota().GasPerPeriod)
	require.Equal(t, "two\nlines", p.Changes[1].GetSetOrgStatus().Reason)
}
