package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/runtime"
)

// tinyTransfer measures the transfer compiled by TinyGo, where that is installed.
func tinyTransfer(ctx context.Context, rt *runtime.Runtime, dir string) error {
	if _, err := exec.LookPath(string(contractbuild.TinyGo)); err != nil {
		progress("runtime.transfer_tinygo_us is left out: no tinygo; scripts/tinygo installs it")
		return nil
	}
	out := filepath.Join(dir, "counter-tinygo.wasm")
	if _, err := contractbuild.BuildWith(ctx, contractbuild.TinyGo, filepath.Join("examples", "counter"), out); err != nil {
		return err
	}
	code, err := os.ReadFile(out)
	if err != nil {
		return err
	}
	tiny, err := newSubject(rt, code, "Bump")
	if err != nil {
		return err
	}
	took, err := tiny.times(1500 * time.Millisecond)
	if err != nil {
		return err
	}
	us := func(q float64) float64 { return float64(quantile(took, q).Nanoseconds()) / 1e3 }
	figure{Name: "runtime.transfer_tinygo_us", Value: us(0.5), Unit: "µs"}.print()
	figure{Name: "runtime.transfer_tinygo_p99_us", Value: us(0.99), Unit: "µs"}.print()
	figure{Name: "runtime.transfer_tinygo_bytes", Value: float64(len(code)), Unit: "B"}.print()
	return nil
}
