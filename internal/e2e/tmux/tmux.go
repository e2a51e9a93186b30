// Package tmux runs a program in a terminal that a test can type into and read:
// a private tmux server with one pane of a given size and a shell in it.
//
// tmux is a real terminal emulator. What [Terminal.Screen] returns is what a
// person would see, and after the program the shell is there again, so that it
// shows whether the terminal was left as it was found.
//
// Another process draws the screen, and nothing tells when it has: [Terminal.Wait]
// polls.
package tmux

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Prompt is the shell's prompt.
const Prompt = "ready> "

// pollInterval is the time between two looks at the screen.
const pollInterval = 20 * time.Millisecond

// ErrMissing says that tmux is not installed.
var ErrMissing = errors.New("tmux is not installed (Debian: apt-get install tmux)")

// Config says how the terminal is.
type Config struct {
	// Width and Height are its size in cells.
	Width, Height int
	// Dir is the shell's working directory.
	Dir string
	// Environ are "NAME=value" for the shell, beside PATH and a UTF-8 locale.
	// Nothing else of the environment is passed on.
	Environ []string
}

// Terminal is a running tmux server with one pane. Its methods belong to one
// goroutine at a time.
type Terminal struct {
	dir string // of the socket
}

// Start starts a server and returns when the shell is ready. The caller closes
// it.
func Start(ctx context.Context, cfg Config) (*Terminal, error) {
	if _, err := exec.LookPath("tmux"); err != nil {
		return nil, ErrMissing
	}
	dir, err := os.MkdirTemp("", "haul-tmux-")
	if err != nil {
		return nil, err
	}
	t := &Terminal{dir: dir}
	cmd := t.command(ctx, "start-server",
		";", "set-option", "-g", "status", "off",
		";", "set-option", "-g", "default-terminal", "tmux-256color",
		";", "set-option", "-s", "escape-time", "0",
		";", "new-session", "-d", "-s", "haul", "-x", strconv.Itoa(cfg.Width), "-y", strconv.Itoa(cfg.Height), "-c", cfg.Dir, "exec env PS1='"+Prompt+"' sh")
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TERM=xterm-256color",
	}, cfg.Environ...)
	if output, err := cmd.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("tmux: %w: %s", err, output), t.Close())
	}
	if _, err := t.Wait(ctx, func(screen string) bool { return strings.Contains(screen, strings.TrimSpace(Prompt)) }); err != nil {
		return nil, errors.Join(fmt.Errorf("the shell does not start: %w", err), t.Close())
	}
	return t, nil
}

// Close ends the server and what runs in it, and waits until it is gone.
func (t *Terminal) Close() error {
	// An error means that the server has ended already.
	_ = t.command(context.Background(), "kill-server").Run()
	return os.RemoveAll(t.dir)
}

func (t *Terminal) command(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "tmux", append([]string{"-S", filepath.Join(t.dir, "socket"), "-f", os.DevNull, "-u"}, args...)...)
}

func (t *Terminal) run(args ...string) (string, error) {
	output, err := t.command(context.Background(), args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("tmux %s: %w: %s", args[0], err, output)
	}
	return string(output), nil
}

// Press presses keys, named as tmux names them: "p", "Enter", "C-c", "Escape".
func (t *Terminal) Press(keys ...string) error {
	_, err := t.run(append([]string{"send-keys", "-t", "haul", "--"}, keys...)...)
	return err
}

// Type types text as it is.
func (t *Terminal) Type(text string) error {
	_, err := t.run("send-keys", "-t", "haul", "-l", "--", text)
	return err
}

// Screen returns the lines on the screen, without trailing spaces.
func (t *Terminal) Screen() (string, error) { return t.run("capture-pane", "-p", "-t", "haul") }

// History returns what has scrolled off the screen and the lines on it.
func (t *Terminal) History() (string, error) {
	return t.run("capture-pane", "-p", "-S", "-", "-t", "haul")
}

// Styled returns the lines on the screen with SGR sequences for their colours.
func (t *Terminal) Styled() (string, error) {
	return t.run("capture-pane", "-e", "-p", "-t", "haul")
}

// Resize gives the terminal another size.
func (t *Terminal) Resize(width, height int) error {
	_, err := t.run("resize-window", "-t", "haul", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height))
	return err
}

// Record appends all that the programs in the terminal write to a file, as it
// comes, from now on.
func (t *Terminal) Record(path string) error {
	_, err := t.run("pipe-pane", "-t", "haul", "exec cat >>'"+path+"'")
	return err
}

// Format returns what a tmux format says of the pane, such as #{alternate_on}.
func (t *Terminal) Format(format string) (string, error) {
	text, err := t.run("display-message", "-p", "-t", "haul", format)
	return strings.TrimSuffix(text, "\n"), err
}

// Wait waits until the screen satisfies done and returns it, or returns the
// last screen with ctx's error.
func (t *Terminal) Wait(ctx context.Context, done func(screen string) bool) (string, error) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		screen, err := t.Screen()
		if err != nil || done(screen) {
			return screen, err
		}
		select {
		case <-ctx.Done():
			return screen, ctx.Err()
		case <-tick.C:
		}
	}
}
