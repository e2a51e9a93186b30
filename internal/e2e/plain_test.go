//go:build unix

package e2e

import (
	"testing"

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
