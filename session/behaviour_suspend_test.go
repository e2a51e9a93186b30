package session_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// TestTSK04_WhatWasSuspendedBeforeItsHeadIsSentAgain suspends tasks whose
// request is with the server, which hangs up before it answers.
func TestTSK04_WhatWasSuspendedBeforeItsHeadIsSentAgain(t *testing.T) {
	const get, put = "GET http://a.test/a", "PUT http://a.test/a"
	tests := []struct {
		name  string
		task  func(s *session.Session) (session.Task, error)
		hangs int // how many requests the server gives up
		trace string
		log   []string
	}{
		{
			"a data task", func(s *session.Session) (session.Task, error) { return s.DataTask(request(t, "GET", "/a"), nil) }, 1,
			"created response(200) data* metrics done(nil)", []string{get, get},
		},
		{
			"a download", func(s *session.Session) (session.Task, error) { return s.DownloadTask(request(t, "GET", "/a"), nil) }, 1,
			"created wrote* finished metrics done(nil)", []string{get, get},
		},
		{
			"an upload that may be repeated", func(s *session.Session) (session.Task, error) {
				return s.UploadTaskFromData(request(t, "PUT", "/a"), []byte("Body"), nil)
			}, 1, "created sent* response(200) data* metrics done(nil)", []string{put, put},
		},
		{
			"one that may not", func(s *session.Session) (session.Task, error) {
				return s.UploadTaskFromData(request(t, "POST", "/a"), []byte("Body"), nil)
			}, 1, "created sent* metrics done(NetworkConnectionLost)", []string{"POST http://a.test/a"},
		},
		{
			"a server that hangs up by itself too", func(s *session.Session) (session.Task, error) { return s.DataTask(request(t, "GET", "/a"), nil) }, 2,
			"created metrics done(NetworkConnectionLost)", []string{get, get},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hangUp, hits := make(chan struct{}), 0
				st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
					if hits++; hits <= tt.hangs {
						<-hangUp
						panic(http.ErrAbortHandler)
					}
					write(w, []byte("the answer"))
				})
				rec := trace.New(t)
				s := st.session(rec, rec)
				task, err := tt.task(s)
				if err != nil {
					t.Fatal(err)
				}
				task.Resume()
				synctest.Wait()
				task.Suspend()
				close(hangUp)
				time.Sleep(time.Hour)
				if task.State() != session.Suspended || task.Err() != nil {
					t.Fatalf("while suspended: %v, %v", task.State(), task.Err())
				}
				task.Resume()
				rec.Expect(task, tt.trace)
				st.expectLog(tt.log...)
				if strings.HasPrefix(tt.log[0], "POST") && !strings.Contains(task.Err().Error(), "while the task was suspended") {
					t.Errorf("does not say why: %v", task.Err())
				}
			})
		})
	}
}

func TestTSK04_ATaskSuspendedWhileItsServerHungUpCanBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangUp := make(chan struct{})
		st := newStage(t, func(http.ResponseWriter, *http.Request) {
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
		synctest.Wait()
		task.Cancel()
		rec.Wait(task)
		if !errors.Is(task.Err(), session.Cancelled) {
			t.Errorf("ended with %v", task.Err())
		}
		st.expectLog("GET http://a.test/a")
	})
}
