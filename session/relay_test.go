package session

import (
	"encoding/json"
	"net/http"
	"testing"

	"haul/session/internal/wire"
)

// A task can end while the session that is told of it is being made: what comes
// behind the first state is without what never changes.
func TestStatesThatComeBeforeTheSessionHasItsTasksAreKept(t *testing.T) {
	r := newRelay(new(Session))
	complete := make(chan struct{})
	r.complete = complete
	hear := r.hear(complete)
	say := func(news wire.Tasks) {
		text, err := json.Marshal(news)
		if err != nil {
			t.Fatal(err)
		}
		hear(wire.NotifyTasks, text)
	}
	say(wire.Tasks{Complete: true, Tasks: []wire.Task{
		{ID: 7, Kind: wire.KindDownload, State: wire.StateRunning, Request: &wire.Request{URL: "http://example.org/"}, Again: 3},
	}})
	<-complete
	say(wire.Tasks{Tasks: []wire.Task{{ID: 7, Kind: wire.KindDownload, State: wire.StateEnded, Result: &wire.Result{}}}})
	if s := r.early[7]; s == nil || s.State != wire.StateEnded || s.Request == nil || s.Again != 3 {
		t.Errorf("what is known of the task is %+v", s)
	}
}

// States overtake each other before the first one is here: another terminal may
// have changed the task in the meantime.
func TestTheFirstStateOfATaskHasItsSettings(t *testing.T) {
	s, err := New(DefaultConfiguration(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.InvalidateAndCancel()
	request, err := http.NewRequest(http.MethodGet, "http://example.org/", nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.DownloadTask(request, nil)
	if err != nil {
		t.Fatal(err)
	}
	state := &wire.Task{
		ID: int64(d.ID()), Kind: wire.KindDownload, State: wire.StateSuspended,
		Request: &wire.Request{URL: "http://example.org/"}, Priority: PriorityHigh, Description: "film.mp4",
	}
	far := newFar(newRelay(s), d.task)
	far.put(state)
	if d.Priority() != PriorityHigh || d.Description() != "film.mp4" {
		t.Errorf("priority %v, description %q", d.Priority(), d.Description())
	}
}
