package background

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"haul/session"
	"haul/session/internal/wire"
	"haul/transfer"
	"haul/transfer/partial"
)

// mostGone bounds the tasks of a session that have ended without success and
// are kept in memory, with what is secret of them, to be tried again.
const mostGone = 1000

// keep keeps a task that has ended. The caller holds mu.
func (h *host) keep(j *job) {
	h.gone = append(h.gone, j)
	if len(h.gone) > mostGone {
		h.gone[0].removeUpload()
		h.gone = slices.Delete(h.gone, 0, 1)
	}
}

// known is a task that is there, or is kept. The caller holds mu.
func (h *host) known(id int64) *job {
	if j := h.jobs[id]; j != nil {
		return j
	}
	if i := slices.IndexFunc(h.gone, func(j *job) bool { return j.rec.ID == id }); i >= 0 {
		return h.gone[i]
	}
	return nil
}

// again tries a task again.
func (p *peer) again(ctx context.Context, w wire.Again) (wire.Created, error) {
	a := p.a
	fresh, err := freshURL(w.URL)
	if err != nil {
		return wire.Created{}, err
	}
	a.mu.Lock()
	h, err := p.subject(w.Identifier)
	if err != nil {
		a.mu.Unlock()
		return wire.Created{}, err
	}
	if made := h.tokens[w.Token]; made != nil && w.Token != "" {
		defer a.mu.Unlock()
		return wire.Created{ID: made.rec.ID}, nil
	}
	old := h.known(w.ID)
	for old != nil && old.remade != 0 && (fresh != nil || w.Anew) {
		old = h.known(old.remade)
	}
	switch {
	case old == nil:
		err = errNoTask
	case old.remade != 0:
		defer a.mu.Unlock()
		return wire.Created{ID: old.remade}, nil
	case old.ended() && old.succeeded():
		err = invalid("the task is done")
	case old.ended():
	case fresh != nil || w.Anew:
		old.act(wire.ActPause, false)
	case old.doing == wire.DoingRetry:
		old.enqueue()
		old.changed()
		a.place()
		a.mu.Unlock()
		return wire.Created{ID: w.ID}, nil
	default:
		err = invalid("the task has not ended")
	}
	a.mu.Unlock()
	if err == nil {
		err = a.awaitEnd(ctx, old)
	}
	if err != nil {
		return wire.Created{}, err
	}
	return h.remake(old, w, fresh)
}

// freshURL checks the URL of an Again.
func freshURL(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	if err := checkRequest(&wire.Request{URL: text}); err != nil {
		return nil, err
	}
	return url.Parse(text)
}

// awaitEnd waits for the end of a task.
func (a *Agent) awaitEnd(ctx context.Context, j *job) error {
	for {
		a.mu.Lock()
		over, bell := j.ended(), a.bell
		a.mu.Unlock()
		if over {
			return nil
		}
		select {
		case <-bell:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// remake makes a task of one that has ended. The new one takes its place in the
// queue, its partial file and its secrets; these only go to the origin that they
// were given for.
func (h *host) remake(old *job, w wire.Again, fresh *url.URL) (wire.Created, error) {
	a := h.a
	a.mu.Lock()
	if a.hosts[h.identifier] != h || a.ctx.Err() != nil {
		a.mu.Unlock()
		return wire.Created{}, errNoHost
	}
	if old.remade != 0 {
		defer a.mu.Unlock()
		return wire.Created{ID: old.remade}, nil
	}
	h.last++
	old.remade = h.last
	o := &old.rec
	r := record{
		ID: h.last, Kind: o.Kind, Token: w.Token, Created: time.Now().UTC(), State: wire.StateSuspended, Again: o.ID,
		Request: o.Request, Description: o.Description, Priority: o.Priority, Order: o.Order, RateLimit: o.RateLimit,
		PartialFile: o.PartialFile, OwnPartial: o.OwnPartial, Destination: o.Destination, Overwrite: o.Overwrite,
		Connections: o.Connections, Access: o.Access, Source: o.Source, Counts: wire.Counts{ExpectedReceived: -1, ExpectedSent: o.Counts.ExpectedSent},
	}
	secret, user, token := old.secret, old.user, old.token
	if fresh != nil {
		user = fresh.User
		fresh.User = nil
		before, err := url.Parse(o.Request.URL)
		if err != nil || before.Scheme != fresh.Scheme || transfer.HostOf(before) != transfer.HostOf(fresh) {
			secret, token, r.Request.Omitted, r.Access = nil, "", nil, wire.Access{}
		}
		r.Request.URL = fresh.String()
	}
	if e := o.Result.Error; e != nil {
		r.ResumeData = e.Resume
	}
	a.mu.Unlock()
	if err := h.bring(old, &r, w.Anew, fresh); err != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		old.remade = 0
		return wire.Created{}, stored(err)
	}

	a.mu.Lock()
	session := h.save()
	h.gone = slices.DeleteFunc(h.gone, func(j *job) bool { return j == old })
	j := h.newJob(r)
	j.secret, j.user, j.token = secret, user, token
	j.act(wire.ActResume, false)
	a.place()
	saved := j.saveNow()
	old.tell("is tried again as " + strconv.FormatInt(r.ID, 10))
	j.changed()
	a.mu.Unlock()
	if err := session(); err != nil {
		return wire.Created{}, stored(err)
	}
	return wire.Created{ID: r.ID}, stored(saved())
}

// bring gives the files of a task to the one that goes on with it.
func (h *host) bring(old *job, r *record, anew bool, fresh *url.URL) error {
	if r.Kind == wire.KindUpload {
		r.Upload = h.a.spoolPath(h, r.ID, ".upload")
		return os.Rename(old.rec.Upload, r.Upload)
	}
	if anew {
		r.ResumeData = nil
	}
	if r.ResumeData != nil && fresh != nil {
		data, err := session.ResumeData(r.ResumeData).WithURL(fresh)
		if err != nil {
			return err
		}
		r.ResumeData = json.RawMessage(data)
	}
	if r.ResumeData != nil {
		return nil
	}
	if err := old.rec.removePartial(h.a.files, h.identifier); err != nil {
		return err
	}
	if r.OwnPartial {
		r.PartialFile = h.a.spoolPath(h, r.ID, partial.PartSuffix)
	}
	return nil
}

// limit changes a rate that tasks share, and tells everybody.
func (p *peer) limit(_ context.Context, w wire.Limit) (bool, error) {
	if w.BytesPerSecond < 0 || len(w.Host) > 255 {
		return false, invalid("that is no rate of a host")
	}
	a := p.a
	a.mu.Lock()
	defer a.mu.Unlock()
	if w.Host == "" {
		a.limits.All().Set(w.BytesPerSecond)
	} else {
		a.limits.Host(strings.ToLower(w.Host)).Set(w.BytesPerSecond)
	}
	a.tellLimits()
	return true, nil
}

// tellLimits has everybody told of the rates that tasks share. The caller holds
// mu.
func (a *Agent) tellLimits() {
	for p := range a.peers {
		if p.h != nil {
			p.markLimits()
		}
	}
}
