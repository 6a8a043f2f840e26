package genesis

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/abci/node"
	"github.com/chancery-chain/chancery/app/key"
)

// text is a public key of a seed.
func text(t *testing.T, seed byte) string {
	t.Helper()
	k, err := key.FromSeed(key.Ed25519, bytes.Repeat([]byte{seed}, 32))
	require.NoError(t, err)
	return fmt.Sprintf("ed25519:%x", k.Public().Bytes)
}

// founders writes the files of four departments and of their chain, some of them
// changed, and returns the name of the chain's.
func founders(t *testing.T, change map[string]func(string) string) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{}
	var orgs, validators strings.Builder
	for i, org := range []string{"city", "records", "housing", "land"} {
		b, err := NodeFile{
			Name: org + "-1", Org: org, NodeID: strings.Repeat(fmt.Sprint(i), 40), Address: fmt.Sprintf("10.0.%d.11:26656", i),
			Key: text(t, byte(10+i)), Admins: []string{text(t, byte(20+i))},
		}.Encode()
		require.NoError(t, err)
		files[org+"-1.yaml"] = string(b)
		fmt.Fprintf(&orgs, "  - {name: %s, title: Office, gas_per_period: 1000000}\n", org)
		fmt.Fprintf(&validators, "  - {node: %s-1.yaml}\n", org)
	}
	files["city.yaml"] = "chain_id: my-city\ngenesis_time: 2026-03-02T09:00:00+08:00\noperator_org: city\n" +
		"committee: [city, records, housing, land]\norgs:\n" + orgs.String() + "validators:\n" + validators.String()
	for name, f := range change {
		was := files[name]
		files[name] = f(was)
		require.NotEqual(t, was, files[name], "the change of %s changes nothing", name)
	}
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return filepath.Join(dir, "city.yaml")
}

func replace(old, with string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, with, 1) }
}

func TestRead(t *testing.T) {
	o, err := Read(founders(t, map[string]func(string) string{"city.yaml": func(s string) string {
		s += "params: {max_call_gas: 50000000, voting_seconds: 86400}\n" +
			"rules:\n  - {kind: quota, threshold: 6666}\n"
		return strings.Replace(s, "{name: records, title: Office,", "{name: records, title: Office, uscc: 11440700MB2T00035J, parent: city, kind: government, members: [{key: \""+text(t, 50)+"\", roles: [clerk, auditor]}],", 1)
	}}))
	require.NoError(t, err)
	doc, err := node.NewGenesis(o)
	require.NoError(t, err)
	g, err := node.ReadGenesis(doc)
	require.NoError(t, err)
	require.Equal(t, "2026-03-02T01:00:00Z", g.Time.Format("2006-01-02T15:04:05Z07:00"))
	require.Len(t, g.Validators, 4)
	require.Equal(t, "city", g.Validators[0].Org)
	require.Equal(t, uint64(50000000), g.App.Params.MaxCallGas)
	records := g.App.Orgs[1]
	require.Equal(t, "11440700MB2T00035J", records.USCC)
	require.Len(t, records.Members, 2)
	require.Equal(t, []string{"auditor", "clerk"}, records.Members[0].Roles)
	require.Equal(t, []string{"admin", "operator"}, records.Members[1].Roles)
}

// Each fault names its field, and what would be right.
func TestReadRefuses(t *testing.T) {
	city := func(old, with string) map[string]func(string) string {
		return map[string]func(string) string{"city.yaml": replace(old, with)}
	}
	records := func(old, with string) map[string]func(string) string {
		return map[string]func(string) string{"records-1.yaml": replace(old, with)}
	}
	rows := []struct {
		name   string
		change map[string]func(string) string
		want   string
	}{
		{"no YAML", city("chain_id", "\tchain_id"), "city.yaml: yaml:"},
		{"empty", map[string]func(string) string{"city.yaml": func(string) string { return "" }}, "the file is empty"},
		{"unknown field", city("operator_org", "operator"), `line 3: there is no field "operator"`},
		{"wrong type", city("gas_per_period: 1000000", "gas_per_period: much"), "line 6: `much` is no uint64"},
		{"chain id", city("my-city", "my city"), `chain_id: "my city" is not 1 to 50`},
		{"time", city("2026-03-02T09:00:00+08:00", "tomorrow"), `genesis_time: "tomorrow" is no time such as`},
		{"operating organisation", city("operator_org: city", "operator_org: town"), `operator_org: "town" is not among orgs, which are city, housing, land, records`},
		{"organisation's name", city("name: records", "name: Records"), `orgs[1].name: "Records" is no name of an organisation`},
		{"organisation twice", city("name: records", "name: city"), `orgs[1].name: "city" stands twice`},
		{"kind", city("name: records,", "name: records, kind: office,"), `orgs[1].kind: "office" is no kind of organisation; there are government`},
		{"credit code", city("name: records,", "name: records, uscc: 11440700MB2T00035K,"), "orgs[1].uscc: "},
		{"credit code twice", city("name: city, title: Office, gas_per_period: 1000000}\n  - {name: records,",
			"name: city, uscc: 11440700MB2T00035J, gas_per_period: 1}\n  - {name: records, uscc: 11440700MB2T00035J,"), "orgs[1].uscc: 11440700MB2T00035J is city's already"},
		{"parent below", city("name: records,", "name: records, parent: land,"), `orgs[1].parent: "land" does not stand before it`},
		{"no gas", city("gas_per_period: 1000000", "stored_bytes: 5"), "orgs[0].gas_per_period: is missing"},
		{"member's key", city("name: records,", "name: records, members: [{key: records-admin, roles: [admin]}],"), `orgs[1].members[0].key: "records-admin" is no public key`},
		{"member's role", city("name: records,", "name: records, members: [{key: \""+text(t, 50)+"\", roles: [Clerk]}],"), `orgs[1].members[0].roles: "Clerk" is no role`},
		{"member twice", city("name: records,", "name: records, members: [{key: \""+text(t, 50)+"\"}, {key: \""+text(t, 50)+"\"}],"), "orgs[1].members[1].key: is another member's"},
		{"no admin", records("admins:\n    - "+text(t, 21), ""), "orgs[1].members: nobody has role admin, so records could never have another member"},
		{"no voter", city("name: records,", "name: records, members: [{key: \""+text(t, 21)+"\", roles: [admin]}],"), "orgs[1].members: nobody has role operator, so records could not vote"},
		{"committee", city("committee: [city,", "committee: [town,"), `committee[0]: "town" is not among orgs`},
		{"committee twice", city("committee: [city, records", "committee: [city, city"), `committee[1]: "city" stands twice`},
		{"rule", city("committee", "rules: [{kind: quotas, threshold: 6666}]\ncommittee"), `rules[0]: kind "quotas" is unknown`},
		{"threshold", city("committee", "rules: [{kind: quota, threshold: 66}]\ncommittee"), "rules[0]: threshold: is 66, not 5000 to 9999"},
		{"parameter", city("committee", "params: {max_gas: 6666}\ncommittee"), "params.max_gas: there is no such parameter; there are default_stored_bytes"},
		{"parameter out of range", city("committee", "params: {max_valid_seconds: 1}\ncommittee"), "params: params: max_valid_seconds"},
		{"no validators", map[string]func(string) string{"city.yaml": func(s string) string { s, _, _ = strings.Cut(s, "validators"); return s }}, "validators: there is none"},
		{"no file", city("records-1.yaml", "record-1.yaml"), "validators[1].node: open "},
		{"no file named", city("{node: records-1.yaml}", "{power: 4}"), "validators[1].node: is missing: the name of a file that chancery node identity made"},
		{"one file twice", city("records-1.yaml", "city-1.yaml"), "validators[1].node: city-1.yaml has the key of city-1.yaml (validators[0])"},
		{"copied keys", records(strings.Repeat("1", 40), strings.Repeat("0", 40)), "validators[1].node: records-1.yaml has the node_id of city-1.yaml"},
		{"organisation of a node", records("org: records", "org: archive"), `validators[1].node: org: "archive" is not among orgs`},
		{"key of a node", records("key: ed25519:", "key: rsa:"), "is no validator key, such as ed25519:5f0c…; chancery validator key prints it"},
		{"short key of a node", records("key: ed25519:", "key: ed25519:00"), "records-1.yaml: key: has 33 bytes, not 32"},
		{"address of a node", records("10.0.1.11:26656", "0.0.0.0:26656"), "address: 0.0.0.0 means every address of a machine"},
		{"no port", records("10.0.1.11:26656", "10.0.1.11"), `address: "10.0.1.11" is no host:port, such as`},
		{"node's name", records("name: records-1", "name: Records 1"), "records-1.yaml: name: "},
		{"power", city("{node: records-1.yaml}", "{node: records-1.yaml, power: -3}"), "validators[1].power: is -3, not 1 to"},
		{"a third of the power", city("{node: records-1.yaml}", "{node: records-1.yaml, power: 15}"), `validators: "records" would hold 15 of 45 voting power, a third or more`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := Read(founders(t, row.change))
			require.ErrorContains(t, err, row.want)
		})
	}
}

func TestReadRefusesAllAtOnce(t *testing.T) {
	_, err := Read(founders(t, map[string]func(string) string{
		"city.yaml":      func(s string) string { return strings.Replace(s, "my-city", "", 1) + "params: {max_gas: 1}\n" },
		"records-1.yaml": replace("org: records", "org: archive"),
	}))
	require.ErrorContains(t, err, "city.yaml: 4 faults:\n  chain_id: ")
	require.ErrorContains(t, err, "\n  validators[1].node: org: ")
	require.ErrorContains(t, err, "\n  params.max_gas: ")
}
