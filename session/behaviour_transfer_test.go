package session_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// Behaviours of the groups DWN, RSM, UPL and STR that no other test shows.

func TestDWN06_ADownloadThatIsCutIsNoSuccess(t *testing.T) {
	for name, head := range map[string]string{
		"of its length": "Content-Length: 1000\r\n\r\nthe beginning",
		"of its chunks": "Transfer-Encoding: chunked\r\n\r\nd\r\nthe beginning\r\n",
		"of one chunk":  "Transfer-Encoding: chunked\r\n\r\n3e8\r\nthe beginning",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, library)
				st.serveRaw("a.test:8080", "HTTP/1.1 200 OK\r\n"+head)
				rec := trace.New(t)
				s := st.session(rec, rec)
				dl := download(t, s, request(t, "GET", "http://a.test:8080/"))
				dl.Resume()
				rec.Expect(dl, "created wrote* metrics done(NetworkConnectionLost)")
			})
		})
	}
}

func TestDWN04_AFailedDownloadIsNeverFinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			serveSlowly(&stalling{w, r, 100_000}, r, `"e1"`, bytesOf(4, million))
		})
		rec := trace.New(t)
		s := st.session(rec, rec)
		cancelled := download(t, s, request(t, "GET", "/f"))
		cancelled.Resume()
		time.Sleep(time.Second)
		cancelled.Cancel()
		rec.Expect(cancelled, "created wrote* metrics done(Cancelled)")
		refused := download(t, s, request(t, "GET", "http://a.test:81/"))
		refused.Resume()
		rec.Expect(refused, "created metrics done(CannotConnectToHost)")
	})
}

func TestRSM01_OnlyAGETIsResumable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(1, million)
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			r.Method = "GET" // for http.ServeContent
			serveSlowly(w, r, `"e1"`, content)
		})
		rec := trace.New(t)
		var reached <-chan struct{}
		rec.On.Wrote, reached = after(100_000)
		s := st.session(rec, rec)
		dl := begin(t, s, rec, reached, request(t, "POST", "/f"))
		data, err := rec.Pause(t.Context(), dl)
		if why, ok := errors.AsType[*session.NotResumableError](err); !ok || why.Reason == "" || data != nil {
			t.Errorf("paused with %d bytes and %v", len(data), err)
		}
		rec.Expect(dl, "created wrote* metrics done(Cancelled) resumedata(nil)")
	})
}

func TestRSM06_PausedBeforeTheHeadThereIsNothingToResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		rec := trace.New(t)
		s := st.session(rec, rec)
		dl := download(t, s, request(t, "GET", "/f"))
		dl.Resume()
		synctest.Wait()
		if _, err := rec.Pause(t.Context(), dl); err == nil {
			t.Error("there is resume data")
		}
		rec.Expect(dl, "created metrics done(Cancelled) resumedata(nil)")
	})
}

func TestUPL02_AFileThatCannotBeOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, receive(t, library))
		rec := trace.New(t)
		s := st.session(rec, rec)
		dir := t.TempDir()
		file := filepath.Join(dir, "file")
		if err := os.WriteFile(file, []byte("Body"), 0o600); err != nil {
			t.Fatal(err)
		}
		for path, code := range map[string]session.Code{
			filepath.Join(dir, "none"):    session.FileDoesNotExist,
			dir:                           session.FileIsDirectory,
			filepath.Join(file, "within"): session.NoPermissionsToReadFile,
		} {
			task, err := s.UploadTaskFromFile(request(t, "PUT", "/upload"), path, nil)
			if err != nil {
				t.Fatal(err)
			}
			task.Resume()
			rec.Expect(task, "created metrics? done("+code.String()+")")
		}
		st.expectLog()
	})
}

func TestUPL11_SentIsWhatTheTransportTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 512 << 10
		content := bytesOf(11, 4*million)
		release := make(chan struct{})
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			<-release
			receive(t, library)(w, r)
		})
		rec := trace.New(t)
		cfg := st.configuration()
		cfg.TimeoutForRequest = 0
		s := newSession(t, cfg, rec, rec)
		task, err := s.UploadTaskFromData(request(t, "PUT", "/upload"), content, nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		time.Sleep(time.Minute)
		if n := task.Counts().Sent; n == 0 || n > most {
			t.Errorf("%d bytes were sent to a server that reads none", n)
		}
		close(release)
		rec.Expect(task, "created sent* response(200) data* metrics done(nil)")
	})
}

func TestSTR02_ADeclaredLengthIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		rec.Answers.BodyStream = streamOf([]byte("Body"))
		s := st.session(rec, rec)
		r := request(t, "POST", "/upload")
		r.Header.Set("Content-Length", "4")
		task, err := s.UploadTaskWithStreamedRequest(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created newstream sent* response(200) data* metrics done(nil)")
		if h := st.last(); h.Length != 4 || string(h.Body) != "Body" {
			t.Errorf("the server got %q, length %d", h.Body, h.Length)
		}
	})
}

// TestSTR05_BodiesThatAreNoStreamsAreSentAgainInSilence sends data and a file
// through a password and a redirect.
func TestSTR05_BodiesThatAreNoStreamsAreSentAgainInSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(5, 50_000)
		path := filepath.Join(t.TempDir(), "body")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		st := newStage(t, receive(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/1" {
				http.Redirect(w, r, "/2", http.StatusPermanentRedirect)
			} else if authorized(w, r) {
				text(w, 200, "thanks")
			}
		}))
		rec := trace.New(t)
		rec.Answers.Challenge = func(_ context.Context, _ session.Task, _ *session.Challenge) (session.Disposition, *session.Credential) {
			return session.UseCredential, &session.Credential{User: "u", Password: "p"}
		}
		s := st.session(rec, rec)
		fromData, err1 := s.UploadTaskFromData(request(t, "PUT", "/1"), content, nil)
		fromFile, err2 := s.UploadTaskFromFile(request(t, "PUT", "/1"), path, nil)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		for _, task := range []session.Task{fromData, fromFile} {
			task.Resume()
			rec.Expect(task, "created sent* redirect(308,/2)[same] sent* tchal(Basic,0)[use] sent* response(200) data* metrics done(nil)")
		}
		for _, h := range st.log() {
			if !bytes.Equal(h.Body, content) || h.Length != int64(len(content)) {
				t.Errorf("%s got %d bytes, length %d", h.URL, len(h.Body), h.Length)
			}
		}
	})
}

// TestSTR06_AStreamThatCannotBeHadAgainIsExhausted also shows STR-07: the
// request of a data task brings its first stream along.
func TestSTR06_AStreamThatCannotBeHadAgainIsExhausted(t *testing.T) {
	content := bytesOf(6, 1000)
	for name, tt := range map[string]struct {
		delegate func(*trace.Recorder) session.Delegate
		again    io.ReadCloser
		want     string
	}{
		"nobody to ask": {
			func(r *trace.Recorder) session.Delegate { return r.Facts }, nil,
			"created sent* metrics done(RequestBodyStreamExhausted)",
		},
		"nothing answered": {
			func(r *trace.Recorder) session.Delegate { return r }, nil,
			"created sent* redirect newstream[nil] metrics done(RequestBodyStreamExhausted)",
		},
		"another one": {
			func(r *trace.Recorder) session.Delegate { return r }, reader(content),
			"created sent* redirect newstream[stream] sent* response(200) data* metrics done(nil)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, library)
				rec := trace.New(t)
				rec.Answers.BodyStream = func(context.Context, session.Task) (io.ReadCloser, error) { return tt.again, nil }
				s := st.session(rec, tt.delegate(rec))
				r := request(t, "PUT", "/status/307?to=/capital")
				r.Body = reader(content)
				rec.Expect(run(t, s, rec, r), tt.want)
			})
		})
	}
}

func TestRSM11_AServerThatAlwaysSendsAnotherRange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(11, million)
		wrong := false
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if wrong {
				partialAnswer(w, "bytes 5-9/1000000", content[5:10])
				return
			}
			serveSlowly(w, r, `"e1"`, content)
		})
		rec := trace.New(t)
		var reached <-chan struct{}
		rec.On.Wrote, reached = after(400_000)
		s := st.session(rec, rec)
		first := begin(t, s, rec, reached, request(t, "GET", "/f"))
		data, err := rec.Pause(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		rec.Wait(first)
		wrong = true
		second := resumeFrom(t, s, data)
		second.Resume()
		rec.Expect(second, "created metrics done(BadServerResponse+resume)")
		if n := len(st.log()); n != 3 {
			t.Errorf("%d requests", n)
		}
		wrong = false
		again, _ := session.ResumeDataFrom(second.Err())
		third := resumeFrom(t, s, again)
		third.Resume()
		rec.Expect(third, "created resumed wrote* finished metrics done(nil)")
		expectBody(t, rec, third, content)
	})
}
