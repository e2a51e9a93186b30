package plain

import (
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"haul/model"
	"haul/session"
	"haul/ui/text"
	"haul/ui/units"
)

// talk is what is said to the person at the keys, in whole lines.
type talk struct {
	out   io.Writer
	units units.System
}

func (t talk) say(format string, args ...any) {
	// A terminal that is gone is noticed where the results are written.
	_, _ = fmt.Fprintf(t.out, format+"\n", args...)
}

// prompt asks for the rest of the line.
func (t talk) prompt(word string) { _, _ = io.WriteString(t.out, word+": ") }

// step is what a question wants next.
type step int

const (
	stepChoice   step = iota // a number or a word of the choices
	stepUser                 // a line as it is
	stepPassword             // the same, not shown
	stepKeep                 // how long the password is kept
	stepTrust                // the word trust
	stepFile                 // a client certificate's file, blank for the one shown last
	stepKey                  // the file of its key
	stepShow                 // the word show
	stepAnswered             // nothing: there is an answer
	stepLater                // nothing: it was put off
)

// choice is one of the numbered answers.
type choice struct {
	word, label string
	answer      model.Answer
	then        step
}

// question asks one question line by line, with numbered choices that have
// words as well, so that a screen reader tells all there is.
type question struct {
	talk
	view    model.PromptView
	choices []choice
	answer  model.Answer
	step    step
	shown   time.Time
}

// newQuestion asks q.
func newQuestion(q model.PromptView, t talk) *question {
	a := &question{talk: t, view: q}
	switch q.Kind {
	case model.AskTrust:
		a.choices = []choice{
			{"cancel", "cancel the transfer", model.Answer{CancelRows: true}, stepAnswered},
			{"later", "not now", model.Answer{}, stepLater},
			{"trust", "trust this key until haul ends", model.Answer{Trust: true}, stepTrust},
		}
		if q.CanKeep {
			a.choices = append(a.choices, choice{
				"keep", "trust this key for good", model.Answer{Trust: true, ForGood: true}, stepTrust,
			})
		}
	case model.AskRedirect:
		a.choices = []choice{
			{"refuse", "do not follow: the redirect's own body is the result", model.Answer{Refuse: true}, stepAnswered},
			{"follow", "follow once", model.Answer{Follow: true}, stepAnswered},
			{"always", "always follow to this host", model.Answer{Follow: true, Always: true}, stepAnswered},
			{"cancel", "cancel the transfer", model.Answer{CancelRows: true}, stepAnswered},
			{"later", "not now", model.Answer{}, stepLater},
		}
	case model.AskIdentity:
		for i, c := range q.Candidates {
			then := stepShow
			if c.Locked {
				then = stepPassword
			}
			if c.Problem != "" {
				continue // it is told, and cannot be chosen
			}
			a.choices = append(a.choices, choice{fmt.Sprintf("certificate-%d", i+1), candidate(c), model.Answer{Identity: c.File}, then})
		}
		a.choices = append(a.choices, []choice{
			{"file", "show what is in another file", model.Answer{Identity: q.Identity}, stepFile},
			{"none", "go on without one", model.Answer{Skip: true}, stepAnswered},
			{"cancel", "cancel the transfer", model.Answer{CancelRows: true}, stepAnswered},
			{"later", "not now", model.Answer{}, stepLater},
		}...)
	default:
		first := stepUser
		if a.token() {
			first = stepPassword
		}
		a.choices = []choice{
			{"give", "type them now", model.Answer{}, first},
			{"without", "go on without", model.Answer{Skip: true}, stepAnswered},
			{"cancel", "cancel the transfer", model.Answer{CancelRows: true}, stepAnswered},
			{"later", "not now", model.Answer{}, stepLater},
		}
	}
	a.show()
	return a
}

func (a *question) token() bool { return a.view.Space.Method == session.MethodBearer }

// show tells the question and its choices.
func (a *question) show() {
	a.step, a.shown = stepChoice, time.Now()
	switch a.view.Kind {
	case model.AskTrust:
		a.trust(a.view)
	case model.AskRedirect:
		a.redirect(a.view)
	case model.AskIdentity:
		a.identity(a.view)
	default:
		a.password(a.view)
	}
	for i, c := range a.choices {
		a.say("  %d  %s: %s", i+1, c.word, c.label)
	}
	a.say("1-%d: type a number, or its word.", len(a.choices))
}

// chooses tells which choice a line makes, -1 for none.
func (a *question) chooses(line string) int {
	line = strings.TrimSpace(line)
	n, err := strconv.Atoi(line)
	for i, c := range a.choices {
		if err == nil && n == i+1 || strings.EqualFold(line, c.word) {
			return i
		}
	}
	return -1
}

// choose makes choice i.
func (a *question) choose(i int) {
	a.answer, a.step = a.choices[i].answer, a.choices[i].then
	a.next()
}

// take reads the line of the steps after the choice.
func (a *question) take(line string) {
	switch a.step {
	case stepUser:
		a.answer.User, a.step = line, stepPassword
	case stepPassword:
		a.say("") // the end of the line was not shown either
		a.answer.Password, a.step = line, stepKeep
		if a.view.Kind == model.AskIdentity {
			a.step = stepAnswered
		}
	case stepKeep:
		a.keep(strings.ToLower(strings.TrimSpace(line)))
	case stepFile:
		if line != "" {
			a.answer.Identity = model.IdentityFile{Certificate: line}
		}
		a.step = stepKey
	case stepKey:
		if line != "" {
			a.answer.Identity.Key = line
		}
		a.step = stepPassword
	case stepTrust:
		a.word(line, "trust")
	case stepShow:
		a.word(line, "show")
	}
	a.next()
}

// word takes the word that approves; any other puts the question off.
func (a *question) word(line, word string) {
	if a.step = stepAnswered; strings.TrimSpace(line) != word {
		a.step = stepLater
	}
}

// next asks for what the step wants.
func (a *question) next() {
	switch a.step {
	case stepUser:
		a.prompt("User")
	case stepPassword:
		switch {
		case a.view.Kind == model.AskIdentity:
			a.prompt("Password of the file, if it has one")
		case a.token():
			a.prompt("Token")
		default:
			a.prompt("Password")
		}
	case stepFile:
		a.prompt(fmt.Sprintf("File, PEM or PKCS#12 [%s]", text.Clean(a.answer.Identity.Certificate)))
	case stepKey:
		a.prompt(fmt.Sprintf("File of the key, if it is not in the same [%s]", text.Clean(a.answer.Identity.Key)))
	case stepKeep:
		a.say("How long is it kept? once: for this transfer only; session: until haul ends.")
		if a.view.Keeper != "" {
			a.say("keep: for good, in %s.", text.Clean(a.view.Keeper))
		}
		a.prompt("Type one of these words [session]")
	case stepTrust:
		a.prompt("Type trust to accept it")
	case stepShow:
		a.prompt("Type show to show it to " + origin(a.view))
	case stepLater:
		a.say("Put off: answer asks it again.")
	}
}

// keep reads how long a password is kept. An empty line is the usual answer, any
// other word asks again.
func (a *question) keep(word string) {
	switch {
	case word == "" || word == "session":
		a.answer.Keep = session.PersistenceForSession
	case word == "once":
		a.answer.Keep = session.PersistenceNone
	case word == "keep" && a.view.Keeper != "":
		a.answer.Keep = session.PersistencePermanent
	default:
		return
	}
	a.step = stepAnswered
}

func (a *question) password(q model.PromptView) {
	what, word := "a user name and password", "password"
	if a.token() {
		what, word = "a token", "token"
	}
	who := origin(q)
	if q.Space.Proxy {
		who = "The proxy " + who
	}
	a.say("%s asks for %s (%s).", who, what, q.Space.Method)
	if q.Space.Method.SessionLevel() {
		a.say(`The user is name@DOMAIN, DOMAIN\name or a name alone.`)
	} else if q.Space.Method != session.MethodSOCKS { // which has no words
		a.say("It says: %q (the server's words).", text.Clean(q.Space.Realm).String())
	}
	a.rows(q)
	if q.Failures > 0 {
		a.say("The last answer was refused; refused %d so far.", q.Failures)
	}
	if q.Reason != "" {
		a.say("The reason: %s.", text.Clean(q.Reason))
	}
	if !q.Space.ReceivesCredentialSecurely() && (a.token() || q.Space.Method == session.MethodBasic || q.Space.Method == session.MethodSOCKS) {
		a.say("Warning: the connection is not encrypted, the %s can be read on the way.", word)
	}
}

func (a *question) identity(q model.PromptView) {
	a.say("%s asks for a client certificate.", origin(q))
	for _, name := range q.Issuers {
		a.say("It takes those signed by: %q (the server's words).", text.Clean(name).String())
	}
	a.rows(q)
	if q.Reason != "" {
		a.say("The reason: %s.", text.Clean(q.Reason))
	}
	for _, c := range q.Candidates {
		if c.Problem != "" {
			a.say("Cannot be shown, because %s: %s.", text.Clean(c.Problem), candidate(c))
		}
	}
	if q.Unfit > 0 {
		a.say("At hand, but not of these issuers, or not to be read: %d.", q.Unfit)
	}
}

// candidate is a client certificate in words.
func candidate(c model.Candidate) string {
	file := text.Clean(c.File.Certificate).String()
	if c.Leaf == nil {
		return "what is in " + file + ", which is locked"
	}
	words := fmt.Sprintf("%q signed by %q, valid %s until %s, in %s",
		text.Clean(c.Leaf.Subject.String()).String(), text.Clean(c.Leaf.Issuer.String()).String(),
		c.Leaf.NotBefore.Format(time.DateOnly), c.Leaf.NotAfter.Format(time.DateOnly), file)
	if c.Locked {
		words += ", whose key is locked"
	}
	return fmt.Sprintf("%s, SHA-256 %X", words, sha256.Sum256(c.Leaf.Raw))
}

func (a *question) trust(q model.PromptView) {
	who := text.Clean(q.Trust.Addr).String()
	if q.Trust.Proxy {
		who = "the proxy " + who
	}
	a.say("The certificate of %s could not be verified: %s.", who, text.Clean(q.Trust.Reason()))
	if q.ChangedKey {
		a.say("Warning: this is not the key that was accepted for this server before.")
	}
	if q.ChangedForGood {
		a.say("It has changed since it was accepted for good: somebody may be in between.")
	}
	if q.Reason != "" {
		a.say("It cannot be accepted for good: %s.", text.Clean(q.Reason))
	}
	if chain := q.Trust.Chain(); len(chain) > 0 {
		a.certificate(chain[0])
		a.say("SHA-256: %X", q.Trust.SHA256())
	}
	a.rows(q)
	a.say("Nothing was sent yet.")
}

func (a *question) certificate(c *x509.Certificate) {
	a.say("It answered as: %s", text.Clean(c.Subject.String()))
	a.say("Names: %s", text.Clean(strings.Join(c.DNSNames, ", ")))
	a.say("Valid: %s until %s", c.NotBefore.Format("2006-01-02"), c.NotAfter.Format("2006-01-02"))
}

func (a *question) redirect(q model.PromptView) {
	a.say("Redirect %d, step %d of at most %d.", q.Status, q.Step, q.MaxSteps)
	a.say("From: %s %s", q.FromMethod, text.Clean(q.From))
	a.say("To:   %s %s", q.ToMethod, text.Clean(q.To))
	a.rows(q)
	if q.LeavesTLS {
		a.say("Warning: it leaves encryption.")
	}
	if len(q.Stripped) > 0 {
		a.say("Not sent there: %s.", text.Clean(strings.Join(q.Stripped, ", ")))
	}
}

func (a *question) rows(q model.PromptView) {
	for _, name := range q.Names {
		a.say("For: %s", text.Clean(name))
	}
}

// origin is who asks, from our own connection.
func origin(q model.PromptView) string {
	return text.Clean(fmt.Sprintf("%s://%s:%d", q.Space.Protocol, q.Space.Host, q.Space.Port)).String()
}
