package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// watch collects the arguments and the environment of every process that has
// mark in its environment, but for those named, until the test ends.
type watch struct {
	mu   sync.Mutex
	seen map[string]bool
}

func startWatch(t *testing.T, mark string) *watch {
	t.Helper()
	w := &watch{seen: make(map[string]bool)}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(2 * time.Millisecond); ; {
			select {
			case <-stop:
				tick.Stop()
				return
			case <-tick.C:
				w.look(mark)
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-done })
	return w
}

func (w *watch) look(mark string) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return
	}
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		// A process that ends meanwhile has nothing to read.
		environ, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if !bytes.Contains(environ, []byte(mark)) {
			continue
		}
		arguments, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		text := strings.ReplaceAll(string(arguments), "\x00", " ") + "\n" + strings.ReplaceAll(string(environ), "\x00", "\n")
		w.mu.Lock()
		w.seen[text] = true
		w.mu.Unlock()
	}
}

// all is what was seen of processes whose arguments have word.
func (w *watch) all(word string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var some []string
	for text := range w.seen {
		if arguments, _, _ := strings.Cut(text, "\n"); strings.Contains(arguments, word) {
			some = append(some, text)
		}
	}
	return some
}

// TestSecretsAreNotInWhatOthersSeeOfProcesses gives haul secrets by environment,
// list and header, lets it start the agent, the agent its hooks, and the monitor
// what opens a file, and looks at what these are given: arguments, environment
// and standard input; and at what the agent has written down and tells.
func TestSecretsAreNotInWhatOthersSeeOfProcesses(t *testing.T) {
	t.Parallel()
	at, _ := startGuarded(t)
	h := newAgentHome(t)
	dir := filepath.Dir(h.state)
	put := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	seen := filepath.Join(dir, "seen")
	note := "{ echo a program:; cat; tr '\\0' '\\n' </proc/$$/cmdline; tr '\\0' '\\n' </proc/$$/environ; } >>'" + seen + "'\n"
	hook := put("hook", "#!/bin/sh\n"+note)
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	put("bin/xdg-open", "#!/bin/sh\n"+note)
	h.configure(t, "[downloads]\nconnections = \"1\"\n[agent]\non-finish = [\""+hook+"\"]\non-fail = [\""+hook+"\"]\non-question = [\""+hook+"\"]\n")
	withUser := strings.Replace(at, "http://", "http://bob:"+sourceHush+"@", 1)
	list := put("list", withUser+"/file/url.bin?size=1kB\n"+at+"/file/done.bin?size=1kB\n"+at+"/file/never.bin?size=1kB\n"+at+"/missing/x.bin?size=1kB\n")
	watched := startWatch(t, "XDG_STATE_HOME="+h.state)
	environ := append(h.environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"),
		"HAUL_USER=bob", "HAUL_PASSWORD="+sourceHush, "TOKEN_OF_TEST="+bearerHush)
	if out, code := h.inBackground(t, environ, "-b", "--bearer-env", "TOKEN_OF_TEST", "-i", list); code != 0 {
		t.Fatalf("-b: %d, %s", code, out)
	}
	t.Cleanup(func() {
		if t.Failed() {
			text, err := os.ReadFile(seen)
			t.Logf("hooks and openers were given: %s, %v", text, err)
		}
	})
	await(t, "the hooks", func() bool {
		text, err := os.ReadFile(seen)
		return err == nil && bytes.Count(text, []byte(`"event":"finish"`)) >= 2 && bytes.Contains(text, []byte(`"event":"fail"`)) &&
			bytes.Contains(text, []byte(`"event":"question"`))
	})

	// The monitor has the secrets too, and starts what opens a file.
	s := openScreen(t, h, 100, 30)
	for _, e := range environ {
		s.text("export '" + e + "'")
		s.press("Enter")
	}
	raw := filepath.Join(dir, "raw")
	s.text("clear; echo cleared")
	s.press("Enter")
	s.see(`^cleared`) // the shell has shown what was typed before
	if err := s.term.Record(raw); err != nil {
		t.Fatal(err)
	}
	s.haul("--bearer-env", "TOKEN_OF_TEST", at+"/file/opened.bin?size=1kB")
	s.see(`100%.*done`)
	s.press("o")
	await(t, "what opens a file", func() bool {
		text, err := os.ReadFile(seen)
		return err == nil && bytes.Contains(text, []byte("opened.bin"))
	})
	s.press("q")
	s.see(`left with`)

	for _, args := range [][]string{{"ls", "--json"}, {"history", "--json"}, {"log", "1"}, {"log", "3"}, {"rpc", "task.list"}, {"rpc", "agent.status"}} {
		told(t, strings.Join(args, " "), []byte(h.command(t, args...)))
	}
	h.command(t, "agent", "stop", "--now")
	text, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	told(t, "what hooks and openers are given", text)
	agents := watched.all("agent run")
	if len(agents) == 0 {
		t.Error("the agent was never seen")
	}
	for _, text := range agents {
		told(t, "what others see of the agent", []byte(text))
	}
	for _, text := range watched.all("") {
		arguments, _, _ := strings.Cut(text, "\n")
		told(t, "the arguments of a process", []byte(arguments))
	}
	if !bytes.Contains(text, []byte("XDG_STATE_HOME=")) {
		t.Errorf("the hooks have no environment: the test looked at too little:\n%s", text)
	}
	s.untold(raw, sourceHush, bearerHush)
	nothingInTheOpen(t, h)
}
