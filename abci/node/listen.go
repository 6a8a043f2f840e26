package node

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// Listen listens on a TCP address. When free is set and another process has the
// port, it takes a free one of the same host instead: for a devnet, where a busy
// port must not be in the way.
func Listen(addr string, free bool) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err == nil || !free || !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	return net.Listen("tcp", net.JoinHostPort(host, "0"))
}

// freeAddress returns addr, or with free set an address of the same host whose
// port nobody has: CometBFT opens its port itself. Port 0 becomes a real port.
func freeAddress(addr string, free bool) (string, error) {
	l, err := Listen(addr, free)
	if err != nil {
		return "", err
	}
	got := l.Addr().String()
	if err := l.Close(); err != nil {
		return "", fmt.Errorf("close %s: %w", got, err)
	}
	return got, nil
}
