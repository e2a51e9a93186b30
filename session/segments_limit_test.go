package session_test

import (
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"haul/transfer"
)

// All connections of a task pass its limit together, also when it changes.
func TestSegments_ALimitIsExactOverAllConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newShareServer(nil)
		s, rec := shared(t, f.ServeHTTP, nil)
		task := download(t, s, request(t, "GET", "/f"))
		if err := task.SetConnections(8); err != nil {
			t.Fatal(err)
		}
		limit := transfer.NewRate(500e3)
		if err := task.SetLimiters(func(*url.URL) []transfer.Limiter { return []transfer.Limiter{limit} }); err != nil {
			t.Fatal(err)
		}
		task.Resume()
		time.Sleep(2 * time.Second)
		if n := len(task.Segments()); n < 2 {
			t.Errorf("%d segments", n)
		}
		for _, rate := range []int64{500e3, 200e3} {
			limit.Set(rate)
			time.Sleep(100 * time.Millisecond)
			before := task.Counts().Received
			time.Sleep(10 * time.Second)
			if got, want := task.Counts().Received-before, 10*rate; got < want*97/100 || got > want*103/100 {
				t.Errorf("%d bytes in 10 s, want %d within 3 %%", got, want)
			}
		}
		limit.Set(0)
		rec.Wait(task)
		expectBody(t, rec, task, f.content)
	})
}
