package session

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"haul/transfer/partial"
)

// cutOff downloads from srv until the server cuts it off, and returns the
// resume data.
func cutOff(t *testing.T, s *Session, rec *recorder, url string) (ResumeData, *DownloadTask) {
	t.Helper()
	task := download(t, s, url, partial.PathFor(t.TempDir(), "f"))
	task.Resume()
	await(t, rec.done)
	data, _ := ResumeDataFrom(task.Err())
	return data, task
}

func TestOverlapCheckMakesADownloadWithoutAValidatorResumable(t *testing.T) {
	body := content(400_000, 20)
	changed := bytes.Clone(body)
	changed[150_000] ^= 1
	for _, tt := range []struct {
		name   string
		check  bool
		serve  func(f *fileServer) // before the first request
		later  func(f *fileServer) // before the second
		reason string              // why it cannot be resumed
		offset int64
		why    string // it started over
		want   []byte
	}{
		{name: "not asked for", reason: "no validator"},
		{name: "same file", check: true, offset: 200_000, want: body},
		{name: "no ranges", check: true, serve: func(f *fileServer) { f.noRanges = true }, reason: "ranges not supported"},
		{name: "changed where it is compared", check: true, later: func(f *fileServer) { f.body = changed }, why: "the bytes at hand differ", want: changed},
		{name: "another length", check: true, later: func(f *fileServer) { f.body = body[:300_000] }, why: "length changed", want: body[:300_000]},
		{name: "ranges are gone", check: true, later: func(f *fileServer) { f.noRanges = true }, why: "server ignored the range", want: body},
		{name: "little at hand", check: true, serve: func(f *fileServer) { f.cutAt = 100 }, offset: 100, want: body},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fileServer{body: body, cutAt: 200_000}
			if tt.serve != nil {
				tt.serve(f)
			}
			srv := serve(t, f.ServeHTTP)
			rec := newRecorder()
			s := open(t, rec, func(c *Configuration) { c.OverlapCheck = tt.check })
			data, _ := cutOff(t, s, rec, srv.URL)
			if (data == nil) != (tt.reason != "") {
				t.Fatalf("%d bytes of resume data", len(data))
			}
			if data == nil {
				f.set(func() { f.stallAt = 200_000 })
				hook, there := once(200_000)
				rec.onWrite = hook
				task := download(t, s, srv.URL, "")
				task.Resume()
				await(t, there)
				if ok, reason := task.Resumability(); ok || reason != tt.reason {
					t.Errorf("resumable %t, %q, want %q", ok, reason, tt.reason)
				}
				task.Cancel()
				await(t, rec.done)
				return
			}
			if info, err := data.Describe(); err != nil || info.Rule != partial.RuleOverlap {
				t.Errorf("%+v, %v", info, err)
			}
			if tt.later != nil {
				f.set(func() { tt.later(f) })
			}
			task, err := s.DownloadTaskWithResumeData(data, nil)
			if err != nil {
				t.Fatal(err)
			}
			task.Resume()
			await(t, rec.done)
			got := task.Continuation()
			if task.Err() != nil || !bytes.Equal(rec.file, tt.want) || got.Offset != tt.offset || got.Reason != tt.why {
				t.Errorf("%v, %d bytes, %+v", task.Err(), len(rec.file), got)
			}
			second := f.log()[1]
			if rng := fmt.Sprintf("bytes=%d-", max(0, func() int64 { info, _ := data.Describe(); return info.Have }()-overlapBytes)); second.Header.Get("Range") != rng || second.Header.Get("If-Range") != "" {
				t.Errorf("asked for %v", second.Header)
			}
		})
	}
}

func TestOverlapCheckSeesThroughEntityTagsThatDifferFromNodeToNode(t *testing.T) {
	body := content(400_000, 21)
	changed := bytes.Clone(body)
	changed[180_000] ^= 1
	for _, tt := range []struct {
		name     string
		check    bool
		ignoring bool // If-Range is not heeded: 206 with another tag
		later    []byte
		offset   int64
		want     []byte
		requests int
	}{
		{name: "by default the tag decides", later: body, want: body, requests: 2},
		{name: "same file", check: true, later: body, offset: 200_000, want: body, requests: 3},
		{name: "same file, 206", check: true, ignoring: true, later: body, offset: 200_000, want: body, requests: 3},
		{name: "another file", check: true, later: changed, want: changed, requests: 4},
		{name: "another file, 206", check: true, ignoring: true, later: changed, want: changed, requests: 4},
		{name: "another length", check: true, later: body[:350_000], want: body[:350_000], requests: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fileServer{body: body, etag: `"node1"`, cutAt: 200_000}
			srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if tt.ignoring {
					r.Header.Del("If-Range")
				}
				f.ServeHTTP(w, r)
			})
			rec := newRecorder()
			s := open(t, rec, func(c *Configuration) { c.OverlapCheck = tt.check })
			data, _ := cutOff(t, s, rec, srv.URL)
			f.set(func() { f.etag, f.body = `"node2"`, tt.later })
			task, err := s.DownloadTaskWithResumeData(data, nil)
			if err != nil {
				t.Fatal(err)
			}
			task.Resume()
			await(t, rec.done)
			got := task.Continuation()
			if task.Err() != nil || !bytes.Equal(rec.file, tt.want) || got.Offset != tt.offset || (got.Offset == 0) != (got.Reason != "") {
				t.Errorf("%v, %d bytes, %+v", task.Err(), len(rec.file), got)
			}
			if got.Offset > 0 && got.Rule != partial.RuleOverlap {
				t.Errorf("went on by %q", got.Rule)
			}
			if n := len(f.log()); n != tt.requests {
				t.Errorf("%d requests, want %d", n, tt.requests)
			}
		})
	}
}

func TestReconnectUnderTheOverlapRuleComparesToo(t *testing.T) {
	body := content(400_000, 22)
	other := bytes.Clone(body)
	other[190_000] ^= 1
	for _, same := range []bool{true, false} {
		f := &fileServer{body: body}
		cut := make(chan struct{})
		var requests atomic.Int64
		srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) > 1 {
				f.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Accept-Ranges", "bytes")
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			_, _ = w.Write(body[:200_000])
			_ = http.NewResponseController(w).Flush()
			<-cut
			panic(http.ErrAbortHandler)
		})
		rec := newRecorder()
		hook, there := once(200_000)
		rec.onWrite = hook
		s := open(t, rec, func(c *Configuration) { c.OverlapCheck = true })
		task := download(t, s, srv.URL, partial.PathFor(t.TempDir(), "f"))
		task.Resume()
		await(t, there)
		task.Suspend()
		if !same {
			f.set(func() { f.body = other })
		}
		close(cut)
		task.Resume()
		await(t, rec.done)
		if got := task.Err() == nil && bytes.Equal(rec.file, body); got != same {
			t.Errorf("same %t: %v, %d bytes", same, task.Err(), len(rec.file))
		}
		if !same {
			// The bytes at hand stay, and the next task finds out.
			data, ok := ResumeDataFrom(task.Err())
			if !ok {
				t.Fatalf("no resume data in %v", task.Err())
			}
			path, _, err := s.DownloadWithResumeData(context.Background(), data, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, other) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		}
		if rng := f.log()[0].Header.Get("Range"); !strings.HasPrefix(rng, fmt.Sprintf("bytes=%d-", 200_000-overlapBytes)) {
			t.Errorf("asked for %q", rng)
		}
	}
}
