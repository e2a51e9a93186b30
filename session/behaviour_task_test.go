package session_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// Behaviours of the groups TSK, DEL, CMP, RSP and CON that no other test
// shows.

func TestTSK04_ASuspendedDataTaskWhoseServerHungUpIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangUp := make(chan struct{})
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			write(w, []byte("the beginning"))
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			<-hangUp
			panic(http.ErrAbortHandler)
		})
		rec := trace.New(t)
		s := st.session(rec, rec)
		task, err := s.DataTask(request(t, "GET", "/a"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		synctest.Wait()
		task.Suspend()
		close(hangUp)
		time.Sleep(time.Minute)
		if task.State() != session.Suspended {
			t.Errorf("while suspended it is %v", task.State())
		}
		task.Resume()
		rec.Expect(task, "created response(200) data* metrics done(NetworkConnectionLost)")
		st.expectLog("GET http://a.test/a")
	})
}

func TestTSK12_WhatATaskExpectsToSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, receive(t, library))
		rec := trace.New(t)
		rec.Answers.BodyStream = streamOf([]byte("Body"))
		s := st.session(rec, rec)
		declared := request(t, "POST", "/upload")
		declared.Header.Set("Content-Length", "4")
		none, err1 := s.DataTask(request(t, "GET", "/capital"), nil)
		data, err2 := s.UploadTaskFromData(request(t, "PUT", "/upload"), []byte("Body"), nil)
		stream, err3 := s.UploadTaskWithStreamedRequest(request(t, "POST", "/upload"), nil)
		known, err4 := s.UploadTaskWithStreamedRequest(declared, nil)
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			t.Fatal(err)
		}
		for task, want := range map[session.Task]int64{none: 0, data: 4, stream: -1, known: 4} {
			if got := task.Counts().ExpectedToSend; got != want {
				t.Errorf("%s expects to send %d, want %d", trace.TaskOf(task), got, want)
			}
			task.Resume()
			rec.Wait(task)
			if got := task.Counts(); got.ExpectedToSend != want || task.Err() != nil {
				t.Errorf("%s ends with %+v, %v", trace.TaskOf(task), got, task.Err())
			}
		}
	})
}

// TestRSP06_WithoutTheMethodAResponseIsAllowed also shows TSK-11.
func TestRSP06_WithoutTheMethodAResponseIsAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(200)
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			<-release
			write(w, []byte("hi"))
		})
		rec := trace.New(t)
		s := st.session(rec, rec.Facts)
		task, err := s.DataTask(request(t, "GET", "/a"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		synctest.Wait()
		if resp := task.Response(); resp == nil || resp.StatusCode != 200 {
			t.Errorf("before the body the response is %v", resp)
		}
		close(release)
		rec.Expect(task, "created data* metrics done(nil)")
	})
}

func TestRSP07_AnUploadDoesNotBecomeADownload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, receive(t, library))
		rec := trace.New(t)
		rec.Answers.Response = func(context.Context, session.Task, *http.Response) session.ResponseDisposition {
			return session.BecomeDownload
		}
		s := st.session(rec, rec)
		task, err := s.UploadTaskFromData(request(t, "PUT", "/capital"), []byte("Body"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created sent* response(200)[becomeDownload] data* metrics done(nil)")
		expectBody(t, rec, task, []byte("Kathmandu"))
	})
}

func TestDEL06_NoBodyNoData(t *testing.T) {
	for _, tt := range []struct{ method, target, want string }{
		{"HEAD", "/capital", "created response(200) metrics done(nil)"},
		{"GET", "/status/204", "created response(204) metrics done(nil)"},
		{"GET", "/status/304", "created response(304) metrics done(nil)"},
		{"HEAD", "/status/404", "created response(404) metrics done(nil)"},
	} {
		t.Run(tt.method+tt.target, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, library)
				rec := trace.New(t)
				s := st.session(rec, rec)
				rec.Expect(run(t, s, rec, request(t, tt.method, tt.target)), tt.want)
			})
		})
	}
}

func TestDEL12_InformationalResponsesComeBeforeTheResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		st.serveRaw("a.test:8080", "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"+
			"HTTP/1.1 104 Upload Resumption Supported\r\nLocation: /u/1\r\n\r\n"+
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
		rec := trace.New(t)
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "http://a.test:8080/"))
		rec.Expect(task, "created info(103) info(104) response(200) data* metrics done(nil)")
	})
}

func TestDEL15_CreatedComesBeforeResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, receive(t, library))
		rec := trace.New(t)
		cfg := st.configuration()
		cfg.DelegateQueue = rec.Queue()
		s := newSession(t, cfg, rec, rec)
		dl := download(t, s, request(t, "GET", "/capital"))
		time.Sleep(time.Minute)
		if got := trace.Format(rec.Events(dl)); got != "created" {
			t.Errorf("before Resume: %s", got)
		}
		dl.Resume()
		rec.Expect(dl, "created wrote* finished metrics done(nil)")
		s.InvalidateAndCancel()
		s.Wait()
	})
}

func TestCMP02_AHandlersTaskStillAsksAndReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return
			}
			if r.URL.Path == "/a" {
				http.Redirect(w, r, "/b", http.StatusTemporaryRedirect)
			} else if authorized(w, r) {
				text(w, 200, "thanks")
			}
		})
		rec := trace.New(t)
		rec.Answers.Challenge = password
		rec.Answers.BodyStream = streamOf(bytesOf(2, 1000))
		cfg := st.configuration()
		cfg.DelegateQueue = rec.Queue() // which the handler has to run on, too
		s := newSession(t, cfg, rec, rec)
		var task *session.UploadTask
		task, err := s.UploadTaskWithStreamedRequest(request(t, "POST", "/a"), rec.DataHandler(func() session.Task { return task }, nil))
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created newstream sent* redirect(307,/b)[same] newstream sent* tchal(Basic,0)[use] newstream sent* metrics handler(200,nil)")
		expectBody(t, rec, task, []byte("thanks"))
		s.InvalidateAndCancel()
		s.Wait()
	})
}

// goes runs everything on a goroutine of its own.
type goes struct{}

func (goes) Submit(f func()) { go f() }

func TestCON01_AQueueOfOnesOwnMayRunTasksSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		rec.AllowOverlap()
		var now, peak atomic.Int64
		rec.On.Data = func(session.Task, []byte) {
			peak.Store(max(peak.Load(), now.Add(1)))
			time.Sleep(time.Second)
			now.Add(-1)
		}
		cfg := st.configuration()
		cfg.DelegateQueue = goes{}
		s := newSession(t, cfg, rec, rec)
		var tasks []session.Task
		for range 4 {
			task, err := s.DataTask(request(t, "GET", "/capital"), nil)
			if err != nil {
				t.Fatal(err)
			}
			task.Resume()
			tasks = append(tasks, task)
		}
		for _, task := range tasks {
			// Of one task they still come one after the other.
			rec.Expect(task, "created response(200) data* metrics done(nil)")
		}
		if peak.Load() < 2 {
			t.Error("the session serialises a queue that does not")
		}
	})
}

func TestCON04_ASlowDelegateSlowsItsOwnSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 512 << 10 // what buffers between may take
		var written atomic.Int64
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/long" {
				library(w, r)
				return
			}
			for piece := make([]byte, 16<<10); ; {
				n, err := w.Write(piece)
				written.Add(int64(n))
				if err != nil {
					return // the task was cancelled
				}
			}
		})
		rec := trace.New(t)
		rec.AllowOverlap()
		held, release := make(chan struct{}), make(chan struct{})
		rec.On.Data = func(task session.Task, _ []byte) {
			if task.OriginalRequest().URL.Path == "/long" {
				select {
				case <-held:
				default:
					close(held)
				}
				<-release
			}
		}
		cfg := st.configuration()
		cfg.DelegateQueue = goes{}
		s := newSession(t, cfg, rec, rec)
		long, err := s.DataTask(request(t, "GET", "/long"), nil)
		if err != nil {
			t.Fatal(err)
		}
		long.Resume()
		<-held
		time.Sleep(time.Hour)
		if n := written.Load(); n > most {
			t.Errorf("the server could send %d bytes to a delegate that takes none", n)
		}
		if long.State() != session.Running {
			t.Errorf("meanwhile the task is %v: %v", long.State(), long.Err())
		}
		other := run(t, s, rec, request(t, "GET", "/capital"))
		rec.Expect(other, "created response(200) data* metrics done(nil)")
		long.Cancel()
		close(release)
		rec.Expect(long, "created response(200) data* metrics done(Cancelled)")
	})
}

func TestDEL05_WhileAResponseIsDecidedTheServerWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 512 << 10
		var written atomic.Int64
		content := bytesOf(5, 4*million)
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
			for rest := content; len(rest) > 0; {
				n, err := w.Write(rest[:min(len(rest), 16<<10)])
				written.Add(int64(n))
				if err != nil {
					t.Error(err)
					return
				}
				rest = rest[n:]
			}
		})
		rec := trace.New(t)
		rec.Answers.Response = func(context.Context, session.Task, *http.Response) session.ResponseDisposition {
			time.Sleep(time.Minute)
			if n := written.Load(); n > most {
				t.Errorf("the server could send %d bytes before it was allowed", n)
			}
			return session.Allow
		}
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/f"))
		rec.Expect(task, "created response(200)[allow] data* metrics done(nil)")
		expectBody(t, rec, task, content)
	})
}
