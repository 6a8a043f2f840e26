// Command peer measures pinned calls of wasmvm, the virtual machine of
// CosmWasm chains, with the test contracts of its own module, and prints one JSON
// line per figure. scripts/bench runtime --peer runs it beside ours.
//
// It is a module of its own because wasmvm needs cgo and a shared library, which
// the node must never.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	wasmvm "github.com/CosmWasm/wasmvm/v3"
	"github.com/CosmWasm/wasmvm/v3/types"
)

const gasLimit = 500_000_000_000

// calls are what is measured. The contracts are of the peer's test data:
// cyberpunk asked to allocate no pages does nothing, and is what the peer's own
// benchmark runs as a no-op; reflect changes its owner with one read and one write
// of a small record, the least that one of them stores.
var calls = []struct {
	figure, contract, init, message, sender string
}{
	{"peer.noop_us", "cyberpunk.wasm", `{}`, `{"allocate_large_memory":{"pages":0}}`, "fred"},
	{"peer.store_us", "reflect.wasm", `{}`, `{"change_owner":{"owner":"creator"}}`, "creator"},
}

func main() {
	testdata := flag.String("testdata", "", "testdata folder of the wasmvm module")
	length := flag.Duration("time", time.Second, "how long each call is repeated")
	flag.Parse()
	if err := run(*testdata, *length); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func run(testdata string, length time.Duration) error {
	dir, err := os.MkdirTemp("", "peer-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	features := []string{"iterator", "staking", "stargate", "cosmwasm_1_1", "cosmwasm_1_2", "cosmwasm_1_3", "cosmwasm_1_4", "cosmwasm_2_0", "cosmwasm_2_1", "cosmwasm_2_2"}
	vm, err := wasmvm.NewVM(dir, features, 32, false, 100)
	if err != nil {
		return err
	}
	defer vm.Cleanup()
	for _, c := range calls {
		took, err := measure(vm, filepath.Join(testdata, c.contract), c.init, c.message, c.sender, length)
		if err != nil {
			return fmt.Errorf("%s: %w", c.contract, err)
		}
		slices.Sort(took)
		line, err := json.Marshal(map[string]any{
			"name": c.figure, "value": float64(took[len(took)/2].Nanoseconds()) / 1e3, "unit": "µs", "case": c.contract + " " + c.message,
		})
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return nil
}

// measure stores, pins and instantiates a contract, and times calls of it one by
// one.
func measure(vm *wasmvm.VM, path, init, message, sender string, length time.Duration) ([]time.Duration, error) {
	code, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	checksum, _, err := vm.StoreCode(code, gasLimit)
	if err != nil {
		return nil, err
	}
	if err := vm.Pin(checksum); err != nil {
		return nil, err
	}
	env := types.Env{
		Block:    types.BlockInfo{Height: 123, Time: 1_578_939_743_987_654_321, ChainID: "bench-1"},
		Contract: types.ContractInfo{Address: "contract"}, Transaction: &types.TransactionInfo{Index: 1},
	}
	store := memory{}
	once := types.UFraction{Numerator: 1, Denominator: 1}
	result, _, err := vm.Instantiate(checksum, env, types.MessageInfo{Sender: "creator"}, []byte(init), store, goAPI, querier{}, meter{}, gasLimit, once)
	if err := check(result, err); err != nil {
		return nil, err
	}
	info := types.MessageInfo{Sender: sender}
	call := func() error {
		result, _, err := vm.Execute(checksum, env, info, []byte(message), store, goAPI, querier{}, meter{}, gasLimit, once)
		return check(result, err)
	}
	for range 200 {
		if err := call(); err != nil {
			return nil, err
		}
	}
	var took []time.Duration
	for begin := time.Now(); time.Since(begin) < length; {
		start := time.Now()
		if err := call(); err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}

func check(r *types.ContractResult, err error) error {
	if err == nil && r.Err != "" {
		return fmt.Errorf("contract error: %s", r.Err)
	}
	return err
}
