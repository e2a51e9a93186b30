package model

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
)

func queued(q *queue, id RowID, host string) *row {
	r := &row{id: id, queueHost: host}
	q.push(r)
	return r
}

func takeAll(q *queue) (ids []RowID) {
	for {
		r := q.next()
		if r == nil {
			return ids
		}
		r.state = Running
		q.occupy(r)
		ids = append(ids, r.id)
	}
}

func TestQueueKeepsOrderWithinItsLimits(t *testing.T) {
	q := newQueue(4, 2)
	rows := []*row{nil}
	for i, host := range []string{"a", "a", "a", "b", "a", "c", "b"} {
		rows = append(rows, queued(q, RowID(i+1), host))
	}
	if got := takeAll(q); !slices.Equal(got, []RowID{1, 2, 4, 6}) {
		t.Fatalf("started %v", got)
	}
	rows[1].state = Done
	q.release(rows[1])
	if got := takeAll(q); !slices.Equal(got, []RowID{3}) {
		t.Fatalf("after one of a: %v", got)
	}
	rows[6].state = Done
	q.release(rows[6])
	if got := takeAll(q); !slices.Equal(got, []RowID{7}) {
		t.Fatalf("after c: %v, row 5 has no place at its host", got)
	}
}

func TestQueueTakesNewLimits(t *testing.T) {
	q := newQueue(2, 1)
	for i, host := range []string{"a", "a", "a", "b", "b"} {
		queued(q, RowID(i+1), host)
	}
	if got := takeAll(q); !slices.Equal(got, []RowID{1, 4}) {
		t.Fatalf("started %v", got)
	}
	q.limit(4, 1)
	if got := takeAll(q); got != nil {
		t.Fatalf("more in all, not more to one host: %v", got)
	}
	q.limit(4, 2)
	if got := takeAll(q); !slices.Equal(got, []RowID{2, 5}) {
		t.Fatalf("more to one host: %v", got)
	}
	q.limit(1, 1)
	if got := takeAll(q); got != nil {
		t.Fatalf("fewer than run: %v", got)
	}
}

func TestQueuePassesOverRowsThatLeft(t *testing.T) {
	q := newQueue(1, 1)
	var rows []*row
	for i := range 5 {
		rows = append(rows, queued(q, RowID(i+1), "a"))
	}
	rows[0].state, rows[1].state = Paused, Cancelled
	rows[0].state = Queued // back again
	q.push(rows[0])
	if got := takeAll(q); !slices.Equal(got, []RowID{1}) {
		t.Fatalf("started %v", got)
	}
	rows[0].state = Done
	q.release(rows[0])
	if got := takeAll(q); !slices.Equal(got, []RowID{3}) {
		t.Fatalf("then %v", got)
	}
}

// TestQueueNeverForgetsARow plays random pauses, resumes and ends against a
// plain scan of all rows.
func TestQueueNeverForgetsARow(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		q := newQueue(1+rnd.IntN(4), 1+rnd.IntN(3))
		q.grows = true
		var rows []*row
		for i := range 30 {
			rows = append(rows, queued(q, RowID(i+1), fmt.Sprint(rnd.IntN(4))))
		}
		for range 300 {
			r := rows[rnd.IntN(len(rows))]
			switch h := q.hosts[r.queueHost]; {
			case h != nil && rnd.IntN(10) == 0:
				q.grow(h, 1+rnd.IntN(3), 6)
			case h != nil && rnd.IntN(20) == 0:
				q.shrink(h)
			case r.state == Running:
				r.state = []State{Done, Paused, Asking}[rnd.IntN(3)]
				q.release(r)
			case r.state == Queued:
				r.state = Paused
			default:
				r.state = Queued
				q.push(r)
			}
			for {
				want := scan(q, rows)
				got := q.next()
				if got != want {
					t.Fatalf("seed %d: next is %v, a scan says %v", seed, got, want)
				}
				if got == nil {
					break
				}
				got.state = Running
				q.occupy(got)
			}
		}
	}
}

// scan is what next is to return, found the slow way.
func scan(q *queue, rows []*row) *row {
	hosts, grown := map[string]int{}, map[string]int{}
	for _, r := range rows {
		if r.state == Running {
			hosts[r.queueHost]++
		}
		if h := q.hosts[r.queueHost]; h != nil {
			grown[r.queueHost] = h.grown
		}
	}
	busy := 0
	for host, n := range hosts {
		busy += max(0, n-grown[host])
	}
	for _, r := range rows {
		n, more := hosts[r.queueHost], grown[r.queueHost]
		if r.state == Queued && n < q.perHost+more && (n < more || busy < q.running) {
			return r
		}
	}
	return nil
}

func TestQueueGrowsWhileFilesAreSmall(t *testing.T) {
	fill := func(q *queue) {
		for i := range 200 {
			queued(q, RowID(i+1), "a")
		}
	}
	for name, c := range map[string]struct {
		grows, shared bool
		want          int
	}{
		"connections":      {true, false, mostConnections},
		"one connection":   {true, true, mostStreams},
		"limits that hold": {false, true, 6},
	} {
		q := newQueue(8, 6)
		q.grows = c.grows
		fill(q)
		first := &row{id: 1, queueHost: "a"}
		for range 4 {
			q.promised(first, 1000, c.shared)
		}
		if got := len(takeAll(q)); got != c.want {
			t.Errorf("%s: %d run at once, want %d", name, got, c.want)
		}
	}
	for _, size := range []int64{-1, smallBody + 1} {
		q := newQueue(8, 6)
		q.grows = true
		fill(q)
		r := &row{id: 1, queueHost: "a"}
		q.promised(r, 1000, false)
		q.promised(r, size, false)
		if got := len(takeAll(q)); got != 6 || q.busy != 6 {
			t.Errorf("after a body of size %d %d run at once and %d count", size, got, q.busy)
		}
	}
}

func TestAHostThatAsksForLessKeepsToTheLimit(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusNotFound} {
		q := newQueue(8, 6)
		q.grows = true
		for i := range 200 {
			queued(q, RowID(i+1), "a")
		}
		r := &row{id: 1, queueHost: "a"}
		q.promised(r, 1000, false)
		q.answered(r, status)
		q.promised(r, 1000, false) // another one that was under way
		want := 6
		if status == http.StatusNotFound {
			want = mostConnections
		}
		if got := len(takeAll(q)); got != want {
			t.Errorf("after a status %d %d run at once, want %d", status, got, want)
		}
	}
}

func TestASilentHostGetsOnePlaceAfterTheOther(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*queue, *row)
		want   int
	}{
		"silent":            {func(*queue, *row) {}, mostConnections},
		"limits that hold":  {func(q *queue, _ *row) { q.grows = false }, 6},
		"over https":        {func(_ *queue, r *row) { r.home.scheme = "https" }, 6},
		"uploads":           {func(_ *queue, r *row) { r.spec = &Spec{Upload: "x"} }, 6},
		"has a large file":  {func(q *queue, r *row) { q.promised(r, smallBody+1, false) }, 6},
		"asks for less":     {func(q *queue, r *row) { q.answered(r, http.StatusServiceUnavailable) }, 6},
		"cannot be reached": {func(q *queue, r *row) { q.answered(r, 0) }, 6},
	} {
		q := newQueue(8, 6)
		q.grows = true
		for i := range 30 {
			r := queued(q, RowID(i+1), "a")
			r.home.scheme, r.spec = "http", &Spec{}
			if i > 5 {
				c.change(q, r)
			}
		}
		running := len(takeAll(q))
		for range 30 {
			q.advance()
			more := len(takeAll(q))
			if more > 1 {
				t.Errorf("%s: %d more at once", name, more)
			}
			running += more
		}
		if running != c.want {
			t.Errorf("%s: %d run at once, want %d", name, running, c.want)
		}
	}
}

func TestTooManyIsOnlyWhatWasGivenInAdvance(t *testing.T) {
	q := newQueue(8, 6)
	q.grows = true
	var r *row
	for i := range 30 {
		r = queued(q, RowID(i+1), "a")
		r.home.scheme, r.spec = "http", &Spec{}
	}
	takeAll(q)
	q.advance()
	takeAll(q)
	if !q.promised(r, smallBody+1, false) || q.surplus("a") != 1 || q.hosts["a"].grown != 0 {
		t.Errorf("after the first answer %d are too many and %d places are left", q.surplus("a"), q.hosts["a"].grown)
	}
	q.promised(r, 1000, false)
	if q.promised(r, smallBody+1, false) {
		t.Error("a host that grew with its answers has rows taken back")
	}
}

func TestAHostThatIsGoneGetsNoPlaces(t *testing.T) {
	q := newQueue(8, 1)
	q.grows = true
	first, second := queued(q, 1, "a"), queued(q, 2, "a")
	for _, r := range []*row{first, second} {
		r.home.scheme, r.spec = "http", &Spec{}
	}
	takeAll(q)
	second.state, first.state = Cancelled, Done
	q.release(first)
	q.advance()
	if q.busy != 0 || len(q.hosts) != 0 {
		t.Errorf("%d rows of %d hosts count", q.busy, len(q.hosts))
	}
}

func TestPlacesOfAHostAreItsOwn(t *testing.T) {
	q := newQueue(4, 2)
	q.grows = true
	for i := range 20 {
		queued(q, RowID(i+1), "small")
	}
	takeAll(q)
	q.promised(&row{queueHost: "small"}, 1000, false)
	q.promised(&row{queueHost: "small"}, 1000, false)
	if more := takeAll(q); len(more) != 6 {
		t.Fatalf("%d more of small files", len(more))
	}
	// All but one end: what the host does not use is nobody else's.
	h := q.hosts["small"]
	for h.waiting.len() > 0 {
		h.waiting.pop().waits = false
	}
	for range 7 {
		q.release(&row{queueHost: "small"})
	}
	for i, host := range []string{"a", "a", "b", "b", "c", "c", "d", "d"} {
		queued(q, RowID(100+i), host)
	}
	if got := len(takeAll(q)); got != 4 {
		t.Errorf("%d large files run at once, want 4", got)
	}
	// The small ones still have their places beside them.
	for i := range 20 {
		queued(q, RowID(200+i), "small")
	}
	if got := len(takeAll(q)); got != 5 {
		t.Errorf("%d more of small files, want 5", got)
	}
}
