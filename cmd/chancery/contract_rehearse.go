package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// rehearsalTimeout is the longest time that a node takes for a rehearsal.
const rehearsalTimeout = 11 * time.Minute

func (c *cli) contractRehearse() *cobra.Command {
	m := &chanceryv1.Rehearsal{}
	var migrateJSON string
	var planOnly bool
	cmd := &cobra.Command{
		Use: "rehearse ORGANISATION/CONTRACT CODE_HASH|FILE.wasm", Short: "Try an upgrade on a copy of the state, with the contract's last calls", Args: args(2, 2),
		Long: "Try an upgrade on a copy of the node's state: run migrate, make the contract's last calls once more with the present code and with the new one, and compare " +
			"results, errors, events, gas and what is stored in the end. Nothing is kept. The code must be on chain. It takes a permit: of a member of the contract's organisation " +
			"with role admin, developer or operator, of an admin of an organisation that approves its upgrades, or of an auditor of the committee's. " +
			"The report's hash goes into the proposal; whoever approves gets the same for the same --height and --from-height, on a node that keeps them.",
		Example: `  chancery --key records-dev contract rehearse records/evidence evidence-2.wasm --calls 500
  chancery --key records-dev contract rehearse records/evidence evidence-2.wasm --plan`,
		RunE: func(cmd *cobra.Command, args []string) error {
			hash, err := codeHash(args[1])
			if err != nil {
				return err
			}
			m.Contract, m.CodeHash = args[0], hash[:]
			ctx, cancel := context.WithTimeout(cmd.Context(), rehearsalTimeout)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			if migrateJSON != "" {
				if m.MigratePayload, err = c.specialPayload(cmd, cl.Contracts.GetCode, hash, schema.KindMigrate, migrateJSON); err != nil {
					return err
				}
			}
			s, err := c.signer(ctx, cl)
			if err != nil {
				return err
			}
			plan, err := s.PlanRehearsal(ctx, m)
			if err != nil {
				return err
			}
			c.term.Printf("%s of %s, heights %d to %d: about %s and %d MiB on the node", counted(int(plan.Calls), "call"), args[0],
				plan.FromHeight+1, plan.ToHeight, time.Duration(plan.Seconds*float64(time.Second)).Round(100*time.Millisecond), plan.MemoryBytes>>20)
			if planOnly {
				return c.printMessage(plan)
			}
			m.Height, m.FromHeight = plan.ToHeight, plan.FromHeight // the same calls as were planned
			stop := c.term.Progress("rehearsing")
			report, reportHash, err := s.Rehearse(ctx, m)
			stop()
			if err != nil {
				return err
			}
			return c.printRehearsal(report, reportHash)
		},
	}
	cmd.Flags().StringVar(&migrateJSON, "migrate", "", "request of the migrate method as JSON, @FILE or - for stdin")
	cmd.Flags().Uint64Var(&m.RollbackTo, "rollback-to", 0, "rehearse going back to this earlier version, without migrate")
	cmd.Flags().Uint32Var(&m.Calls, "calls", 0, "most calls to make once more, up to 1000; 100 without it")
	cmd.Flags().Int64Var(&m.Height, "height", 0, "last height whose calls count; the last one without it")
	cmd.Flags().Int64Var(&m.FromHeight, "from-height", 0, "height whose state the calls start from, as a report names it; without it as far back as needed and kept")
	cmd.Flags().BoolVar(&planOnly, "plan", false, "tell what the rehearsal would take and stop")
	return cmd
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (c *cli) printMessage(m proto.Message) error {
	b, err := protojson.Marshal(m)
	if err != nil {
		return err
	}
	v, err := compact(b)
	if err != nil {
		return err
	}
	return c.term.Value(v)
}

// printRehearsal writes a report: differences first.
func (c *cli) printRehearsal(r *chanceryv1.RehearsalReport, hash []byte) error {
	u := r.Upgrade
	upgrade := "ok"
	if u.Code != 0 {
		upgrade = "fails: " + u.Log
	}
	c.term.Fields(
		terminal.Pair{Name: "contract", Value: fmt.Sprintf("%s, version %d", r.Rehearsal.Contract, r.FromVersion)},
		terminal.Pair{Name: "upgrade", Value: fmt.Sprintf("%s, %d gas", upgrade, u.GasUsed)},
		terminal.Pair{Name: "calls", Value: fmt.Sprintf("%d, of which %d differ", r.Calls, r.CallsThatDiffer)},
		terminal.Pair{Name: "report hash", Value: fmt.Sprintf("%x", hash)},
		terminal.Pair{Name: "made again by", Value: fmt.Sprintf("--from-height %d --height %d --calls %d", r.Rehearsal.FromHeight, r.Rehearsal.Height, r.Rehearsal.Calls)},
	)
	for _, f := range r.Findings {
		c.term.Printf("%s", f)
	}
	if len(r.OtherContracts) > 0 {
		c.term.Printf("other contracts store something else: %s", strings.Join(r.OtherContracts, ", "))
	}
	var rows [][]string
	for _, d := range r.Differences {
		before, after := apart(rehearsed(d.Before), rehearsed(d.After))
		rows = append(rows, []string{fmt.Sprint(d.Height), d.Method, strings.Join(d.Parts, ", "), before, after})
	}
	c.rehearsalTable([]string{"HEIGHT", "METHOD", "DIFFERS IN", "BEFORE", "AFTER"}, rows)
	rows = nil
	for _, col := range r.Collections {
		rows = append(rows, []string{fmt.Sprint(col.Number), col.Name, fmt.Sprint(col.Added), fmt.Sprint(col.Removed), fmt.Sprint(col.Changed)})
	}
	c.rehearsalTable([]string{"COLLECTION", "NAME", "ROWS ADDED", "REMOVED", "CHANGED"}, rows)
	rows = nil
	for _, g := range r.Gas {
		rows = append(rows, []string{g.Method, fmt.Sprint(g.Calls), fmt.Sprint(g.BeforeMedian), fmt.Sprint(g.AfterMedian), fmt.Sprint(g.BeforeMost), fmt.Sprint(g.AfterMost)})
	}
	c.rehearsalTable([]string{"METHOD", "CALLS", "GAS BEFORE", "AFTER", "MOST BEFORE", "AFTER"}, rows)
	return c.printMessage(&chanceryv1.RehearseResponse{Report: r, ReportHash: hash})
}

func (c *cli) rehearsalTable(head []string, rows [][]string) {
	if len(rows) > 0 {
		c.term.Printf("")
		c.term.Table(head, rows)
	}
}

// rehearsed is an outcome on one line.
func rehearsed(o *chanceryv1.RehearsalOutcome) string {
	if o.Code != 0 {
		return o.Error
	}
	return strings.Join(append([]string{o.Response}, o.Events...), " ")
}

const (
	// cellRoom is how many characters of an outcome a table shows.
	cellRoom = 60
	// cellLead is how many of them stand before the first that differs.
	cellLead = 20
)

// apart cuts two outcomes to what a table has room for, from shortly before the
// place where they differ when that is far from the beginning.
func apart(before, after string) (string, string) {
	a, b := []rune(strings.ToValidUTF8(before, "")), []rune(strings.ToValidUTF8(after, ""))
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	from := 0
	if same > cellRoom-cellLead { // else it is seen with the beginning
		from = same - cellLead
	}
	return cell(a, from), cell(b, from)
}

// cell is a part of a text, with dots where it was cut.
func cell(text []rune, from int) string {
	rest, end := text[min(from, len(text)):], ""
	if len(rest) > cellRoom {
		rest, end = rest[:cellRoom], "…"
	}
	begin := ""
	if from > 0 {
		begin = "…"
	}
	return begin + string(rest) + end
}
