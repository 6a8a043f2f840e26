package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/host"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// cli is what all commands share: the terminal and the global flags.
type cli struct {
	term *terminal.Terminal

	home           string
	node           string
	key            string
	org            string
	account        string   // to sign for, when it is not the one that key made
	cosign         []string // names of further keys
	inPlaceOf      string   // principal of a delegation
	passphraseFile string
	timeout        time.Duration

	signOnly   string // see offline
	validUntil string

	// ran is set once the arguments were accepted; errors before are of usage.
	ran bool
}

// usageError is an error in how the command was called.
type usageError struct{ msg string }

func (e *usageError) Error() string { return e.msg }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "chancery",
		Short: "A city's chain: its node, its contracts and its client in one command",
		Example: `  chancery devnet                 keep a chain running to try things on
  chancery demo --file README.md  see everything once, from contract to proof`,
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	group(root)
	f := root.PersistentFlags()
	f.StringVar(&c.home, "home", defaultHome(), "folder of the node and its keys")
	f.StringVar(&c.node, "node", "", "URL of the node (default: the one running in --home, else "+defaultNode+")")
	f.StringVar(&c.key, "key", "", "name of the key to sign with (default: the only one)")
	f.StringVar(&c.org, "org", "", "organisation to act for, - for none (default: the account's only one)")
	f.StringVar(&c.account, "account", "", "account to sign for, an address or a key's name (default: the one that --key made)")
	f.StringSliceVar(&c.cosign, "cosign", nil, "names of further keys of the account that sign too")
	f.StringVar(&c.inPlaceOf, "in-place-of", "", "account that delegated the method to the signing one, an address or a key's name")
	f.StringVar(&c.passphraseFile, "passphrase-file", "", "file whose first line is the keys' passphrase")
	f.DurationVar(&c.timeout, "timeout", time.Minute, "longest time to wait for the chain")
	f.BoolVar(&c.term.JSON, "json", false, "write results and errors as JSON, one value a line")
	root.PersistentPreRun = func(*cobra.Command, []string) { c.ran = true }
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return terminal.Hint(&usageError{err.Error()}, "%s --help lists the flags", cmd.CommandPath())
	})
	root.AddCommand(
		c.initCommand(), c.genesisCommand(), c.startCommand(), c.devnetCommand(), c.demoCommand(),
		c.keyCommand(), c.accountCommand(), c.orgCommand(), c.memberCommand(), c.quotaCommand(), c.contractCommand(), c.templateCommand(), c.txCommand(), c.proofCommand(), c.nodeCommand(), c.replayCommand(),
		c.govCommand(), c.validatorCommand(),
		c.errorsCommand(), c.versionCommand(),
	)
	return root
}

// group makes a command that has only commands below it: without one it shows
// its help, with an unknown one it fails.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		var names []string
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				names = append(names, sub.Name())
			}
		}
		return terminal.Hint(usagef("%s has no command %q", cmd.CommandPath(), args[0]), "its commands are %s", strings.Join(names, ", "))
	}
	return cmd
}

// args checks the number of arguments and shows how the command is called.
func args(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		n := len(args)
		if n >= least && (n <= most || most < 0) {
			return nil
		}
		return terminal.Hint(usagef("%s: wrong number of arguments: %d", cmd.CommandPath(), n), "usage: %s", cmd.UseLine())
	}
}

const defaultNode = "http://127.0.0.1:26680"

func defaultHome() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ".chancery"
	}
	return filepath.Join(home, ".chancery")
}

func (c *cli) nodeURL() string {
	if c.node != "" {
		return c.node
	}
	if url := host.RunningURL(c.home); url != "" {
		return url
	}
	return defaultNode
}

func (c *cli) dial() (*client.Client, error) {
	cl, err := client.Dial(c.nodeURL())
	if err != nil {
		return nil, &usageError{err.Error()}
	}
	return cl, nil
}

// withTimeout bounds a command's time with the chain.
func (c *cli) withTimeout(cmd *cobra.Command) (context.Context, context.CancelFunc) {
	return context.WithTimeout(cmd.Context(), c.timeout)
}

func (c *cli) keyring() *client.Keyring { return client.OpenKeyring(filepath.Join(c.home, "keys")) }

// keyName returns the key to sign with: --key, or the only one.
func (c *cli) keyName() (string, error) {
	if c.key != "" {
		return c.key, nil
	}
	keys, err := c.keyring().List()
	if err != nil {
		return "", err
	}
	switch len(keys) {
	case 1:
		return keys[0].Name, nil
	case 0:
		return "", terminal.Hint(fmt.Errorf("there is no key in %s: %w", c.keyring().Dir(), client.ErrNoKey), "make one with chancery key new NAME")
	}
	var names []string
	for _, k := range keys {
		names = append(names, k.Name)
	}
	return "", terminal.Hint(&usageError{"several keys are there: choose one with --key"}, "the keys are %s", strings.Join(names, ", "))
}

// passphrase asks for the passphrase of a key that exists.
func (c *cli) passphrase(ctx context.Context, name string) func() (string, error) {
	return func() (string, error) {
		if c.passphraseFile != "" {
			return terminal.PassphraseFile(c.passphraseFile)
		}
		return c.term.AskPassphrase(ctx, "Passphrase of key "+name)
	}
}

// signer unlocks the keys, and finds the account to sign for and the organisation
// to act for.
func (c *cli) signer(ctx context.Context, cl *client.Client) (*client.Signer, error) {
	name, err := c.keyName()
	if err != nil {
		return nil, err
	}
	k, err := c.unlock(ctx, name)
	if err != nil {
		return nil, err
	}
	account := k.Public().Address().String()
	if c.account != "" {
		if account, err = c.address(c.account); err != nil {
			return nil, err
		}
	}
	member, principal := account, ""
	if c.inPlaceOf != "" {
		if principal, err = c.address(c.inPlaceOf); err != nil {
			return nil, err
		}
		member = principal
	}
	org := c.org
	switch org {
	case "-":
		org = "" // the contract's organisation pays, where it sponsors the method
	case "":
		if org, err = onlyOrg(ctx, cl, name, member); err != nil {
			return nil, err
		}
	}
	s := cl.Signer(k, org).For(account).InPlaceOf(principal)
	for _, name := range c.cosign {
		k, err := c.unlock(ctx, name)
		if err != nil {
			return nil, err
		}
		s = s.With(k)
	}
	return s, nil
}

// unlock returns the key of a name.
func (c *cli) unlock(ctx context.Context, name string) (*key.Private, error) {
	k, err := c.keyring().Unlock(name, c.passphrase(ctx, name))
	if errors.Is(err, client.ErrNoKey) {
		return nil, terminal.Hint(err, "make it with chancery key new %s, or see chancery key list", name)
	}
	return k, err
}
