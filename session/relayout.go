package session

import (
	"sync"

	"haul/session/internal/wire"
)

// outbox brings to the agent what nobody waits for, in order. What is of one
// kind goes together.
type outbox struct {
	wake  chan struct{}
	empty chan struct{} // closed when the last letter is out

	mu      sync.Mutex
	letters []letter
	closed  bool
}

// letter is one call. act and ack letters in a row are put together.
type letter struct {
	t    *task
	id   TaskID
	act  string
	ack  string
	call func(*relay) error // any other
}

func (o *outbox) put(l letter) {
	o.mu.Lock()
	o.letters = append(o.letters, l)
	o.mu.Unlock()
	o.poke()
}

func (o *outbox) poke() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// act has the agent act on t. The caller holds the lock of t.
func (o *outbox) act(t *task, act string) {
	t.remote.outstanding++
	o.put(letter{t: t, id: t.id, act: act})
}

func (o *outbox) acknowledge(id TaskID, what string) { o.put(letter{id: id, ack: what}) }

// close lets send end when everything is out.
func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.poke()
}

// send is the other goroutine of the relay.
func (o *outbox) send(r *relay) {
	defer r.work.Done()
	for {
		batch, over := o.take()
		if len(batch) == 0 {
			if over {
				close(o.empty)
				return
			}
			select {
			case <-o.wake:
			case <-r.ctx.Done():
				return
			}
			continue
		}
		if err := deliver(r, batch); err != nil && r.ctx.Err() != nil {
			return
		}
	}
}

// take returns the next letters that make one call.
func (o *outbox) take() (batch []letter, over bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.letters) == 0 {
		o.letters = nil
		return nil, o.closed
	}
	n := 1
	for first := o.letters[0]; n < len(o.letters) && n < batchSize && first.call == nil; n++ {
		if next := o.letters[n]; next.call != nil || next.act != first.act || next.ack != first.ack {
			break
		}
	}
	batch, o.letters = o.letters[:n:n], o.letters[n:]
	return batch, false
}

// batchSize bounds how many letters make one call.
const batchSize = 1000

// deliver makes the call. An error of the agent's concerns a task that it does
// not have any more, and its states say so; or a disk that is full, and then the
// act holds for as long as the agent lives.
func deliver(r *relay, batch []letter) error {
	first := batch[0]
	if first.call != nil {
		return first.call(r)
	}
	ids := make([]int64, len(batch))
	for i, l := range batch {
		ids[i] = int64(l.id)
	}
	if first.ack != "" {
		err := r.call(wire.MethodAcknowledge, wire.Acknowledge{IDs: ids, What: first.ack}, nil)
		if err == nil && first.ack == wire.AckDone {
			r.acknowledged(ids)
		}
		return err
	}
	var acted wire.Acted
	err := r.call(wire.MethodAct, wire.Act{IDs: ids, Act: first.act}, &acted)
	for _, l := range batch {
		l.t.remote.acted(acted.Revisions[int64(l.id)])
	}
	return err
}
