package session

import (
	"slices"
	"time"

	"haul/transfer"
)

// Metrics are the measurements of one task.
type Metrics struct {
	// Completed is zero while the task has not ended.
	Created, Completed time.Time
	Redirects          int
	// Transactions has one entry per request, redirects and repeated
	// requests included. It is shared by all who ask: nobody changes it.
	Transactions []transfer.Transaction
}

// Metrics is what has been measured so far.
func (t *task) Metrics() Metrics {
	t.mu.Lock()
	defer t.mu.Unlock()
	// What is measured is not changed any more; what comes later goes behind.
	m := Metrics{
		Created: t.created, Completed: t.completed, Redirects: t.redirects,
		Transactions: slices.Clip(t.transactions),
	}
	for _, x := range t.live {
		m.Transactions = append(m.Transactions, x.Transaction())
	}
	return m
}

// measure watches an exchange from its head to its end; ended puts its
// measurements with the others.
func (t *task) measure(x *transfer.Exchange) (ended func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.live = append(t.live, x)
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.live = slices.DeleteFunc(t.live, func(y *transfer.Exchange) bool { return y == x })
		t.transactions = append(t.transactions, x.Transaction())
	}
}

// measureFailure records an exchange that had no head.
func (t *task) measureFailure(tr transfer.Transaction) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.transactions = append(t.transactions, tr)
}
