package model_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"haul/model"
	"haul/session/background"
)

// doors serves files, of which each waits at its first half for its door to be
// opened, and says which were asked for, in order.
type doors struct {
	*httptest.Server
	end   chan struct{} // lets everything go
	mu    sync.Mutex
	open  map[string]chan struct{}
	asked []string
}

func newDoors(t *testing.T) *doors {
	t.Helper()
	d := &doors{open: make(map[string]chan struct{}), end: make(chan struct{})}
	d.Server = httptest.NewServer(d)
	t.Cleanup(func() {
		close(d.end)
		d.Close()
	})
	return d
}

func (d *doors) door(path string) chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open[path] == nil {
		d.open[path] = make(chan struct{})
	}
	return d.open[path]
}

func (d *doors) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	door := d.door(r.URL.Path)
	d.mu.Lock()
	d.asked = append(d.asked, r.URL.Path)
	d.mu.Unlock()
	w.Header().Set("Content-Length", "2000")
	// A client that has gone is no failure here.
	_, _ = io.WriteString(w, strings.Repeat("a", 1000))
	w.(http.Flusher).Flush()
	select {
	case <-door:
	case <-d.end:
	case <-r.Context().Done():
	}
	_, _ = io.WriteString(w, strings.Repeat("b", 1000))
}

func (d *doors) order() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.asked, " ")
}

// add adds a file of the server's.
func (a *attached) add(link string) {
	a.t.Helper()
	id := model.RowID(a.m.Len() + 1)
	_, problems, cmd := a.m.Add([]model.Spec{{URL: link, Dir: a.dir}})
	if len(problems) > 0 {
		a.t.Fatal(problems)
	}
	a.do(cmd)
	a.until("its row", func() bool { _, ok := a.m.Row(id); return ok })
	// The next file must not overtake it on its way to the queue.
	a.until("its turn", func() bool { return a.task(int64(id)).State != "suspended" })
}

func TestRowsHaveTheStatesOfTheAgent(t *testing.T) {
	at := newAgent(t, background.Options{Running: 1})
	a, other := attachTo(t, at), attachTo(t, at)
	d := newDoors(t)
	a.add(d.URL + "/one")
	a.add(d.URL + "/two")
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	a.add(gone.URL + "/three")
	for _, one := range []*attached{a, other} {
		one.becomes(1, model.Running)
		one.becomes(2, model.Queued)
		one.becomes(3, model.Queued)
	}
	// What waits is paused and goes on in both.
	a.do(a.m.TogglePause([]model.RowID{2}))
	other.becomes(2, model.Paused)
	other.do(other.m.TogglePause([]model.RowID{2}))
	a.becomes(2, model.Queued)
	close(d.door("/one"))
	a.becomes(1, model.Done)
	// Whoever waits for the network says until when and why.
	close(d.door("/two"))
	for _, one := range []*attached{a, other} {
		one.becomes(2, model.Done)
		if r := one.becomes(3, model.Retrying); r.RetryAt.IsZero() || r.Reason == "" {
			t.Errorf("the row is %+v", r)
		}
	}
	// And goes on at once when it is told to.
	before := a.task(3).Attempts
	a.do(a.m.Retry([]model.RowID{3}))
	a.until("another attempt", func() bool { return a.task(3).Attempts > before })
}

func TestTheOrderOfTheQueueIsTheAgents(t *testing.T) {
	at := newAgent(t, background.Options{Running: 1})
	a, other := attachTo(t, at), attachTo(t, at)
	d := newDoors(t)
	for _, name := range []string{"/one", "/two", "/three", "/four"} {
		a.add(d.URL + name)
		a.becomes(1, model.Running)
	}
	for id := range model.RowID(3) {
		a.becomes(id+2, model.Queued)
		other.becomes(id+2, model.Queued)
	}
	moved, cmd := a.m.Move([]model.RowID{3}, true)
	a.do(cmd)
	if place, of := a.m.Place(3); moved != 1 || place != 1 || of != 3 {
		t.Errorf("%d moved, to %d of %d", moved, place, of)
	}
	other.until("the new place", func() bool { place, _ := other.m.Place(3); return place == 1 })
	other.do(other.m.SetPriority([]model.RowID{4}, model.HighPriority))
	a.until("the new priority", func() bool { r, _ := a.m.Row(4); return r.Priority == model.HighPriority })
	if place, _ := a.m.Place(4); place != 1 {
		t.Errorf("the urgent one has place %d", place)
	}
	for _, name := range []string{"/one", "/two", "/three", "/four"} {
		close(d.door(name))
	}
	for id := range model.RowID(4) {
		a.becomes(id+1, model.Done)
	}
	if got := d.order(); got != "/one /four /three /two" {
		t.Errorf("the agent asked for %s", got)
	}
}

func TestRatesAreTheAgents(t *testing.T) {
	at := newAgent(t, background.Options{RateLimit: 3e6})
	a, other := attachTo(t, at), attachTo(t, at)
	d := newDoors(t)
	a.add(d.URL + "/one")
	host := strings.TrimPrefix(d.URL, "http://")
	a.until("the agent's limit", func() bool { return a.m.RateLimit() == 3e6 })
	a.m.SetRateLimit(2e6)
	a.m.SetHostRateLimit(host, 1e6)
	a.m.SetRowRateLimit([]model.RowID{1}, 5e5)
	other.until("the limits", func() bool {
		return other.m.RateLimit() == 2e6 && other.m.HostRateLimit(host) == 1e6 && other.m.RowRateLimit(1) == 5e5
	})
	other.m.SetRateLimit(0)
	other.m.SetHostRateLimit(host, 0)
	a.until("no limit", func() bool { return a.m.RateLimit() == 0 && a.m.HostRateLimit(host) == 0 })
	if n := a.task(1).RateLimit; n != 5e5 {
		t.Errorf("the task's own limit is %d", n)
	}
}

func TestARenamedFileHasItsNameInTheAgent(t *testing.T) {
	at := newAgent(t, background.Options{})
	a, other := attachTo(t, at), attachTo(t, at)
	d := newDoors(t)
	a.add(d.URL + "/film.mp4")
	a.becomes(1, model.Running)
	if err := a.m.Rename(1, "mine.mp4"); err != nil {
		t.Fatal(err)
	}
	other.until("the name", func() bool { r, ok := other.m.Row(1); return ok && r.Name == "mine.mp4" })
	close(d.door("/film.mp4"))
	if r := a.becomes(1, model.Done); r.Path != filepath.Join(a.dir, "mine.mp4") || r.Name != "mine.mp4" {
		t.Errorf("the row is %+v", r)
	}
	if err := a.m.Rename(1, "late.mp4"); err == nil {
		t.Error("a complete file took another name")
	}
}

// TestAgainHasTheSecretsAndTheRow tries a refused transfer again whose header
// field is a secret.
func TestAgainHasTheSecretsAndTheRow(t *testing.T) {
	at := newAgent(t, background.Options{})
	a, other := attachTo(t, at), attachTo(t, at)
	var mu sync.Mutex
	busy, seen := true, []string(nil)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r.Method+" "+r.Header.Get("Authorization"))
		if busy {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(s.Close)
	letter := filepath.Join(a.dir, "letter.txt")
	if err := os.WriteFile(letter, []byte("Dear Alice"), 0o600); err != nil {
		t.Fatal(err)
	}
	secret := http.Header{"Authorization": {"Bearer hush"}}
	_, problems, cmd := a.m.Add([]model.Spec{
		{URL: s.URL + "/film.mp4", Dir: a.dir, Header: secret}, {URL: s.URL + "/in", Upload: letter, Header: secret},
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	a.do(cmd)
	for _, id := range []model.RowID{1, 2} {
		a.becomes(id, model.Refused)
		other.becomes(id, model.Refused)
	}
	mu.Lock()
	busy = false
	mu.Unlock()
	other.do(other.m.Retry([]model.RowID{1, 2}))
	for _, one := range []*attached{other, a} { // the first has the key's command to run
		if r := one.becomes(1, model.Done); r.Path != filepath.Join(a.dir, "film.mp4") || one.m.Len() != 2 {
			t.Errorf("of %d rows the first is %+v", one.m.Len(), r)
		}
		one.becomes(2, model.Done)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, request := range seen {
		if !strings.HasSuffix(request, " Bearer hush") {
			t.Errorf("the requests were %q", seen)
		}
	}
	if len(seen) != 4 {
		t.Errorf("the requests were %q", seen)
	}
}

func TestAFreshURLAndABeginningFromZero(t *testing.T) {
	a := attach(t)
	d := newDoors(t)
	a.add(d.URL + "/old")
	a.until("its bytes", func() bool { r, _ := a.m.Row(1); return r.Done == 1000 })
	if _, err := a.m.Renew(1, d.URL+"/new"); err == nil {
		t.Error("a transfer that runs took a fresh URL")
	}
	a.do(a.m.Restart([]model.RowID{1}))
	a.until("the second request", func() bool { return d.order() == "/old /old" })
	a.until("the second task", func() bool { d, _ := a.m.Detail(1); return len(d.Segments) == 2 && d.State == model.Running })
	a.do(a.m.TogglePause([]model.RowID{1}))
	a.becomes(1, model.Paused)
	if d, _ := a.m.Detail(1); d.Segments[1].Running || !strings.HasPrefix(d.Segments[1].Outcome, "paused") || d.Segments[1].Rate != 0 {
		t.Errorf("the segment of a paused row is %+v", d.Segments[1])
	}
	close(d.door("/new"))
	cmd, err := a.m.Renew(1, d.URL+"/new")
	if err != nil {
		t.Fatal(err)
	}
	a.do(cmd)
	if r := a.becomes(1, model.Done); !strings.HasSuffix(r.URL, "/new") || a.m.Len() != 1 {
		t.Errorf("the row is %+v", r)
	}
	if got := d.order(); got != "/old /old /new" {
		t.Errorf("the agent asked for %s", got)
	}
	left, err := os.ReadDir(a.dir)
	if err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestWhatIsListedIsNotAddedTwice(t *testing.T) {
	a := attach(t)
	d := newDoors(t)
	a.add(d.URL + "/one")
	_, problems, cmd := a.m.Add([]model.Spec{{URL: d.URL + "/one", Dir: a.dir}, {URL: d.URL + "/one", Dir: a.dir, Mirrors: []string{d.URL}}})
	a.do(cmd)
	if len(problems) != 2 || !strings.Contains(errors.Join(problems[0].Err, problems[1].Err).Error(), "already in the list") {
		t.Errorf("the problems are %+v", problems)
	}
}
