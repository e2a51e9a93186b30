package demo

import (
	"context"
	"fmt"
	"net"
	"sync"
	"syscall"
)

// Network is a network in memory. Its hosts are those that something listens
// on; nothing resolves names and nothing leaves the process. It belongs to the
// synctest bubble it is used in. The zero value is ready.
type Network struct {
	mu        sync.Mutex
	listeners map[string]*listener // by host:port
	dialled   int
}

// Addr is an address on a [Network], as host:port.
type Addr string

// Network returns "tcp", because that is what its users believe they use.
func (Addr) Network() string { return "tcp" }

func (a Addr) String() string { return string(a) }

// Listen announces on addr, a host:port, until the listener is closed.
func (n *Network) Listen(addr string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Addr: Addr(addr), Err: err}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners == nil {
		n.listeners = make(map[string]*listener)
	}
	if n.listeners[addr] != nil {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Addr: Addr(addr), Err: syscall.EADDRINUSE}
	}
	l := &listener{network: n, addr: Addr(addr), incoming: make(chan net.Conn), closed: make(chan struct{})}
	n.listeners[addr] = l
	return l, nil
}

// Dial connects to addr, a host:port; it has the signature that
// http.Transport.DialContext wants. An unknown host is a *net.DNSError, a known
// one on which nobody listens at that port refuses the connection.
func (n *Network) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	l, known, number := n.find(host, addr)
	if !known {
		err := &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	refused := &net.OpError{Op: "dial", Net: network, Addr: Addr(addr), Err: syscall.ECONNREFUSED}
	if l == nil {
		return nil, refused
	}
	client, server := pipe(Addr(fmt.Sprintf("client.demo.test:%d", 49151+number)), l.addr)
	select {
	case l.incoming <- server:
		return client, nil
	case <-l.closed:
		return nil, refused
	case <-ctx.Done():
		return nil, &net.OpError{Op: "dial", Net: network, Addr: l.addr, Err: ctx.Err()}
	}
}

func (n *Network) find(host, addr string) (l *listener, known bool, number int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dialled++
	for at := range n.listeners {
		if h, _, err := net.SplitHostPort(at); err == nil && h == host {
			known = true
		}
	}
	return n.listeners[addr], known, n.dialled
}

type listener struct {
	network  *Network
	addr     Addr
	incoming chan net.Conn
	once     sync.Once
	closed   chan struct{}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.incoming:
		return c, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.addr, Err: net.ErrClosed}
	}
}

func (l *listener) Close() error {
	l.once.Do(func() {
		close(l.closed)
		l.network.mu.Lock()
		defer l.network.mu.Unlock()
		delete(l.network.listeners, l.addr.String())
	})
	return nil
}

func (l *listener) Addr() net.Addr { return l.addr }
