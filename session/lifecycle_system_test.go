package session_test

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"haul/session"
)

// The steps of the guide with the system-provided delegate: no delegate, a
// completion handler for each task.

// result is what a completion handler got.
type result struct {
	data   []byte
	path   string
	file   []byte // the contents of path while the handler ran
	status int
	err    error
}

// results returns both kinds of handler and the channel that they send to.
func results(t *testing.T) (session.DataHandler, session.DownloadHandler, <-chan result) {
	c := make(chan result, 10)
	head := func(resp *http.Response) int {
		if resp == nil {
			return 0
		}
		return resp.StatusCode
	}
	data := func(data []byte, resp *http.Response, err error) {
		c <- result{data: data, status: head(resp), err: err}
	}
	file := func(path string, resp *http.Response, err error) {
		r := result{path: path, status: head(resp), err: err}
		if err == nil {
			var failed error
			if r.file, failed = os.ReadFile(path); failed != nil {
				t.Errorf("the file is not there: %v", failed)
			}
		}
		c <- r
	}
	return data, file, c
}

func TestSystemStep1_EphemeralSessionsShareNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "taste", Value: "sweet"})
			text(w, 200, "hi")
		})
		one := newSession(t, st.configuration(), nil, nil)
		two := newSession(t, st.configuration(), nil, nil)
		h, _, got := results(t)
		for _, s := range []*session.Session{one, one, two} {
			task, err := s.DataTask(request(t, "GET", "/a"), h)
			if err != nil {
				t.Fatal(err)
			}
			task.Resume()
			<-got
		}
		hits := st.log()
		for i, want := range []string{"", "taste=sweet", ""} {
			if cookie := hits[i].Header.Get("Cookie"); cookie != want {
				t.Errorf("request %d has the cookie %q, want %q", i+1, cookie, want)
			}
		}
	})
}

func TestSystemStep2_ASessionNeedsNoDelegate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, redirecting)
		s := newSession(t, st.configuration(), nil, nil)
		h, _, got := results(t)
		task, err := s.DataTask(request(t, "GET", "/a"), h)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		if r := <-got; string(r.data) != "this is /x" || r.status != 200 || r.err != nil {
			t.Errorf("got %+v", r)
		}
	})
}

func TestSystemStep3_TasksAreSuspendedUntilResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, receive(t, func(w http.ResponseWriter, _ *http.Request) { text(w, 200, "hi") }))
		s := newSession(t, st.configuration(), nil, nil)
		h, dh, got := results(t)
		data, err1 := s.DataTask(request(t, "GET", "/data"), h)
		dl, err2 := s.DownloadTask(request(t, "GET", "/download"), dh)
		up, err3 := s.UploadTaskFromData(request(t, "PUT", "/upload"), []byte("body"), h)
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		st.expectLog()
		for _, task := range []session.Task{data, dl, up} {
			if task.State() != session.Suspended {
				t.Errorf("task %d is in state %d", task.ID(), task.State())
			}
			task.Resume()
			r := <-got
			if body := string(r.data) + string(r.file); body != "hi" || r.status != 200 || r.err != nil {
				t.Errorf("got %+v", r)
			}
		}
	})
}

func TestSystemStep4_ADownloadIsPausedAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(204, million)
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) { serveSlowly(w, r, `"e1"`, content) })
		s := newSession(t, st.configuration(), nil, nil)
		_, dh, got := results(t)
		first, err := s.DownloadTask(request(t, "GET", "/f"), dh)
		if err != nil {
			t.Fatal(err)
		}
		first.Resume()
		time.Sleep(200 * time.Millisecond)
		data, err := first.CancelByProducingResumeData(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r := <-got
		if !errors.Is(r.err, session.Cancelled) || r.path != "" || r.status != 200 {
			t.Errorf("the first task ends with %+v", r)
		}
		if _, ok := session.ResumeDataFrom(r.err); !ok {
			t.Error("no resume data in the error")
		}
		second, err := s.DownloadTaskWithResumeData(data, dh)
		if err != nil {
			t.Fatal(err)
		}
		second.Resume()
		if r := <-got; r.err != nil || r.status != 206 && r.status != 200 || sum(r.file) != sum(content) {
			t.Errorf("the second task ends with %d bytes, status %d, %v", len(r.file), r.status, r.err)
		}
		hits := st.log()
		info, err := data.Describe()
		if err != nil {
			t.Fatal(err)
		}
		expectRange(t, hits[len(hits)-1], info.Have, `"e1"`)
	})
}

func TestSystemStep5_TheHandlerIsCalledOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/missing":
				text(w, 404, "no such thing")
			case "/empty":
				w.WriteHeader(200)
			default:
				w.Header().Set("Content-Length", "100")
				write(w, []byte("the beginning"))
				if err := http.NewResponseController(w).Flush(); err != nil {
					t.Error(err)
				}
				<-r.Context().Done()
			}
		})
		s := newSession(t, st.configuration(), nil, nil)
		h, dh, got := results(t)
		one := func(name string, task session.Task, during func(), check func(result) bool) {
			t.Helper()
			task.Resume()
			synctest.Wait()
			during()
			if r := <-got; !check(r) {
				t.Errorf("%s: %+v", name, r)
			}
			synctest.Wait()
			if len(got) > 0 {
				t.Errorf("%s: the handler is called again with %+v", name, <-got)
			}
		}
		data := func(url string) *session.DataTask {
			t.Helper()
			task, err := s.DataTask(request(t, "GET", url), h)
			if err != nil {
				t.Fatal(err)
			}
			return task
		}
		nothing := func() {}
		one("404", data("/missing"), nothing, func(r result) bool {
			return r.err == nil && r.status == 404 && string(r.data) == "no such thing"
		})
		one("empty", data("/empty"), nothing, func(r result) bool {
			return r.err == nil && r.status == 200 && r.data != nil && len(r.data) == 0
		})
		one("no host", data("http://nowhere.test/"), nothing, func(r result) bool {
			return errors.Is(r.err, session.CannotFindHost) && r.status == 0 && r.data == nil
		})
		cut := data("/cut")
		one("cancelled", cut, cut.Cancel, func(r result) bool {
			return errors.Is(r.err, session.Cancelled) && r.status == 200 && r.data == nil
		})
		never := data("/never")
		never.Cancel()
		one("cancelled before resume", never, nothing, func(r result) bool {
			return errors.Is(r.err, session.Cancelled) && r.status == 0
		})
		dl, err := s.DownloadTask(request(t, "GET", "/missing"), dh)
		if err != nil {
			t.Fatal(err)
		}
		var path string
		one("download", dl, nothing, func(r result) bool {
			path = r.path
			return r.err == nil && r.status == 404 && string(r.file) == "no such thing"
		})
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the file outlives its handler: %v", err)
		}
	})
}

func TestSystemStep6_ASessionIsInvalidated(t *testing.T) {
	for name, tt := range map[string]struct {
		invalidate func(*session.Session)
		check      func(result) bool
	}{
		"finish": {(*session.Session).FinishTasksAndInvalidate, func(r result) bool { return r.err == nil && string(r.data) == "hi" }},
		"cancel": {(*session.Session).InvalidateAndCancel, func(r result) bool { return errors.Is(r.err, session.Cancelled) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
					time.Sleep(time.Second)
					text(w, 200, "hi")
				})
				s := newSession(t, st.configuration(), nil, nil)
				h, _, got := results(t)
				task, err := s.DataTask(request(t, "GET", "/a"), h)
				if err != nil {
					t.Fatal(err)
				}
				task.Resume()
				synctest.Wait()
				tt.invalidate(s)
				if _, err := s.DataTask(request(t, "GET", "/b"), h); !errors.Is(err, session.ErrInvalidated) {
					t.Errorf("a new task: %v", err)
				}
				if r := <-got; !tt.check(r) {
					t.Errorf("got %+v", r)
				}
				s.Wait()
			})
		})
	}
}
