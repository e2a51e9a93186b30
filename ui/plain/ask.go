package plain

import (
	"bufio"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"

	"haul/model"
	"haul/session"
	"haul/ui/text"
)

// Asker asks questions line by line, with numbered choices and words, so that
// a screen reader tells all there is. It belongs to one goroutine at a time.
type Asker struct {
	// Out shows the question, In reads the answers.
	Out io.Writer
	In  *bufio.Reader
	// Password reads a line without showing it; nil reads it from In.
	Password func() (string, error)
}

// Ask asks one question. It returns false for "not now", and when the input has
// ended.
func (a *Asker) Ask(q model.PromptView) (model.Answer, bool) {
	var answer model.Answer
	var err error
	switch q.Kind {
	case model.AskPassword:
		answer, err = a.password(q)
	case model.AskTrust:
		answer, err = a.trust(q)
	case model.AskRedirect:
		answer, err = a.redirect(q)
	case model.AskIdentity:
		answer, err = a.identity(q)
	}
	return answer, err == nil
}

// errLater is the answer "not now".
var errLater = errors.New("later")

func (a *Asker) password(q model.PromptView) (model.Answer, error) {
	token := q.Space.Method == session.MethodBearer
	what, word := "a user name and password", "password"
	if token {
		what, word = "a token", "token"
	}
	a.say("%s asks for %s (%s).", origin(q), what, q.Space.Method)
	if q.Space.Method.SessionLevel() {
		a.say(`The user is name@DOMAIN, DOMAIN\name or a name alone.`)
	} else {
		a.say("It says: %q (the server's words).", text.Clean(q.Space.Realm).String())
	}
	a.rows(q)
	if q.Failures > 0 {
		a.say("The last answer was refused; refused %d so far.", q.Failures)
	}
	if q.Reason != "" {
		a.say("The reason: %s.", text.Clean(q.Reason))
	}
	if !q.Space.ReceivesCredentialSecurely() && (token || q.Space.Method == session.MethodBasic) {
		a.say("Warning: the connection is not encrypted, the %s can be read on the way.", word)
	}
	choice, err := a.choose("give them", "go on without", "cancel the transfer", "not now")
	switch {
	case err != nil:
		return model.Answer{}, err
	case choice == 2:
		return model.Answer{Skip: true}, nil
	case choice == 3:
		return model.Answer{CancelRows: true}, nil
	case choice == 4:
		return model.Answer{}, errLater
	}
	user := ""
	if !token {
		if user, err = a.line("User: "); err != nil {
			return model.Answer{}, err
		}
	}
	password, err := a.secret(strings.ToUpper(word[:1]) + word[1:] + ": ")
	if err != nil {
		return model.Answer{}, err
	}
	keep, err := a.keep(q)
	return model.Answer{User: user, Password: password, Keep: keep}, err
}

// secret reads a line that is not shown.
func (a *Asker) secret(prompt string) (string, error) {
	fmt.Fprint(a.Out, prompt)
	read := a.Password
	if read == nil {
		read = func() (string, error) { return a.read() }
	}
	line, err := read()
	fmt.Fprintln(a.Out)
	return line, err
}

func (a *Asker) identity(q model.PromptView) (model.Answer, error) {
	a.say("%s asks for a client certificate.", origin(q))
	for _, name := range q.Issuers {
		a.say("It takes those signed by: %q (the server's words).", text.Clean(name).String())
	}
	a.rows(q)
	if q.Reason != "" {
		a.say("The reason: %s.", text.Clean(q.Reason))
	}
	choice, err := a.choose("show one", "none: go on without", "cancel the transfer", "not now")
	switch {
	case err != nil:
		return model.Answer{}, err
	case choice == 2:
		return model.Answer{Skip: true}, nil
	case choice == 3:
		return model.Answer{CancelRows: true}, nil
	case choice == 4:
		return model.Answer{}, errLater
	}
	file := q.Identity
	if line, err := a.line(fmt.Sprintf("File, PEM or PKCS#12 [%s]: ", text.Clean(file.Certificate))); err != nil {
		return model.Answer{}, err
	} else if line != "" {
		file = model.IdentityFile{Certificate: line}
	}
	if line, err := a.line(fmt.Sprintf("File of the key, if it is not in the same [%s]: ", text.Clean(file.Key))); err != nil {
		return model.Answer{}, err
	} else if line != "" {
		file.Key = line
	}
	password, err := a.secret("Password of the file, if it has one: ")
	return model.Answer{Identity: file, Password: password}, err
}

// keep asks how long a password is kept. An empty line is the usual
// answer.
func (a *Asker) keep(q model.PromptView) (session.Persistence, error) {
	words := []string{"once", "session"}
	a.say("How long is it kept? once: for this transfer only; session: until haul ends.")
	if q.Keeper != "" {
		words = append(words, "keep")
		a.say("keep: for good, in %s.", text.Clean(q.Keeper))
	}
	for {
		word, err := a.line(strings.Join(words, ", ") + " [session]: ")
		if errors.Is(err, io.EOF) {
			return session.PersistenceForSession, nil
		}
		if err != nil {
			return 0, err
		}
		switch word = strings.ToLower(strings.TrimSpace(word)); {
		case word == "" || word == "session":
			return session.PersistenceForSession, nil
		case word == "once":
			return session.PersistenceNone, nil
		case word == "keep" && q.Keeper != "":
			return session.PersistencePermanent, nil
		}
		a.say("Type one of these words: %s.", strings.Join(words, ", "))
	}
}

func (a *Asker) trust(q model.PromptView) (model.Answer, error) {
	a.say("The certificate of %s could not be verified: %s.", text.Clean(q.Trust.Addr), text.Clean(fmt.Sprint(q.Trust.Err)))
	if q.ChangedKey {
		a.say("This is not the key that was accepted for this server before.")
	}
	if chain := q.Trust.Chain(); len(chain) > 0 {
		a.certificate(chain[0])
		a.say("SHA-256: %X", q.Trust.SHA256())
	}
	a.rows(q)
	a.say("Nothing was sent yet.")
	choice, err := a.choose("cancel the transfer", "not now", "trust this key until haul ends")
	switch {
	case err != nil:
		return model.Answer{}, err
	case choice == 1:
		return model.Answer{CancelRows: true}, nil
	case choice == 2:
		return model.Answer{}, errLater
	}
	word, err := a.line("Type trust to accept it: ")
	if err != nil || word != "trust" {
		return model.Answer{}, errLater
	}
	return model.Answer{Trust: true}, nil
}

func (a *Asker) certificate(c *x509.Certificate) {
	a.say("It answered as: %s", text.Clean(c.Subject.String()))
	a.say("Names: %s", text.Clean(strings.Join(c.DNSNames, ", ")))
	a.say("Valid: %s until %s", c.NotBefore.Format("2006-01-02"), c.NotAfter.Format("2006-01-02"))
}

func (a *Asker) redirect(q model.PromptView) (model.Answer, error) {
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
	choice, err := a.choose("do not follow: the redirect's own body is the result",
		"follow once", "always follow to this host", "cancel the transfer", "not now")
	switch {
	case err != nil:
		return model.Answer{}, err
	case choice == 1:
		return model.Answer{Refuse: true}, nil
	case choice == 2:
		return model.Answer{Follow: true}, nil
	case choice == 3:
		return model.Answer{Follow: true, Always: true}, nil
	case choice == 4:
		return model.Answer{CancelRows: true}, nil
	}
	return model.Answer{}, errLater
}

// choose offers numbered choices and reads a number until it is one of them.
func (a *Asker) choose(choices ...string) (int, error) {
	for i, c := range choices {
		a.say("  %d  %s", i+1, c)
	}
	for {
		answer, err := a.line(fmt.Sprintf("1-%d: ", len(choices)))
		if err != nil {
			return 0, err
		}
		var n int
		if _, err := fmt.Sscanf(answer, "%d", &n); err == nil && n >= 1 && n <= len(choices) {
			return n, nil
		}
		a.say("Type a number from 1 to %d.", len(choices))
	}
}

func (a *Asker) rows(q model.PromptView) {
	for _, name := range q.Names {
		a.say("For: %s", text.Clean(name))
	}
}

func (a *Asker) say(format string, args ...any) { fmt.Fprintf(a.Out, format+"\n", args...) }

func (a *Asker) line(prompt string) (string, error) {
	fmt.Fprint(a.Out, prompt)
	return a.read()
}

func (a *Asker) read() (string, error) {
	s, err := a.In.ReadString('\n')
	if err != nil && s == "" {
		return "", err
	}
	return strings.TrimRight(s, "\r\n"), nil
}

// origin is who asks, from our own connection.
func origin(q model.PromptView) string {
	return text.Clean(fmt.Sprintf("%s://%s:%d", q.Space.Protocol, q.Space.Host, q.Space.Port)).String()
}
