package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
)

// profiled is what one run of "contract profile" is about.
type profiled struct {
	out    string
	init   string
	before []string
	org    string
	roles  []string
	gas    uint64
	// Set by load.
	contract *schema.Contract
	world    *runtimetest.World
	rt       *runtime.Runtime
}

// profiledName is the contract's name in the world of a profile.
const profiledName = "local/contract"

func (c *cli) contractProfile() *cobra.Command {
	var p profiled
	cmd := &cobra.Command{
		Use: "profile FOLDER|FILE.wasm METHOD [JSON]", Short: "Write where a method's gas goes, for go tool pprof", Args: args(2, 3),
		Long: `Run a method on a chain in memory and write a profile of its gas by function, for
"go tool pprof -top FILE" or "go tool pprof -http : FILE". A folder is built with the
names of its functions; a Wasm file has them when it was built without -s.

The chain is empty at first: --init is the request of the init method, and each
--before METHOD=JSON a call that makes state for the profiled one. JSON is as it is,
@FILE, or - for stdin. No node is needed.

What a function uses itself is exact. Which function called it is what the Wasm
stack shows, where Go's scheduler stands in between after a switch of goroutines.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			stop := c.term.Progress("preparing %s", args[0])
			err := p.load(ctx, args[0])
			stop()
			if err != nil {
				return err
			}
			defer p.rt.Close()
			text := "{}"
			if len(args) > 2 {
				text = args[2]
			}
			return c.profile(&p, args[1], text)
		},
	}
	cmd.Flags().StringVarP(&p.out, "out", "o", "profile.pb.gz", "file to write")
	cmd.Flags().StringVar(&p.init, "init", "{}", "request of the init method, where there is one")
	cmd.Flags().StringArrayVar(&p.before, "before", nil, "METHOD=JSON to call before, in this order")
	cmd.Flags().StringVar(&p.org, "as-org", "local", "organisation that the caller acts for")
	cmd.Flags().StringSliceVar(&p.roles, "roles", nil, "roles that the caller has (default: all that the contract names)")
	cmd.Flags().Uint64Var(&p.gas, "gas", 10_000_000_000, "gas limit of each call")
	return cmd
}

// load builds or reads the code and puts it into a world.
func (p *profiled) load(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	var code []byte
	if info.IsDir() {
		code, err = contractbuild.BuildNamed(ctx, path)
	} else {
		code, err = os.ReadFile(path)
	}
	if err != nil {
		return err
	}
	if p.contract, _, err = schema.FromCode(code); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	limits := runtime.DefaultLimits()
	limits.Code.ModuleBytes *= 2 // names take room, and are not for a chain
	if p.rt, err = runtime.New(runtime.Config{Profile: true}, limits); err != nil {
		return err
	}
	p.world = runtimetest.NewWorld(p.rt)
	if len(p.roles) == 0 {
		p.roles = rolesOf(p.contract)
	}
	p.world.Context.Org, p.world.Context.Roles = p.org, slices.Compact(slices.Sorted(slices.Values(p.roles)))
	if err := p.world.Deploy(profiledName, code); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", path, err), p.rt.Close())
	}
	return nil
}

// rolesOf lists the roles that a contract's methods ask for, whoever's they are.
func rolesOf(s *schema.Contract) (roles []string) {
	for _, m := range s.Methods {
		for _, r := range m.Roles {
			role, _, _ := strings.Cut(r, "@")
			roles = append(roles, role)
		}
	}
	return roles
}

func (c *cli) profile(p *profiled, name, text string) error {
	if m, ok := p.contract.Special(schema.KindInit); ok {
		if _, err := c.profileCall(p, m, p.init, nil); err != nil {
			return terminal.Hint(err, "the contract is deployed first: --init gives the request of its init method")
		}
	}
	for _, b := range p.before {
		name, text, _ := strings.Cut(b, "=")
		m, err := p.method(name)
		if err != nil {
			return err
		}
		if _, err := c.profileCall(p, m, text, nil); err != nil {
			return err
		}
	}
	m, err := p.method(name)
	if err != nil {
		return err
	}
	prof := runtime.NewProfile()
	trace := prof.Trace()
	// The profile of a call that fails is as good as any: it is written first.
	out, failed := c.profileCall(p, m, text, trace)
	f, err := os.Create(p.out)
	if err != nil {
		return err
	}
	if err := errors.Join(prof.Write(f), f.Close()); err != nil {
		return err
	}
	c.term.Fields(
		terminal.Pair{Name: "method", Value: name},
		terminal.Pair{Name: "gas used", Value: out.GasUsed},
		terminal.Pair{Name: "profile", Value: p.out},
	)
	c.term.Printf("next: go tool pprof -top %s", p.out)
	if err := c.term.Value(map[string]any{"method": name, "gas_used": out.GasUsed, "file": p.out}); err != nil {
		return err
	}
	return failed
}

func (p *profiled) method(name string) (*schema.Method, error) {
	if m, ok := p.contract.Method(name); ok {
		return m, nil
	}
	var names []string
	for _, m := range p.contract.Methods {
		names = append(names, m.Name)
	}
	return nil, terminal.Hint(usagef("%s has no method %q", p.contract.Service, name), "its methods are %s", strings.Join(names, ", "))
}

// profileCall runs one call. The error says how it ended, if not well.
func (c *cli) profileCall(p *profiled, m *schema.Method, text string, trace *runtime.Trace) (runtime.Outcome, error) {
	var payload []byte
	if text != "" {
		b, err := c.input(text)
		if err != nil {
			return runtime.Outcome{}, err
		}
		if payload, err = encodeRequest(m, b); err != nil {
			return runtime.Outcome{}, err
		}
	}
	out := p.world.Run(profiledName, runtime.Call{
		Kind: runtime.Kind(m.Kind), Method: m.Name, Payload: payload, GasLimit: p.gas, Trace: trace,
	})
	switch {
	case out.Status == runtime.StatusOK:
		return out, nil
	case out.Error != nil:
		what := out.Error.Message
		if e, ok := p.contract.Error(out.Error.Code); ok {
			what = e.Name + ": " + what
			if b, err := p.contract.DetailsToJSON(e.Code, out.Error.Details); err == nil && b != nil {
				what += fmt.Sprintf(" %s", orHex(compactOr(b), out.Error.Details))
			}
		} else if len(out.Error.Details) > 0 {
			what += " " + hex.EncodeToString(out.Error.Details)
		}
		return out, fmt.Errorf("%s: the contract refused: %s", m.Name, what)
	case out.Status == runtime.StatusTrap:
		return out, fmt.Errorf("%s: the contract crashed: %s", m.Name, out.Trap)
	}
	return out, fmt.Errorf("%s: %s", m.Name, out.Status)
}
