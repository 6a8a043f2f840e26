// Package devnet makes a home for trying things: one validator, three
// organisations, and accounts whose keys lie there in clear.
package devnet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/chancery-chain/chancery/abci/node"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/host"
)

// ChainID of every devnet.
const ChainID = "chancery-devnet"

// gasPerPeriod is what each organisation may use a day: about a thousand seconds
// of the reference machine.
const gasPerPeriod = 1_000_000_000_000

// leadBlocks is how far ahead a switch of protocol version must be: nobody needs a day
// to get ready for one here.
const leadBlocks = 2

// Account is a ready-made account.
type Account struct {
	Name    string // of its key
	Org     string
	Roles   []string
	Type    key.Type
	Address key.Address
}

// orgs are the organisations; the first is the operating one.
var orgs = []struct{ name, title string }{
	{"city", "City government 市政府"},
	{"records", "Records office 档案局"},
	{"housing", "Housing authority 住房局"},
}

var accounts = []Account{
	{Name: "city-operator", Org: "city", Roles: []string{"admin", "operator"}, Type: key.Ed25519},
	{Name: "records-admin", Org: "records", Roles: []string{"admin"}, Type: key.Ed25519},
	{Name: "records-dev", Org: "records", Roles: []string{"developer"}, Type: key.Ed25519},
	{Name: "records-clerk", Org: "records", Roles: []string{"clerk"}, Type: key.Ed25519},
	{Name: "records-notary", Org: "records", Roles: []string{"notary"}, Type: key.SM2},
	{Name: "housing-admin", Org: "housing", Roles: []string{"admin"}, Type: key.Ed25519},
	{Name: "housing-dev", Org: "housing", Roles: []string{"developer"}, Type: key.Ed25519},
	{Name: "housing-clerk", Org: "housing", Roles: []string{"clerk"}, Type: key.SM2},
}

// marker is a file that says that a home is a devnet's and may be wiped.
const marker = "DEVNET"

// Prepare makes the home of a devnet, or takes the one that is there, and returns
// its accounts. Made is true when the chain is new.
func Prepare(home string) (list []Account, made bool, err error) {
	_, err = os.Stat(host.Genesis(home))
	made = errors.Is(err, os.ErrNotExist)
	if err == nil && !isDevnet(home) {
		return nil, false, fmt.Errorf("%s is the home of a node, but not of a devnet", home)
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, false, err
	}
	if made {
		text := "This folder is a devnet: its keys are not encrypted, and chancery devnet --fresh deletes it.\n"
		if err := os.WriteFile(filepath.Join(home, marker), []byte(text), 0o644); err != nil {
			return nil, false, err
		}
	}
	list, members, err := prepareKeys(home)
	if err != nil || !made {
		return list, false, err
	}
	genesis := &app.Genesis{OperatorOrg: orgs[0].name, Params: &app.GenesisParams{ProtocolLeadBlocks: leadBlocks}}
	for _, o := range orgs {
		genesis.Orgs = append(genesis.Orgs, app.GenesisOrg{
			Name: o.name, Title: o.title, GasPerPeriod: gasPerPeriod, Members: members[o.name],
		})
	}
	config := node.DefaultConfig()
	config.Moniker = "devnet"
	config.Log.Level = "warn"
	config.P2P.Exchange = false // nobody joins, and the list of peers is saved late
	_, err = node.Init(home, node.InitOptions{ChainID: ChainID, App: genesis, Config: &config})
	return list, true, err
}

// prepareKeys makes the accounts' keys that are missing.
func prepareKeys(home string) ([]Account, map[string][]app.GenesisMember, error) {
	ring := client.OpenKeyring(host.Keys(home))
	list := slices.Clone(accounts)
	members := make(map[string][]app.GenesisMember)
	for i, a := range list {
		info, err := ring.Show(a.Name)
		if errors.Is(err, client.ErrNoKey) {
			info, err = ring.Create(a.Name, a.Type, client.Unencrypted())
		}
		if err != nil {
			return nil, nil, err
		}
		list[i].Address = info.Address
		members[a.Org] = append(members[a.Org], app.GenesisMember{
			KeyType: info.Public.Type.String(), PublicKey: info.Public.Bytes, Roles: a.Roles,
		})
	}
	return list, members, nil
}

func isDevnet(home string) bool {
	_, err := os.Stat(filepath.Join(home, marker))
	return err == nil
}

// Wipe deletes a devnet with all its state and keys. It refuses any other folder.
func Wipe(home string) error {
	entries, err := os.ReadDir(home)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if !isDevnet(home) {
		return fmt.Errorf("%s is not a devnet: it is not deleted", home)
	}
	return os.RemoveAll(home)
}
