//go:build !linux

package terminal

import (
	"errors"
	"os"
)

// echoOff would need each system's own way; a file works everywhere.
func echoOff(*os.File) (restore func(), err error) {
	return nil, errors.New("this system's terminal cannot be silenced")
}
