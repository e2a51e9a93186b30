//go:build unix

package e2e

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"haul/internal/demo"
)

// slowFile is a demo server with a file that takes a while, and its URL.
func slowFile(t *testing.T) (server *demo.Server, path, link string) {
	t.Helper()
	server = demo.New(demo.Options{Seed: 1})
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	at, err := server.Start()
	if err != nil {
		t.Fatal(err)
	}
	path = "/slow/film.mp4?size=6MB&rate=500kB"
	return server, path, at.Files + path
}

// wantHandedOver waits for the file, and checks that the agent's request begins
// where that of the program before it ended.
func wantHandedOver(t *testing.T, h home, server *demo.Server, path string) {
	t.Helper()
	wantWhole(t, h, server, path)
	var seen []string
	for _, e := range server.Log() {
		if e.Path == path {
			seen = append(seen, strings.Join(e.Header["Range"], ""))
			if len(seen) == 2 && (e.Status != 206 || len(e.Header["If-Range"]) == 0) {
				t.Errorf("the second request does not continue: %+v", e)
			}
		}
	}
	if len(seen) != 2 || seen[0] != "" || !strings.HasPrefix(seen[1], "bytes=") || strings.HasPrefix(seen[1], "bytes=0-") {
		t.Errorf("the ranges asked for are %q", seen)
	}
}

// wantWhole waits for the file, and checks that nothing is beside it.
func wantWhole(t *testing.T, h home, server *demo.Server, path string) {
	t.Helper()
	h.command(t, "wait", "--timeout", "1m")
	wantFile(t, h, "film.mp4", server.SHA256(path))
	left, err := filepath.Glob(h.file("*"))
	if err != nil || len(left) != 1 {
		t.Errorf("%v is left, %v", left, err)
	}
}

// TestDetachHandsOverSegments has several connections for one file on both
// sides. What was on its way when one was cut may come again, and no more.
func TestDetachHandsOverSegments(t *testing.T) {
	t.Parallel()
	server, path, link := slowFile(t)
	h := newAgentHome(t)
	h.configure(t, "[downloads]\nconnections = \"4\"\n")
	s := openScreen(t, h, 80, 24)
	s.haul(link)
	await(t, "a quarter of the file", func() bool { return written(server, path) > size/4 })
	s.press("d")
	s.left(0)
	wantWhole(t, h, server, path)
	const connections, onItsWay = 8, 64 << 10
	if n := written(server, path); n > size+connections*onItsWay {
		t.Errorf("%d bytes were sent for a file of %d", n, size)
	}
}

// size is that of a slowFile.
const size = 6_000_000

// written is how many bytes of a file the server has sent.
func written(server *demo.Server, path string) (n int64) {
	for _, e := range server.Log() {
		if e.Path == path {
			n += e.Written
		}
	}
	return n
}

func TestDetachGoesOnInTheAgent(t *testing.T) {
	t.Parallel()
	server, path, link := slowFile(t)
	h := newAgentHome(t)
	h.configure(t, "[downloads]\nconnections = \"1\"\n")
	s := openScreen(t, h, 80, 24)
	s.haul(link)
	s.partial(500_000)
	s.press("d")
	if last := s.left(0); !strings.Contains(last, "1 transfer in the background") || strings.Contains(last, "kept") {
		t.Errorf("nothing is said about what goes on:\n%s", last)
	}
	wantHandedOver(t, h, server, path)
	// The next run has nothing of it to offer but the background.
	s.haul()
	s.see(`In the background`)
	s.see(`film\.mp4.*done`)
	s.press("q")
	s.left(0)
}

// hangUp starts haul in a terminal that goes away when some bytes have come,
// and waits for its end.
func hangUp(t *testing.T, h home, link string) {
	t.Helper()
	c := exec.Command(binary, link)
	c.Dir, c.Env = h.downloads, append(h.environ(), "PATH="+os.Getenv("PATH"), "TERM=xterm-256color", "LC_ALL=C.UTF-8")
	terminal, err := pty.StartWithSize(c, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		// It ends with the terminal.
		_, _ = io.Copy(io.Discard, terminal)
	}()
	await(t, "some bytes on the disk", func() bool { return onDisk(h.file("film.mp4.haul-part")) >= 500_000 })
	if err := terminal.Close(); err != nil {
		t.Error(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || !exit.Exited()) {
			t.Errorf("haul ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("haul does not end")
	}
	<-read
}

func TestHangUpDetaches(t *testing.T) {
	t.Parallel()
	server, path, link := slowFile(t)
	h := newAgentHome(t)
	h.configure(t, "[downloads]\nconnections = \"1\"\n[agent]\non-hangup = \"detach\"\n")
	hangUp(t, h, link)
	wantHandedOver(t, h, server, path)
}

func TestHangUpPauses(t *testing.T) {
	t.Parallel()
	server, path, link := slowFile(t)
	h := newHome(t)
	h.configure(t, "[downloads]\nconnections = \"1\"\n")
	hangUp(t, h, link)
	if onDisk(h.file("film.mp4.haul-state")) == 0 {
		t.Fatal("no resume state is there")
	}
	h.command(t, "--continue", "--plain")
	wantFile(t, h, "film.mp4", server.SHA256(path))
}
