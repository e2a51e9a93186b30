//go:build unix

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"haul/internal/testserver"
)

// newAgentHome is a home whose agent is ended with the test, and has one
// connection for a file, so that a slow one stays slow.
func newAgentHome(t *testing.T) home {
	t.Helper()
	h := newHome(t)
	h.configure(t, "[downloads]\nconnections = \"1\"\n")
	t.Cleanup(func() { h.command(t, "agent", "stop", "--now") })
	return h
}

// command runs haul without a terminal and returns what it printed.
func (h home) command(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.Command(binary, args...)
	c.Dir, c.Env = h.downloads, append(h.environ(), "PATH="+os.Getenv("PATH"))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("haul %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// slowServer has a file that takes a while, and one behind a password.
func slowServer(t *testing.T, data []byte) *testserver.Nginx {
	t.Helper()
	return testserver.StartNginx(t, testserver.NginxConfig{
		Files: map[string][]byte{"slow/film.mp4": data, "private/letters.zip": data},
		Locations: []testserver.Location{
			{Prefix: "/slow/", RateLimit: 400_000},
			{Prefix: "/private/", User: "alice", Password: "wonderland"},
		},
	})
}

func TestTwoTerminalsAttach(t *testing.T) {
	t.Parallel()
	data := content(3, 8_000_000)
	n, h := slowServer(t, data), newAgentHome(t)
	h.command(t, "-b", n.URL("/slow/film.mp4"))
	one, two, three := openScreen(t, h, 80, 24), openScreen(t, h, 100, 30), openScreen(t, h, 80, 24)
	one.haul() // bare: there is something in the background
	one.see(`film\.mp4.*/s `)
	two.haul("attach", "1")
	two.see(`film\.mp4.*/s `)
	three.run("attach", "--plain")
	three.see(`start +1: film\.mp4`)

	// What one does the other sees.
	one.press("p")
	two.see(`film\.mp4.*paused`)
	three.see(`paused +1: film\.mp4`)
	two.press("p")
	one.see(`film\.mp4.*/s `)
	three.see(`resume +1: film\.mp4`)

	// What one adds the other has.
	h.command(t, "-b", n.URL("/private/letters.zip"))
	one.see(`letters\.zip`)
	two.see(`letters\.zip`)

	// All are asked, the first answer counts, the others are told.
	const title = `asks for a password|Password for 127`
	one.openQuestion(title)
	two.see(title)
	three.see(`type a number, or its word`)
	one.text("alice")
	one.press("Tab")
	one.text("wonderland")
	one.press("Enter")
	one.see(`Send unencrypted`)
	one.gone(title, "Enter")
	two.wait("no question", func(screen string) bool { return !regexp.MustCompile(title).MatchString(screen) })
	two.press("l") // which keeps what the news show for a moment
	two.see(`answered in another terminal`)
	two.press("Escape")
	three.see(`The question was answered in another terminal\.`)
	await(t, "the letters", func() bool { return onDisk(h.file("letters.zip")) == int64(len(data)) })

	// Leaving ends nothing.
	one.press("q")
	if last := one.left(0); !strings.Contains(last, "haul attach shows") {
		t.Errorf("nothing is said about what goes on:\n%s", last)
	}
	await(t, "the film", func() bool { return onDisk(h.file("film.mp4")) == int64(len(data)) })
	two.see(`film\.mp4.*done`)
	two.press("q")
	two.left(0)
	three.see(`All is at rest`)
	three.types("quit")
	three.see(`total +2 done, 0 failed`)
	three.left(0)
	wantFile(t, h, "film.mp4", sha256Of(data))
	wantFile(t, h, "letters.zip", sha256Of(data))
}

// TestPlainLinesAttach is for who has no use for a screen: lines do in the
// background what the monitor does there.
func TestPlainLinesAttach(t *testing.T) {
	t.Parallel()
	data := content(3, 8_000_000)
	n, h := slowServer(t, data), newAgentHome(t)
	h.command(t, "-b", n.URL("/slow/film.mp4"))
	s := openScreen(t, h, 80, 24)
	s.run("--plain") // bare: there is something in the background
	s.see(`to quit leaves everything as it is`)
	s.see(`start +1: film\.mp4`)
	if screen := s.see(`film`); strings.Contains(screen, "All is at rest") {
		t.Errorf("at rest, although something runs:\n%s", screen)
	}
	s.types("pause 1")
	s.see(`paused +1: film\.mp4`)
	if out := h.command(t, "ls"); !strings.Contains(out, "paused") {
		t.Errorf("not paused in the agent:\n%s", out)
	}
	s.types("add " + n.URL("/private/letters.zip"))
	s.see(`Gave 1 to the agent\.`)
	s.see(`^1-4: type a number`)
	s.types("answer give")
	s.see(`^User:$`)
	s.types("alice")
	s.see(`Password:$`)
	s.types("wonderland")
	s.see(`session: until the agent ends`)
	s.types("once")
	s.see(`done +2: letters\.zip`)
	s.types("add " + n.URL("/nothing.zip"))
	s.see(`refused +3: nothing\.zip +404`)
	s.types("retry 3")
	s.wait("another refusal", func(screen string) bool {
		return len(regexp.MustCompile(`refused +3: nothing\.zip +404`).FindAllString(screen, -1)) == 2
	})
	s.types("detach") // everything is there already
	s.see(`total +1 done, 0 failed, 1 refused, 1 in the background`)
	if last := s.left(0); !strings.Contains(last, "1 transfer in the background; haul attach shows it.") {
		t.Errorf("nothing is said about what goes on:\n%s", last)
	}
	s.run("attach", "7", "--plain")
	s.see(`there is no transfer 7 in the background: use an identifier`)
	s.left(2)
	s.run("attach", "1", "--plain")
	s.see(`^1: film\.mp4, paused, \d+%`)
	s.see(`paused +1: film\.mp4`)
	s.types("resume 1")
	s.see(`resume +1: film\.mp4`)
	s.types("quit")
	s.left(0)
	await(t, "the film", func() bool { return onDisk(h.file("film.mp4")) == int64(len(data)) })
	wantFile(t, h, "film.mp4", sha256Of(data))
	wantFile(t, h, "letters.zip", sha256Of(data))
}

func TestKilledAppAndAgent(t *testing.T) {
	t.Parallel()
	data := content(3, 6_000_000)
	n := testserver.StartNginx(t, testserver.NginxConfig{
		Files: map[string][]byte{"slow/film.mp4": data}, Locations: []testserver.Location{lingering("/slow/", data)},
	})
	h := newAgentHome(t)
	h.command(t, "-b", n.URL("/slow/film.mp4"))
	s := openScreen(t, h, 80, 24)
	s.haul("attach")
	s.see(`film\.mp4.*/s `)
	s.signal(syscall.SIGKILL)
	s.see(`137\.`)
	s.text("stty sane; tput rmcup; tput cnorm")
	s.press("C-j")
	s.wait("the normal screen", func(string) bool { return !s.alternate() })
	s.haul("attach")
	s.see(`film\.mp4.*/s `)
	s.killAgent()
	// The monitor starts it again, and it goes on.
	await(t, "the film", func() bool { return onDisk(h.file("film.mp4")) == int64(len(data)) })
	s.see(`film\.mp4.*done`)
	s.press("q")
	s.left(0)
	wantFile(t, h, "film.mp4", sha256Of(data))
	if history := h.command(t, "history", "film"); strings.Count(history, "done") != 1 {
		t.Errorf("the history has %q", history)
	}
}

// killAgent kills the agent of the screen's home.
func (s *screen) killAgent() {
	s.t.Helper()
	var status struct{ PID int }
	s.home.json(s.t, &status, "rpc", "agent.status")
	if err := syscall.Kill(status.PID, syscall.SIGKILL); err != nil {
		s.t.Fatal(err)
	}
}

// json runs haul and decodes what it printed.
func (h home) json(t *testing.T, to any, args ...string) {
	t.Helper()
	if err := json.Unmarshal([]byte(h.command(t, args...)), to); err != nil {
		t.Fatal(err)
	}
}
