package model

// timelineLen is how many events each row keeps.
const timelineLen = 64

// usualEvents are as many as a small file has: Resume and usualFacts.
const usualEvents = 1 + usualFacts

// timeline is the latest events of a row. Progress in a row is one event.
type timeline struct {
	ring  []Event
	first int // where the oldest is, once the ring is full
	lost  int
}

func (t *timeline) add(e Event) {
	if n := len(t.ring); n > 0 && e.Progress() {
		if last := &t.ring[(t.first+n-1)%n]; last.merge(e) {
			return
		}
	}
	if t.ring == nil {
		t.ring = make([]Event, 0, usualEvents)
	}
	if len(t.ring) < timelineLen {
		t.ring = append(t.ring, e)
		return
	}
	t.ring[t.first] = e
	t.first = (t.first + 1) % timelineLen
	t.lost++
}

// events are the events, oldest first.
func (t *timeline) events() []Event {
	out := make([]Event, 0, len(t.ring))
	out = append(out, t.ring[t.first:]...)
	return append(out, t.ring[:t.first]...)
}

// Progress tells the events that are merged: bytes that have come or gone.
func (e Event) Progress() bool {
	switch e.Name {
	case "DidWriteData", "DidSendBodyData", "DidReceiveData":
		return true
	}
	return false
}

// merge adds another event of progress of the same task.
func (e *Event) merge(o Event) bool {
	if e.Name != o.Name || e.Task != o.Task {
		return false
	}
	e.Time, e.Total = o.Time, o.Total
	e.Count += o.Count
	e.Bytes += o.Bytes
	return true
}

// outboxLen is how many events wait for a printer at most.
const outboxLen = 1024

// outbox is the events for TakeEvents.
type outbox struct {
	events []Event
	taken  []Event // what was taken last, for its room
	base   int     // number of the first event
}

// add appends an event and returns its number. Progress of a row is merged
// into that row's latest event, whose number is last, if that is progress too.
func (b *outbox) add(e Event, last int) int {
	if at := last - b.base; e.Progress() && at >= 0 && at < len(b.events) && b.events[at].merge(e) {
		return last
	}
	if len(b.events) >= outboxLen {
		const cut = outboxLen / 4
		b.events = append(b.events[:0], b.events[cut:]...)
		b.base += cut
	}
	b.events = append(b.events, e)
	return b.base + len(b.events) - 1
}

func (b *outbox) take() []Event {
	out := b.events
	b.base += len(out)
	b.events, b.taken = b.taken[:0], out
	return out
}
