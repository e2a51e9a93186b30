package session

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"haul/transfer/partial"
)

func gzipped(t *testing.T, p []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(p); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func brotliOf(t *testing.T, p []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := brotli.NewWriter(&b)
	if _, err := w.Write(p); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestContentCoding(t *testing.T) {
	text := []byte(strings.Repeat("Hello World! ", 1000))
	zipped := gzipped(t, text)
	damaged := bytes.Clone(zipped)
	damaged[len(damaged)/2] ^= 0xff
	brotlied := brotliOf(t, text)
	tests := []struct {
		name     string
		coding   string // "": gzip
		body     []byte
		accept   string
		download bool
		want     []byte
		expected int64
		code     Code
	}{
		{name: "data", body: zipped, want: text, expected: -1},
		{name: "download", body: zipped, download: true, want: text, expected: -1},
		{name: "asked for by the app", body: zipped, accept: "gzip", want: zipped, expected: int64(len(zipped))},
		{name: "empty", body: nil, want: []byte{}, expected: -1},
		{name: "brotli", coding: "br", body: brotlied, want: text, expected: -1},
		{name: "brotli download", coding: "BR", body: brotlied, download: true, want: text, expected: -1},
		{name: "empty brotli", coding: "br", body: nil, want: []byte{}, expected: -1},
		{name: "cut brotli", coding: "br", body: brotlied[:len(brotlied)-2], code: CannotDecodeRawData},
		{name: "no brotli", coding: "br", body: text, code: CannotDecodeRawData},
		{name: "unknown coding", coding: "zstd", body: zipped, want: zipped, expected: int64(len(zipped))},
		{name: "damaged data", body: damaged, code: CannotDecodeRawData},
		{name: "cut data", body: zipped[:len(zipped)-4], code: CannotDecodeRawData},
		{name: "damaged download", body: damaged, download: true, code: DownloadDecodingFailedMidStream},
		{name: "cut download", body: zipped[:len(zipped)-4], download: true, code: DownloadDecodingFailedToComplete},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", cmp.Or(tt.coding, "gzip"))
				w.Header().Set("Content-Length", fmt.Sprint(len(tt.body)))
				_, _ = w.Write(tt.body)
			})
			rec := newRecorder()
			s := open(t, rec, nil)
			r := get(t, srv.URL)
			if tt.accept != "" {
				r.Header.Set("Accept-Encoding", tt.accept)
			}
			var task Task
			var err error
			if tt.download {
				task, err = s.DownloadTask(r, nil)
			} else {
				task, err = s.DataTask(r, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			task.Resume()
			await(t, rec.done)
			if tt.code != 0 {
				if !errors.Is(task.Err(), tt.code) {
					t.Errorf("got %v, want %v", task.Err(), tt.code)
				}
				return
			}
			got := rec.data.Bytes()
			if tt.download {
				got = rec.file
			}
			if !bytes.Equal(got, tt.want) || task.Err() != nil || task.Counts().ExpectedToReceive != tt.expected {
				t.Errorf("%d bytes, %v, %+v", len(got), task.Err(), task.Counts())
			}
		})
	}
}

func TestResponsesWithoutABody(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/204":
			w.WriteHeader(http.StatusNoContent)
		case "/304":
			w.WriteHeader(http.StatusNotModified)
		default:
			w.Header().Set("Content-Length", "5")
		}
	})
	for path, method := range map[string]string{"/204": "GET", "/304": "GET", "/": "HEAD"} {
		rec := newRecorder()
		r := get(t, srv.URL+path)
		r.Method = method
		task, err := open(t, rec, nil).DataTask(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		await(t, rec.done)
		if want := fmt.Sprintf("response(%d) metrics done", task.Response().StatusCode); rec.trace() != want {
			t.Errorf("%s: got %s", path, rec.trace())
		}
	}
}

func TestBodyIsCutShort(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/length" {
			w.Header().Set("Content-Length", "100")
		}
		_, _ = w.Write([]byte("short"))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	for _, path := range []string{"/length", "/chunked"} {
		rec := newRecorder()
		if task := run(t, open(t, rec, nil), rec, srv.URL+path); !errors.Is(task.Err(), NetworkConnectionLost) {
			t.Errorf("%s: %v", path, task.Err())
		}
	}
}

type informed struct {
	*recorder
	hints chan string
}

func (i informed) DidReceiveInformationalResponse(_ Task, r *http.Response) {
	i.note("info(%d)", r.StatusCode)
	i.hints <- r.Header.Get("Link")
}

func TestInformationalResponses(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>")
		w.WriteHeader(http.StatusEarlyHints)
		hello(w, nil)
	})
	d := informed{newRecorder(), make(chan string, 1)}
	run(t, open(t, d, nil), d.recorder, srv.URL)
	if got, want := d.trace(), "info(103) response(200) data metrics done"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := await(t, d.hints); got != "</style.css>" {
		t.Errorf("Link is %q", got)
	}
}

func TestCookiesOfAHopGoToTheNext(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			http.Redirect(w, r, "/x", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte(r.Header.Get("Cookie")))
	})
	for _, kept := range []bool{true, false} {
		rec := newRecorder()
		s := open(t, rec, func(c *Configuration) {
			if !kept {
				c.Cookies = nil
			}
		})
		run(t, s, rec, srv.URL)
		if got := rec.data.String(); (got == "a=b") != kept {
			t.Errorf("kept %t: %q", kept, got)
		}
	}
}

func TestMetricsHaveATransactionForEachRequest(t *testing.T) {
	p := &passwordServer{challenges: []string{`Basic realm="r"`}}
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/in/x", http.StatusFound)
			return
		}
		p.ServeHTTP(w, r)
	})
	rec := newRecorder()
	rec.onChallenge = good
	m := run(t, open(t, rec, nil), rec, srv.URL).Metrics()
	if m.Redirects != 1 || len(m.Transactions) != 3 || m.Completed.Before(m.Created) {
		t.Fatalf("%+v", m)
	}
	for i, status := range []int{302, 401, 200} {
		tr := m.Transactions[i]
		if tr.Status != status || tr.Reused != (i > 0) || tr.ResponseDone.IsZero() {
			t.Errorf("%d: %+v", i, tr)
		}
	}
}

func TestConnectionsToOneHostAreBounded(t *testing.T) {
	var now, peak atomic.Int64
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		for {
			p := peak.Load()
			if n <= p || peak.CompareAndSwap(p, n) {
				break
			}
		}
		time.Sleep(5 * time.Millisecond) // long enough for others to come in beside
		now.Add(-1)
		hello(w, nil)
	})
	rec := newRecorder()
	s := open(t, rec, func(c *Configuration) { c.MaxConnectionsPerHost = 3 })
	for range 20 {
		task, err := s.DataTask(get(t, srv.URL), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
	}
	for range 20 {
		await(t, rec.done)
	}
	if peak.Load() > 3 {
		t.Errorf("%d at once", peak.Load())
	}
}

func TestSlicesBelongToTheDelegate(t *testing.T) {
	body := content(1<<20, 1)
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })
	k := &keeper{recorder: newRecorder()}
	run(t, open(t, k, nil), k.recorder, srv.URL)
	if got := bytes.Join(k.kept, nil); !bytes.Equal(got, body) {
		t.Error("slices were used again")
	}
}

type keeper struct {
	*recorder
	kept [][]byte
}

func (k *keeper) DidReceiveData(_ Task, p []byte) { k.kept = append(k.kept, p) }

func TestTaskDelegate(t *testing.T) {
	srv := serve(t, hello)
	ofSession := newRecorder()
	own := newRecorder()
	s := open(t, ofSession, nil)
	task, err := s.DataTask(get(t, srv.URL), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := task.SetDelegate(own); err != nil {
		t.Fatal(err)
	}
	task.Resume()
	await(t, own.done)
	if got, want := own.trace(), "response(200) data metrics done"; got != want || ofSession.trace() != "" {
		t.Errorf("own: %s; session's: %s", got, ofSession.trace())
	}
	if err := task.SetDelegate(nil); err == nil {
		t.Error("the delegate was changed after Resume")
	}
}

func TestPauseWhileSuspended(t *testing.T) {
	f := &fileServer{body: content(1<<20, 1), etag: `"e1"`, stallAt: 300_000}
	srv := serve(t, f.ServeHTTP)
	rec := newRecorder()
	hook, there := once(300_000)
	rec.onWrite = hook
	s := open(t, rec, nil)
	d := download(t, s, srv.URL, partial.PathFor(t.TempDir(), "f"))
	d.Resume()
	await(t, there)
	d.Suspend()
	if _, err := d.CancelByProducingResumeData(context.Background()); err != nil {
		t.Error(err)
	}
	await(t, rec.done)
}

func TestStress(t *testing.T) {
	srv := serve(t, hello)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := New(EphemeralConfiguration(), nil)
			if err != nil {
				t.Error(err)
				return
			}
			var calls atomic.Int64
			for i := range 200 {
				task, err := s.DataTask(get(t, srv.URL), func(data []byte, _ *http.Response, err error) {
					calls.Add(1)
					if err != nil || string(data) != "hello" {
						t.Errorf("%q %v", data, err)
					}
				})
				if err != nil {
					t.Error(err)
					return
				}
				if i%3 == 0 {
					task.Suspend()
					task.Resume()
				}
				task.Resume()
			}
			s.FinishTasksAndInvalidate()
			s.Wait()
			if calls.Load() != 200 {
				t.Errorf("%d calls", calls.Load())
			}
		})
	}
	wg.Wait()
}

func TestNewNoncesAreTakenInSilence(t *testing.T) {
	// Each nonce serves once; the server calls it stale after that.
	var mu sync.Mutex
	used := map[string]bool{}
	n := 0
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		field := r.Header.Get("Authorization")
		_, nonce, _ := strings.Cut(field, `nonce="`)
		nonce, _, _ = strings.Cut(nonce, `"`)
		if field != "" && !used[nonce] {
			used[nonce] = true
			hello(w, nil)
			return
		}
		n++
		stale := ""
		if field != "" {
			stale = ", stale=true"
		}
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Digest realm="r", qop="auth", nonce="n%d"%s`, n, stale))
		w.WriteHeader(http.StatusUnauthorized)
	})
	rec := newRecorder()
	rec.onChallenge = good
	s := open(t, rec, nil)
	for range 3 {
		if task := run(t, s, rec, srv.URL); task.Response().StatusCode != 200 {
			t.Fatalf("%d", task.Response().StatusCode)
		}
	}
	if got := strings.Count(rec.trace(), "tchal"); got != 1 {
		t.Errorf("asked %d times", got)
	}
}

func TestServerThatCallsEveryNonceStaleIsGivenUp(t *testing.T) {
	n := 0
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n++
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Digest realm="r", qop="auth", nonce="n%d", stale=true`, n))
		w.WriteHeader(http.StatusUnauthorized)
	})
	rec := newRecorder()
	rec.onChallenge = func(task Task, c *Challenge) (Disposition, *Credential) {
		if c.PreviousFailureCount > 1 {
			return PerformDefaultHandling, nil
		}
		return good(task, c)
	}
	run(t, open(t, rec, nil), rec, srv.URL)
	want := "tchal(Digest,0) tchal(Digest,1) tchal(Digest,2) response(401) metrics done"
	if rec.trace() != want || n != 1+2*(1+maxRenewals) {
		t.Errorf("%d requests, %s", n, rec.trace())
	}
}
