package background

import (
	"maps"

	"haul/transfer/partial"
)

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	if o.Linger == 0 {
		o.Linger = defaultLinger
	}
	if o.Running <= 0 {
		o.Running = defaultRunning
	}
	if o.Files == nil {
		o.Files = partial.OS{}
	}
	return o
}

// follow takes new options in until the agent stops.
func (a *Agent) follow(changed <-chan Options) {
	for {
		select {
		case o := <-changed:
			a.renew(o)
		case <-a.ctx.Done():
			return
		}
	}
}

// renew puts new options in the place of the present ones.
func (a *Agent) renew(o Options) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ctx.Err() != nil {
		return
	}
	old := a.o
	o = o.withDefaults()
	o.Location, o.Reachability, o.Changed, o.Version, o.Log = old.Location, old.Reachability, old.Changed, old.Version, old.Log
	a.o = o
	// What somebody has set meanwhile stays while the configuration says the
	// same as before.
	if o.RateLimit != old.RateLimit || !maps.Equal(o.HostRateLimits, old.HostRateLimits) {
		a.limits.Set(o.RateLimit, o.HostRateLimits)
		a.tellLimits()
	}
	a.hooks.use(o.Hook)
	for _, h := range a.hosts {
		for _, j := range h.jobs {
			j.answerer = nil // the next one goes by the new options
		}
		if o.Generation != old.Generation {
			h.renewInner()
		}
	}
	if a.linger != nil {
		a.linger.Stop()
		a.linger = nil
	}
	a.rest()
	a.place()
	a.log.Info("the configuration has changed")
}

// renewInner has the next attempts made in a new session inside. What runs ends
// in the old one. The caller holds mu.
func (h *host) renewInner() {
	old := h.inner
	if old == nil {
		return
	}
	h.inner = nil
	old.FinishTasksAndInvalidate()
	h.a.work.Go(old.Wait)
}
