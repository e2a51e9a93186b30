package background

import (
	"context"
	"slices"
	"time"

	"haul/session"
	"haul/session/internal/wire"
)

// ending is why a task ends before it has come to an end by itself.
type ending int

const (
	notEnding ending = iota
	cancelled
	paused // cancelled by producing resume data
	timedOut
)

// act does what a peer asks for. byUser tells that the peer is not the program
// whose task it is.
// What has ended, or is being written down, stays as it is. The caller holds mu, and calls place
// afterwards.
func (j *job) act(what string, byUser bool) {
	if j.isOver() || j.ending != notEnding {
		return
	}
	j.byUser = byUser
	switch what {
	case wire.ActResume:
		if j.rec.State == wire.StateSuspended {
			j.resume()
		}
	case wire.ActSuspend:
		if j.rec.State == wire.StateRunning {
			j.suspend()
		}
	case wire.ActCancel:
		if byUser && j.h.identifier != CommandIdentifier && j.rec.Kind == wire.KindDownload {
			// What the program has of it is the program's to throw away.
			j.finish(paused)
			return
		}
		j.finish(cancelled)
	case wire.ActPause:
		j.finish(paused)
	}
}

func (j *job) resume() {
	if timeout := j.h.record.Configuration.ResourceTimeout; !j.rec.Resumed && timeout > 0 {
		j.rec.Left = timeout
	}
	j.rec.State, j.rec.Resumed = wire.StateRunning, true
	j.rec.Revision++
	j.goOn()
	j.tell("resumed")
	j.changed()
}

// goOn lets a task in the running state do what is next.
func (j *job) goOn() {
	j.h.active++
	j.h.a.rest()
	if j.question == nil {
		j.runClock()
	}
	switch at := j.attempt; {
	case at != nil && j.question != nil:
		j.doing = wire.DoingAsk
		at.hold(false)
	case at != nil:
		j.doing = wire.DoingLoad
		at.take()
		at.hold(false)
	default:
		j.enqueue()
	}
}

func (j *job) suspend() {
	j.rec.State = wire.StateSuspended
	j.rec.Revision++
	j.h.active--
	j.doing, j.reason, j.next = "", "", time.Time{}
	j.holdClock()
	j.unwait()
	if at := j.attempt; at != nil {
		at.hold(true)
		at.release()
	}
	j.h.a.rest()
	j.tell("suspended")
	j.changed()
}

// enqueue puts a task that has no attempt among those that wait for a place, or
// lets it wait for its time.
func (j *job) enqueue() {
	j.unwait()
	if wait := time.Until(j.rec.EarliestBegin); wait > 0 && j.rec.Attempts == 0 {
		j.doing, j.next = wire.DoingDelay, j.rec.EarliestBegin
		j.timer = time.AfterFunc(wait, j.due)
		return
	}
	j.doing, j.reason, j.next = wire.DoingQueue, "", time.Time{}
	j.h.a.queue = append(j.h.a.queue, j)
}

// due ends a wait.
func (j *job) due() {
	a := j.h.a
	a.mu.Lock()
	defer a.mu.Unlock()
	if j.timer == nil || a.ctx.Err() != nil {
		return
	}
	j.enqueue()
	j.changed()
	a.place()
}

// unwait takes a task from where it waits.
func (j *job) unwait() {
	if j.timer != nil {
		j.timer.Stop()
		j.timer = nil
	}
	a := j.h.a
	switch j.doing {
	case wire.DoingQueue:
		if i := slices.Index(a.queue, j); i >= 0 {
			a.queue = slices.Delete(a.queue, i, i+1)
		}
	case wire.DoingRetry:
		a.retrying--
		a.watchNetwork()
	}
}

// finish ends a task for a reason from outside.
func (j *job) finish(why ending) {
	j.ending = why
	at := j.attempt
	if at == nil {
		j.unwait()
		j.doing = wire.DoingFinish
		j.h.a.work.Go(func() { j.conclude(j.unattempted(why)) })
		return
	}
	at.stop()
	if at.task == nil {
		return
	}
	if at.download != nil && why != cancelled {
		_, j.noResume = at.download.Resumability()
		at.pause()
		return
	}
	at.task.Cancel()
}

// halt stops the attempt for an agent that ends: the task goes on with the next
// one.
func (j *job) halt() {
	j.unwait()
	j.doing = ""
	if j.deadline != nil {
		j.holdClock()
	}
	at := j.attempt
	if at == nil {
		return
	}
	at.stop()
	if at.download != nil {
		at.pause()
	} else if at.task != nil {
		at.task.Cancel()
	}
}

// before tells whether j begins before other: discretionary tasks come last,
// then the priority decides, then the place.
func (j *job) before(other *job) bool {
	later := func(j *job) bool { return j.h.record.Configuration.Discretionary }
	if later(j) != later(other) {
		return later(other)
	}
	if j.rec.Priority != other.rec.Priority {
		return j.rec.Priority > other.rec.Priority
	}
	return j.rec.Order < other.rec.Order
}

// place lets tasks that wait begin in their order, as far as there is room. The
// caller holds mu.
func (a *Agent) place() {
	for a.running < a.o.Running && a.ctx.Err() == nil {
		best := -1
		for i, j := range a.queue {
			if j.hostIsFull() {
				continue
			}
			if best < 0 || j.before(a.queue[best]) {
				best = i
			}
		}
		if best < 0 {
			return
		}
		j := a.queue[best]
		a.queue = slices.Delete(a.queue, best, best+1)
		j.begin()
	}
}

// hostIsFull tells whether as many tasks of the session run as are allowed for
// the host.
func (j *job) hostIsFull() bool {
	most := j.h.record.Configuration.PerHost
	if n := j.h.a.o.RunningPerHost; n > 0 && j.h.identifier == CommandIdentifier {
		most = n
	}
	return most > 0 && j.h.perHost[j.site] >= most
}

// begin begins an attempt.
func (j *job) begin() {
	j.doing = wire.DoingLoad
	at := &attempt{j: j, done: make(chan error, 1)}
	at.ctx, at.stop = context.WithCancel(context.Background())
	j.attempt = at
	at.take()
	j.changed()
	j.h.a.work.Go(at.run)
}

// The wait after a failure of the network is doubled from first to longest, and
// ends at once when the network changes.
const (
	firstRetry   = time.Second
	longestRetry = time.Minute
)

// retry lets a task wait after a failure.
func (j *job) retry(why *session.Error) {
	wait := min(firstRetry<<min(j.failures, 10), longestRetry)
	j.failures++
	j.doing, j.reason, j.next = wire.DoingRetry, why.Error(), time.Now().Add(wait)
	j.timer = time.AfterFunc(wait, j.due)
	j.h.a.retrying++
	j.h.a.watchNetwork()
	j.tell("failed, and is tried again: " + j.reason)
	j.changed()
}

// watchNetwork looks at the network as long as a task waits for it. The caller
// holds mu.
func (a *Agent) watchNetwork() {
	switch {
	case a.o.Reachability == nil:
	case a.retrying == 0 && a.watching != nil:
		a.watching()
		a.watching = nil
	case a.retrying > 0 && a.watching == nil && a.ctx.Err() == nil:
		ctx, stop := context.WithCancel(a.ctx)
		a.watching = stop
		changes := a.o.Reachability.Changes(ctx)
		a.work.Go(func() {
			for {
				select {
				case <-changes:
					a.networkChanged()
				case <-ctx.Done():
					return
				}
			}
		})
	}
}

// networkChanged ends the waits of all tasks that wait for the network.
func (a *Agent) networkChanged() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ctx.Err() != nil || !a.o.Reachability.Online() {
		return
	}
	for _, h := range a.hosts {
		for _, j := range h.jobs {
			if j.doing == wire.DoingRetry {
				j.enqueue()
				j.changed()
			}
		}
	}
	a.place()
}
