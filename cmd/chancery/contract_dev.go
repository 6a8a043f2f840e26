package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/api/contracttest"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// lookEvery is how often the folder is looked at.
const lookEvery = 250 * time.Millisecond

// developer is the loop of "contract dev".
type developer struct {
	*cli
	options  contracttest.Options
	name     string // contract without its suffix
	initJSON string
	deploy   bool

	generated map[string]bool // files that the last work made or removed
	deployed  [32]byte        // hash of the code that runs now
	next      int             // number of the next deploy
}

func (c *cli) contractDev() *cobra.Command {
	d := &developer{cli: c, next: 1}
	local := false
	cmd := &cobra.Command{
		Use: "dev [FOLDER]", Short: "Generate, test, build and deploy at every change, until Ctrl-C", Args: args(0, 1),
		Long: "Watch a contract's folder. At every change generate the code of its .proto, run its tests in plain Go and in Wasm, and when all is well " +
			"deploy it to the node under a fresh name: ORGANISATION/CONTRACT-dev-1, -dev-2 and so on. " +
			"With a devnet in the working folder, its node and its key records-dev are taken unless flags say otherwise.",
		RunE: func(cmd *cobra.Command, args []string) error {
			d.options.Dir = folder(args)
			d.deploy = !local
			if d.name == "" {
				name, err := contractOf(d.options.Dir)
				if err != nil {
					return err
				}
				d.name = name
			}
			if !strings.Contains(d.name, "/") {
				return usagef("--name is ORGANISATION/CONTRACT, got %q", d.name)
			}
			d.preferDevnet(cmd)
			return d.watch(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&d.name, "name", "", "name of the contract (default: that of its go.mod)")
	cmd.Flags().StringVar(&d.initJSON, "init", "", "request of the init method as JSON")
	cmd.Flags().StringArrayVar(&d.options.With, "with", nil, "folder of another contract that the tests deploy")
	cmd.Flags().BoolVar(&local, "local", false, "deploy nothing")
	return cmd
}

// contractOf returns the name that "contract new" wrote into go.mod.
func contractOf(dir string) (string, error) {
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err == nil {
		for line := range strings.Lines(string(mod)) {
			if name, ok := strings.CutPrefix(strings.TrimSpace(line), "module chancery.contract/"); ok {
				return name, nil
			}
		}
	}
	return "", terminal.Hint(usagef("%s does not say the contract's name", filepath.Join(dir, "go.mod")), "give it by --name ORGANISATION/CONTRACT")
}

// preferDevnet takes the devnet in the working folder for what no flag chose.
func (d *developer) preferDevnet(cmd *cobra.Command) {
	if cmd.Flags().Changed("home") || cmd.Flags().Changed("node") {
		return
	}
	if info, err := os.Stat("devnet"); err != nil || !info.IsDir() {
		return
	}
	d.home = "devnet"
	if d.key == "" {
		d.key = "records-dev"
	}
}

// watch works at every change until the context ends.
func (d *developer) watch(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var done string
	for {
		now, err := fingerprint(d.options.Dir)
		if err != nil {
			return err
		}
		if now != done {
			if err := d.work(ctx); ctx.Err() != nil {
				return nil
			} else if err != nil {
				d.term.Fail(err)
			}
			// What was generated is no change; what was typed meanwhile is.
			if done, err = d.settled(now); err != nil {
				return err
			}
			if done != "" {
				d.term.Printf("\nwaiting for changes in %s; Ctrl-C ends", d.options.Dir)
			}
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// settled returns the folder's fingerprint after work on a state of it, or "" when
// something beside generated code changed meanwhile.
func (d *developer) settled(before string) (string, error) {
	now, err := fingerprint(d.options.Dir)
	if err != nil || now == before {
		return now, err
	}
	typed := func(text string) string {
		var kept []string
		for line := range strings.Lines(text) {
			name, _, _ := strings.Cut(line, " ")
			if !d.generated[name] {
				kept = append(kept, line)
			}
		}
		return strings.Join(kept, "")
	}
	if typed(now) != typed(before) {
		return "", nil
	}
	return now, nil
}

// fingerprint says when each source in dir was changed, a line a file.
func fingerprint(dir string) (string, error) {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // deleted while we looked
			return nil
		case err != nil:
			return err
		case entry.IsDir() && path != dir && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case entry.IsDir():
			return nil
		}
		switch filepath.Ext(path) {
		case ".go", ".proto", ".mod":
		default:
			return nil
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = fmt.Sprintf("%d %d", info.ModTime().UnixNano(), info.Size())
		return err
	})
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "%s %s\n", name, files[name])
	}
	return b.String(), err
}

// work does all that a change asks for.
func (d *developer) work(ctx context.Context) error {
	begin := time.Now()
	d.term.Printf("\n%s", begin.Format("15:04:05"))
	files, err := generate.Generate(d.options.Dir, "")
	if err != nil {
		return err
	}
	stale, err := generate.Stale(d.options.Dir, files)
	if err != nil {
		return err
	}
	d.generated = map[string]bool{}
	for _, name := range stale {
		d.generated[name] = true
	}
	if len(stale) > 0 {
		if err := generate.Write(d.options.Dir, files); err != nil {
			return err
		}
		d.term.Printf("generated %s", strings.Join(stale, ", "))
	}
	r, err := contracttest.Run(ctx, d.options)
	if err != nil {
		return err
	}
	if err := d.printTests(r); err != nil {
		return err
	}
	if d.deploy && r.Code.CodeHash != d.deployed {
		if err := d.redeploy(ctx, r); err != nil {
			return err
		}
	}
	d.term.Printf("done in %.1f s", time.Since(begin).Seconds())
	return nil
}

// redeploy uploads the code and deploys it under the next name that is free.
func (d *developer) redeploy(ctx context.Context, r *contracttest.Result) error {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	cl, err := d.dial()
	if err != nil {
		return err
	}
	s, err := d.signer(ctx, cl)
	if err != nil {
		return err
	}
	var payload []byte
	if m, ok := r.Code.Schema.Special(schema.KindInit); ok {
		if d.initJSON == "" {
			return terminal.Hint(errors.New("the contract has an init method"), "give its request by --init, or deploy nothing with --local")
		}
		if payload, err = encodeRequest(m, []byte(d.initJSON)); err != nil {
			return err
		}
	}
	name, err := d.freeName(ctx, cl)
	if err != nil {
		return err
	}
	if _, _, err := s.Upload(ctx, r.CodeBytes); err != nil {
		return fmt.Errorf("upload the code: %w", err)
	}
	deployed, result, err := s.Deploy(ctx, name, r.Code.CodeHash[:], payload)
	if err != nil {
		return fmt.Errorf("deploy %s: %w", name, err)
	}
	d.deployed = r.Code.CodeHash
	d.next++
	d.term.Printf("deployed  %s at height %d, %s", name, result.Height, cl.ContractURL(name))
	return d.term.Value(map[string]any{
		"contract": name, "version": deployed.Version, "height": result.Height, "code_hash": fmt.Sprintf("%x", r.Code.CodeHash), "url": cl.ContractURL(name),
	})
}

// maxName is the longest name of a contract within its organisation.
const maxName = 32

// freeName returns the next name that no contract has.
func (d *developer) freeName(ctx context.Context, cl *client.Client) (string, error) {
	org, contract, _ := strings.Cut(d.name, "/")
	if d.org != "" {
		org = d.org
	}
	for ; ; d.next++ {
		suffix := fmt.Sprintf("-dev-%d", d.next)
		name := org + "/" + strings.TrimRight(contract[:min(len(contract), maxName-len(suffix))], "-") + suffix
		_, err := cl.Contracts.GetContract(ctx, connect.NewRequest(&chanceryv1.GetContractRequest{Contract: name}))
		if connect.CodeOf(err) == connect.CodeNotFound {
			return name, nil
		}
		if err != nil {
			return "", err
		}
	}
}
