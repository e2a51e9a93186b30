package model

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"haul/session"
)

// promptKey tells which waiters one answer serves: a password is for a
// protection space, trust for a key at an address, a redirect for one row and
// the host it would go to.
type promptKey struct {
	kind  PromptKind
	space session.ProtectionSpace
	addr  string
	key   [sha256.Size]byte
	row   RowID
	to    redirectKey
}

// redirectKey is what the permission for a redirect is remembered by. A host
// that was allowed over TLS is not allowed without.
type redirectKey struct {
	host      string
	leavesTLS bool
}

// desk is where the questions wait. Each waits on its own task's goroutine;
// the model reads and answers.
type desk struct {
	changed func() // called after every change, without the lock

	mu      sync.Mutex
	last    PromptID
	open    []*prompt // oldest first
	version uint64

	// always are the redirects that the user allowed for all rows.
	always map[redirectKey]bool
	// trusted are the keys accepted until the program ends and where; keys
	// has the words that say by whom.
	trusted map[trustKey]bool
	keys    map[[sha256.Size]byte]string
	// users are the user names tried last in each space.
	users map[session.ProtectionSpace]string
	// elsewhere are the questions that another terminal has answered.
	elsewhere map[PromptID]bool
}

type trustKey struct {
	addr string
	key  [sha256.Size]byte
}

// prompt is one open question.
type prompt struct {
	key     promptKey
	view    PromptView
	waiters []*waiter
}

// waiter is a task that waits for a prompt.
type waiter struct {
	row   RowID
	reply chan Answer // of capacity 1
}

// ask waits for the user's answer to the question that view describes; false
// when ctx ended first. Waiters with the same key share the question.
func (d *desk) ask(ctx context.Context, key promptKey, row RowID, view PromptView) (Answer, bool) {
	w := &waiter{row: row, reply: make(chan Answer, 1)}
	d.mu.Lock()
	p := d.find(key)
	if p == nil {
		d.last++
		view.ID, view.Kind, view.Since = d.last, key.kind, time.Now()
		p = &prompt{key: key, view: view}
		d.open = append(d.open, p)
	}
	p.view.Failures = max(p.view.Failures, view.Failures)
	p.waiters = append(p.waiters, w)
	d.version++
	d.mu.Unlock()
	d.changed()
	select {
	case a := <-w.reply:
		return a, true
	case <-ctx.Done():
		d.withdraw(p, w, context.Cause(ctx))
		return Answer{}, false
	}
}

func (d *desk) find(key promptKey) *prompt {
	for _, p := range d.open {
		if p.key == key {
			return p
		}
	}
	return nil
}

// withdraw takes a waiter away whose task has ended or has its answer from
// another terminal, and the question with the last one. Who sees that the
// question is gone can ask why.
func (d *desk) withdraw(p *prompt, w *waiter, cause error) {
	d.mu.Lock()
	if errors.Is(cause, session.ErrAnsweredElsewhere) {
		put(&d.elsewhere, p.view.ID, true)
	}
	for i, other := range p.waiters {
		if other == w {
			p.waiters = append(p.waiters[:i], p.waiters[i+1:]...)
			break
		}
	}
	if len(p.waiters) == 0 {
		d.close(p)
	}
	d.version++
	d.mu.Unlock()
	d.changed()
}

// answeredElsewhere tells whether another terminal has answered a question.
func (d *desk) answeredElsewhere(id PromptID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.elsewhere[id]
}

// close takes the question off the desk. The lock is held.
func (d *desk) close(p *prompt) {
	for i, other := range d.open {
		if other == p {
			d.open = append(d.open[:i], d.open[i+1:]...)
			return
		}
	}
}

// answer gives every waiter of a question the answer, once. It returns the
// rows that waited, nil when the question is not open (any more).
func (d *desk) answer(id PromptID, a Answer) []RowID {
	d.mu.Lock()
	var rows []RowID
	for _, p := range d.open {
		if p.view.ID != id {
			continue
		}
		d.close(p)
		d.remember(p, a)
		for _, w := range p.waiters {
			rows = append(rows, w.row)
			w.reply <- a
		}
		p.waiters = nil
		d.version++
		break
	}
	d.mu.Unlock()
	if rows != nil {
		d.changed()
	}
	return rows
}

// remember keeps what later questions need not ask again.
func (d *desk) remember(p *prompt, a Answer) {
	switch {
	case a.CancelRows:
	case p.key.kind == AskPassword && !a.Skip:
		put(&d.users, p.key.space, a.User)
	case p.key.kind == AskTrust && a.Trust && a.ForGood:
		d.trust(p.key.addr, p.key.key, acceptedForGood)
	case p.key.kind == AskTrust && a.Trust:
		d.trust(p.key.addr, p.key.key, "accepted by you until you quit")
	case p.key.kind == AskRedirect && a.Always:
		put(&d.always, p.key.to, true)
	}
}

// trust notes that a key was accepted without being verified. The lock is held.
func (d *desk) trust(addr string, key [sha256.Size]byte, words string) {
	put(&d.trusted, trustKey{strings.ToLower(addr), key}, true)
	put(&d.keys, key, words)
}

// snapshot is the open questions as plain data, if they changed since version.
func (d *desk) snapshot(version uint64) ([]PromptView, uint64, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if version == d.version {
		return nil, version, false
	}
	views := make([]PromptView, len(d.open))
	for i, p := range d.open {
		views[i] = p.view
		for _, w := range p.waiters {
			views[i].Rows = append(views[i].Rows, w.row)
		}
		slices.Sort(views[i].Rows)
	}
	return views, d.version, true
}

// put sets m[k], making the map first if needed.
func put[K comparable, V any](m *map[K]V, k K, v V) {
	if *m == nil {
		*m = make(map[K]V)
	}
	(*m)[k] = v
}
