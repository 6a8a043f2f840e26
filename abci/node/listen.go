package node

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
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
//
// Between this and CometBFT's own listening anybody could take the port. So the
// port that it chooses is not one that the system gives to whoever asks for any, as
// every outgoing connection and every other test does.
func freeAddress(addr string, free bool) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	if port != "0" {
		err := tryListen(addr)
		if err == nil {
			return addr, nil
		}
		if !free || !errors.Is(err, syscall.EADDRINUSE) {
			return "", err
		}
	}
	most := firstGivenPort()
	for range 1_000 {
		got := net.JoinHostPort(host, strconv.Itoa(leastPort+rand.IntN(most-leastPort)))
		switch err := tryListen(got); {
		case err == nil:
			return got, nil
		case !errors.Is(err, syscall.EADDRINUSE):
			return "", err
		}
	}
	return "", fmt.Errorf("no free port from %d to %d on %q", leastPort, most-1, host)
}

func tryListen(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	if err := l.Close(); err != nil {
		return fmt.Errorf("close %s: %w", addr, err)
	}
	return nil
}

// leastPort is above the ports that services have by custom.
const leastPort = 20_000

// firstGivenPort returns the first of the ports that the system gives out by
// itself.
func firstGivenPort() int {
	const usual = 32_768 // Linux; others give out higher ones
	b, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return usual
	}
	var first, last int
	if _, err := fmt.Sscan(string(b), &first, &last); err != nil || first < leastPort+1_000 {
		return usual
	}
	return first
}
