package background

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"haul/session"
	"haul/session/internal/wire"
)

// hooks calls the hook for events, a few at a time and begun in order, on
// goroutines that live as long as there are events.
type hooks struct {
	log *slog.Logger
	// ctx ends when no hook may run any more.
	ctx  context.Context
	stop context.CancelFunc

	mu      sync.Mutex
	call    func(context.Context, Event)
	pending []Event
	running int
	work    sync.WaitGroup
}

const (
	// mostHooks bounds the events that wait for slow hooks; more are dropped.
	mostHooks = 1000
	// hooksAtOnce bounds the hooks that run at the same time.
	hooksAtOnce = 4
	// hookGrace is how long an agent that ends waits for hooks: for those that
	// run, and those whose turn has not come.
	hookGrace = 10 * time.Second
)

func newHooks(log *slog.Logger, call func(context.Context, Event)) *hooks {
	h := &hooks{log: log, call: call}
	h.ctx, h.stop = context.WithCancel(context.Background())
	return h
}

// use has later events told to another hook.
func (h *hooks) use(call func(context.Context, Event)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.call = call
}

func (h *hooks) put(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.call == nil:
		return
	case len(h.pending) == mostHooks:
		h.log.Warn("a hook is left out, for too many wait", "event", string(e.Occasion), "session", e.Identifier, "task", e.ID)
		return
	}
	h.pending = append(h.pending, e)
	if h.running < hooksAtOnce {
		h.running++
		h.work.Go(h.run)
	}
}

// run calls the hook until nothing waits.
func (h *hooks) run() {
	for {
		h.mu.Lock()
		if len(h.pending) == 0 || h.call == nil || h.ctx.Err() != nil {
			h.running--
			h.mu.Unlock()
			return
		}
		e, call := h.pending[0], h.call
		h.pending = h.pending[1:]
		h.mu.Unlock()
		call(h.ctx, e)
	}
}

// close returns when all hooks have ended. It gives them hookGrace.
func (h *hooks) close() {
	late := time.AfterFunc(hookGrace, h.stop)
	h.work.Wait()
	late.Stop()
	h.stop()
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.pending); n > 0 {
		h.log.Warn("hooks are left out, for the agent ends", "events", n)
	}
}

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
