package reachability

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

func TestWaitOnline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p Manual
		done := make(chan error)
		go func() { done <- WaitOnline(t.Context(), &p) }()
		p.Set(false) // a change, but not for the better
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatalf("ended offline: %v", err)
		default:
		}
		p.Set(true)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := WaitOnline(t.Context(), &p); err != nil {
			t.Errorf("online already: %v", err)
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reason := errors.New("the user has had enough")
		for name, wait := range map[string]func(context.Context, Path) error{"Wait": Wait, "WaitOnline": WaitOnline} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Hour, func() { cancel(reason) })
			start := time.Now()
			if err := wait(ctx, &Manual{}); !errors.Is(err, reason) || time.Since(start) != time.Hour {
				t.Errorf("%s: %v after %v", name, err, time.Since(start))
			}
			if err := wait(ctx, &Manual{}); !errors.Is(err, reason) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestWaitIsForTheNextChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p Manual
		p.Set(true)
		time.AfterFunc(time.Minute, func() { p.Set(true) })
		start := time.Now()
		if err := Wait(t.Context(), &p); err != nil || time.Since(start) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		synctest.Wait()
		if len(p.audience.waiting) != 0 {
			t.Error("still waiting")
		}
	})
}

func address(t *testing.T, s string) net.Addr {
	t.Helper()
	ip, n, err := net.ParseCIDR(s)
	if err != nil {
		t.Fatal(err)
	}
	n.IP = ip
	return n
}

func TestWhatCountsAsOnline(t *testing.T) {
	const runs = net.FlagUp | net.FlagRunning
	for _, c := range []struct {
		name    string
		flags   net.Flags
		address string
		route   string
		want    bool
	}{
		{"address", runs, "192.168.1.2/24", "", true},
		{"IPv6 address", runs, "2001:db8::2/64", "", true},
		{"private IPv6 address", runs, "fd00::2/64", "", true},
		{"no cable", net.FlagUp, "192.168.1.2/24", "", false},
		{"switched off", net.FlagRunning, "192.168.1.2/24", "", false},
		{"address of its own making", runs, "169.254.3.4/16", "", false},
		{"IPv6 link only", runs, "fe80::1/64", "", false},
		{"loopback", runs | net.FlagLoopback, "127.0.0.1/8", "", false},
		{"address on loopback", runs | net.FlagLoopback, "192.168.1.2/24", "", false},
		{"default route", runs, "169.254.3.4/16", "169.254.3.4", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := draw([]adapter{{"x0", c.flags, []net.Addr{address(t, c.address)}}}, c.route, "")
			if p.online != c.want {
				t.Errorf("%v", p)
			}
		})
	}
	if draw(nil, "", "").online {
		t.Error("online without anything")
	}
}

func TestWhatCountsAsAChange(t *testing.T) {
	const runs = net.FlagUp | net.FlagRunning
	a, b := address(t, "192.168.1.2/24"), address(t, "fe80::1/64")
	base := draw([]adapter{{"x0", runs, []net.Addr{a, b}}, {"x1", runs, nil}}, "192.168.1.2", "")
	for _, c := range []struct {
		name string
		now  picture
		same bool
	}{
		{"order", draw([]adapter{{"x1", runs, nil}, {"x0", runs, []net.Addr{b, a}}}, "192.168.1.2", ""), true},
		{"loopback", draw([]adapter{{"x0", runs, []net.Addr{a, b}}, {"x1", runs, nil}, {"lo", runs | net.FlagLoopback, nil}}, "192.168.1.2", ""), true},
		{"other flags", draw([]adapter{{"x0", runs | net.FlagMulticast, []net.Addr{a, b}}, {"x1", runs, nil}}, "192.168.1.2", ""), true},
		{"address gone", draw([]adapter{{"x0", runs, []net.Addr{a}}, {"x1", runs, nil}}, "192.168.1.2", ""), false},
		{"interface down", draw([]adapter{{"x0", runs, []net.Addr{a, b}}, {"x1", net.FlagUp, nil}}, "192.168.1.2", ""), false},
		{"interface gone", draw([]adapter{{"x0", runs, []net.Addr{a, b}}}, "192.168.1.2", ""), false},
		{"address moved", draw([]adapter{{"x0", runs, []net.Addr{b}}, {"x1", runs, []net.Addr{a}}}, "192.168.1.2", ""), false},
		{"route gone", draw([]adapter{{"x0", runs, []net.Addr{a, b}}, {"x1", runs, nil}}, "", ""), false},
		{"IPv6 route", draw([]adapter{{"x0", runs, []net.Addr{a, b}}, {"x1", runs, nil}}, "192.168.1.2", "2001:db8::2"), false},
	} {
		if got := c.now == base; got != c.same {
			t.Errorf("%s: same %v", c.name, got)
		}
	}
}
