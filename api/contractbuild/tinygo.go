package contractbuild

import (
	"context"
	"errors"
	"os/exec"
	"strings"
)

var errNoTinyGo = errors.New("tinygo is not installed; build without --tinygo, or install TinyGo 0.41 or newer (https://tinygo.org)")

// tinyGoCommand returns how TinyGo is run. Its collector is the one whose memory
// a snapshot can restore; a panic ends the call as a trap, as with standard Go.
func tinyGoCommand(ctx context.Context, dir string) (command, error) {
	if _, err := exec.LookPath(string(TinyGo)); err != nil {
		return command{}, errNoTinyGo
	}
	version, err := run(ctx, string(TinyGo), dir, nil, "version")
	if err != nil {
		return command{}, err
	}
	return command{
		name: string(TinyGo), version: strings.TrimSpace(string(version)),
		args: []string{"build", "-target=wasip1", "-buildmode=c-shared", "-scheduler=none", "-panic=trap", "-opt=z", "-no-debug"},
		env:  []string{"GOFLAGS=", "GOWORK=off"},
	}, nil
}
