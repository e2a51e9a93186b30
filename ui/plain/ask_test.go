package plain

import (
	"strings"
	"testing"

	"haul/model"
	"haul/session"
)

// answered answers a question with lines and returns what was shown.
func answered(t *testing.T, q model.PromptView, lines ...string) (model.Answer, string) {
	t.Helper()
	var out strings.Builder
	a := newQuestion(q, talk{&out})
	for _, line := range lines {
		if a.step != stepChoice {
			a.take(line)
		} else if i := a.chooses(line); i >= 0 {
			a.choose(i)
		}
	}
	if a.step != stepAnswered {
		t.Fatalf("not answered: %s", out.String())
	}
	return a.answer, out.String()
}

func TestATokenIsAskedForWithoutAUser(t *testing.T) {
	q := model.PromptView{Kind: model.AskPassword, Space: session.ProtectionSpace{
		Protocol: "https", Host: "api.test", Port: 443, Realm: "api", Method: session.MethodBearer,
	}}
	answer, shown := answered(t, q, "1", "secret-token")
	if answer.Password != "secret-token" || answer.User != "" || !answer.Keep {
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
	answer, shown := answered(t, q, "1", "alice@INTRA.TEST", "geheim")
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
