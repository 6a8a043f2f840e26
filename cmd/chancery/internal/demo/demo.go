// Package demo shows the whole of Chancery once: a chain, a contract from its
// source, a real file anchored by it, and a proof that holds when the chain is
// gone.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"connectrpc.com/connect"

	"github.com/chancery-chain/chancery/abci/node"
	"github.com/chancery-chain/chancery/api/contractbuild"
	evidencev1 "github.com/chancery-chain/chancery/api/gen/examples/evidence/v1"
	"github.com/chancery-chain/chancery/api/gen/examples/evidence/v1/evidencev1connect"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/client/proof"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/devnet"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/host"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// Options say what to show.
type Options struct {
	// File is anchored.
	File string
	// Contract is the folder of examples/evidence.
	Contract string
	// Home of the chain, which the demo makes.
	Home string
	// Version is the software version.
	Version string
}

const (
	contractName = "records/evidence"
	collection   = "records"
)

// Summary is what was shown, for programs.
type Summary struct {
	Height   int64  `json:"height"`
	AppHash  string `json:"app_hash"`
	Contract string `json:"contract"`
	Version  uint64 `json:"version"`
	Digest   string `json:"digest"`
	Proof    string `json:"proof"`
	CommitMS int64  `json:"commit_ms"`
}

// Run shows it and returns the summary. Lines for people go to term.
func Run(ctx context.Context, term *terminal.Terminal, o Options) (*Summary, error) {
	file, err := readFile(o.File)
	if err != nil {
		return nil, err
	}
	d := &show{Options: o, term: term, file: file}
	term.Printf("file       %s, %d bytes", o.File, len(file.content))
	term.Printf("           SHA-256 %x", file.sha256)
	term.Printf("           SM3     %x", file.sm3)
	if err := d.start(ctx); err != nil {
		return nil, err
	}
	err = d.onChain(ctx)
	// From here on nobody can be asked any more.
	if stopErr := d.node.Stop(); err == nil {
		err = stopErr
	}
	if err != nil {
		return nil, err
	}
	term.Printf("stopped    the node; what follows uses the proof and the genesis alone")
	if err := d.offline(); err != nil {
		return nil, err
	}
	return &d.sum, nil
}

// show is one run.
type show struct {
	Options
	term *terminal.Terminal
	file *file
	node *host.Running
	cl   *client.Client
	sum  Summary
}

func (d *show) proofFile() string { return filepath.Join(d.Home, "evidence.proof.json") }

func (d *show) start(ctx context.Context) error {
	_, made, err := devnet.Prepare(d.Home)
	if err != nil {
		return err
	}
	if !made {
		return terminal.Hint(fmt.Errorf("there is a chain in %s already", d.Home), "the demo begins with a new one: name another folder with --home, or none")
	}
	stop := d.term.Progress("starting a chain")
	r, err := host.StartAlone(ctx, node.Options{
		Home: d.Home, Version: d.Version, FreePorts: true,
		Logger: slog.New(slog.NewTextHandler(d.term.Err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	stop()
	if err != nil {
		return err
	}
	d.node = r
	if d.cl, err = client.Dial(r.URL); err != nil {
		return errors.Join(err, r.Stop())
	}
	d.term.Printf("chain      %s with one validator at %s, state in %s", devnet.ChainID, r.URL, d.Home)
	return nil
}

// signer returns the signer of a ready-made account.
func (d *show) signer(name string) (*client.Signer, error) {
	k, err := client.OpenKeyring(host.Keys(d.Home)).Unlock(name, nil)
	if err != nil {
		return nil, err
	}
	return d.cl.Signer(k, "records"), nil
}

func (d *show) onChain(ctx context.Context) error {
	if err := d.deploy(ctx); err != nil {
		return err
	}
	clerk, err := d.signer("records-clerk")
	if err != nil {
		return err
	}
	// The client that protoc-gen-connect-go made of the contract's .proto; the
	// transport below it signs what executes.
	evidence := evidencev1connect.NewEvidenceServiceClient(clerk.HTTPClient(), d.cl.ContractURL(contractName))
	record, height, err := d.anchor(ctx, evidence, clerk.Address())
	if err != nil {
		return err
	}
	got, err := evidence.Get(ctx, connect.NewRequest(&evidencev1.GetRequest{Id: record.Id}))
	if err != nil {
		return fmt.Errorf("read the record back: %w", err)
	}
	if err := d.file.matches(got.Msg.GetRecord()); err != nil {
		return fmt.Errorf("read the record back: %w", err)
	}
	d.term.Printf("read back  by a query over Connect: status %s, anchored %s",
		got.Msg.GetRecord().GetStatus(), time.Unix(got.Msg.GetRecord().GetAnchoredAt(), 0).UTC().Format(time.RFC3339))

	if err := d.anchorAgain(ctx, evidence); err != nil {
		return err
	}
	return d.fetchProof(ctx, record.Id, height)
}

func (d *show) deploy(ctx context.Context) error {
	code := filepath.Join(d.Home, "evidence.wasm")
	stop := d.term.Progress("building %s with standard Go", d.Contract)
	built, err := contractbuild.Build(ctx, d.Contract, code)
	stop()
	if err != nil {
		return fmt.Errorf("build the contract: %w", err)
	}
	d.term.Printf("built      %s with %s: %d bytes, code hash %x", d.Contract, built.Data.Go, built.Size, built.CodeHash)
	dev, err := d.signer("records-dev")
	if err != nil {
		return err
	}
	wasm, err := os.ReadFile(code)
	if err != nil {
		return err
	}
	stop = d.term.Progress("uploading the code")
	_, r, err := dev.Upload(ctx, wasm)
	stop()
	if err != nil {
		return fmt.Errorf("upload the code: %w", err)
	}
	d.term.Printf("uploaded   as records-dev at height %d, %d gas", r.Height, r.GasUsed)
	stop = d.term.Progress("deploying %s", contractName)
	deployed, r, err := dev.Deploy(ctx, contractName, built.CodeHash[:], nil)
	stop()
	if err != nil {
		return fmt.Errorf("deploy the contract: %w", err)
	}
	d.sum.Contract, d.sum.Version = contractName, deployed.Version
	d.term.Printf("deployed   %s version %d at height %d, served at %s", contractName, deployed.Version, r.Height, d.cl.ContractURL(contractName))
	return nil
}

func (d *show) fetchProof(ctx context.Context, id string, height int64) error {
	s, err := d.cl.Schema(ctx, contractName)
	if err != nil {
		return err
	}
	key, err := s.CollectionKey(collection, []string{id})
	if err != nil {
		return err
	}
	p, err := d.cl.Prove(ctx, contractName, key, height)
	if err != nil {
		return err
	}
	b, err := proof.Encode(p)
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.proofFile(), b, 0o644); err != nil {
		return err
	}
	d.term.Printf("proof      of the state after height %d written to %s", p.Height, d.proofFile())
	return nil
}
