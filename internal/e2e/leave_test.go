//go:build unix

package e2e

import (
	"strings"
	"syscall"
	"testing"

	"haul/internal/testserver"
)

// lingering has a response of nginx come at once but for the last third of data,
// for which there is all the time that a test needs. What continues it has no
// more than that left, and comes at once.
func lingering(prefix string, data []byte) testserver.Location {
	return testserver.Location{Prefix: prefix, RateAfter: len(data) * 2 / 3, RateLimit: 10_000}
}

// slowly starts nginx with a file that takes a while and haul on it, and
// returns when some of it is on the disk.
func slowly(t *testing.T, data []byte) (*testserver.Nginx, *screen) {
	t.Helper()
	n := testserver.StartNginx(t, testserver.NginxConfig{
		Files:     map[string][]byte{"slow/film.mp4": data},
		Locations: []testserver.Location{lingering("/slow/", data)},
	})
	s := openScreen(t, newHome(t), 80, 24)
	s.haul(n.URL("/slow/film.mp4"))
	s.partial(600_000)
	return n, s
}

// partial waits until so many bytes are on the disk.
func (s *screen) partial(bytes int64) {
	s.t.Helper()
	await(s.t, "some bytes on the disk", func() bool { return onDisk(s.home.file("film.mp4.haul-part")) >= bytes })
}

// goOn runs bare haul, which offers what was interrupted, and presses P.
func (s *screen) goOn(data []byte) {
	s.t.Helper()
	s.haul()
	s.see(`film\.mp4`)
	s.see(`unfinished from an earlier run`)
	s.press("P")
	await(s.t, "the file", func() bool { return onDisk(s.home.file("film.mp4")) == int64(len(data)) })
	s.see(`100%.*done`)
	wantFile(s.t, s.home, "film.mp4", sha256Of(data))
	s.press("q")
	s.left(0)
}

// wantContinued checks that the last request went on from what there was.
func wantContinued(t *testing.T, n *testserver.Nginx) {
	t.Helper()
	log := n.Log(2)
	if last := log[len(log)-1]; last.Status != 206 || last.Range == "" || last.IfRange == "" {
		t.Errorf("the last request does not continue: %+v", last)
	}
}

func TestInterruptPausesAndTheNextRunGoesOn(t *testing.T) {
	t.Parallel()
	data := content(3, 1_500_000)
	n, s := slowly(t, data)
	s.press("C-c")
	s.left(130)
	if onDisk(s.home.file("film.mp4.haul-state")) == 0 {
		t.Error("no resume state is there")
	}
	s.goOn(data)
	wantContinued(t, n)
}

func TestSecondInterruptLeavesAtOnce(t *testing.T) {
	t.Parallel()
	_, s := slowly(t, content(3, 1_500_000))
	s.press("C-c", "C-c")
	s.left(130)
}

func TestSignalsPauseAndRestoreTheTerminal(t *testing.T) {
	t.Parallel()
	for name, sig := range map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := content(3, 1_500_000)
			n, s := slowly(t, data)
			s.signal(sig)
			s.left(130)
			s.goOn(data)
			wantContinued(t, n)
		})
	}
}

// TestKilledHaulIsOfferedByTheNext kills haul in the terminal. What that leaves
// of the terminal is beyond haul; the next one sets it right.
func TestKilledHaulIsOfferedByTheNext(t *testing.T) {
	t.Parallel()
	data := content(3, 2_000_000)
	_, s := slowly(t, data)
	await(t, "a resume state", func() bool { return onDisk(s.home.file("film.mp4.haul-state")) > 0 })
	s.signal(syscall.SIGKILL)
	s.see(`137\.`) // the cursor is where haul left it
	s.text("stty sane; tput rmcup; tput cnorm")
	s.press("C-j") // Enter's own code is not the end of a line as it is
	s.wait("the normal screen", func(string) bool { return !s.alternate() })
	s.goOn(data)
}

func TestQuitWithARunningTransferAsksOnce(t *testing.T) {
	t.Parallel()
	data := content(3, 1_500_000)
	n, s := slowly(t, data)
	s.press("q")
	s.see(`Keep running`)
	s.press("Escape")
	s.wait("no question", func(screen string) bool { return !strings.Contains(screen, "Keep running") })
	s.press("q")
	s.see(`Pause and quit`)
	s.press("Enter")
	// On the normal screen: what is kept, and how to go on.
	last := s.left(0)
	for _, want := range []string{"1 kept", "Run haul to go on"} {
		if !strings.Contains(last, want) {
			t.Errorf("the summary does not have %q:\n%s", want, last)
		}
	}
	s.goOn(data)
	wantContinued(t, n)
}
