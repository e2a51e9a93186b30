package background

import (
	"sync"
	"time"

	"haul/session"
	"haul/session/internal/wire"
)

// hooks calls the hook, one event at a time, on a goroutine that lives as long
// as there are events.
type hooks struct {
	call func(Event)

	mu      sync.Mutex
	pending []Event
	running bool
	work    sync.WaitGroup
}

// mostHooks bounds the events that wait for a slow hook; more are dropped.
const mostHooks = 1000

func (h *hooks) put(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.call == nil || len(h.pending) == mostHooks {
		return
	}
	h.pending = append(h.pending, e)
	if !h.running {
		h.running = true
		h.work.Go(h.run)
	}
}

func (h *hooks) run() {
	for {
		h.mu.Lock()
		if len(h.pending) == 0 {
			h.running, h.pending = false, nil
			h.mu.Unlock()
			return
		}
		e := h.pending[0]
		h.pending = h.pending[1:]
		h.mu.Unlock()
		h.call(e)
	}
}

func (h *hooks) wait() { h.work.Wait() }

// hookQuestion calls the hook for a question that nobody is there for.
func (j *job) hookQuestion(what string) {
	if len(j.h.peers) == 0 && j.h.record.Configuration.LaunchEvents {
		e := j.event(OnQuestion)
		e.Reason = what
		j.h.a.hooks.put(e)
	}
}

// hookEnd calls the hook for the end of a task. A cancel is no failure.
func (j *job) hookEnd() {
	if !j.h.record.Configuration.LaunchEvents {
		return
	}
	r := j.rec.Result
	e := j.event(OnFinish)
	switch {
	case r.Error != nil && session.Code(r.Error.Code) == session.Cancelled:
		return
	case r.Error != nil:
		e.Occasion, e.Reason = OnFail, endText(*r)
	case j.status() >= 300:
		e.Occasion, e.Reason = OnFail, "refused: "+j.rec.Response.Status
	}
	e.Path = r.Path
	j.h.a.hooks.put(e)
}

func (j *job) event(o Occasion) Event {
	e := Event{
		Occasion: o, Identifier: j.h.identifier, ID: session.TaskID(j.rec.ID), URL: j.shownURL(),
		Bytes: j.rec.Counts.Received, Attached: len(j.h.peers) > 0, Time: time.Now().UTC(),
	}
	if j.rec.Kind == wire.KindUpload {
		e.Bytes = j.rec.Counts.Sent
	}
	if j.rec.Response != nil {
		e.Status = j.rec.Response.StatusCode
	}
	return e
}
