//go:build unix

package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"haul/internal/demo"
	"haul/internal/e2e/tmux"
)

// patience bounds every wait. It is only reached when something is wrong.
const patience = 40 * time.Second

// binary is the path of the haul that TestMain built. It is set before any test
// runs and never changed.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "haul-e2e-")
	if err == nil {
		defer os.RemoveAll(dir)
		binary, err = Build(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// startDemo starts a demo server that ends with the test.
func startDemo(t *testing.T) (*demo.Server, demo.Addresses) {
	t.Helper()
	server := demo.New(demo.Options{Seed: 1})
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	at, err := server.Start()
	if err != nil {
		t.Fatal(err)
	}
	return server, at
}

// home is where one test's hauls keep their things.
type home struct{ state, downloads string }

func newHome(t *testing.T) home {
	t.Helper()
	dir := t.TempDir()
	h := home{state: filepath.Join(dir, "state"), downloads: filepath.Join(dir, "downloads")}
	for _, d := range []string{h.state, h.downloads} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// environ is the environment of every haul, beside PATH and the terminal's.
func (h home) environ() []string {
	return []string{
		"HOME=" + filepath.Dir(h.state), "XDG_STATE_HOME=" + h.state,
		"XDG_CONFIG_HOME=" + filepath.Join(filepath.Dir(h.state), "config"),
	}
}

func (h home) file(name string) string { return filepath.Join(h.downloads, name) }

// screen is a terminal with a shell, in which a test runs haul.
type screen struct {
	t    *testing.T
	term *tmux.Terminal
	home home
	env  []string // arguments of env(1) for haul
}

// openScreen starts a terminal. The shell stands in the download directory.
func openScreen(t *testing.T, h home, width, height int) *screen {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	// A shell that is hung up writes its history into a directory that goes just then.
	environ := append(h.environ(), "HISTFILE=", "fish_history=")
	term, err := tmux.Start(ctx, tmux.Config{Width: width, Height: height, Dir: h.downloads, Environ: environ})
	if errors.Is(err, tmux.ErrMissing) && os.Getenv("HAUL_TEST_REQUIRE") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{t: t, term: term, home: h}
	t.Cleanup(func() {
		if t.Failed() {
			last, err := term.Screen()
			t.Logf("the last screen (%v):\n%s", err, last)
		}
		if err := term.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// haul runs haul in the shell and returns when the monitor is there.
func (s *screen) haul(args ...string) {
	s.t.Helper()
	s.run(args...)
	s.wait("haul is there", func(string) bool { return s.alternate() })
}

// run runs haul in the shell. Its process id goes to a file, and its exit code
// to the screen behind it.
func (s *screen) run(args ...string) {
	s.t.Helper()
	s.runProgram(binary, args...)
}

// runProgram is run for another haul.
func (s *screen) runProgram(binary string, args ...string) {
	s.t.Helper()
	script := filepath.Join(filepath.Dir(s.home.state), "run")
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
	}
	text := fmt.Sprintf("echo $$ >%s.pid\nexec env %s %s %s\n", script, strings.Join(s.env, " "), binary, strings.Join(quoted, " "))
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.RemoveAll(script + ".pid"); err != nil {
		s.t.Fatal(err)
	}
	// What crashes may leave the cursor anywhere.
	s.text(`clear; sh ../run; printf '\r\nleft with %d.\n' $?`)
	s.press("Enter")
}

// signal sends a signal to the haul that runs.
func (s *screen) signal(sig syscall.Signal) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(s.home.state), "run.pid"))
	if err != nil {
		s.t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := syscall.Kill(pid, sig); err != nil {
		s.t.Fatal(err)
	}
}

func (s *screen) press(keys ...string) {
	s.t.Helper()
	if err := s.term.Press(keys...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *screen) text(text string) {
	s.t.Helper()
	if err := s.term.Type(text); err != nil {
		s.t.Fatal(err)
	}
}

// types types a line.
func (s *screen) types(line string) {
	s.t.Helper()
	s.text(line)
	s.press("Enter")
}

// wait waits until the screen is as done wants it.
func (s *screen) wait(what string, done func(screen string) bool) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	last, err := s.term.Wait(ctx, done)
	if err != nil {
		s.t.Fatalf("waiting for %q: %v", what, err)
	}
	return last
}

// see waits until the screen matches a regular expression.
func (s *screen) see(pattern string) string {
	s.t.Helper()
	re := regexp.MustCompile("(?m)" + pattern)
	return s.wait(pattern, re.MatchString)
}

// left waits until haul has ended and checks its exit code, and that the
// terminal is as it was: the normal screen, the cursor visible, no mouse
// reports, input by the line and echoed.
func (s *screen) left(code int) string {
	s.t.Helper()
	last := s.see(`left with \d+\.`)
	if !strings.Contains(last, fmt.Sprintf("left with %d.", code)) {
		s.t.Errorf("haul did not exit with %d:\n%s", code, last)
	}
	if got := s.format("#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{keypad_flag}"); got != "0 1 0 0" {
		s.t.Errorf("alternate screen, cursor, mouse, keypad are %q, want \"0 1 0 0\"", got)
	}
	s.text("clear; stty -a")
	s.press("Enter")
	stty := s.see(`iexten`)
	for _, want := range []string{" icanon", " echo ", " isig", "icrnl", "opost"} {
		if !strings.Contains(strings.ReplaceAll(stty, "\n", " "), want) {
			s.t.Errorf("the terminal was left without%s:\n%s", want, stty)
		}
	}
	return last
}

func (s *screen) format(format string) string {
	s.t.Helper()
	text, err := s.term.Format(format)
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

func (s *screen) alternate() bool { return s.format("#{alternate_on}") == "1" }

// await waits for what another process does, of which nothing tells.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// onDisk is how many bytes a file has, 0 if it is not there.
func onDisk(path string) int64 {
	stat, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return stat.Size()
}

// content is random bytes that are the same for the same seed.
func content(seed uint64, size int) []byte {
	data := make([]byte, size)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	// It never fails.
	_, _ = r.Read(data)
	return data
}

func sha256Of(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// wantFile checks that a file is there, whole, and that nothing is beside it.
func wantFile(t *testing.T, h home, name, sum string) {
	t.Helper()
	data, err := os.ReadFile(h.file(name))
	if err != nil {
		t.Fatal(err)
	}
	if got := sha256Of(data); got != sum {
		t.Errorf("%s has SHA-256 %s, want %s", name, got, sum)
	}
	for _, suffix := range []string{".haul-part", ".haul-state"} {
		if _, err := os.Stat(h.file(name + suffix)); err == nil {
			t.Errorf("%s%s is still there", name, suffix)
		}
	}
}
