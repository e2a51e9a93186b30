package reachability

import (
	"fmt"
	"net"
	"slices"
	"strings"
)

// picture is what matters of the network at one time.
type picture struct {
	online bool
	// text is all of it, to be compared.
	text string
}

// look takes the picture of this machine.
func look() picture {
	interfaces, err := net.Interfaces()
	if err != nil {
		// Not being allowed to look says nothing about the network.
		return picture{online: true, text: "unknown"}
	}
	var seen []adapter
	for _, i := range interfaces {
		addresses, err := i.Addrs()
		if err != nil {
			// It went away while we looked; the next picture shows that.
			continue
		}
		seen = append(seen, adapter{i.Name, i.Flags, addresses})
	}
	return draw(seen, routeSource("udp4", "192.0.2.1:9"), routeSource("udp6", "[2001:db8::1]:9"))
}

// routeSource is the address from which packets to another address start, ""
// without a route to it. Connecting a UDP socket looks the route up and sends
// nothing; the addresses asked about are for documentation (RFC 5737, RFC 3849),
// so that only the default route can lead to them.
func routeSource(network, address string) string {
	c, err := net.Dial(network, address)
	if err != nil {
		return ""
	}
	defer c.Close()
	host, _, err := net.SplitHostPort(c.LocalAddr().String())
	if err != nil {
		return ""
	}
	return host
}

// adapter is one interface.
type adapter struct {
	name      string
	flags     net.Flags
	addresses []net.Addr
}

// draw makes the picture of interfaces and the sources of the default routes.
func draw(adapters []adapter, routes ...string) picture {
	var lines []string
	online := false
	for _, a := range adapters {
		if a.flags&net.FlagLoopback != 0 {
			continue
		}
		runs := a.flags&net.FlagUp != 0 && a.flags&net.FlagRunning != 0
		lines = append(lines, fmt.Sprintf("%q %v", a.name, runs))
		for _, address := range a.addresses {
			lines = append(lines, fmt.Sprintf("%q %s", a.name, address))
			online = online || runs && reachesOut(address)
		}
	}
	slices.Sort(lines)
	for _, r := range routes {
		lines = append(lines, "from "+r)
		online = online || r != ""
	}
	return picture{online: online, text: strings.Join(lines, "\n")}
}

// reachesOut tells whether the address is good for more than its own link.
func reachesOut(a net.Addr) bool {
	n, ok := a.(*net.IPNet)
	return ok && n.IP.IsGlobalUnicast()
}
