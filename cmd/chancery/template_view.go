package main

import (
	"bytes"
	"context"
	"fmt"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) templateList() *cobra.Command {
	var org string
	var byStars bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the templates on chain", Args: args(0, 0),
		Long: "List the templates by name, withdrawn ones included; with --by-stars those that can be used, most stars first. USES counts the contracts that other organisations made.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			req := &chanceryv1.ListTemplatesRequest{Org: org, PageSize: 100}
			if byStars {
				req.Order = chanceryv1.TemplateOrder_TEMPLATE_ORDER_STARS
			}
			var rows [][]string
			err := c.atTemplates(cmd, func(ctx context.Context, cl *client.Client, token string) (string, error) {
				req.PageToken = token
				resp, err := cl.Templates.ListTemplates(ctx, connect.NewRequest(req))
				if err != nil {
					return "", err
				}
				for _, t := range resp.Msg.Templates {
					rows = append(rows, []string{t.Name, versionNumber(t.NewestVersion), fmt.Sprint(t.Stars), fmt.Sprint(t.Uses), templateStatus(t), t.Title, t.TitleZh})
					if err := c.term.Value(templateView(t)); err != nil {
						return "", err
					}
				}
				return resp.Msg.NextPageToken, nil
			})
			if err != nil {
				return err
			}
			c.term.Table([]string{"TEMPLATE", "NEWEST", "STARS", "USES", "STATUS", "TITLE", "标题"}, rows)
			return nil
		},
	}
	cmd.Flags().StringVar(&org, "of", "", "only this organisation's")
	cmd.Flags().BoolVar(&byStars, "by-stars", false, "those that can be used, most stars first")
	return cmd
}

// versionNumber is a version that may be none.
func versionNumber(n uint64) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

func templateStatus(t *chanceryv1.Template) string {
	switch {
	case t.Withdrawn != nil:
		return "withdrawn"
	case t.NewestVersion == 0:
		return "all versions withdrawn"
	}
	return "offered"
}

func (c *cli) templateShow() *cobra.Command {
	var document string
	cmd := &cobra.Command{
		Use: "show ORGANISATION/TEMPLATE[@VERSION]", Short: "Show a template and the methods of its newest version, or of another", Args: args(1, 1),
		Long: "Show a template and the methods of its newest version, or of the one that is named. With --document it checks that a file is the document that the publisher named.",
		RunE: func(cmd *cobra.Command, args []string) error {
			name, version, err := parseTemplate(args[0])
			if err != nil {
				return err
			}
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			res, err := cl.Template(ctx, name, version)
			if err != nil {
				return templateHint(err, name)
			}
			t, v := res.Template, res.Version
			if err := c.checkDocument(document, v); err != nil {
				return err
			}
			c.term.Fields(
				terminal.Pair{Name: "template", Value: t.Name},
				terminal.Pair{Name: "title", Value: t.Title + ", " + t.TitleZh},
				terminal.Pair{Name: "status", Value: templateStatus(t) + withdrawalText(t.Withdrawn)},
				terminal.Pair{Name: "version", Value: shownVersion(t, v)},
				terminal.Pair{Name: "code hash", Value: fmt.Sprintf("%x", v.CodeHash)},
				terminal.Pair{Name: "document", Value: v.DocumentUri},
				terminal.Pair{Name: "document hash", Value: fmt.Sprintf("%x", v.DocumentHash)},
				terminal.Pair{Name: "source", Value: orNone(v.Source)},
				terminal.Pair{Name: "published", Value: fmt.Sprintf("%s, height %d, by %s", stampText(v.Time.AsTime()), v.Height, v.Origin)},
				terminal.Pair{Name: "stars", Value: t.Stars},
				terminal.Pair{Name: "uses", Value: fmt.Sprintf("%s of %s", count(uint32(t.Uses), "contract"), count(uint32(t.UsingOrgs), "other organisation"))},
			)
			view := templateView(t)
			view["version"] = templateVersionView(v)
			if len(res.DescriptorSet) > 0 {
				s, err := schema.Parse(res.DescriptorSet)
				if err != nil {
					return err
				}
				c.term.Printf("")
				c.printSchema(s)
				view["schema"] = schemaView(s)
			}
			return c.term.Value(view)
		},
	}
	cmd.Flags().StringVar(&document, "document", "", "fail unless this file, or stdin for -, is the document of the version")
	return cmd
}

// checkDocument checks that a file is the document of a version; an empty name checks
// nothing.
func (c *cli) checkDocument(file string, v *chanceryv1.TemplateVersion) error {
	if file == "" {
		return nil
	}
	hash, err := c.documentHash(file, "")
	if err != nil {
		return err
	}
	if !bytes.Equal(hash, v.DocumentHash) {
		return terminal.Hint(fmt.Errorf("%s is not the document of version %d: its SHA-256 is %x, the publisher named %x", file, v.Version, hash, v.DocumentHash), "the document is said to be at %s", v.DocumentUri)
	}
	return nil
}

// shownVersion says how a version stands to the others.
func shownVersion(t *chanceryv1.Template, v *chanceryv1.TemplateVersion) string {
	text := fmt.Sprintf("%d of %d", v.Version, t.LastVersion)
	if v.Withdrawn != nil && t.Withdrawn == nil {
		text += ", withdrawn" + withdrawalText(v.Withdrawn)
	}
	if t.NewestVersion > v.Version {
		text += fmt.Sprintf("; version %d is newer", t.NewestVersion)
	}
	return text
}

func withdrawalText(w *chanceryv1.TemplateWithdrawal) string {
	if w == nil {
		return ""
	}
	return fmt.Sprintf(" at height %d: %s", w.Height, w.Reason)
}

func (c *cli) templateVersions() *cobra.Command {
	return &cobra.Command{
		Use: "versions ORGANISATION/TEMPLATE", Short: "List a template's versions, newest first", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var rows [][]string
			err := c.atTemplates(cmd, func(ctx context.Context, cl *client.Client, token string) (string, error) {
				resp, err := cl.Templates.ListTemplateVersions(ctx, connect.NewRequest(&chanceryv1.ListTemplateVersionsRequest{Template: args[0], PageSize: 100, PageToken: token}))
				if err != nil {
					return "", templateHint(err, args[0])
				}
				for _, v := range resp.Msg.Versions {
					status := "offered"
					if v.Withdrawn != nil {
						status = "withdrawn" + withdrawalText(v.Withdrawn)
					}
					rows = append(rows, []string{fmt.Sprint(v.Version), stampText(v.Time.AsTime()), shortHash(v.CodeHash), v.DocumentUri, orNone(v.Source), status})
					if err := c.term.Value(templateVersionView(v)); err != nil {
						return "", err
					}
				}
				return resp.Msg.NextPageToken, nil
			})
			if err != nil {
				return err
			}
			c.term.Table([]string{"VERSION", "PUBLISHED", "CODE", "DOCUMENT", "SOURCE", "STATUS"}, rows)
			return nil
		},
	}
}

func (c *cli) templateUses() *cobra.Command {
	return &cobra.Command{
		Use: "uses ORGANISATION/TEMPLATE", Short: "List the contracts that were made from a template", Args: args(1, 1),
		Long: "List the contracts that were made from a template: from which version, which version's code they have now, and whether there is a newer one.",
		RunE: func(cmd *cobra.Command, args []string) error {
			var rows [][]string
			err := c.atTemplates(cmd, func(ctx context.Context, cl *client.Client, token string) (string, error) {
				resp, err := cl.Templates.ListTemplateUses(ctx, connect.NewRequest(&chanceryv1.ListTemplateUsesRequest{Template: args[0], PageSize: 100, PageToken: token}))
				if err != nil {
					return "", templateHint(err, args[0])
				}
				for _, u := range resp.Msg.Uses {
					newer := "no"
					if u.Outdated {
						newer = "yes"
					}
					now := "code of its own"
					if u.CurrentVersion > 0 {
						now = fmt.Sprint(u.CurrentVersion)
					}
					rows = append(rows, []string{u.Contract, enumText(u.Status), fmt.Sprint(u.Version), now, newer, stampText(u.Time.AsTime())})
					if err := c.term.Value(map[string]any{
						"contract": u.Contract, "status": enumText(u.Status), "version": u.Version, "current_version": u.CurrentVersion,
						"outdated": u.Outdated, "height": u.Height, "time": u.Time.AsTime(),
					}); err != nil {
						return "", err
					}
				}
				return resp.Msg.NextPageToken, nil
			})
			if err != nil {
				return err
			}
			c.term.Table([]string{"CONTRACT", "STATUS", "FROM", "NOW", "NEWER", "DEPLOYED"}, rows)
			return nil
		},
	}
}

func (c *cli) templateStars() *cobra.Command {
	return &cobra.Command{
		Use: "stars ORGANISATION/TEMPLATE", Short: "List the organisations that recommend a template", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var rows [][]string
			err := c.atTemplates(cmd, func(ctx context.Context, cl *client.Client, token string) (string, error) {
				resp, err := cl.Templates.ListTemplateStars(ctx, connect.NewRequest(&chanceryv1.ListTemplateStarsRequest{Template: args[0], PageSize: 100, PageToken: token}))
				if err != nil {
					return "", templateHint(err, args[0])
				}
				for _, s := range resp.Msg.Stars {
					rows = append(rows, []string{s.Org, stampText(s.Time.AsTime()), s.Origin})
					if err := c.term.Value(map[string]any{"org": s.Org, "origin": s.Origin, "height": s.Height, "time": s.Time.AsTime()}); err != nil {
						return "", err
					}
				}
				return resp.Msg.NextPageToken, nil
			})
			if err != nil {
				return err
			}
			c.term.Table([]string{"ORGANISATION", "SINCE", "BY"}, rows)
			return nil
		},
	}
}
