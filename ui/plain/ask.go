package plain

import (
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"haul/model"
	"haul/session"
	"haul/ui/phrases"
	"haul/ui/text"
)

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
			{"cancel", phrases.ChoiceCancel, model.Answer{CancelRows: true}, stepAnswered},
			{"later", phrases.ChoiceLater, model.Answer{}, stepLater},
			{"trust", fmt.Sprintf(phrases.ChoiceTrust, a.holder()), model.Answer{Trust: true}, stepTrust},
		}
		if q.CanKeep {
			a.choices = append(a.choices, choice{
				"keep", phrases.ChoiceKeepTrust, model.Answer{Trust: true, ForGood: true}, stepTrust,
			})
		}
	case model.AskRedirect:
		a.choices = []choice{
			{"refuse", phrases.ChoiceRefuse, model.Answer{Refuse: true}, stepAnswered},
			{"follow", phrases.ChoiceFollow, model.Answer{Follow: true}, stepAnswered},
			{"always", phrases.ChoiceAlways, model.Answer{Follow: true, Always: true}, stepAnswered},
			{"cancel", phrases.ChoiceCancel, model.Answer{CancelRows: true}, stepAnswered},
			{"later", phrases.ChoiceLater, model.Answer{}, stepLater},
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
			{"file", phrases.ChoiceOtherFile, model.Answer{Identity: q.Identity}, stepFile},
			{"none", phrases.ChoiceNoIdentity, model.Answer{Skip: true}, stepAnswered},
			{"cancel", phrases.ChoiceCancel, model.Answer{CancelRows: true}, stepAnswered},
			{"later", phrases.ChoiceLater, model.Answer{}, stepLater},
		}...)
	default:
		first := stepUser
		if a.token() {
			first = stepPassword
		}
		a.choices = []choice{
			{"give", phrases.ChoiceGive, model.Answer{}, first},
			{"without", phrases.ChoiceWithout, model.Answer{Skip: true}, stepAnswered},
			{"cancel", phrases.ChoiceCancel, model.Answer{CancelRows: true}, stepAnswered},
			{"later", phrases.ChoiceLater, model.Answer{}, stepLater},
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
	a.say(phrases.TypeNumberOrWord, len(a.choices))
}

// named is the choice of a word, -1 for none.
func (a *question) named(word string) int {
	return slices.IndexFunc(a.choices, func(c choice) bool { return strings.EqualFold(word, c.word) })
}

// chooses tells which choice a line makes, -1 for none.
func (a *question) chooses(line string) int {
	line = strings.TrimSpace(line)
	if n, err := strconv.Atoi(line); err == nil && 1 <= n && n <= len(a.choices) {
		return n - 1
	}
	return a.named(line)
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
		a.answer.Password, a.step = line, stepKeep
		switch {
		case a.view.Kind == model.AskIdentity:
			a.step = stepAnswered
		case line == "" && a.answer.User == "":
			a.step = stepLater // there is nothing to send
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

// wantsWord tells that the step is for one of a few words, and for none that could
// be a secret or a name: other words can mean what they mean elsewhere.
func (a *question) wantsWord() bool {
	return a.step == stepKeep || a.step == stepTrust || a.step == stepShow
}

// knows tells whether the step has a meaning for a line of its own.
func (a *question) knows(line string) bool {
	switch word := strings.ToLower(strings.TrimSpace(line)); a.step {
	case stepKeep:
		_, ok := a.persistence(word)
		return ok
	case stepTrust:
		return word == "trust"
	case stepShow:
		return word == "show"
	}
	return true
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
		a.prompt(phrases.AskUser)
	case stepPassword:
		switch {
		case a.view.Kind == model.AskIdentity:
			a.prompt(phrases.AskFilePassword)
		case a.token():
			a.prompt(phrases.AskToken)
		default:
			a.prompt(phrases.AskPassword)
		}
	case stepFile:
		a.prompt(fmt.Sprintf(phrases.AskFile, text.Clean(a.answer.Identity.Certificate)))
	case stepKey:
		a.prompt(fmt.Sprintf(phrases.AskKeyFile, text.Clean(a.answer.Identity.Key)))
	case stepKeep:
		a.say(phrases.AskHowLong, a.holder())
		if a.view.Keeper != "" {
			a.say(phrases.AskHowLongForGood, text.Clean(a.view.Keeper))
		}
		a.prompt(phrases.AskWhich)
	case stepTrust:
		a.prompt(phrases.AskTrustWord)
	case stepShow:
		a.prompt(fmt.Sprintf(phrases.AskShowWord, origin(a.view)))
	case stepLater:
		if !a.steered {
			a.say(phrases.PutOffForGood)
			break
		}
		a.say(phrases.PutOff)
	}
}

// keep reads how long a password is kept; a word that does not say it asks again.
func (a *question) keep(word string) {
	if kept, ok := a.persistence(word); ok {
		a.answer.Keep, a.step = kept, stepAnswered
	}
}

// persistence is what a word says of how long a password is kept. An empty line is
// the usual answer.
func (a *question) persistence(word string) (session.Persistence, bool) {
	switch {
	case word == "" || word == "session":
		return session.PersistenceForSession, true
	case word == "once":
		return session.PersistenceNone, true
	case word == "keep" && a.view.Keeper != "":
		return session.PersistencePermanent, true
	}
	return 0, false
}

func (a *question) password(q model.PromptView) {
	what, word := phrases.AUserAndPassword, phrases.ThePassword
	if a.token() {
		what, word = phrases.AToken, phrases.TheToken
	}
	who := origin(q)
	if q.Space.Proxy {
		who = fmt.Sprintf(phrases.TheProxyAtTheOutset, who)
	}
	a.say(phrases.AsksFor, who, what, q.Space.Method)
	if q.Space.Method.SessionLevel() {
		a.clause(phrases.UserForms)
	} else if q.Space.Method != session.MethodSOCKS { // which has no words
		a.say(phrases.ServersWords, text.Clean(q.Space.Realm).String())
	}
	a.rows(q)
	if q.Failures > 0 {
		a.say(phrases.RefusedSoFar, q.Failures)
	}
	if q.Reason != "" {
		a.say(phrases.TheReason, text.Clean(q.Reason))
	}
	if !q.Space.ReceivesCredentialSecurely() && (a.token() || q.Space.Method == session.MethodBasic || q.Space.Method == session.MethodSOCKS) {
		a.say(phrases.EverybodyOnTheWay, word)
	}
}

func (a *question) identity(q model.PromptView) {
	a.say(phrases.AsksForIdentity, origin(q))
	for _, name := range q.Issuers {
		a.say(phrases.TakesThoseOf, text.Clean(name).String())
	}
	a.rows(q)
	if q.Reason != "" {
		a.say(phrases.TheReason, text.Clean(q.Reason))
	}
	for _, c := range q.Candidates {
		if c.Problem != "" {
			a.say(phrases.CannotShowOne, text.Clean(c.Problem), candidate(c))
		}
	}
	if q.Unfit > 0 {
		a.say(phrases.UnfitIdentities, q.Unfit)
	}
}

// candidate is a client certificate in words.
func candidate(c model.Candidate) string {
	file := text.Clean(c.File.Certificate).String()
	if c.Leaf == nil {
		return fmt.Sprintf(phrases.LockedFile, file)
	}
	words := fmt.Sprintf(phrases.IdentityTold,
		text.Clean(c.Leaf.Subject.String()).String(), text.Clean(c.Leaf.Issuer.String()).String(),
		c.Leaf.NotBefore.Format(time.DateOnly), c.Leaf.NotAfter.Format(time.DateOnly), file)
	if c.Locked {
		words = fmt.Sprintf(phrases.LockedKey, words)
	}
	return fmt.Sprintf(phrases.IdentityWithHash, words, sha256.Sum256(c.Leaf.Raw))
}

func (a *question) trust(q model.PromptView) {
	who := text.Clean(q.Trust.Addr).String()
	if q.Trust.Proxy {
		who = phrases.TheProxy(who)
	}
	a.say(phrases.NotVerifiedBecause, who, text.Clean(q.Trust.Reason()))
	if q.ChangedKey {
		a.say(phrases.WarnsOfAnotherKey)
	}
	if q.ChangedForGood {
		a.say(phrases.WarnsOfAChangedKey)
	}
	if q.Reason != "" {
		a.say(phrases.NotForGood, text.Clean(q.Reason))
	}
	if chain := q.Trust.Chain(); len(chain) > 0 {
		a.certificate(chain[0])
		a.say(phrases.Fingerprint, q.Trust.SHA256())
	}
	a.rows(q)
	a.say(phrases.NothingSentYet)
}

func (a *question) certificate(c *x509.Certificate) {
	a.say(phrases.AnsweredAs, text.Clean(c.Subject.String()))
	if names := session.CertificateNames(c); len(names) > 0 {
		a.say(phrases.NamesOf, text.Clean(strings.Join(names, ", ")))
	}
	a.say(phrases.ValidUntil, c.NotBefore.Format(time.DateOnly), c.NotAfter.Format(time.DateOnly))
}

func (a *question) redirect(q model.PromptView) {
	a.say(phrases.RedirectStep, q.Status, q.Step, q.MaxSteps)
	a.say(phrases.RedirectFrom, q.FromMethod, text.Clean(q.From))
	a.say(phrases.RedirectTo, q.ToMethod, text.Clean(q.To))
	a.rows(q)
	if q.LeavesTLS {
		a.say(phrases.WarnsOfLeavingTLS)
	}
	if len(q.Stripped) > 0 {
		a.say(phrases.NotSentThere, text.Clean(strings.Join(q.Stripped, ", ")))
	}
}

func (a *question) rows(q model.PromptView) {
	for _, name := range q.Names {
		a.say(phrases.ForTransfer, text.Clean(name))
	}
}

// origin is who asks, from our own connection.
func origin(q model.PromptView) string {
	return text.Clean(fmt.Sprintf("%s://%s:%d", q.Space.Protocol, q.Space.Host, q.Space.Port)).String()
}
