package background_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"haul/session"
	"haul/session/background"
)

// TestChangedOptionsHoldForWhatComesNext changes the agent's options while a
// download runs: that one goes on as it began, the next one goes by the new ones.
func TestChangedOptionsHoldForWhatComesNext(t *testing.T) {
	proceed := make(chan struct{})
	var mu sync.Mutex
	agents := make(map[string]string)
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		agents[r.URL.Path] = r.UserAgent()
		mu.Unlock()
		if r.URL.Path == "/first" {
			<-proceed
		}
		files().ServeHTTP(w, r)
	}))
	var connected atomic.Int32
	made := func(name string, generation int) background.Options {
		return background.Options{
			Running: generation, Generation: generation,
			Configure: func(_ string, c *session.Configuration) { c.UserAgent = name },
			Connections: func(addr string) int {
				if addr == server.Listener.Addr().String() {
					connected.Add(1)
				}
				return 0
			},
		}
	}
	changed := make(chan background.Options)
	o := made("before", 1)
	o.Changed = changed
	f := newFixture(t, o)
	c := f.client()
	first := f.begin(c, "a", background.Request{URL: server.URL + "/first"})
	second := f.begin(c, "a", background.Request{URL: server.URL + "/second"})
	await(t, func() bool {
		s, err := c.Status(t.Context())
		mu.Lock()
		defer mu.Unlock()
		return err == nil && s.Running == 1 && s.Waiting == 1 && agents["/first"] != ""
	})
	changed <- made("after", 2)
	if list, late, err := c.Wait(t.Context(), time.Minute, "a", second); err != nil || late || list[0].Result.Error != nil {
		t.Fatalf("%+v, %v", list, err)
	}
	close(proceed)
	if list, late, err := c.Wait(t.Context(), time.Minute, "a", first); err != nil || late || list[0].Result.Error != nil {
		t.Fatalf("what ran: %+v, %v", list, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if agents["/first"] != "before" || agents["/second"] != "after" {
		t.Errorf("%v", agents)
	}
	if connected.Load() != 2 {
		t.Errorf("connections were asked for %d times", connected.Load())
	}
}
