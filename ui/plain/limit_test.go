package plain

import (
	"fmt"
	"testing"

	"haul/model"
)

func TestALimitOfAHostIsThatOfItsRows(t *testing.T) {
	const host, other = "files.demo.test", "files.demo.test:8080"
	sit(t, true, nil, func(p *person) {
		m := p.printer.model
		limits := func(want, wantOther int64) {
			t.Helper()
			if m.HostRateLimit(host) != want || m.HostRateLimit(other) != wantOther {
				t.Errorf("limits: %d, %d; want %d, %d", m.HostRateLimit(host), m.HostRateLimit(other), want, wantOther)
			}
		}
		p.types("add http://" + other + slow)
		p.hear("start    1: a.iso")
		p.types("limit host Files.demo.test 50k")
		p.hear("All of " + other + ": at most 50.0 kB/s.")
		limits(0, 50_000)
		p.types("limit host " + host + " none")
		p.hear("All of " + other + ": no limit.")
		limits(0, 0)

		p.types("add http://" + host + "/file/b.iso?size=10MB&rate=100kB")
		p.hear("start    2: b.iso")
		p.types("limit host " + other + " 70k")
		p.hear("All of " + other + ": at most 70.0 kB/s.")
		limits(0, 70_000)
		p.types("limit host " + host + " 60k")
		p.hear("All of "+host+": at most 60.0 kB/s.", "All of "+other+": at most 60.0 kB/s.")
		limits(60_000, 60_000)
	})
}

func TestALimitOfAHostThatNoRowHasSaysSo(t *testing.T) {
	sit(t, true, []string{slow}, func(p *person) {
		p.types("limit host Mirror.demo.test 50k")
		p.hear("No transfer is with mirror.demo.test. For one that comes with exactly this host and port: at most 50.0 kB/s.")
		if got := p.printer.model.HostRateLimit("mirror.demo.test"); got != 50_000 {
			t.Errorf("limit: %d", got)
		}
	})
}

func TestTheHostsThatANameIsOf(t *testing.T) {
	sit(t, true, nil, func(p *person) {
		m := p.printer.model
		_, problems, _ := m.Add([]model.Spec{
			{URL: "http://[::1]:81/a", Dir: p.dir, Paused: true}, {URL: "http://a.test/b", Dir: p.dir, Paused: true},
			{URL: "https://a.test/c", Dir: p.dir, Paused: true}, {URL: "http://a.test:81/d", Dir: p.dir, Paused: true},
		})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		for name, want := range map[string]string{
			"a.test": "[a.test a.test:81]", "A.TEST:81": "[a.test:81]", "a.test:82": "[]", "test": "[]",
			"::1": "[[::1]:81]", "[::1]": "[[::1]:81]", "[::1]:81": "[[::1]:81]", "[::1]:82": "[]",
		} {
			if got := fmt.Sprint(p.printer.hostsOf(name)); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	})
}
