package plain

import (
	"bufio"
	"strings"
	"testing"

	"haul/model"
	"haul/session"
)

// asked answers a question with lines and returns what was shown.
func asked(t *testing.T, q model.PromptView, lines ...string) (model.Answer, string) {
	t.Helper()
	var out strings.Builder
	a := &Asker{Out: &out, In: bufio.NewReader(strings.NewReader(strings.Join(lines, "\n") + "\n"))}
	answer, ok := a.Ask(q)
	if !ok {
		t.Fatalf("not answered: %s", out.String())
	}
	return answer, out.String()
}

func TestATokenIsAskedForWithoutAUser(t *testing.T) {
	q := model.PromptView{Kind: model.AskPassword, Space: session.ProtectionSpace{
		Protocol: "https", Host: "api.test", Port: 443, Realm: "api", Method: session.MethodBearer,
	}}
	answer, shown := asked(t, q, "1", "secret-token")
	if answer.Password != "secret-token" || answer.User != "" || answer.Keep != session.PersistenceForSession {
		t.Errorf("the answer is for %q, kept %v", answer.User, answer.Keep)
	}
	if !strings.Contains(shown, "https://api.test:443 asks for a token (Bearer).") || strings.Contains(shown, "User:") ||
		strings.Contains(shown, "Warning") {
		t.Errorf("shown:\n%s", shown)
	}
}

func TestAUserOfKerberosIsToldTheFormAndTheReason(t *testing.T) {
	q := model.PromptView{
		Kind:   model.AskPassword,
		Space:  session.ProtectionSpace{Protocol: "http", Host: "intra.test", Port: 80, Method: session.MethodNegotiate},
		Reason: "the ticket of alice\x1b[2J expired",
	}
	answer, shown := asked(t, q, "1", "alice@INTRA.TEST", "geheim")
	if answer.User != "alice@INTRA.TEST" || answer.Password != "geheim" {
		t.Errorf("the answer is for %q", answer.User)
	}
	for _, want := range []string{"(Negotiate)", `name@DOMAIN, DOMAIN\name or a name alone`, "The reason: the ticket of alice"} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %q in:\n%s", want, shown)
		}
	}
	if strings.Contains(shown, "\x1b") || strings.Contains(shown, "geheim") {
		t.Errorf("shown: %q", shown)
	}
}

func TestHowLongAPasswordIsKeptIsAWord(t *testing.T) {
	q := model.PromptView{
		Kind:  model.AskPassword,
		Space: session.ProtectionSpace{Protocol: "https", Host: "files.test", Port: 443, Method: session.MethodBasic},
	}
	for _, c := range []struct {
		keeper string
		words  []string
		want   session.Persistence
	}{
		{"", []string{""}, session.PersistenceForSession},
		{"", []string{"session"}, session.PersistenceForSession},
		{"", []string{"Once "}, session.PersistenceNone},
		{"", []string{"keep", "once"}, session.PersistenceNone},
		{"a box\x1b", []string{"perhaps", "keep"}, session.PersistencePermanent},
	} {
		q.Keeper = c.keeper
		answer, shown := asked(t, q, append([]string{"1", "alice", "geheim"}, c.words...)...)
		if answer.Keep != c.want || answer.Password != "geheim" {
			t.Errorf("%v: kept %v", c.words, answer.Keep)
		}
		if strings.Contains(shown, "keep: for good, in a box") != (c.keeper != "") || strings.Contains(shown, "\x1b") {
			t.Errorf("%v: shown\n%s", c.words, shown)
		}
	}
}
