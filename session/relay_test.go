package session

import (
	"encoding/json"
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
