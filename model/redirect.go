package model

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"sort"

	"haul/session"
	"haul/transfer/partial"
)

// maxRedirects is the session's bound on redirects (guide step 5).
const maxRedirects = 20

// WillPerformRedirection answers from policy, or asks.
func (o *Observer) WillPerformRedirection(
	ctx context.Context, t session.Task, resp *http.Response, next *http.Request,
) *http.Request {
	s := o.slot(t.ID())
	if s == nil {
		return next
	}
	from := t.CurrentRequest()
	if resp.Request != nil {
		from = resp.Request
	}
	note := func(to *url.URL, why string) {
		hop := Hop{Status: resp.StatusCode, From: redacted(from.URL), To: redacted(to), Answer: why}
		o.fact(s, fact{
			Event: Event{Name: "WillPerformRedirection", Status: resp.StatusCode, Text: hop.To + " " + why},
			hop:   &hop,
		})
	}
	step := o.judgeRedirect(s, from, next)
	switch step.verdict {
	case follow:
		note(next.URL, step.why)
		return next
	case stay:
		note(next.URL, step.why)
		return nil
	case ask:
	}
	if !o.opt.Interactive {
		if o.opt.Redirect == RedirectAskCrossHost && step.harmless {
			note(next.URL, "followed: nobody could be asked, and nothing is given away there")
			return next
		}
		o.unanswered(s, "redirect to "+redacted(next.URL), "--redirect=follow")
		note(next.URL, "not followed: nobody could be asked")
		return nil
	}
	view := redirectView(s, resp, from, next, step.key)
	a, ok := o.await(ctx, s, promptKey{kind: AskRedirect, row: s.lineage.row, to: step.key}, view)
	switch {
	case !ok || a.CancelRows:
		// The task ends; what is returned here is not looked at.
		return nil
	case a.URL != "":
		u, err := ParseURL(a.URL)
		if err != nil {
			note(next.URL, "not followed: "+err.Error())
			return nil
		}
		note(u, "you gave another URL")
		return redirectElsewhere(ctx, next, u)
	case a.Follow || a.Always:
		s.lineage.allow(step.key)
		why := "asked you: followed"
		if a.Always {
			why = "asked you: always for this host"
		}
		note(next.URL, why)
		return next
	}
	note(next.URL, "asked you: not followed")
	return nil
}

// verdict is what the policy says about a redirect.
type verdict int

const (
	follow verdict = iota
	stay
	ask
)

type redirectStep struct {
	verdict verdict
	why     string
	key     redirectKey
	// harmless: following sends no body and keeps encryption if there is any.
	// Credentials never go to another origin anyway. Default handling follows
	// such a redirect (guide step 5), as most downloads of released files
	// begin with one.
	harmless bool
}

// judgeRedirect is the redirect policy.
func (o *Observer) judgeRedirect(s *slot, from, next *http.Request) redirectStep {
	leaves := from.URL.Scheme == "https" && next.URL.Scheme == "http"
	otherHost := hostName(from.URL) != hostName(next.URL)
	key := redirectKey{host: hostName(next.URL), leavesTLS: leaves}
	harmless := !leaves && (next.Method == http.MethodGet || next.Method == http.MethodHead)
	step := func(v verdict, why string) redirectStep { return redirectStep{v, why, key, harmless} }
	if s.resumed && !s.lineage.sameFile(next.URL) {
		// A link that ran out often leads to a login page. Its bytes must
		// not be taken for a new version of the file.
		return step(stay, "not followed: it leads to another file than before")
	}
	switch {
	case o.opt.Redirect == RedirectFollow:
		return step(follow, "followed: policy follow")
	case o.opt.Redirect == RedirectNever:
		return step(stay, "not followed: policy never")
	case s.lineage.allowed(key):
		return step(follow, "followed: you allowed it for this transfer")
	case o.desk.allowed(key):
		return step(follow, "followed: you allowed this host")
	case o.opt.Redirect == RedirectAsk:
		return step(ask, "")
	case leaves || otherHost:
		return step(ask, "")
	case from.URL.Scheme == "http" && next.URL.Scheme == "https":
		return step(follow, "followed: upgrade to https on the same host")
	}
	return step(follow, "followed: same host")
}

// allowed tells whether the user allowed redirects to that host for all rows.
func (d *desk) allowed(k redirectKey) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.always[k]
}

func (l *lineage) allowed(k redirectKey) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.followed[k]
}

func (l *lineage) allow(k redirectKey) {
	l.mu.Lock()
	put(&l.followed, k, true)
	l.mu.Unlock()
}

// cameFrom notes a URL that the bytes at hand were asked from.
func (l *lineage) cameFrom(u *url.URL) {
	if u == nil {
		return
	}
	name := path.Base(u.Path)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.files, name) {
		l.files = append(l.files, name)
	}
}

// sameFile tells whether u names the file that the bytes at hand came from: a
// mirror or another signature may, a login page does not.
func (l *lineage) sameFile(u *url.URL) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.files) == 0 || slices.Contains(l.files, path.Base(u.Path))
}

// redirectView describes a redirect for the user.
func redirectView(s *slot, resp *http.Response, from, next *http.Request, key redirectKey) PromptView {
	v := PromptView{
		Status: resp.StatusCode, Step: s.task.Metrics().Redirects + 1, MaxSteps: maxRedirects,
		FromMethod: from.Method, From: redacted(from.URL),
		ToMethod: next.Method, To: redacted(next.URL),
		LeavesTLS: key.leavesTLS, OtherHost: hostName(from.URL) != key.host,
		BodySentAgain: -1, RedirectCandidates: visibleHeader(resp.Header),
	}
	for name := range from.Header {
		if _, kept := next.Header[name]; !kept {
			v.Stripped = append(v.Stripped, name)
		}
	}
	sort.Strings(v.Stripped)
	if s.lineage.spec.Upload != "" && next.Method == from.Method {
		if n := s.task.Counts().ExpectedToSend; n > 0 {
			v.BodySentAgain = n
		}
	}
	return v
}

// redirectElsewhere is next to another URL. What next may send to its own
// origin it may not send to a stranger's.
func redirectElsewhere(ctx context.Context, next *http.Request, u *url.URL) *http.Request {
	r := next.Clone(ctx)
	if originOf(u) != originOf(next.URL) {
		r.Header, _ = partial.Redact(r.Header)
	}
	r.URL, r.Host = u, ""
	return r
}
