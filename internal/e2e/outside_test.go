//go:build unix

package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"haul/internal/testserver"
)

// recorded is haul in a terminal that keeps every byte it is sent. It says that
// it knows progress and the program status.
type recorded struct {
	t   *testing.T
	cmd *exec.Cmd
	tty *os.File

	mu  sync.Mutex
	out bytes.Buffer
}

func record(t *testing.T, h home, args ...string) *recorded {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir = h.downloads
	cmd.Env = append(h.environ(), "PATH="+os.Getenv("PATH"), "LANG=C.UTF-8", "TERM=xterm-ghostty", "TERM_PROGRAM=ghostty")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	r := &recorded{t: t, cmd: cmd, tty: tty}
	t.Cleanup(func() {
		if err := tty.Close(); err != nil {
			t.Error(err)
		}
	})
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := tty.Read(buf)
			r.mu.Lock()
			r.out.Write(buf[:n])
			r.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	if _, err := tty.WriteString("\x1b]7501;?\x1b\\"); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *recorded) bytes() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.String()
}

// sent waits until haul has sent something that matches.
func (r *recorded) sent(pattern string) {
	r.t.Helper()
	re := regexp.MustCompile(pattern)
	await(r.t, pattern, func() bool { return re.MatchString(r.bytes()) })
}

// last is what the first group of the last match has.
func last(out, pattern string) string {
	all := regexp.MustCompile(pattern).FindAllStringSubmatch(out, -1)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1][1]
}

// TestSignalsTakeBackAllThatTheTerminalWasTold looks at the bytes: modes that
// were switched on are off again, and so are progress, title and status.
func TestSignalsTakeBackAllThatTheTerminalWasTold(t *testing.T) {
	t.Parallel()
	for name, signals := range map[string][]syscall.Signal{"TERM": {syscall.SIGTERM}, "INT twice": {syscall.SIGINT, syscall.SIGINT}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := testserver.StartNginx(t, testserver.NginxConfig{
				Files:     map[string][]byte{"slow/film.mp4": content(3, 1_500_000)},
				Locations: []testserver.Location{{Prefix: "/slow/", RateLimit: 100_000}},
			})
			r := record(t, newHome(t), n.URL("/slow/film.mp4"))
			r.sent(`\x1b\]7501;state=working`)
			r.sent(`\x1b\]9;4;1;[1-9]`)
			for _, s := range signals {
				if err := r.cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
			}
			err := r.cmd.Wait()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 130 {
				t.Errorf("left with %v", err)
			}
			r.sent(`\x1b\[\?1049l`)
			out := r.bytes()
			for what, c := range map[string]struct{ pattern, want string }{
				"alternate screen": {`\x1b\[\?1049([hl])`, "l"}, "mouse": {`\x1b\[\?1002([hl])`, "l"}, "mouse coding": {`\x1b\[\?1006([hl])`, "l"},
				"focus": {`\x1b\[\?1004([hl])`, "l"}, "paste": {`\x1b\[\?2004([hl])`, "l"}, "cursor": {`\x1b\[\?25([hl])`, "h"},
				"keys": {`\x1b\[([<>])[0-9;]*u`, "<"}, "progress": {`\x1b\]9;4;([0-9])`, "0"}, "title": {`\x1b\]2;([^\a\x1b]*)`, ""},
			} {
				if got := last(out, c.pattern); got != c.want {
					t.Errorf("%s was left as %q, want %q", what, got, c.want)
				}
			}
			if got := last(out, `\x1b\]7501;state=(\w+)`); got == "working" || got == "blocked" {
				t.Errorf("the status was left as %q", got)
			}
		})
	}
}

// TestSuspendGivesTheTerminalBackAndContinueDrawsAgain stops haul by ctrl+z and
// lets the shell continue it.
func TestSuspendGivesTheTerminalBackAndContinueDrawsAgain(t *testing.T) {
	t.Parallel()
	_, s := slowly(t, content(3, 1_500_000))
	s.press("C-z")
	s.see(`left with 1\d\d\.`)
	if got := s.format("#{alternate_on} #{cursor_flag} #{mouse_any_flag}"); got != "0 1 0" {
		t.Errorf("alternate screen, cursor, mouse are %q while it is stopped", got)
	}
	s.text("clear; fg; echo came with $?.")
	s.press("Enter")
	s.see(`film\.mp4`)
	s.see(`transfers stood still meanwhile`)
	if !s.alternate() {
		t.Error("it draws on the normal screen")
	}
	s.press("C-c")
	s.see(`came with 130\.`)
}
