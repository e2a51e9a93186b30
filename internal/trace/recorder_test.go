package trace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"haul/session"
)

// fakeTask is a task that says what its last call needs.
type fakeTask struct {
	session.Task
	id    session.TaskID
	state session.State
	err   error
}

func (t *fakeTask) ID() session.TaskID   { return t.id }
func (t *fakeTask) State() session.State { return t.state }
func (t *fakeTask) Err() error           { return t.err }

// fakeTB is a test that keeps what is reported to it.
type fakeTB struct {
	cleanups []func()
	errors   []string
}

func (f *fakeTB) Helper()          {}
func (f *fakeTB) Cleanup(c func()) { f.cleanups = append(f.cleanups, c) }
func (f *fakeTB) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}
func (f *fakeTB) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	panic("fatal")
}

func (f *fakeTB) end() string {
	for _, c := range slices.Backward(f.cleanups) {
		c()
	}
	return strings.Join(f.errors, "\n")
}

func response(status int, from string) *http.Response {
	u, err := url.Parse(from)
	if err != nil {
		panic(err)
	}
	return &http.Response{StatusCode: status, Request: &http.Request{URL: u}}
}

func TestRecorderRecordsInOrderAndAnswers(t *testing.T) {
	r := New(t)
	task := &fakeTask{id: 1, state: session.Completed}
	r.Answers.Response = func(context.Context, session.Task, *http.Response) session.ResponseDisposition {
		return session.Allow
	}
	r.Answers.Challenge = func(context.Context, session.Task, *session.Challenge) (session.Disposition, *session.Credential) {
		return session.UseCredential, &session.Credential{User: "u"}
	}
	r.Answers.Redirect = func(_ context.Context, _ session.Task, _ *http.Response, next *http.Request) *http.Request {
		other := next.Clone(t.Context())
		other.URL.Path = "/y"
		return other
	}
	next := &http.Request{URL: response(0, "http://a.test/x?q=1").Request.URL}
	away := &http.Request{URL: response(0, "https://a.test/x").Request.URL}
	ctx := t.Context()

	r.DidCreateTask(task)
	r.WillPerformRedirection(ctx, task, response(302, "http://a.test/f"), next)
	r.Answers.Redirect = nil
	r.WillPerformRedirection(ctx, task, response(307, "http://a.test/f"), away)
	d, c := r.DidReceiveChallenge(ctx, task, &session.Challenge{Space: session.ProtectionSpace{Method: session.MethodBasic}, PreviousFailureCount: 2})
	if d != session.UseCredential || c == nil || c.User != "u" {
		t.Errorf("answered %v, %v", d, c)
	}
	r.DidReceiveInformationalResponse(task, response(103, "http://a.test/"))
	r.DidReceiveResponse(ctx, task, response(200, "http://a.test/"))
	r.DidReceiveData(task, []byte("ab"))
	r.DidReceiveData(task, []byte("c"))
	proposed := new(session.CachedResponse)
	if got := r.WillCacheResponse(ctx, task, proposed); got != proposed {
		t.Errorf("answered %v", got)
	}
	r.DidFinishCollectingMetrics(task, session.Metrics{})
	r.DidComplete(task, nil)
	r.DidBecomeInvalid(nil, nil)

	r.Expect(task, "created redirect(302,/x?q=1)[/y?q=1] redirect(307,https://a.test/x)[same] tchal(Basic,2)[use]"+
		" info(103) response(200)[allow] data data cache[proposed] metrics done(nil)")
	if got := string(r.Body(task)); got != "abc" {
		t.Errorf("body is %q", got)
	}
	r.WaitInvalid()
	if n := r.Count(task, Data); n != 2 {
		t.Errorf("counted %d", n)
	}
}

func TestRecorderReportsAtTheEndOfItsTest(t *testing.T) {
	fail := errors.New("an error")
	for name, tt := range map[string]struct {
		run  func(*Recorder, *fakeTask)
		want string
	}{
		"a list against the grammar": {func(r *Recorder, f *fakeTask) {
			r.DidReceiveData(f, nil)
			r.DidComplete(f, nil)
		}, "data before response"},
		"a task without an end": {func(r *Recorder, f *fakeTask) { r.DidCreateTask(f) }, "never ended"},
		"done twice": {func(r *Recorder, f *fakeTask) {
			f.err = fail
			r.DidComplete(f, fail)
			r.DidComplete(f, fail)
		}, "after the last call"},
		"a state that is not completed": {func(r *Recorder, f *fakeTask) {
			f.state, f.err = session.Running, fail
			r.DidComplete(f, fail)
		}, "state is 1 in the last call"},
		"an error that is not the task's": {func(r *Recorder, f *fakeTask) { r.DidComplete(f, fail) }, "Err is <nil>"},
		"facts at once": {func(r *Recorder, f *fakeTask) {
			other := &fakeTask{id: 2, state: session.Completed, err: fail}
			r.On.Created = func(session.Task) { r.DidComplete(other, fail) }
			r.DidCreateTask(f)
			f.err = fail
			r.DidComplete(f, fail)
		}, "while another fact is being delivered"},
		"a fact during a decision": {func(r *Recorder, f *fakeTask) {
			f.err = fail
			r.Answers.BodyStream = func(context.Context, session.Task) (io.ReadCloser, error) {
				r.DidComplete(f, fail)
				return nil, nil
			}
			if _, err := r.NeedNewBodyStream(context.Background(), f); err != nil {
				panic(err)
			}
		}, "while another call of it is in progress"},
		"a fact that is not on the queue": {func(r *Recorder, f *fakeTask) {
			r.Queue()
			f.err = fail
			r.DidComplete(f, fail)
		}, "not on the delegate queue"},
		"a handler with data and an error": {func(r *Recorder, f *fakeTask) {
			f.err = fail
			r.DataHandler(func() session.Task { return f }, nil)([]byte("x"), nil, fail)
		}, "both data and an error"},
		"a handler whose file is not there": {func(r *Recorder, f *fakeTask) {
			r.DownloadHandler(func() session.Task { return f }, nil)("/nowhere/at/all", response(200, "http://a.test"), nil)
		}, "the file is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			tb := &fakeTB{}
			tt.run(New(tb), &fakeTask{id: 1, state: session.Completed})
			if got := tb.end(); !strings.Contains(got, tt.want) {
				t.Errorf("reported %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRecorderAllowsAFactAfterItsTaskWasCancelledInADecision(t *testing.T) {
	r := New(t)
	task := &fakeTask{id: 1, state: session.Completed, err: errors.New("cancelled")}
	ctx, cancel := context.WithCancel(t.Context())
	r.Answers.Challenge = func(context.Context, session.Task, *session.Challenge) (session.Disposition, *session.Credential) {
		cancel()
		r.DidComplete(task, task.err)
		return session.CancelChallenge, nil
	}
	r.DidReceiveChallenge(ctx, task, &session.Challenge{})
}

func TestRecorderAllowsOverlapWhereTheQueueDoes(t *testing.T) {
	r := New(t)
	r.AllowOverlap()
	a := &fakeTask{id: 1, state: session.Completed, err: io.EOF}
	b := &fakeTask{id: 2, state: session.Completed, err: io.EOF}
	r.On.Created = func(session.Task) { r.DidComplete(b, io.EOF) }
	r.DidCreateTask(a)
	r.DidComplete(a, io.EOF)
}

func TestRecorderWatchesWhatTheDelegateHears(t *testing.T) {
	r := New(t)
	task := &fakeTask{id: 1, state: session.Completed}
	d := struct {
		Invalidations
		Arrivals
		Completions
	}{r.Invalidations, r.Arrivals, r.Completions}
	if _, ok := any(d).(session.ResponseDelegate); ok {
		t.Fatal("the delegate has a method that it should not have")
	}
	r.Watch(d)
	d.DidReceiveData(task, []byte("x"))
	d.DidComplete(task, nil)
}

func TestRecorderHasEveryDelegateMethod(t *testing.T) {
	var d any = New(t)
	for name, ok := range map[string]bool{
		"Delegate":                 is[session.Delegate](d),
		"CreationDelegate":         is[session.CreationDelegate](d),
		"InformationalDelegate":    is[session.InformationalDelegate](d),
		"SendDelegate":             is[session.SendDelegate](d),
		"DataDelegate":             is[session.DataDelegate](d),
		"ProgressDelegate":         is[session.ProgressDelegate](d),
		"ResumeDelegate":           is[session.ResumeDelegate](d),
		"BecomeDownloadDelegate":   is[session.BecomeDownloadDelegate](d),
		"DownloadDelegate":         is[session.DownloadDelegate](d),
		"MetricsDelegate":          is[session.MetricsDelegate](d),
		"CompletionDelegate":       is[session.CompletionDelegate](d),
		"SessionChallengeDelegate": is[session.SessionChallengeDelegate](d),
		"ChallengeDelegate":        is[session.ChallengeDelegate](d),
		"RedirectDelegate":         is[session.RedirectDelegate](d),
		"ResponseDelegate":         is[session.ResponseDelegate](d),
		"BodyStreamDelegate":       is[session.BodyStreamDelegate](d),
	} {
		if !ok {
			t.Errorf("a recorder is no %s", name)
		}
	}
}

func is[T any](d any) bool {
	_, ok := d.(T)
	return ok
}

func TestQueueRunsInOrderAndEnds(t *testing.T) {
	q := newQueue()
	var got []int
	for i := range 100 {
		q.Submit(func() {
			if !q.running.Load() {
				t.Error("runs something and does not know it")
			}
			got = append(got, i)
		})
	}
	q.close()
	if len(got) != 100 || !slices.IsSorted(got) {
		t.Errorf("ran %v", got)
	}
}
