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
	"haul/internal/testserver"
)

// slowFile is a demo server with a file that takes a while, and its URL.
func slowFile(t *testing.T) (server *demo.Server, path, link string) {
	t.Helper()
	server, at := startDemo(t)
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
	// The next run has nothing of it to offer, and the background was waited for.
	s.haul()
	s.see(`Nothing to transfer yet`)
	s.press("q")
	s.left(0)
}

// TestTheDemoSaysThatItHasNoAgent when the key is pressed that every other run has.
func TestTheDemoSaysThatItHasNoAgent(t *testing.T) {
	t.Parallel()
	s := openScreen(t, newHome(t), 100, 30)
	// So slow that no transfer comes to its question, which would cover the words.
	s.haul("demo", "--max-running", "1", "--limit-rate", "1k")
	s.see(`read-me-first`)
	s.press("d")
	s.see(`(?i)there is no agent here`)
	s.press("C-c")
	s.left(130)
}

// TestDetachTakesThePasswordAlong answers the question for a password before the
// transfer is handed over: the agent has the answer, and keeps it in memory.
func TestDetachTakesThePasswordAlong(t *testing.T) {
	t.Parallel()
	data := content(3, 4_000_000)
	private := lingering("/private/", data)
	private.User, private.Password = "alice", "wonderland"
	n := testserver.StartNginx(t, testserver.NginxConfig{
		Files:     map[string][]byte{"private/film.mp4": data},
		Locations: []testserver.Location{private},
	})
	h := newAgentHome(t)
	s := openScreen(t, h, 80, 24)
	s.haul(n.URL("/private/film.mp4"))
	const title = `asks for a password|Password for 127`
	s.openQuestion(title)
	s.text("alice")
	s.press("Tab")
	s.text("wonderland")
	s.press("Enter")
	s.see(`Send unencrypted`)
	s.gone(title, "Enter")
	s.partial(500_000)
	s.press("d")
	s.left(0)
	h.command(t, "wait", "--timeout", "1m")
	wantFile(t, h, "film.mp4", sha256Of(data))
	if story := h.command(t, "log", "1"); strings.Contains(story, "asks: ") {
		t.Errorf("the agent asked:\n%s", story)
	}
	err := filepath.WalkDir(h.state, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "wonderland") {
			t.Errorf("the password is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestDetachSendsAnUploadAnew hands over an upload, which cannot be resumed: the
// agent sends all of the file, as it is when it is handed over.
func TestDetachSendsAnUploadAnew(t *testing.T) {
	t.Parallel()
	server, _, link := slowFile(t)
	link, _, _ = strings.Cut(link, "/slow/")
	h := newAgentHome(t)
	data := content(3, 300_000)
	if err := os.WriteFile(h.file("letter.txt"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	s := openScreen(t, h, 80, 24)
	const path = "/upload/letter.txt?rate=100kB"
	s.haul("put", "letter.txt", link+path)
	s.see(`1 run`)
	s.press("d")
	s.see(`cannot be resumed`)
	s.gone(`cannot be resumed`, "y")
	if last := s.left(0); !strings.Contains(last, "1 transfer in the background") {
		t.Errorf("nothing is said about what goes on:\n%s", last)
	}
	if err := os.Remove(h.file("letter.txt")); err != nil {
		t.Error(err)
	}
	h.command(t, "wait", "--timeout", "1m")
	// Of the first request the server may have had all, in its buffers.
	log := server.Log()
	if last := log[len(log)-1]; len(log) != 2 || last.Path != path || last.Status != 201 || last.Received != int64(len(data)) {
		t.Errorf("the requests were %+v", log)
	}
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
