package app_test

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/tx"
)

// action returns a tx with any action of the API; see TestScenario.
func (s *story) action(who, org, name, arg string) []byte {
	who, signedBy, several := strings.Cut(who, "=")
	who, principal, _ := strings.Cut(who, "~")
	names := strings.Split(who, "+")
	origin := s.key(names[0])
	if several {
		names = strings.Split(signedBy, "+")
	}
	b := s.chain.Body(origin, org)
	if principal != "" {
		b.Principal = s.key(principal).Public().Address().String()
	}
	switch name {
	case "call":
		args := strings.SplitN(arg, " ", 3)
		req, err := s.schema.RequestFromJSON(args[1], []byte(args[2]))
		require.NoError(s.t, err, arg)
		b.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: args[0], Method: args[1], Payload: req}}
	default:
		body := new(chanceryv1.TxBody)
		require.NoError(s.t, protojson.Unmarshal([]byte(`{"`+name+`":`+s.expand(arg)+`}`), body), arg)
		b.Action = body.Action
	}
	var keys []*key.Private
	for _, n := range names {
		keys = append(keys, s.key(n))
	}
	raw, _, err := tx.Sign(b, keys...)
	require.NoError(s.t, err)
	return raw
}

// genesisNames are the names of apptest's genesis.
func genesisNames() map[string]bool {
	names := map[string]bool{"city-operator": true}
	for _, org := range []string{"city", "records", "housing"} {
		for _, role := range []string{"-admin", "-dev", "-clerk"} {
			names[org+role] = true
		}
	}
	return names
}

// place shows what is said about an organisation beyond its title.
func place(o *chanceryv1.Org) string {
	out := ""
	if o.Kind != 0 {
		out += " kind=" + strings.ToLower(strings.TrimPrefix(o.Kind.String(), "ORG_KIND_"))
	}
	if o.Uscc != "" {
		out += " uscc=" + o.Uscc
	}
	if o.Parent != "" {
		out += " parent=" + o.Parent
	}
	if o.Standing != chanceryv1.Standing_STANDING_ACTIVE {
		out += " " + strings.ToLower(strings.TrimPrefix(o.Standing.String(), "STANDING_"))
	}
	return out
}

var expandable = regexp.MustCompile(`"[$@+!%&#^][^"]*"`)

// expand replaces what stands for addresses, keys, times and consents in JSON.
func (s *story) expand(text string) string {
	return expandable.ReplaceAllStringFunc(text, func(found string) string {
		name := found[2 : len(found)-1]
		switch found[1] {
		case '$':
			return `"` + s.key(name).Public().Address().String() + `"`
		case '@':
			k := s.key(name).Public()
			return fmt.Sprintf(`{"key_type":%d,"public_key":"%s"}`, k.Type, base64.StdEncoding.EncodeToString(k.Bytes))
		case '%':
			k := apptest.ValidatorKey(name)
			return fmt.Sprintf(`{"key_type":%d,"public_key":"%s"}`, k.Type, base64.StdEncoding.EncodeToString(k.Bytes))
		case '&':
			return `"` + apptest.ValidatorKey(name).Address().String() + `"`
		case '#':
			return `"` + s.codeHash(name) + `"`
		case '^':
			return `"` + s.digest(name) + `"`
		case '!':
			who, org, _ := strings.Cut(name, " ")
			k := s.key(who)
			sig, err := k.Sign(tx.GuardianBytes(k.Public().Type, apptest.ChainID, org))
			require.NoError(s.t, err)
			return `"` + base64.StdEncoding.EncodeToString(sig) + `"`
		}
		after, err := time.ParseDuration(name)
		require.NoError(s.t, err)
		return `"` + s.chain.Time.Add(after).Format(time.RFC3339) + `"`
	})
}

// name returns the name of an address that the story knows.
func (s *story) name(address string) string {
	for name := range s.names {
		if s.key(name).Public().Address().String() == address {
			return name
		}
	}
	return address
}

func (s *story) keyName(k *chanceryv1.PublicKey) string {
	pub, err := key.NewPublic(key.Type(k.KeyType), k.PublicKey)
	require.NoError(s.t, err)
	return s.name(pub.Address().String())
}

func (s *story) members(org string) string {
	list, _, err := s.chain.App.Query().Members(org, 100, "")
	if err != nil {
		return err.Error() + "\n"
	}
	var lines []string
	for _, m := range list {
		line := fmt.Sprintf("%s %v", s.name(m.Account), m.Roles)
		if m.From != nil {
			line += " from=" + m.From.AsTime().Format(time.RFC3339)
		}
		if m.Until != nil {
			line += " until=" + m.Until.AsTime().Format(time.RFC3339)
		}
		if m.Suspended {
			line += " suspended"
		}
		if !m.Active {
			line += " (does not count)"
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func (s *story) account(name string) string {
	a, err := s.chain.App.Query().Account(s.key(name).Public().Address().String())
	if err != nil {
		return apperr.From(err).Code.String() + "\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "threshold=%d", a.Threshold)
	for i, k := range a.Keys {
		fmt.Fprintf(&b, " %s:%d", s.keyName(k), a.Weights[i])
	}
	fmt.Fprintf(&b, " guardian=%s %s orgs=%v\n", a.Guardian, strings.ToLower(strings.TrimPrefix(a.Standing.String(), "STANDING_")), a.Orgs)
	if r := a.Recovery; r != nil {
		fmt.Fprintf(&b, "recovery by %s at %s: threshold=%d", s.name(r.Origin), r.Effective.AsTime().Format(time.RFC3339), r.Threshold)
		for _, k := range r.Keys {
			fmt.Fprintf(&b, " %s:%d", s.keyName(k.Key), k.Weight)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (s *story) delegations(name string) string {
	list, _, err := s.chain.App.Query().Delegations(s.key(name).Public().Address().String(), 100, "")
	require.NoError(s.t, err)
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "to %s for %s until %s:", s.name(d.Delegate), d.Org, d.Until.AsTime().Format(time.RFC3339))
		for _, g := range d.Grants {
			fmt.Fprintf(&b, " %s%v", g.Contract, g.Methods)
		}
		b.WriteString("\n")
	}
	if b.Len() == 0 {
		return "none\n"
	}
	return b.String()
}
