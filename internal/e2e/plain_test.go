//go:build unix

package e2e

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/creack/pty"

	"haul/internal/testserver"
)

// TestInterruptAtAPasswordGivesTheEchoBack leaves haul where it reads a password
// line by line, which nothing calls back.
func TestInterruptAtAPasswordGivesTheEchoBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		keys []string
	}{
		{"asked by the server", []string{"--plain"}, []string{"answer 1", "alice"}},
		{"asked for by -u", []string{"--plain", "-u", "alice"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := testserver.StartNginx(t, testserver.NginxConfig{
				Files:     map[string][]byte{"private/letters.zip": content(2, 1000)},
				Locations: []testserver.Location{{Prefix: "/private/", User: "alice", Password: "wonderland"}},
			})
			s := openScreen(t, newHome(t), 80, 24)
			s.run(append(c.args, n.URL("/private/letters.zip"))...)
			prompts := []string{`^1-\d:`, `^User:`}
			for i, k := range c.keys {
				s.see(prompts[i])
				s.text(k)
				s.press("Enter")
			}
			s.see(`^Password`)
			s.press("C-c")
			s.left(130)
		})
	}
}

// TestADumbTerminalGetsLines runs haul where nothing but text is understood.
func TestADumbTerminalGetsLines(t *testing.T) {
	t.Parallel()
	n := testserver.StartNginx(t, testserver.NginxConfig{Files: map[string][]byte{"a.bin": content(2, 1000)}})
	h := newHome(t)
	cmd := exec.CommandContext(t.Context(), binary, n.URL("/a.bin"))
	cmd.Dir = h.downloads
	cmd.Env = append(h.environ(), "PATH="+os.Getenv("PATH"), "LANG=C.UTF-8", "TERM=dumb")
	tty, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	// The other end goes with the program, and reading ends with an error.
	said, _ := io.ReadAll(tty)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if err := tty.Close(); err != nil {
		t.Error(err)
	}
	if out := string(said); strings.Contains(out, "\x1b") || !strings.Contains(out, " done     a.bin") || !strings.Contains(out, "1 done, 0 failed") {
		t.Errorf("it says %q", out)
	}
}
