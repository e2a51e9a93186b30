package session_test

import (
	"io"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
	"haul/session/cache"
	"haul/transfer"
)

// newCache is a cache in memory.
func newCache(t *testing.T) *cache.Cache {
	t.Helper()
	c, err := cache.New(cache.Options{MemoryBytes: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// cachingSession makes a session with a cache in memory whose delegate is d.
func (st *stage) cachingSession(rec *trace.Recorder, d session.Delegate) *session.Session {
	st.t.Helper()
	cfg := st.configuration()
	cfg.Cache = newCache(st.t)
	return newSession(st.t, cfg, rec, d)
}

// fetches are where the responses of a task came from.
func fetches(task session.Task) []transfer.FetchType {
	var list []transfer.FetchType
	for _, tr := range task.Metrics().Transactions {
		list = append(list, tr.FetchType)
	}
	return list
}

// expectFetches reports a task whose responses came from elsewhere.
func expectFetches(t *testing.T, task session.Task, want ...transfer.FetchType) {
	t.Helper()
	if got := fetches(task); !slices.Equal(got, want) {
		t.Errorf("the responses came from %q, want %q", got, want)
	}
}

// tagged answers with a body that is fresh for a minute and has an entity tag,
// and with 304 to who has it.
func tagged(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "max-age=60")
	w.Header().Set("ETag", `"e1"`)
	if r.Header.Get("If-None-Match") == `"e1"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = io.WriteString(w, "the body")
}

func TestGolden28_Caching(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		rec := trace.New(t)
		s := st.cachingSession(rec, rec)

		first := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(first, "created response(200)[allow] data* cache[proposed] metrics done(nil)")
		expectFetches(t, first, transfer.FetchNetwork)

		second := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(second, "created response(200)[allow] data* metrics done(nil)")
		expectFetches(t, second, transfer.FetchLocalCache)
		st.expectLog("GET http://a.test/a")

		time.Sleep(2 * time.Minute)
		third := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(third, "created response(200)[allow] data* metrics done(nil)")
		expectFetches(t, third, transfer.FetchNetwork, transfer.FetchLocalCache)
		st.expectLog("GET http://a.test/a", "GET http://a.test/a")
		if got := st.log()[1].Header.Get("If-None-Match"); got != `"e1"` {
			t.Errorf("validated with %q", got)
		}

		for _, task := range []*session.DataTask{first, second, third} {
			expectBody(t, rec, task, []byte("the body"))
			if task.Response().StatusCode != 200 || task.Counts().Received != 8 || task.Counts().ExpectedToReceive != 8 {
				t.Errorf("task %d: status %d, %+v", task.ID(), task.Response().StatusCode, task.Counts())
			}
		}
		if got := third.Metrics().Transactions; got[0].Status != 304 || got[1].Status != 200 || got[1].BodyReceived != 8 {
			t.Errorf("measured %+v", got)
		}
	})
}
