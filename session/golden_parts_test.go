package session_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// part is one part of a multipart response as it is written.
func part(contentType, body string) string {
	return fmt.Sprintf("--b\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s\r\n", contentType, len(body), body)
}

const lastBoundary = "--b--\r\n"

// serveParts answers with a multipart/x-mixed-replace body of the given pieces,
// each of which is on the wire before the next one is begun.
func serveParts(pieces ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", `multipart/x-mixed-replace; boundary="b"`)
		for _, p := range pieces {
			_, _ = io.WriteString(w, p)
			_ = http.NewResponseController(w).Flush()
			pause(r, time.Second)
		}
	}
}

// responses keeps what DidReceiveResponse shows.
func responses(rec *trace.Recorder, decide func(n int) session.ResponseDisposition) *[]*http.Response {
	var seen []*http.Response
	rec.Answers.Response = func(_ context.Context, _ session.Task, resp *http.Response) session.ResponseDisposition {
		seen = append(seen, resp)
		if decide == nil {
			return session.Allow
		}
		return decide(len(seen))
	}
	return &seen
}

func TestGolden20_EachPartIsAResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, serveParts("a preamble\r\n", part("text/plain", "one"), part("image/png", ""), part("text/html", "three"), lastBoundary, "an epilogue"))
		rec := trace.New(t)
		seen := responses(rec, nil)
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/cam"))
		rec.Expect(task, "created response(200)[allow] data* response(200)[allow] response(200)[allow] data* metrics done(nil)")
		expectBody(t, rec, task, []byte("onethree"))
		for i, want := range []struct {
			mime   string
			length int64
		}{{"text/plain", 3}, {"image/png", 0}, {"text/html", 5}} {
			got := (*seen)[i]
			if got.Header.Get("Content-Type") != want.mime || got.ContentLength != want.length || got.Request.URL.Path != "/cam" {
				t.Errorf("part %d: %v of %d bytes from %v", i, got.Header, got.ContentLength, got.Request.URL)
			}
		}
		if task.Response().Header.Get("Content-Type") != "text/html" {
			t.Errorf("the task's response is %v", task.Response().Header)
		}
	})
}

func TestGolden21_OnePartBecomesADownload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, serveParts(part("text/plain", "one"), part("application/zip", "two, the wanted one"), part("text/plain", "three"), lastBoundary))
		rec := trace.New(t)
		responses(rec, func(n int) session.ResponseDisposition {
			if n == 2 {
				return session.BecomeDownload
			}
			return session.Allow
		})
		became := make(chan *session.DownloadTask, 1)
		rec.On.Became = func(_ *session.DataTask, d *session.DownloadTask) { became <- d }
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/cam"))
		dl := <-became
		rec.Expect(dl, "wrote* finished metrics done(nil)")
		rec.Expect(task, "created response(200)[allow] data* response(200)[becomeDownload] became")
		expectBody(t, rec, dl, []byte("two, the wanted one"))
	})
}

func TestStep14_PartsThatEndTheTask(t *testing.T) {
	for _, tt := range []struct {
		name, want, body string
		pieces           []string
		cancelAt         int
	}{
		{"cancelled at the second", "created response[allow] data* response[cancel] metrics done(Cancelled)", "one",
			[]string{part("text/plain", "one"), part("text/plain", "two"), lastBoundary}, 2},
		{"no final boundary", "created response data* response data* metrics done(nil)", "onetwo",
			[]string{part("text/plain", "one"), strings.TrimSuffix(part("text/plain", "two"), "\r\n")}, 0},
		{"nothing", "created response metrics done(nil)", "", nil, 0},
		{"no part", "created metrics done(CannotParseResponse)", "", []string{"this is no multipart body"}, 0},
		{"a header that is none", "created response data* metrics done(CannotParseResponse)", "one",
			[]string{part("text/plain", "one"), "--b\r\nno colon\r\n\r\nx\r\n"}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, serveParts(tt.pieces...))
				rec := trace.New(t)
				responses(rec, func(n int) session.ResponseDisposition {
					if n == tt.cancelAt {
						return session.CancelResponse
					}
					return session.Allow
				})
				s := st.session(rec, rec)
				task := run(t, s, rec, request(t, "GET", "/cam"))
				rec.Expect(task, tt.want)
				expectBody(t, rec, task, []byte(tt.body))
			})
		})
	}
}

func TestStep14_AConnectionThatBreaksWithinAPartIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			serveParts(part("text/plain", "one"), "--b\r\n\r\ntw")(w, r)
			panic(http.ErrAbortHandler)
		})
		rec := trace.New(t)
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/cam"))
		rec.Expect(task, "created response data* response data* metrics done(NetworkConnectionLost)")
	})
}

func TestStep14_TheNextPartIsADecisionOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, serveParts(part("text/plain", "one"), part("text/plain", "two"), lastBoundary))
		rec := trace.New(t)
		release := make(chan struct{})
		responses(rec, func(n int) session.ResponseDisposition {
			if n == 2 {
				<-release
			}
			return session.Allow
		})
		s := st.session(rec, rec)
		task, err := s.DataTask(request(t, "GET", "/cam"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		time.Sleep(time.Minute)
		if got := trace.Format(rec.Events(task)); got != "created response(200)[allow] data response(200)" {
			t.Errorf("while the second part waits: %s", got)
		}
		close(release)
		rec.Expect(task, "created response data* response data* metrics done(nil)")
	})
}

func TestStep14_AHandlerGetsTheLastPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, serveParts(part("text/plain", "one"), part("image/png", "two"), lastBoundary))
		s := st.session(nil, nil)
		data, resp, err := s.Data(context.Background(), request(t, "GET", "/cam"), nil)
		if string(data) != "two" || resp.Header.Get("Content-Type") != "image/png" || err != nil {
			t.Errorf("%q, %v, %v", data, resp, err)
		}
	})
}

func TestStep14_OtherMultipartTypesAndDownloadsAreNotSplit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := part("text/plain", "one") + part("text/plain", "two") + lastBoundary
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			kind := map[string]string{
				"/mixed": "multipart/mixed; boundary=b", "/ranges": "multipart/byteranges; boundary=b",
				"/bare": "multipart/x-mixed-replace", "/download": "multipart/x-mixed-replace; boundary=b",
			}[r.URL.Path]
			w.Header().Set("Content-Type", kind)
			_, _ = io.WriteString(w, body)
		})
		rec := trace.New(t)
		s := st.session(rec, rec)
		for _, path := range []string{"/mixed", "/ranges", "/bare"} {
			task := run(t, s, rec, request(t, "GET", path))
			rec.Expect(task, "created response data* metrics done(nil)")
			expectBody(t, rec, task, []byte(body))
		}
		dl := download(t, s, request(t, "GET", "/download"))
		dl.Resume()
		rec.Expect(dl, "created wrote* finished metrics done(nil)")
		expectBody(t, rec, dl, []byte(body))
	})
}

func TestStep14_TheIdleTimeRunsBetweenParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			serveParts(part("text/plain", "one"), part("text/plain", "two"), "--b\r\n")(w, r)
			pause(r, time.Hour)
		})
		rec := trace.New(t)
		s := timed(t, st, rec, 3*time.Second, 0)
		began := time.Now()
		task := run(t, s, rec, request(t, "GET", "/cam"))
		rec.Expect(task, "created response data* response data* metrics done(TimedOut)")
		if took := time.Since(began); took < 4*time.Second || took > 6*time.Second {
			t.Errorf("after %v", took)
		}
	})
}

func TestStep14_AnEndlessStreamTakesNoMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		frame := part("image/jpeg", strings.Repeat("x", 64<<10))
		const frames = 500
		var before, after runtime.MemStats
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=b")
			for range frames {
				_, _ = io.WriteString(w, frame)
			}
			// All frames but those in buffers have been delivered by now.
			runtime.GC()
			runtime.ReadMemStats(&after)
			_, _ = io.WriteString(w, lastBoundary)
		})
		s := st.session(nil, nil)
		runtime.GC()
		runtime.ReadMemStats(&before)
		data, _, err := s.Data(context.Background(), request(t, "GET", "/cam"), nil)
		if err != nil || len(data) != 64<<10 {
			t.Errorf("the last part has %d bytes, %v", len(data), err)
		}
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
			t.Errorf("the heap grew by %d bytes", grown)
		}
	})
}
