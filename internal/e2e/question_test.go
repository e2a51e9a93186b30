//go:build unix

package e2e

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"haul/internal/testserver"
)

// answerable starts nginx with everything that asks.
func answerable(t *testing.T, data []byte) *testserver.Nginx {
	t.Helper()
	return testserver.StartNginx(t, testserver.NginxConfig{
		Files: map[string][]byte{"private/letters.zip": data, "open/letters.zip": data, "letters.zip": data},
		Locations: []testserver.Location{
			{Prefix: "/private/", User: "alice", Password: "wonderland"},
			{Prefix: "/away/", Directives: `rewrite ^/away/(.*)$ http://localhost:$server_port/$1 redirect;`},
		},
	})
}

// openQuestion waits until the question has opened by itself, puts it off,
// which leaves it waiting, and opens it again: then keys count at once.
func (s *screen) openQuestion(title string) {
	s.t.Helper()
	s.see(title)
	s.press("Escape")
	s.wait("the list again", func(screen string) bool { return !regexp.MustCompile(title).MatchString(screen) })
	s.press("!")
	s.see(title)
}

// gone waits until a dialog is closed, pressing a key once a second: a dialog
// that opened or changed a moment ago takes none.
func (s *screen) gone(title, key string) {
	s.t.Helper()
	re := regexp.MustCompile(title)
	next := time.Now()
	s.wait("no "+title, func(screen string) bool {
		if !re.MatchString(screen) {
			return true
		}
		if now := time.Now(); !now.Before(next) {
			s.press(key)
			next = now.Add(time.Second)
		}
		return false
	})
}

func TestQuestionsAreAnsweredByKeyboard(t *testing.T) {
	t.Parallel()
	data := content(2, 100_000)
	for _, size := range sizes {
		name := fmt.Sprintf("%dx%d", size.width, size.height)
		t.Run("password/"+name, func(t *testing.T) {
			t.Parallel()
			n := answerable(t, data)
			s := openScreen(t, newHome(t), size.width, size.height)
			s.haul(n.URL("/private/letters.zip"))
			const title = `asks for a password|Password for 127`
			s.openQuestion(title)
			s.text("alice")
			s.press("Tab")
			s.text("wonderland")
			shown := s.see(`alice`)
			if regexp.MustCompile(`wonderland`).MatchString(shown) {
				t.Errorf("the password is on the screen:\n%s", shown)
			}
			s.press("Enter")
			// Basic without TLS takes a second, deliberate press.
			s.see(`Send unencrypted`)
			s.gone(title, "Enter")
			s.finish(data)
			if last := n.Log(2); last[0].Status != 401 || last[1].Status != 200 || last[1].Authorization != "Basic" {
				t.Errorf("the server saw %+v", last)
			}
		})
		t.Run("trust/"+name, func(t *testing.T) {
			t.Parallel()
			n := answerable(t, data)
			s := openScreen(t, newHome(t), size.width, size.height)
			s.haul(n.TLSURL("/letters.zip"))
			const title = `Do you trust this server|Trust 127`
			s.openQuestion(title)
			s.text("yes")
			s.press("Enter")
			s.see(title)
			s.press("BSpace", "BSpace", "BSpace")
			s.text("trust")
			s.gone(title, "Enter")
			s.finish(data)
		})
		t.Run("redirect/"+name, func(t *testing.T) {
			t.Parallel()
			n := answerable(t, data)
			s := openScreen(t, newHome(t), size.width, size.height)
			s.haul(n.URL("/away/letters.zip"))
			const title = `Follow this redirect|Redirect 302`
			s.openQuestion(title)
			s.press("f")
			s.gone(title, "Enter")
			s.finish(data)
			if last := n.Log(2); last[0].Status != 302 || last[1].Status != 200 || !regexp.MustCompile(`^localhost:`).MatchString(last[1].Host) {
				t.Errorf("the server saw %+v", last)
			}
		})
	}
}

// finish waits until letters.zip is there and leaves.
func (s *screen) finish(data []byte) {
	s.t.Helper()
	await(s.t, "the file", func() bool { return onDisk(s.home.file("letters.zip")) == int64(len(data)) })
	s.see(`100%.*done`)
	wantFile(s.t, s.home, "letters.zip", sha256Of(data))
	s.press("q")
	s.left(0)
}
