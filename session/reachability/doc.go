// Package reachability says when the network of this machine changes, so that a
// retry waits for a reason instead of for a clock (guide step 13).
//
// [Path] is what a session and its user ask; [Monitor] is the machine's, [Manual]
// is moved by hand, for tests and for those who know better.
//
//	m := reachability.New()
//	defer m.Close()
//	…
//	changes := m.Changes(ctx)   // before the attempt that may fail
//	…                           // it fails
//	if !m.Online() {
//		err = reachability.WaitOnline(ctx, m)
//	} else {
//		select {
//		case <-changes:         // a reason to try at once
//		case <-time.After(backoff):
//		}
//	}
//
// # What a change is
//
// The names, addresses and up or running flags of the interfaces that are not
// loopback, and the address that the default route of IPv4 and of IPv6 starts
// from. The systems report more, such as renewed leases: what leaves that
// picture as it was is no change. Reports within a quarter of a second are one,
// so that a network that comes up is not tried half-way. Waking from sleep is a
// change too, for the other end has forgotten us.
//
// # Online
//
// Online means that something other than loopback is reachable as far as this
// machine knows: an interface runs and has an address that is not link-local, or
// there is a default route. It errs towards true, as with the bridge of a
// container runtime: trying in vain costs a moment, waiting in vain for ever.
// Servers on loopback are reachable always; do not ask for them.
//
// # Where it comes from
//
// Linux: a netlink socket. macOS and the BSDs: a routing socket. Windows: the
// notifications of the IP helper. Beside these, and alone where there are none
// or they are refused, the picture is compared every ten seconds.
//
// A Monitor that nobody waits for runs nothing.
package reachability
