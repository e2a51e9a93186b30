package session_test

import (
	"bytes"
	"net/http"
	"testing"
	"testing/synctest"

	"haul/internal/trace"
	"haul/session"
)

// Bodies of requests: what goes out with them, and what the delegate hears.

const formType = "application/x-www-form-urlencoded"

// bodyTrace is what the delegate hears of a request with a body; begin stands
// for what comes before the body is sent.
func bodyTrace(method, begin string) string {
	switch method {
	case "GET":
		return "created " + begin + " metrics done(DataLengthExceedsMaximum)"
	case "HEAD":
		return "created " + begin + " sent* response(200) metrics done(nil)"
	}
	return "created " + begin + " sent* response(200) data* metrics done(nil)"
}

func TestCorelibs09_ADataTaskSendsTheStreamOfItsRequest(t *testing.T) {
	content := bytesOf(9, 20_000)
	for _, method := range methods {
		for _, contentType := range []string{"", "text/swift"} {
			t.Run(method+" "+contentType, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					st := newStage(t, library)
					rec := trace.New(t)
					s := st.session(rec, rec)
					r := request(t, method, "/upload")
					r.Body = reader(content)
					if contentType != "" {
						r.Header.Set("Content-Type", contentType)
					}
					task := run(t, s, rec, r)
					rec.Expect(task, bodyTrace(method, ""))
					if method == "GET" {
						st.expectLog()
						return
					}
					h := st.last()
					if !bytes.Equal(h.Body, content) || h.Length != -1 {
						t.Errorf("the server got %d bytes, length %d", len(h.Body), h.Length)
					}
					want := contentType
					if method == "POST" && want == "" {
						want = formType
					}
					if got := h.Header.Get("Content-Type"); got != want {
						t.Errorf("the type is %q, want %q", got, want)
					}
				})
			})
		}
	}
}

func TestCorelibs10_APostThatIsSeenOtherBecomesAGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		r := request(t, "POST", "/status/303?to=/capital")
		r.Body = reader([]byte("Body"))
		r.Header.Set("Content-Type", "text/plain")
		task := run(t, s, rec, r)
		rec.Expect(task, "created sent* redirect(303,/capital)[same] response(200) data* metrics done(nil)")
		expectBody(t, rec, task, []byte("Kathmandu"))
		if h := st.last(); h.Method != "GET" || len(h.Body) > 0 || h.Length != 0 || h.Header.Get("Content-Type") != "" {
			t.Errorf("the redirect leads to %s with %d bytes, type %q", h.Method, len(h.Body), h.Header.Get("Content-Type"))
		}
	})
}

func TestCorelibs55_AnUploadReportsEveryByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(55, 16<<10)
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		task, err := s.UploadTaskFromData(request(t, "PUT", "/upload"), content, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := task.Counts().ExpectedToSend; got != 16<<10 {
			t.Errorf("expects to send %d", got)
		}
		task.Resume()
		rec.Expect(task, "created sent* response(200) data* metrics done(nil)")
		if e := lastSent(rec, task); e.Total != 16<<10 || e.Expected != 16<<10 {
			t.Errorf("sent %d of %d", e.Total, e.Expected)
		}
		if h := st.last(); !bytes.Equal(h.Body, content) || h.Length != 16<<10 {
			t.Errorf("the server got %d bytes, length %d", len(h.Body), h.Length)
		}
	})
}

func TestCorelibs56_AnEmptyBodyHasNoType(t *testing.T) {
	for _, method := range methods {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, library)
				rec := trace.New(t)
				s := st.session(rec, rec)
				none := request(t, method, "/capital")
				empty := request(t, method, "/capital")
				empty.Body = http.NoBody
				upload, err := s.UploadTaskFromData(request(t, method, "/capital"), nil, nil)
				if err != nil {
					t.Fatal(err)
				}
				upload.Resume()
				rec.Wait(upload)
				tasks := []session.Task{upload, run(t, s, rec, none), run(t, s, rec, empty)}
				want := "created response(200) data* metrics done(nil)"
				if method == "HEAD" {
					want = "created response(200) metrics done(nil)"
				}
				for _, task := range tasks {
					rec.Expect(task, want)
				}
				for _, h := range st.log() {
					if h.Method != method || h.Header.Get("Content-Type") != "" || h.Length != 0 || len(h.Header["Transfer-Encoding"]) > 0 {
						t.Errorf("%s has length %d and %v", h.Method, h.Length, h.Header)
					}
				}
			})
		})
	}
}

func TestCorelibs57_ABodyHasItsLength(t *testing.T) {
	for _, method := range methods {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, library)
				rec := trace.New(t)
				s := st.session(rec, rec)
				r, err := http.NewRequestWithContext(t.Context(), method, "http://a.test/upload", bytes.NewReader([]byte("Body")))
				if err != nil {
					t.Fatal(err)
				}
				task := run(t, s, rec, r)
				rec.Expect(task, bodyTrace(method, ""))
				if method == "GET" {
					st.expectLog()
					return
				}
				h := st.last()
				if h.Length != 4 || string(h.Body) != "Body" {
					t.Errorf("the server got %q, length %d", h.Body, h.Length)
				}
				if got := h.Header.Get("Content-Type"); (got == formType) != (method == "POST") {
					t.Errorf("the type is %q", got)
				}
			})
		})
	}
}

func TestCorelibs67_AnEmptyPostHasNoType(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		s := newSession(t, st.configuration(), nil, nil)
		r := request(t, "POST", "/capital")
		r.Body = http.NoBody
		if got := handled(t, s, r); got.data == nil || got.status != 200 || got.err != nil {
			t.Errorf("got %+v", got)
		}
		if h := st.last(); h.Header.Get("Content-Type") != "" || h.Header.Get("Content-Length") != "0" {
			t.Errorf("the server saw %v", h.Header)
		}
	})
}

func TestCorelibs79_AStreamedUploadAsksForItsStream(t *testing.T) {
	content := bytesOf(79, 20_000)
	for _, method := range methods {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, library)
				rec := trace.New(t)
				rec.Answers.BodyStream = streamOf(content)
				s := st.session(rec, rec)
				r := request(t, method, "/upload")
				r.Body = reader([]byte("a body that is not asked for"))
				task, err := s.UploadTaskWithStreamedRequest(r, nil)
				if err != nil {
					t.Fatal(err)
				}
				task.Resume()
				rec.Expect(task, bodyTrace(method, "newstream"))
				if method == "GET" {
					st.expectLog()
					return
				}
				if h := st.last(); !bytes.Equal(h.Body, content) || h.Length != -1 {
					t.Errorf("the server got %d bytes, length %d", len(h.Body), h.Length)
				}
			})
		})
	}
}
