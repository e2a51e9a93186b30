package session

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// canned answers requests for one scheme.
type canned struct {
	scheme string
	load   func(ctx context.Context, r *http.Request) (*http.Response, error)
}

func (c canned) CanHandle(r *http.Request) bool { return r.URL.Scheme == c.scheme }
func (c canned) Load(ctx context.Context, r *http.Request) (*http.Response, error) {
	return c.load(ctx, r)
}

// answers loads a status and a body.
func answers(status int, body string, header ...string) func(context.Context, *http.Request) (*http.Response, error) {
	return func(context.Context, *http.Request) (*http.Response, error) {
		h := make(http.Header)
		for i := 0; i < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{
			StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		}, nil
	}
}

func withProtocols(p ...Protocol) func(*Configuration) {
	return func(c *Configuration) { c.Protocols = p }
}

func TestProtocolLoadsItsScheme(t *testing.T) {
	rec := newRecorder()
	s := open(t, rec, withProtocols(canned{"ssh", answers(http.StatusTooManyRequests, "slow down")}))
	task := run(t, s, rec, "ssh://h/x")
	if got, want := rec.trace(), "response(429) data metrics done"; got != want || rec.data.String() != "slow down" {
		t.Errorf("%s %q, want %s", got, rec.data.String(), want)
	}
	if m := task.Metrics(); len(m.Transactions) != 1 || m.Transactions[0].Status != 429 || m.Transactions[0].BodyReceived != 9 {
		t.Errorf("measured %+v", m.Transactions)
	}
	if other := run(t, s, rec, "gopher://h/x"); !errors.Is(other.Err(), UnsupportedURL) {
		t.Errorf("a scheme that nobody handles: %v", other.Err())
	}
}

func TestFirstProtocolThatCanHandleARequestGetsIt(t *testing.T) {
	rec := newRecorder()
	s := open(t, rec, withProtocols(
		canned{"other", answers(200, "other")}, canned{"http", answers(200, "first")}, canned{"http", answers(200, "second")}))
	run(t, s, rec, "http://nowhere.test/")
	if got := rec.data.String(); got != "first" {
		t.Errorf("got %q", got)
	}
}

func TestResponseOfAProtocolIsTreatedLikeAServers(t *testing.T) {
	srv := serve(t, hello)
	rec := newRecorder()
	s := open(t, rec, withProtocols(
		canned{"mine", answers(http.StatusFound, "", "Location", srv.URL+"/there")},
		canned{"evil", answers(http.StatusFound, "", "Location", "mine://h/")}))
	run(t, s, rec, "mine://h/")
	if got, want := rec.trace(), "redirect(302,/there) response(200) data metrics done"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if task := run(t, s, rec, "evil://h/"); !errors.Is(task.Err(), UnsupportedURL) {
		t.Errorf("a response leads to a scheme of the app: %v", task.Err())
	}
	down := download(t, s, "mine://h/", "")
	down.Resume()
	await(t, rec.done)
	if string(rec.file) != "hello" {
		t.Errorf("downloaded %q, %v", rec.file, down.Err())
	}
}

func TestDelegateMayRedirectToAProtocol(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusFound) })
	rec := newRecorder()
	rec.onRedirect = func(*http.Request) *http.Request { return get(t, "mine://h/") }
	s := open(t, rec, withProtocols(canned{"mine", answers(200, "mine")}))
	run(t, s, rec, srv.URL)
	if rec.data.String() != "mine" {
		t.Errorf("got %q", rec.data.String())
	}
}

func TestUploadThroughAProtocolIsCounted(t *testing.T) {
	rec := newRecorder()
	var got string
	s := open(t, rec, withProtocols(canned{"mine", func(_ context.Context, r *http.Request) (*http.Response, error) {
		b, err := io.ReadAll(r.Body)
		got = string(b)
		return &http.Response{StatusCode: 204}, err
	}}))
	r := get(t, "mine://h/")
	r.Method = http.MethodPut
	task, err := s.UploadTaskFromData(r, []byte("body"), nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	await(t, rec.done)
	if got != "body" || task.Err() != nil || task.Counts().Sent != 4 || rec.trace() != "sent response(204) metrics done" {
		t.Errorf("%q, %v, %+v, %s", got, task.Err(), task.Counts(), rec.trace())
	}
}

func TestFailuresOfAProtocol(t *testing.T) {
	own := &Error{Code: ResourceUnavailable, Err: errors.New("own")}
	for name, tt := range map[string]struct {
		load func(context.Context, *http.Request) (*http.Response, error)
		want Code
	}{
		"its own error": {func(context.Context, *http.Request) (*http.Response, error) { return nil, own }, ResourceUnavailable},
		"another error": {func(context.Context, *http.Request) (*http.Response, error) { return nil, io.ErrClosedPipe }, Unknown},
		"nothing":       {func(context.Context, *http.Request) (*http.Response, error) { return nil, nil }, BadServerResponse},
		"a panic":       {func(context.Context, *http.Request) (*http.Response, error) { panic("oh") }, Unknown},
	} {
		rec := newRecorder()
		s := open(t, rec, withProtocols(canned{"mine", tt.load}))
		if task := run(t, s, rec, "mine://h/"); !errors.Is(task.Err(), tt.want) {
			t.Errorf("%s: %v", name, task.Err())
		}
	}
}

func TestCancelEndsAProtocol(t *testing.T) {
	reading := make(chan struct{})
	pr, pw := io.Pipe()
	rec := newRecorder()
	s := open(t, rec, withProtocols(
		canned{"body", func(context.Context, *http.Request) (*http.Response, error) {
			close(reading)
			return &http.Response{StatusCode: 200, Body: pr, ContentLength: -1}, nil
		}},
		canned{"head", func(ctx context.Context, _ *http.Request) (*http.Response, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}))
	for _, scheme := range []string{"head", "body"} {
		task, err := s.DataTask(get(t, scheme+"://h/"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		if scheme == "body" {
			await(t, reading)
		}
		task.Cancel()
		await(t, rec.done)
		if !errors.Is(task.Err(), Cancelled) {
			t.Errorf("%s: %v", scheme, task.Err())
		}
	}
	if _, err := pw.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the body was not closed: %v", err)
	}
}
