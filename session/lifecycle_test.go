package session_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// The guide as tests: one for each numbered step of the life cycle with a
// custom delegate, in its order.

func TestStep01_TheConfigurationIsCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, cfg := range map[string]session.Configuration{
			"default":   session.DefaultConfiguration(),
			"ephemeral": session.EphemeralConfiguration(),
		} {
			if cfg.TimeoutForRequest != time.Minute || cfg.TimeoutForResource != 7*24*time.Hour || cfg.MaxConnectionsPerHost != 6 {
				t.Errorf("%s: timeouts %v and %v, %d connections", name, cfg.TimeoutForRequest, cfg.TimeoutForResource, cfg.MaxConnectionsPerHost)
			}
			if cfg.Credentials == nil || cfg.Cookies == nil {
				t.Errorf("%s: keeps no credentials or no cookies", name)
			}
		}
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) { text(w, 200, "hi") })
		cfg := st.configuration()
		cfg.AdditionalHeaders = http.Header{"X-Mine": {"first"}, "X-Other": {"configured"}}
		rec := trace.New(t)
		s := newSession(t, cfg, rec, rec)
		cfg.AdditionalHeaders.Set("X-Mine", "second")
		got := s.Configuration()
		got.AdditionalHeaders.Set("X-Mine", "third")
		r := request(t, "GET", "/a")
		r.Header["x-other"] = []string{"asked for"}
		run(t, s, rec, r)
		h := st.log()[0].Header
		if h.Get("X-Mine") != "first" || !slices.Equal(h.Values("X-Other"), []string{"asked for"}) {
			t.Errorf("the server saw %v", h)
		}
	})
}

// wrongDelegate has a method of the right name with a wrong signature.
type wrongDelegate struct{}

func (wrongDelegate) DidBecomeInvalid(*session.Session, error) {}
func (wrongDelegate) DidComplete(t *session.DataTask, _ error) { t.Cancel() }

func TestStep02_ASessionHasAConfigurationAndOptionallyADelegate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		newSession(t, session.EphemeralConfiguration(), nil, nil)
		rec := trace.New(t)
		newSession(t, session.EphemeralConfiguration(), rec, rec)
		_, err := session.New(session.EphemeralConfiguration(), wrongDelegate{})
		if err == nil || !strings.Contains(err.Error(), "DidComplete") {
			t.Errorf("a delegate with a wrong method: %v", err)
		}
	})
}

func TestStep02_FactsRunOnTheQueueOfTheConfiguration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) { text(w, 200, "hi") })
		rec := trace.New(t)
		cfg := st.configuration()
		cfg.DelegateQueue = rec.Queue()
		s := newSession(t, cfg, rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created response(200) data* metrics done(nil)")
		s.InvalidateAndCancel()
		s.Wait()
	})
}

func TestStep03_TasksAreSuspendedUntilResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) { text(w, 200, "hi") })
		rec := trace.New(t)
		s := st.session(rec, rec)
		data, err1 := s.DataTask(request(t, "GET", "/data"), nil)
		dl, err2 := s.DownloadTask(request(t, "GET", "/download"), nil)
		up, err3 := s.UploadTaskFromData(request(t, "PUT", "/upload"), []byte("body"), nil)
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		st.expectLog()
		tasks := []session.Task{data, dl, up}
		for i, task := range tasks {
			if task.State() != session.Suspended || task.ID() != session.TaskID(i+1) {
				t.Errorf("task %d is number %d, in state %d", task.ID(), i+1, task.State())
			}
		}
		if n := len(s.Tasks()); n != 0 {
			t.Errorf("%d tasks are listed before any is resumed", n)
		}
		for _, task := range tasks {
			task.Resume()
			rec.Wait(task)
		}
		rec.Expect(data, "created response(200) data* metrics done(nil)")
		rec.Expect(dl, "created wrote* finished metrics done(nil)")
		rec.Expect(up, "created sent* response(200) data* metrics done(nil)")
		st.expectLog("GET http://a.test/data", "GET http://a.test/download", "PUT http://a.test/upload")
	})
}

func TestStep03_SuspendNests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) { text(w, 200, "hi") })
		rec := trace.New(t)
		s := st.session(rec, rec)
		task, err := s.DataTask(request(t, "GET", "/a"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Suspend()
		task.Suspend()
		task.Resume()
		task.Resume()
		synctest.Wait()
		st.expectLog()
		if task.State() != session.Suspended {
			t.Errorf("state is %d after two of three resumes", task.State())
		}
		task.Resume()
		rec.Expect(task, "created response(200) data* metrics done(nil)")
		task.Resume()
		task.Suspend()
		task.Cancel()
		synctest.Wait()
		if task.State() != session.Completed {
			t.Errorf("state is %d after the end", task.State())
		}
		st.expectLog("GET http://a.test/a")
	})
}

func TestStep04_ChallengesGoWhereTheyBelong(t *testing.T) {
	for name, tt := range map[string]struct {
		url      string
		delegate func(*trace.Recorder) session.Delegate
		want     string
	}{
		"trust, both methods": {
			"https://a.test/open", func(r *trace.Recorder) session.Delegate { return r },
			"created schal(ServerTrust)[use] response(200) data* metrics done(nil)",
		},
		"trust, task method only": {
			"https://a.test/open", func(r *trace.Recorder) session.Delegate {
				return struct {
					trace.Facts
					trace.Challenges
				}{r.Facts, r.Challenges}
			},
			"created tchal(ServerTrust,0)[use] data* metrics done(nil)",
		},
		"trust, no method": {
			"https://a.test/open", func(r *trace.Recorder) session.Delegate { return r.Facts },
			"created metrics done(ServerCertificateUntrusted)",
		},
		"password, both methods": {
			"http://a.test/secret", func(r *trace.Recorder) session.Delegate { return r },
			"created tchal(Basic,0)[use] response(200) data* metrics done(nil)",
		},
		"password, session method only": {
			"http://a.test/secret", func(r *trace.Recorder) session.Delegate {
				return struct {
					trace.Facts
					trace.Responses
					trace.SessionChallenges
				}{r.Facts, r.Responses, r.SessionChallenges}
			},
			"created response(401) data* metrics done(nil)",
		},
		"password, no method": {
			"http://a.test/secret", func(r *trace.Recorder) session.Delegate {
				return struct {
					trace.Facts
					trace.Responses
				}{r.Facts, r.Responses}
			},
			"created response(401) data* metrics done(nil)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/open" || authorized(w, r) {
						text(w, 200, "hi")
					}
				})
				rec := trace.New(t)
				rec.Answers.Challenge = password
				rec.Answers.SessionChallenge = trust
				s := st.session(rec, tt.delegate(rec))
				rec.Expect(run(t, s, rec, request(t, "GET", tt.url)), tt.want)
			})
		})
	}
}

func TestStep05_RedirectsAskAndLeadBackToStep4(t *testing.T) {
	for name, tt := range map[string]struct {
		answer func(next *http.Request) *http.Request
		want   string
	}{
		"the request given": {
			func(next *http.Request) *http.Request { return next },
			"created redirect(302,/secret)[same] tchal(Basic,0)[use] response(200) data* metrics done(nil)",
		},
		"another request": {
			func(next *http.Request) *http.Request {
				other := next.Clone(next.Context())
				other.URL.Path = "/open"
				return other
			},
			"created redirect(302,/secret)[/open] response(200) data* metrics done(nil)",
		},
		"nil": {
			func(*http.Request) *http.Request { return nil },
			"created redirect(302,/secret)[nil] response(302) data* metrics done(nil)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
					switch {
					case r.URL.Path == "/a":
						http.Redirect(w, r, "/secret", http.StatusFound)
					case r.URL.Path == "/open" || authorized(w, r):
						text(w, 200, "hi")
					}
				})
				rec := trace.New(t)
				rec.Answers.Challenge = password
				rec.Answers.Redirect = func(_ context.Context, _ session.Task, _ *http.Response, next *http.Request) *http.Request {
					return tt.answer(next)
				}
				s := st.session(rec, rec)
				rec.Expect(run(t, s, rec, request(t, "GET", "/a")), tt.want)
			})
		})
	}
}

func TestStep05_WithoutTheMethodARedirectIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, redirecting)
		rec := trace.New(t)
		s := st.session(rec, struct {
			trace.Facts
			trace.Responses
		}{rec.Facts, rec.Responses})
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created response(200) data* metrics done(nil)")
		expectBody(t, rec, task, []byte("this is /x"))
	})
}

func TestStep06_AResumedDownloadSaysWhereItGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(106, million)
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) { serveSlowly(w, r, `"e1"`, content) })
		rec := trace.New(t)
		var reached <-chan struct{}
		rec.On.Wrote, reached = after(200_000)
		var resumedTask *session.DownloadTask
		var offset, expected int64
		rec.On.Resumed = func(task *session.DownloadTask, o, e int64) { resumedTask, offset, expected = task, o, e }
		s := st.session(rec, rec)
		first := begin(t, s, rec, reached, request(t, "GET", "/f"))
		data, err := rec.Pause(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		second := resumeFrom(t, s, data)
		second.Resume()
		rec.Expect(second, "created resumed wrote* finished metrics done(nil)")
		if resumedTask != second {
			t.Error("the call is not about the new task")
		}
		if offset < 200_000 || offset >= million || expected != million {
			t.Errorf("resumed at %d of %d", offset, expected)
		}
		expectBody(t, rec, second, content)
	})
}

func TestStep07_NothingComesUntilTheResponseIsDecided(t *testing.T) {
	for name, tt := range map[string]struct {
		answer session.ResponseDisposition
		want   string
	}{
		"allow":           {session.Allow, "created response(200)[allow] data* metrics done(nil)"},
		"cancel":          {session.CancelResponse, "created response(200)[cancel] metrics done(Cancelled)"},
		"become download": {session.BecomeDownload, "created response(200)[becomeDownload] became"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				content := bytesOf(107, 200_000)
				st := newStage(t, func(w http.ResponseWriter, _ *http.Request) { write(w, content) })
				rec := trace.New(t)
				asked, answer := make(chan struct{}), make(chan struct{})
				rec.Answers.Response = func(context.Context, session.Task, *http.Response) session.ResponseDisposition {
					close(asked)
					<-answer
					return tt.answer
				}
				dls := make(chan *session.DownloadTask, 1)
				rec.On.Became = func(_ *session.DataTask, dl *session.DownloadTask) { dls <- dl }
				s := st.session(rec, rec)
				task, err := s.DataTask(request(t, "GET", "/a"), nil)
				if err != nil {
					t.Fatal(err)
				}
				task.Resume()
				<-asked
				time.Sleep(300 * time.Millisecond)
				if got := trace.Format(rec.Events(task)); got != "created response(200)" {
					t.Errorf("while the answer is out: %s", got)
				}
				if task.Response() == nil {
					t.Error("the task has no response yet")
				}
				close(answer)
				rec.Expect(task, tt.want)
				switch tt.answer {
				case session.Allow:
					expectBody(t, rec, task, content)
				case session.BecomeDownload:
					dl := <-dls
					rec.Expect(dl, "created? wrote* finished metrics done(nil)")
					expectBody(t, rec, dl, content)
				}
			})
		})
	}
}
