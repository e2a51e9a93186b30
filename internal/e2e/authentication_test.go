//go:build unix

package e2e

import (
	"strings"
	"testing"

	"haul/internal/testserver"
)

func TestAWindowsUserAnswersByKeyboard(t *testing.T) {
	t.Parallel()
	data := content(3, 100_000)
	a := testserver.StartApache(t, testserver.ApacheConfig{
		Files: map[string][]byte{"ntlm/letters.zip": data}, Users: map[string]string{"alice": "wonderland"},
		Protected: map[string]testserver.Protection{"/ntlm/": testserver.ProtectNTLM},
	})
	s := openScreen(t, newHome(t), 80, 24)
	s.haul(a.URL("/ntlm/letters.zip"))
	const title = `asks for a password`
	s.openQuestion(title)
	s.see(`name@DOMAIN`)
	s.text(`HAUL\alice`)
	s.press("Tab")
	s.text("wonderland")
	shown := s.see(`alice`)
	if strings.Contains(shown, "wonderland") {
		t.Errorf("the password is on the screen:\n%s", shown)
	}
	s.gone(title, "Enter")
	s.finish(data)
	log := a.Log(3)
	if last := log[len(log)-1]; last.Status != 200 || !strings.HasSuffix(last.User, "alice") {
		t.Errorf("the server saw %+v", log)
	}
}

func TestATokenIsTypedByKeyboard(t *testing.T) {
	t.Parallel()
	data := content(4, 100_000)
	n := testserver.StartNginx(t, testserver.NginxConfig{
		Files: map[string][]byte{"api/letters.zip": data},
		Locations: []testserver.Location{{Prefix: "/api/", Directives: `if ($http_authorization != "Bearer looking-glass") { return 401; }
			add_header WWW-Authenticate 'Bearer realm="api"' always;`}},
	})
	s := openScreen(t, newHome(t), 80, 24)
	s.haul(n.URL("/api/letters.zip"))
	const title = `asks for a token`
	s.openQuestion(title)
	s.text("looking-glass")
	if shown := s.see(`Bearer`); strings.Contains(shown, "looking-glass") {
		t.Errorf("the token is on the screen:\n%s", shown)
	}
	s.press("Enter")
	s.see(`Send unencrypted`)
	s.gone(title, "Enter")
	s.finish(data)
}
