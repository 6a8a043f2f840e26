package runtimetest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// BuildGo compiles the main package in the folder dir, which needs nothing but
// the standard library, to a contract, and returns its code. It builds in a
// temporary folder, so the module around dir plays no part. Ldflags replace
// "-s -w": without -s the code has the names of its functions.
func BuildGo(dir string, ldflags ...string) ([]byte, error) {
	if len(ldflags) == 0 {
		ldflags = []string{"-s", "-w"}
	}
	tmp, err := os.MkdirTemp("", "guest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(tmp, filepath.Base(f)), b, 0o600); err != nil {
			return nil, err
		}
	}
	mod := []byte("module guest.example/guest\n\ngo 1.26.0\n")
	if err := os.WriteFile(filepath.Join(tmp, "go.mod"), mod, 0o600); err != nil {
		return nil, err
	}
	out := filepath.Join(tmp, "guest.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags="+strings.Join(ldflags, " "), "-o", out, ".")
	cmd.Dir = tmp
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "GOWORK=off")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build %s: %w\n%s", dir, err, text)
	}
	return os.ReadFile(out)
}
