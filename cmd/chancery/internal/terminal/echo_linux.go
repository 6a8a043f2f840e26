package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

// echoOff stops the terminal from showing what is typed, until restore.
func echoOff(f *os.File) (restore func(), err error) {
	fd := int(f.Fd())
	old, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	quiet := *old
	quiet.Lflag &^= unix.ECHO
	quiet.Lflag |= unix.ICANON | unix.ISIG
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &quiet); err != nil {
		return nil, err
	}
	return func() {
		// Best effort: nothing can be done about a terminal that is gone.
		_ = unix.IoctlSetTermios(fd, unix.TCSETS, old)
	}, nil
}
