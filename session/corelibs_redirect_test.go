package session_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// Redirects: which are followed, with what, and where to.

func TestCorelibs34_ChoicesAreNotFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/status/300?to=/capital"))
		rec.Expect(task, "created response(300) data* metrics done(nil)")
		expectBody(t, rec, task, []byte("status 300"))
		st.expectLog("GET http://a.test/status/300?to=/capital")
	})
}

// redirected sends a body, where the method has one, through a redirect of the
// status given, and returns what came out at the other end.
func redirected(t *testing.T, method string, status int) (got hit) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		r := request(t, method, fmt.Sprintf("/status/%d?to=/capital", status))
		sent := ""
		if method != "GET" && method != "HEAD" {
			var err error
			if r, err = http.NewRequestWithContext(t.Context(), method, r.URL.String(), bytes.NewReader([]byte("Body"))); err != nil {
				t.Fatal(err)
			}
			sent = "sent*"
		}
		task := run(t, s, rec, r)
		got = st.last()
		again, data := sent, "data*"
		if len(got.Body) == 0 {
			again = ""
		}
		if got.Method == "HEAD" {
			data = ""
		}
		rec.Expect(task, fmt.Sprintf("created %s redirect(%d,/capital)[same] %s response(200) %s metrics done(nil)", sent, status, again, data))
		st.expectLog(fmt.Sprintf("%s http://a.test/status/%d?to=/capital", method, status), got.Method+" http://a.test/capital")
	})
	return got
}

func TestCorelibs35_MovedAPostBecomesAGet(t *testing.T) {
	for _, status := range []int{301, 302} {
		for _, method := range methods {
			t.Run(fmt.Sprint(status, " ", method), func(t *testing.T) {
				h := redirected(t, method, status)
				want, body := method, "Body"
				if method == "POST" {
					want = "GET"
				}
				if want == "GET" || want == "HEAD" {
					body = ""
				}
				if h.Method != want || string(h.Body) != body || h.Length != int64(len(body)) {
					t.Errorf("it became %s with %q, length %d", h.Method, h.Body, h.Length)
				}
			})
		}
	}
}

func TestCorelibs36_SeeOtherIsAGetWhateverWasSent(t *testing.T) {
	for _, method := range methods {
		t.Run(method, func(t *testing.T) {
			if h := redirected(t, method, 303); h.Method != "GET" || len(h.Body) > 0 || h.Length != 0 {
				t.Errorf("it became %s with %q, length %d", h.Method, h.Body, h.Length)
			}
		})
	}
}

func TestCorelibs37_NotModifiedIsFinalAndHasNoData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/status/304?to=/capital"))
		rec.Expect(task, "created response(304) metrics done(nil)")
		st.expectLog("GET http://a.test/status/304?to=/capital")
	})
}

func TestCorelibs38_OtherRedirectsKeepMethodAndBody(t *testing.T) {
	for _, status := range []int{305, 306, 307, 308} {
		for _, method := range methods {
			t.Run(fmt.Sprint(status, " ", method), func(t *testing.T) {
				body := "Body"
				if method == "GET" || method == "HEAD" {
					body = ""
				}
				if h := redirected(t, method, status); h.Method != method || string(h.Body) != body {
					t.Errorf("it became %s with %q", h.Method, h.Body)
				}
			})
		}
	}
}

func TestCorelibs38_ARedirectWithoutALocationIsFinal(t *testing.T) {
	for _, status := range []int{301, 302, 303, 305, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, library)
				rec := trace.New(t)
				s := st.session(rec, rec)
				task := run(t, s, rec, request(t, "GET", fmt.Sprintf("/status/%d", status)))
				rec.Expect(task, fmt.Sprintf("created response(%d) data* metrics done(nil)", status))
			})
		})
	}
}

// TestCorelibs41_WhereALocationLeads stands for numbers 41 to 44.
func TestCorelibs41_WhereALocationLeads(t *testing.T) {
	for name, tt := range map[string]struct{ from, location, want string }{
		"to another port":      {"http://a.test/status/302", "http://a.test:8080/capital", "http://a.test:8080/capital"},
		"a relative path":      {"http://a.test/status/302", "UK", "http://a.test/status/UK"},
		"an absolute path":     {"http://a.test:8080/status/302", "/UK", "http://a.test:8080/UK"},
		"to the default port":  {"http://a.test:8080/status/302", "http://a.test/capital", "http://a.test/capital"},
		"the default port 443": {"http://a.test:8080/status/302", "https://a.test/capital", "https://a.test/capital"},
		"an encoded query":     {"http://a.test/status/302", "/capital?q=a%20b%26c%3D%2F", "http://a.test/capital?q=a%20b%26c%3D%2F"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lead := func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/status/302" {
						w.Header().Set("Location", tt.location)
						text(w, 302, "this way")
						return
					}
					text(w, 200, "here")
				}
				st := newStage(t, lead)
				st.listen("a.test:8080", nil, lead)
				rec := trace.New(t)
				rec.Answers.SessionChallenge = trust
				s := st.session(rec, rec)
				task := run(t, s, rec, request(t, "GET", tt.from))
				rec.Expect(task, "created redirect(302,_)[same] schal(ServerTrust)? response(200) data* metrics done(nil)")
				st.expectLog("GET "+tt.from, "GET "+tt.want)
				if got := task.CurrentRequest().URL.String(); got != tt.want {
					t.Errorf("the current request is %s", got)
				}
			})
		})
	}
}

func TestCorelibs45_ARedirectToAClosedPortFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/status/302?to=http://a.test:81/"))
		rec.Expect(task, "created redirect(302,http://a.test:81/)[same] metrics done(CannotConnectToHost)")
	})
}

func TestCorelibs46_EveryHopHasTheTimeoutOfTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/redirect/0" {
				<-r.Context().Done()
				return
			}
			library(w, r)
		})
		rec := trace.New(t)
		s := st.session(rec, rec)
		begun := time.Now()
		task := run(t, s, rec, session.WithTimeout(request(t, "GET", "/redirect/4"), 3*time.Second))
		rec.Expect(task, "created redirect[same]* metrics done(TimedOut)")
		if n := rec.Count(task, trace.Redirect); n != 4 {
			t.Errorf("%d redirects", n)
		}
		if took := time.Since(begun); took != 3*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestCorelibs47_TwentyRedirectsAndNoMore(t *testing.T) {
	for n, want := range map[int]string{
		20: "created redirect[same]* response(200) data* metrics done(nil)",
		21: "created redirect[same]* metrics done(HTTPTooManyRedirects)",
		99: "created redirect[same]* metrics done(HTTPTooManyRedirects)",
	} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, library)
				rec := trace.New(t)
				s := st.session(rec, rec)
				task := run(t, s, rec, request(t, "GET", fmt.Sprintf("/redirect/%d", n)))
				rec.Expect(task, want)
				if got := rec.Count(task, trace.Redirect); got != 20 {
					t.Errorf("%d redirects are asked about", got)
				}
				if n == 20 {
					return
				}
				var failed *session.Error
				if e, ok := task.Err().(*session.Error); ok { //nolint:errorlint // DidComplete gives nothing else
					failed = e
				}
				if failed == nil || failed.URL != fmt.Sprintf("http://a.test/redirect/%d", n-21) {
					t.Errorf("the error is %v", task.Err())
				}
			})
		})
	}
}

func TestCorelibs61_ACookieOfAHopGoesToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		run(t, s, rec, request(t, "GET", "/cookie?taste=sweet"))
		run(t, s, rec, request(t, "GET", "/capital"))
		var cookies []string
		for _, h := range st.log() {
			cookies = append(cookies, h.Header.Get("Cookie"))
		}
		if want := []string{"", "taste=sweet", "taste=sweet"}; !slices.Equal(cookies, want) {
			t.Errorf("cookies went out as %q, want %q", cookies, want)
		}
	})
}
