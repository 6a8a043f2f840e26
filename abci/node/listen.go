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

// ReservedAddress is a TCP address that nobody listens on and that no other node
// takes until Release.
type ReservedAddress struct {
	Addr string // host:port
	hold net.PacketConn
}

// Release lets go of the address. Calling it again does nothing.
func (r *ReservedAddress) Release() {
	if r.hold != nil {
		_ = r.hold.Close()
		r.hold = nil
	}
}

// ReserveAddress returns addr, or with free set an address of the same host whose
// port nobody has: CometBFT opens its port itself, later. Port 0 becomes a real
// port.
//
// Until CometBFT listens, two things keep the port that this chooses. It is not one
// that the system gives to whoever asks for any, as every outgoing connection does.
// And the UDP port of the same number is held, which every node takes first that may
// choose: of many nodes that start at once, each gets a port of its own.
func ReserveAddress(addr string, free bool) (*ReservedAddress, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if port != "0" && !free {
		return &ReservedAddress{Addr: addr}, tryListen(addr)
	}
	if port != "0" {
		if r, err := tryReserve(addr); err == nil || !errors.Is(err, syscall.EADDRINUSE) {
			return r, err
		}
	}
	most := firstGivenPort()
	for range 1_000 {
		got := net.JoinHostPort(host, strconv.Itoa(leastPort+rand.IntN(most-leastPort)))
		if r, err := tryReserve(got); err == nil || !errors.Is(err, syscall.EADDRINUSE) {
			return r, err
		}
	}
	return nil, fmt.Errorf("no free port from %d to %d on %q", leastPort, most-1, host)
}

func tryReserve(addr string) (*ReservedAddress, error) {
	hold, err := net.ListenPacket("udp", addr)
	if err != nil {
		return nil, err
	}
	if err := tryListen(addr); err != nil {
		_ = hold.Close()
		return nil, err
	}
	return &ReservedAddress{Addr: addr, hold: hold}, nil
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
