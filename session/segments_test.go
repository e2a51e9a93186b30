package session_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

func TestSegments_AServerThatLimitsEachConnectionIsAskedOverSeveral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newShareServer(nil)
		s, rec := shared(t, f.ServeHTTP, nil)
		task := download(t, s, request(t, "GET", "/f"))
		live := 0
		rec.On.Wrote = func(d *session.DownloadTask, _, _, _ int64) {
			segments := d.Segments()
			live = max(live, len(segments))
			at := int64(0)
			for _, seg := range segments {
				if seg.Start < at || seg.At < seg.Start || seg.End < seg.At || seg.Connection < 1 {
					t.Errorf("segments %+v", segments)
				}
				at = seg.End
			}
		}
		began := time.Now()
		task.Resume()
		rec.Wait(task)
		took := time.Since(began)
		rec.Expect(task, "created wrote* finished metrics done(nil)")
		expectBody(t, rec, task, f.content)
		requests, most, sent := f.log()
		if most != 16 || live < 8 {
			t.Errorf("%d connections at once, %d segments seen", most, live)
		}
		if took > shareTime/5 {
			t.Errorf("took %v, one connection %v", took, shareTime)
		}
		if over := sent - shareSize; over > shareSize/4 || requests > 2*shareSize/(64<<10) {
			t.Errorf("%d requests, %d bytes too many", requests, over)
		}
		if f.withoutIfRange != 0 {
			t.Errorf("%d requests without If-Range", f.withoutIfRange)
		}
		if got := len(task.Metrics().Transactions); got != requests {
			t.Errorf("%d transactions of %d", got, requests)
		}
		if c := task.Counts(); c.Received != shareSize || c.ExpectedToReceive != shareSize {
			t.Errorf("counts %+v", c)
		}
	})
}

func TestSegments_TheNumberOfConnections(t *testing.T) {
	for _, c := range []struct {
		name   string
		number int
		bound  int
		most   int
	}{
		{"one by default", 1, 16, 1},
		{"four that were asked for", 4, 16, 4},
		{"no more than the host may have", 12, 5, 5},
		{"found out within the bound", session.Auto, 6, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newShareServer(nil)
				var conns openConns
				s, rec := shared(t, f.ServeHTTP, func(cfg *session.Configuration) {
					cfg.Connections, cfg.MaxConnectionsPerHost = 1, c.bound
					cfg.Dial = conns.dial(cfg.Dial)
				})
				task := download(t, s, request(t, "GET", "/f"))
				if err := task.SetConnections(c.number); err != nil {
					t.Fatal(err)
				}
				task.Resume()
				rec.Wait(task)
				expectBody(t, rec, task, f.content)
				requests, _, _ := f.log()
				if conns.most != c.most || c.most == 1 && requests != 1 {
					t.Errorf("%d connections at once in %d requests, want %d", conns.most, requests, c.most)
				}
				if err := task.SetConnections(2); err == nil {
					t.Error("the number could be changed afterwards")
				}
			})
		})
	}
}

func TestSegments_GoWhereTheResponseCameFromWithTheCredentialsOfTheTask(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newShareServer(nil)
				at := map[string]int{}
				s, rec := shared(t, func(w http.ResponseWriter, r *http.Request) {
					f.mu.Lock()
					at[r.Host+r.URL.Path]++
					f.mu.Unlock()
					switch {
					case r.URL.Path == "/f":
						http.Redirect(w, r, scheme+"://"+hostB+"/g", http.StatusFound)
					case authorized(w, r):
						f.ServeHTTP(w, r)
					}
				}, nil)
				task := download(t, s, request(t, "GET", scheme+"://"+hostA+"/f"))
				task.Resume()
				rec.Wait(task)
				expectBody(t, rec, task, f.content)
				if _, most, _ := f.log(); most < 8 {
					t.Errorf("%d connections at once", most)
				}
				if at[hostA+"/f"] != 1 {
					t.Errorf("requests %v", at)
				}
				if n := strings.Count(trace.Format(rec.Events(task)), "tchal(Basic"); n != 1 {
					t.Errorf("%d challenges", n)
				}
				if len(f.remotes) < 8 {
					t.Errorf("%d connections: ranges share them", len(f.remotes))
				}
			})
		})
	}
}

func TestSegments_ATaskThatWaitsForTheHostGetsAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newShareServer(nil)
		var conns openConns
		s, rec := shared(t, f.ServeHTTP, func(cfg *session.Configuration) {
			cfg.MaxConnectionsPerHost, cfg.Dial = 4, conns.dial(cfg.Dial)
		})
		first, second := download(t, s, request(t, "GET", "/f")), download(t, s, request(t, "GET", "/f"))
		first.Resume()
		time.Sleep(time.Second)
		second.Resume()
		time.Sleep(500 * time.Millisecond)
		if second.Counts().Received == 0 {
			t.Error("the second one waits for as long as the first runs")
		}
		rec.Wait(first)
		rec.Wait(second)
		expectBody(t, rec, first, f.content)
		expectBody(t, rec, second, f.content)
		if conns.most > 4 {
			t.Errorf("%d connections at once", conns.most)
		}
	})
}

func TestSegments_SuspendHoldsAllConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newShareServer(nil)
		s, rec := shared(t, f.ServeHTTP, nil)
		task := download(t, s, request(t, "GET", "/f"))
		task.Resume()
		time.Sleep(300 * time.Millisecond)
		if n := len(task.Segments()); n < 4 {
			t.Fatalf("%d segments", n)
		}
		task.Suspend()
		time.Sleep(time.Second) // what was being read is written
		held, requests := task.Counts().Received, f.requests
		time.Sleep(10 * time.Minute)
		if now := task.Counts().Received; now != held || f.requests != requests {
			t.Errorf("%d bytes and %d requests came meanwhile", now-held, f.requests-requests)
		}
		task.Resume()
		rec.Wait(task)
		expectBody(t, rec, task, f.content)
	})
}

func TestSegments_CancelLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newShareServer(nil)
		s, rec := shared(t, f.ServeHTTP, nil)
		task := download(t, s, request(t, "GET", "/f"))
		task.Resume()
		time.Sleep(300 * time.Millisecond)
		task.Cancel()
		rec.Wait(task)
		rec.Expect(task, "created wrote* metrics done(Cancelled)")
		if task.Segments() != nil {
			t.Error("it has segments still")
		}
	})
}
