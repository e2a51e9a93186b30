package background

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"haul/session"
	"haul/session/internal/wire"
)

// question waits for its answer.
type question struct {
	wire.Question
	answer chan wire.Answer // takes one
	given  bool
}

// errCancelledAnswer ends a task whose question was answered with cancel.
var errCancelledAnswer = &session.Error{Code: session.Cancelled, Err: errors.New("the challenge was cancelled")}

// ask puts a question and waits, without a place among those that run and
// without the time of the resource passing, until somebody has answered.
func (at *attempt) ask(ctx context.Context, q wire.Question) (wire.Answer, error) {
	j, a := at.j, at.j.h.a
	a.mu.Lock()
	a.asked++
	q.Number, q.Since = a.asked, time.Now().UTC()
	waiting := &question{Question: q, answer: make(chan wire.Answer, 1)}
	j.question = waiting
	at.head()
	if j.rec.State == wire.StateRunning {
		j.doing = wire.DoingAsk
	}
	j.holdClock()
	at.release()
	j.tell("asks: " + what(q))
	j.hookQuestion(what(q))
	j.changed()
	a.mu.Unlock()
	var answer wire.Answer
	var err error
	select {
	case answer = <-waiting.answer:
	case <-ctx.Done():
		err = ctx.Err()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	j.question = nil
	if j.rec.State == wire.StateRunning && a.ctx.Err() == nil {
		j.doing = wire.DoingLoad
		at.take()
		j.runClock()
	}
	j.changed()
	return answer, err
}

// what is a question in words.
func what(q wire.Question) string {
	proxy := ""
	if q.Space != nil && q.Space.Proxy {
		proxy = "the proxy "
	}
	switch {
	case q.Kind == wire.AskDelayed:
		return "its earliest time has come"
	case q.Trust != nil:
		return "is " + proxy + q.Trust.Address + " to be trusted? " + q.Trust.Error
	case q.Space == nil:
		return q.Kind
	case q.Space.Method == string(session.MethodDefault):
		return "the value of the request field " + q.Detail
	}
	return "a credential for " + strconv.Quote(q.Space.Realm) + " at " + proxy + q.Space.Host
}

// answer gives an answer to the question of a task. It tells whether it was the
// first. The caller holds mu.
func (j *job) reply(w wire.Answer) bool {
	q := j.question
	if q == nil || q.Number != w.Question || q.given {
		return false
	}
	q.given = true
	q.answer <- w
	j.tell("answered")
	return true
}

// askLost asks for the secret fields of the request that an agent before this
// one had in its memory: a challenge of the default method, whose detail names
// the field and whose answer's password is its value.
func (at *attempt) askLost() error {
	j, a := at.j, at.j.h.a
	a.mu.Lock()
	var lost []string
	for _, name := range j.rec.Request.Omitted {
		if j.secret.Get(name) == "" {
			lost = append(lost, name)
		}
	}
	raw := j.rec.Request.URL
	a.mu.Unlock()
	if len(lost) == 0 {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil {
		return &session.Error{Code: session.BadURL}
	}
	space := &wire.Space{Protocol: u.Scheme, Host: strings.ToLower(u.Hostname()), Method: string(session.MethodDefault)}
	space.Port, _ = strconv.Atoi(u.Port()) // 0 stands for the scheme's own
	for _, name := range lost {
		w, err := at.ask(at.ctx, wire.Question{Kind: wire.AskChallenge, Space: space, Detail: name})
		switch {
		case err != nil, w.Disposition == wire.CancelIt:
			return errCancelledAnswer
		case w.Disposition == wire.Use && w.Password != "":
			a.mu.Lock()
			j.addHeader(http.Header{name: {w.Password}})
			a.mu.Unlock()
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	// What nobody gave is done without from here on.
	for _, name := range lost {
		if j.secret.Get(name) == "" {
			j.rec.Request.Omitted = without(j.rec.Request.Omitted, name)
		}
	}
	return nil
}

func without(names []string, name string) []string {
	var rest []string
	for _, n := range names {
		if n != name {
			rest = append(rest, n)
		}
	}
	return rest
}

// askDelayed asks about a task whose earliest begin has come, if somebody is
// there who wants to be asked.
func (at *attempt) askDelayed() error {
	j, a := at.j, at.j.h.a
	a.mu.Lock()
	wanted := !j.begun && j.rec.Attempts == 0 && !j.rec.EarliestBegin.IsZero() && j.h.delayedPeer()
	j.begun = true
	a.mu.Unlock()
	if !wanted {
		return nil
	}
	w, err := at.ask(at.ctx, wire.Question{Kind: wire.AskDelayed})
	switch {
	case err != nil, w.Disposition == wire.CancelIt:
		return &session.Error{Code: session.Cancelled}
	case w.Disposition == wire.Use && w.Request != nil:
		return j.replace(*w.Request)
	}
	return nil
}

// delayedPeer tells whether somebody is there who answers for delayed tasks.
func (h *host) delayedPeer() bool {
	for p := range h.peers {
		if p.delayed {
			return true
		}
	}
	return false
}

// replace makes r the request of the task.
func (j *job) replace(r wire.Request) error {
	a := j.h.a
	if err := checkRequest(&r); err != nil {
		return &session.Error{Code: session.UnsupportedURL, Err: err}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	kept, secret, omitted := redact(r.Header)
	current := r
	current.Header, current.Omitted, current.User, current.Password = kept, omitted, "", ""
	// OriginalRequest stays what the app made; what is loaded is this one.
	j.rec.Request, j.rec.Current, j.secret = current, &current, secret
	j.site = j.origin()
	return nil
}
