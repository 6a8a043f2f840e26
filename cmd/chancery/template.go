package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"strconv"
	"strings"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) templateCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use: "template", Short: "Offer contracts to other organisations, and take what others offer",
		Long: "The register of contract templates: code on chain that an organisation offers to all under a name, in versions, with a document and the place of its " +
			"sources. What contract new begins with is something else.",
		Example: `  chancery template list --by-stars
  chancery template show records/land-register
  chancery template use records/land-register housing/land-register
  chancery template publish records/land-register land-register.wasm --document-uri https://… --document land-register.pdf`,
	})
	for _, part := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"Find and use:", []*cobra.Command{c.templateList(), c.templateShow(), c.templateVersions(), c.templateUse(), c.templateStar(), c.templateUnstar()}},
		{"Offer:", []*cobra.Command{c.templatePublish(), c.templateUses(), c.templateStars(), c.templateWithdraw()}},
	} {
		cmd.AddGroup(&cobra.Group{ID: part.title, Title: part.title})
		for _, sub := range part.commands {
			sub.GroupID = part.title
			cmd.AddCommand(sub)
		}
	}
	return cmd
}

// parseTemplate reads ORGANISATION/TEMPLATE[@VERSION]; the version is 0 without one.
func parseTemplate(s string) (name string, version uint64, err error) {
	name, number, named := strings.Cut(s, "@")
	if _, _, err := tx.SplitTemplateName(name); err != nil {
		return "", 0, terminal.Hint(usagef("%q is no template: expected ORGANISATION/TEMPLATE or ORGANISATION/TEMPLATE@VERSION", s), "chancery template list shows the templates there are")
	}
	if named {
		if version, err = strconv.ParseUint(number, 10, 64); err != nil || version == 0 {
			return "", 0, usagef("%q is no version: expected a number, as chancery template versions %s shows it", number, name)
		}
	}
	return name, version, nil
}

// templateHint tells where to look when there is no such template or version.
func templateHint(err error, name string) error {
	if connect.CodeOf(err) == connect.CodeNotFound {
		return terminal.Hint(err, "chancery template list shows the templates there are, chancery template versions %s its versions", name)
	}
	return err
}

func (c *cli) templatePublish() *cobra.Command {
	m := new(chanceryv1.PublishTemplate)
	var document, hash string
	cmd := &cobra.Command{
		Use:   "publish ORGANISATION/TEMPLATE CODE_HASH|FILE.wasm --document-uri URI --document FILE",
		Short: "Offer uploaded code under a name, or a new version of it; needs role admin", Args: args(2, 2),
		Long: "Offer code that was uploaded to all organisations, under a name. Published again, it gets another version, which is deployed from then on where no " +
			"version is named; contracts that were made from earlier ones stay as they are. As long as a version is not withdrawn, its code is not pruned.\n\n" +
			"A version names the document that describes it: where it is, and its SHA-256, computed from --document or given by --document-hash. " +
			"Titles that no flag gives are those in the contract's .proto.",
		Example: `  chancery template publish records/land-register land-register.wasm --document-uri https://records.example/land-register.pdf --document land-register.pdf \
    --source https://git.records.example/land-register@4f1c…`,
		RunE: func(cmd *cobra.Command, args []string) error {
			m.Template = args[0]
			code, err := codeHash(args[1])
			if err != nil {
				return err
			}
			m.CodeHash = code[:]
			if m.DocumentHash, err = c.documentHash(document, hash); err != nil {
				return err
			}
			if m.DocumentUri == "" {
				return usagef("--document-uri is missing: where others find the document that describes the template")
			}
			if m.Title == "" || m.TitleZh == "" {
				if err := c.titles(cmd, m); err != nil {
					return err
				}
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_PublishTemplate{PublishTemplate: m}},
				terminal.Pair{Name: "template", Value: m.Template}, terminal.Pair{Name: "code hash", Value: fmt.Sprintf("%x", m.CodeHash)},
				terminal.Pair{Name: "document hash", Value: fmt.Sprintf("%x", m.DocumentHash)})
		},
	}
	f := cmd.Flags()
	f.StringVar(&m.Title, "title", "", "title in English (default: the one in the code)")
	f.StringVar(&m.TitleZh, "title-zh", "", "title in Chinese (default: the one in the code)")
	f.StringVar(&m.DocumentUri, "document-uri", "", "where the document is that describes it")
	f.StringVar(&document, "document", "", "that document, to compute its hash, or - for stdin")
	f.StringVar(&hash, "document-hash", "", "its SHA-256, instead of --document")
	f.StringVar(&m.Source, "source", "", "where the sources are, for example a repository and its commit")
	return c.offline(cmd)
}

// documentHash is the hash of the document that describes a template.
func (c *cli) documentHash(file, hash string) ([]byte, error) {
	if (file == "") == (hash == "") {
		return nil, usagef("give the document that describes the template by --document, or its SHA-256 by --document-hash; one of them")
	}
	if hash != "" {
		h, err := parseHash("document hash", hash)
		return h[:], err
	}
	b, err := c.file(file)
	if err != nil {
		return nil, err
	}
	h := sha256.Sum256(b)
	return h[:], nil
}

// titles fills in the titles that the code itself has.
func (c *cli) titles(cmd *cobra.Command, m *chanceryv1.PublishTemplate) error {
	s, err := c.codeSchema(cmd, [32]byte(m.CodeHash), cmd.Flags().Arg(1))
	if err != nil {
		return err
	}
	if m.Title == "" {
		m.Title = s.Title
	}
	if m.TitleZh == "" {
		m.TitleZh = s.TitleZH
	}
	if m.Title == "" || m.TitleZh == "" {
		return terminal.Hint(usagef("the code has no title in English or in Chinese"), "say them with --title and --title-zh")
	}
	return nil
}

// codeSchema reads the interface of code from its file or, where that is none, from
// the chain.
func (c *cli) codeSchema(cmd *cobra.Command, hash [32]byte, file string) (*schema.Contract, error) {
	if code, err := os.ReadFile(file); err == nil {
		s, _, err := schema.FromCode(code)
		return s, err
	}
	ctx, cancel := c.withTimeout(cmd)
	defer cancel()
	cl, err := c.dial()
	if err != nil {
		return nil, err
	}
	return schemaOnChain(ctx, cl.Contracts.GetCode, hash)
}

func (c *cli) templateUse() *cobra.Command {
	var f deployFlags
	cmd := &cobra.Command{
		Use: "use ORGANISATION/TEMPLATE[@VERSION] ORGANISATION/CONTRACT", Short: "Make a contract from a template; needs role admin or developer", Args: args(2, 2),
		Long: "Make a contract from a template, as contract deploy --template does. The contract is your organisation's own: it keeps its storage, its upgrade policy and " +
			"its code whatever becomes of the template. A newer version is shown by contract show and taken by contract upgrade.",
		Example: `  chancery template use records/land-register housing/land-register --approvers housing,city
  chancery template use records/land-register@2 housing/land-register`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.deployFrom(cmd, &chanceryv1.Deploy{Contract: args[1]}, args[0], &f)
		},
	}
	f.add(cmd)
	return cmd
}

func (c *cli) templateWithdraw() *cobra.Command {
	var reason string
	var all bool
	cmd := &cobra.Command{
		Use: "withdraw ORGANISATION/TEMPLATE@VERSION --reason TEXT", Short: "End a version of a template, or all of it; needs role admin", Args: args(1, 1),
		Long: "End a version of a template, or with --all the template: nothing is deployed from it any more, and nobody can undo it. Contracts that were made from it go on; " +
			"contract show tells their owners. The name of a template that was withdrawn as a whole is not given again.",
		Example: `  chancery template withdraw records/land-register@2 --reason 'entries go missing'
  chancery template withdraw records/land-register --all --reason 'see records/land'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, version, err := parseTemplate(args[0])
			if err != nil {
				return err
			}
			if (version == 0) != all {
				return usagef("name one version, %s@VERSION, or the whole template with --all", name)
			}
			if reason == "" {
				return usagef("say why with --reason: it stands beside the template for all to see")
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_WithdrawTemplate{
				WithdrawTemplate: &chanceryv1.WithdrawTemplate{Template: name, Version: version, Reason: reason},
			}}, terminal.Pair{Name: "template", Value: args[0]})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for people")
	cmd.Flags().BoolVar(&all, "all", false, "withdraw the whole template")
	return c.offline(cmd)
}

func (c *cli) templateStar() *cobra.Command {
	return c.offline(&cobra.Command{
		Use: "star ORGANISATION/TEMPLATE", Short: "Recommend another's template; needs role admin", Args: args(1, 1),
		Long: "Recommend a template in the name of your organisation. Each organisation has one star for each template of another.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_StarTemplate{
				StarTemplate: &chanceryv1.StarTemplate{Template: args[0]},
			}}, terminal.Pair{Name: "template", Value: args[0]})
		},
	})
}

func (c *cli) templateUnstar() *cobra.Command {
	return c.offline(&cobra.Command{
		Use: "unstar ORGANISATION/TEMPLATE", Short: "Take the recommendation back; needs role admin", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_UnstarTemplate{
				UnstarTemplate: &chanceryv1.UnstarTemplate{Template: args[0]},
			}}, terminal.Pair{Name: "template", Value: args[0]})
		},
	})
}

// atTemplates walks the pages of a list of a template.
func (c *cli) atTemplates(cmd *cobra.Command, f func(ctx context.Context, cl *client.Client, token string) (next string, err error)) error {
	ctx, cancel := c.withTimeout(cmd)
	defer cancel()
	cl, err := c.dial()
	if err != nil {
		return err
	}
	for token := ""; ; {
		if token, err = f(ctx, cl, token); err != nil || token == "" {
			return err
		}
	}
}
