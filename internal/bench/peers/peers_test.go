//go:build linux

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"haul/internal/bench/process"
)

// TestMain lets the test binary stand in for this program where it runs itself.
func TestMain(m *testing.M) {
	if os.Getenv(actVariable) != "" || os.Getenv(insideVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// needNginx is the rule for tests that drive a real server.
func needNginx(t *testing.T) {
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if _, err := exec.LookPath(name); err == nil {
			return
		}
	}
	if os.Getenv("HAUL_TEST_REQUIRE") == "1" {
		t.Fatal("nginx is not installed (Debian: apt-get install nginx-light)")
	}
	t.Skip("nginx is not installed (Debian: apt-get install nginx-light)")
}

func TestEveryInstalledPeerIsInTheTableWithTheRightBytes(t *testing.T) {
	needNginx(t)
	var out bytes.Buffer
	dir := t.TempDir()
	err := run(t.Context(), []string{
		"-workload", "http-memory,https-memory,files-", "-rounds", "1", "-scale", "0.0005",
		"-memory", dir, "-disk", dir, "-timeout", "1m",
	}, &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	here, _ := installed(peers(os.Args[0]), []string{"all"})
	for _, w := range []string{"http-memory", "https-memory", "files-http", "files-https"} {
		_, table, ok := strings.Cut(out.String(), "(`"+w+"`)")
		if !ok {
			t.Errorf("no table of %s", w)
			continue
		}
		table, _, _ = strings.Cut(table, "\n## ")
		for _, p := range here {
			takesPart := p.one != nil && !(p.plain && strings.HasPrefix(w, "https"))
			if strings.HasPrefix(w, "files") {
				takesPart = p.many != nil
			}
			figure := regexp.MustCompile(`\n\| ` + regexp.QuoteMeta(p.name) + ` \| [0-9]`)
			if got := figure.MatchString(table); got != takesPart {
				t.Errorf("%s: %s has a figure: %v, want %v", w, p.name, got, takesPart)
			}
		}
	}
	if strings.Contains(out.String(), "failed") {
		t.Error("a peer failed")
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

func TestWrongAndShortResultsAreFound(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole := bytes.Repeat([]byte("haul"), 700_000) // more than one piece
	want := file("want", whole)
	wrong := bytes.Clone(whole)
	wrong[2_000_000] ^= 1
	for name, c := range map[string]struct {
		content []byte
		same    bool
	}{
		"same": {whole, true}, "wrong": {wrong, false}, "short": {whole[:2_000_000], false},
		"long": {append(bytes.Clone(whole), 0), false}, "empty": {nil, false},
		"piece": {whole[:piece], false},
	} {
		if err := same(file(name, c.content), want); (err == nil) != c.same {
			t.Errorf("%s: %v", name, err)
		}
	}
	if same(filepath.Join(dir, "missing"), want) == nil {
		t.Error("a file that is not there is the same")
	}
}

func TestLineDelaysAndBoundsPackets(t *testing.T) {
	l := newLine(linkConfig{delay: 50 * time.Millisecond, bitsPerSecond: 8e6}, 1) // 1 byte takes 1 us
	now := time.Now()
	for i := 1; i <= 100; i++ {
		due, ok := l.take(now, 1000)
		if want := time.Duration(i)*time.Millisecond + 50*time.Millisecond; !ok || due.Sub(now) != want {
			t.Fatalf("packet %d arrives after %v (%v), want %v", i, due.Sub(now), ok, want)
		}
	}
	if _, ok := l.take(now, 1000); !ok {
		t.Error("the queue is too short")
	}
	if _, ok := l.take(now, 1000); ok {
		t.Error("the queue has no end")
	}
	if due, ok := l.take(now.Add(time.Second), 1000); !ok || due.Sub(now) != 1051*time.Millisecond {
		t.Errorf("after a rest: %v, %v", due.Sub(now), ok)
	}
	lossy := newLine(linkConfig{bitsPerSecond: 1e12, loss: 0.5, delay: time.Hour}, 1)
	lost := 0
	for range 1000 {
		if _, ok := lossy.take(now, 1); !ok {
			lost++
		}
	}
	if lost < 400 || lost > 600 {
		t.Errorf("%d of 1000 packets are lost, want half", lost)
	}
}

func TestTableHasMediansAndRatios(t *testing.T) {
	tab := newTable(workload{interrupted: true, size: 100e6})
	for _, s := range []time.Duration{5, 1, 2} {
		tab.add("curl", sample{Sample: process.Sample{Wall: s * time.Second, CPU: time.Second}}, nil)
		tab.add("haul", sample{Sample: process.Sample{Wall: s * time.Second / 2, CPU: time.Second}, again: 1e6}, nil)
	}
	tab.add("axel", sample{}, os.ErrNotExist)
	var out bytes.Buffer
	if err := tab.write(&out, []peer{{name: "curl"}, {name: "haul"}, {name: "axel"}, {name: "lftp"}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| haul | 1.000 | 0.500 to 2.500 | 0.50 | 1.00 | 1.00 | 0.0 | 1.0 | 1.0 |",
		"| axel | failed: file does not exist |",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "lftp") {
		t.Error("a peer that did not run has a line")
	}
}

func TestChooseTakesNamesAndTheBeginningsOfSeveral(t *testing.T) {
	for name, want := range map[string]int{"link-one": 1, "link-o": 2, "resume": 1} {
		got, err := choose(settings{workloads: []string{name, "resume"}})
		if name != "resume" {
			want++
		}
		if err != nil || len(got) != want || got[want-1].name != "resume" {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := choose(settings{workloads: []string{"nothing"}}); err == nil {
		t.Error("a workload that is not there was found")
	}
}
