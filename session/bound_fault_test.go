package session_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"haul/internal/trace"
	"haul/session"
)

func TestTokensOfHostileServersEndInARefusal(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(ntlmChallenge())
	for name, token := range map[string]string{
		"cut short":     good[:20],
		"not base64":    "a-b-c",
		"another":       base64.StdEncoding.EncodeToString([]byte("NTLMSSP\x00\x03\x00\x00\x00")),
		"1 MiB":         base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("x"), 1<<20)),
		"the same":      good,
		"nothing":       "",
		"40 KiB":        base64.StdEncoding.EncodeToString(append(ntlmChallenge(), make([]byte, 40<<10)...)),
		"only a space":  " ",
		"two at a time": good + ", NTLM " + good,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
					value := "NTLM"
					if r.Header.Get("Authorization") != "" {
						value += " " + token
					}
					w.Header().Set("WWW-Authenticate", value)
					text(w, 401, "no")
				})
				rec := trace.New(t)
				questions := 0
				rec.Answers.SessionChallenge = func(ctx context.Context, s *session.Session, task session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
					if questions++; c.PreviousFailureCount != questions-1 {
						t.Errorf("question %d has the count %d", questions, c.PreviousFailureCount)
					}
					if questions == 3 {
						return session.PerformDefaultHandling, nil
					}
					return asAlice(ctx, s, task, c)
				}
				s := st.session(rec, rec)
				task := run(t, s, rec, request(t, "GET", "/a"))
				if name == "1 MiB" {
					// Longer than any head may be.
					if task.Err() == nil {
						t.Error("no error")
					}
					return
				}
				if resp := task.Response(); resp == nil || resp.StatusCode != 401 || questions != 3 {
					t.Errorf("%d questions: %s", questions, trace.Format(rec.Events(task)))
				}
			})
		})
	}
}

func TestAThousandChallengesAreReadInBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			for i := range 1000 {
				w.Header().Add("WWW-Authenticate", fmt.Sprintf("Scheme%d realm=\"x\"", i))
			}
			text(w, 401, "no")
		})
		rec := trace.New(t)
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created response(401)[allow] data* metrics done(nil)")
	})
}

func TestAServerThatClosesAfterEachMessageIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := newNTLMGate("NTLM")
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Connection", "close")
			gate.admits(w, r)
		})
		rec := trace.New(t)
		rec.Answers.SessionChallenge = asAlice
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created schal(NTLM)[use] metrics done(NetworkConnectionLost)")
	})
}

func TestAFirstStepThatIsTakenForAllIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, receive(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" {
				w.Header().Set("WWW-Authenticate", "NTLM")
				text(w, 401, "no")
				return
			}
			text(w, 200, "an empty body, thanks")
		}))
		rec := trace.New(t)
		rec.Answers.SessionChallenge = asAlice
		rec.Answers.BodyStream = streamOf([]byte("body"))
		s := st.session(rec, rec)
		task, err := s.UploadTaskWithStreamedRequest(request(t, "POST", "/u"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created newstream sent* schal(NTLM)[use] metrics done(BadServerResponse)")
	})
}

func TestALostConnectionBeginsTheAuthenticationAnew(t *testing.T) {
	for drop := 1; drop <= 2; drop++ {
		for _, method := range []string{"GET", "POST"} {
			t.Run(fmt.Sprintf("%s, message %d", method, drop), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					gate := newNTLMGate("NTLM")
					gate.drop = drop
					st := newStage(t, receive(t, func(w http.ResponseWriter, r *http.Request) {
						if gate.admits(w, r) {
							text(w, 200, "come in")
						}
					}))
					rec := trace.New(t)
					rec.Answers.SessionChallenge = asAlice
					s := st.session(rec, rec)
					r := request(t, method, "/a")
					if method == "POST" {
						r.Body, r.ContentLength = io.NopCloser(strings.NewReader("body")), 4
						r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("body")), nil }
					}
					task := run(t, s, rec, r)
					err := task.Err()
					// The first message of a new connection cannot have met an
					// old one, and a POST may have been done.
					if fails := drop == 1 || method == "POST"; fails != (err != nil) {
						t.Errorf("error %v: %s", err, trace.Format(rec.Events(task)))
					}
					var e *session.Error
					if err != nil && (!errors.As(err, &e) || e.Code != session.NetworkConnectionLost) {
						t.Errorf("the error is %v", err)
					}
				})
			})
		}
	}
}
