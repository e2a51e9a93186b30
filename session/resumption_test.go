package session

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"haul/transfer/partial"
)

func TestFileThatIsWholeOnDiskNeedsNoRequest(t *testing.T) {
	f := &fileServer{body: content(1<<20, 1), etag: `"e1"`}
	srv := serve(t, f.ServeHTTP)
	rec := newRecorder()
	s := open(t, rec, nil)
	part := partial.PathFor(t.TempDir(), "f")
	// As after a crash between the last byte and the move.
	st := partial.State{Version: 1, OriginalURL: srv.URL + "/f", URL: srv.URL + "/f", ETag: `"e1"`, Length: 1 << 20}
	file, err := partial.Create(partial.OS{}, part, st)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt(f.body, 0); err != nil {
		t.Fatal(err)
	}
	if err := file.Checkpoint(); err != nil { // a small file has no state without
		t.Fatal(err)
	}
	if err := file.Finish(); err != nil {
		t.Fatal(err)
	}
	data, err := ReadResumeData(part)
	if err != nil {
		t.Fatal(err)
	}
	d := resume(t, s, data)
	await(t, rec.done)
	if got := rec.trace(); got != "resumed@1048576(1048576) finished metrics done" || d.Response() != nil {
		t.Errorf("got %s", got)
	}
	if len(f.log()) != 0 || sum(rec.file) != sum(f.body) {
		t.Errorf("%d requests", len(f.log()))
	}
}

func TestNothingIsMissing416(t *testing.T) {
	f := &fileServer{body: content(300_000, 1), etag: `"e1"`}
	srv := serve(t, f.ServeHTTP)
	rec := newRecorder()
	s := open(t, rec, nil)
	part := partial.PathFor(t.TempDir(), "f")
	// The length is not known yet, so a request has to tell.
	st := partial.State{Version: 1, OriginalURL: srv.URL, URL: srv.URL, ETag: `"e1"`, Length: -1}
	file, err := partial.Create(partial.OS{}, part, st)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt(f.body, 0); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := ReadResumeData(part)
	if err != nil {
		t.Fatal(err)
	}
	d := resume(t, s, data)
	await(t, rec.done)
	if d.Err() != nil || sum(rec.file) != sum(f.body) || d.Response() != nil {
		t.Errorf("%v %s", d.Err(), rec.trace())
	}
}

func TestRedirectAndPasswordKeepTheRange(t *testing.T) {
	f := &fileServer{body: content(1<<20, 1), etag: `"e1"`}
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/f" {
			http.Redirect(w, r, "/g", http.StatusFound)
			return
		}
		if _, _, ok := r.BasicAuth(); !ok {
			w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		f.ServeHTTP(w, r)
	})
	rec := newRecorder()
	rec.onChallenge = good
	s := open(t, rec, nil)
	f.set(func() { f.cutAt = 300_000 })
	d := download(t, s, srv.URL+"/f", "")
	d.Resume()
	await(t, rec.done)
	data, ok := ResumeDataFrom(d.Err())
	if !ok {
		t.Fatal(d.Err())
	}
	if want := "redirect(302,/g) tchal(Basic,0) wrote metrics done(-1005)"; rec.trace() != want {
		t.Errorf("got  %s\nwant %s", rec.trace(), want)
	}
	rec.reset()
	resume(t, s, data)
	await(t, rec.done)
	// The password is known, and the place where the bytes came from too.
	if want := "resumed@300000(1048576) wrote finished metrics done"; rec.trace() != want {
		t.Errorf("got  %s\nwant %s", rec.trace(), want)
	}
	if sum(rec.file) != sum(f.body) {
		t.Error("the file differs")
	}
}

func TestExpiredPlaceIsLookedForAtTheOriginalURL(t *testing.T) {
	f := &fileServer{body: content(1<<20, 1), etag: `"e1"`}
	var place sync.Map
	place.Store("/signed1", true)
	now := "/signed1"
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/f" {
			http.Redirect(w, r, now, http.StatusFound)
			return
		}
		if _, ok := place.Load(r.URL.Path); !ok {
			http.Error(w, "expired", http.StatusForbidden)
			return
		}
		f.ServeHTTP(w, r)
	})
	rec := newRecorder()
	s := open(t, rec, nil)
	data := interrupted(t, s, rec, f, srv.URL+"/f", partial.PathFor(t.TempDir(), "f"), 300_000)
	place.Delete("/signed1")
	place.Store("/signed2", true)
	now = "/signed2"
	resume(t, s, data)
	await(t, rec.done)
	if want := "redirect(302,/signed2) resumed@300000(1048576) wrote finished metrics done"; rec.trace() != want {
		t.Errorf("got  %s\nwant %s", rec.trace(), want)
	}
	if sum(rec.file) != sum(f.body) {
		t.Error("the file differs")
	}
}

func TestFailureBeforeTheHeadKeepsTheResumeData(t *testing.T) {
	f := &fileServer{body: content(1<<20, 1), etag: `"e1"`}
	srv := serve(t, f.ServeHTTP)
	rec := newRecorder()
	s := open(t, rec, nil)
	data := interrupted(t, s, rec, f, srv.URL+"/f", partial.PathFor(t.TempDir(), "f"), 300_000)
	offline := open(t, rec, func(c *Configuration) {
		c.Dial = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: syscall.ENETUNREACH}
		}
	})
	for range 2 {
		d := resume(t, offline, data)
		await(t, rec.done)
		again, ok := ResumeDataFrom(d.Err())
		if !ok || !errors.Is(d.Err(), NotConnectedToInternet) || string(again) != string(data) {
			t.Fatalf("got %v", d.Err())
		}
	}
	rec.reset()
	resume(t, s, data)
	await(t, rec.done)
	if sum(rec.file) != sum(f.body) {
		t.Error("the file differs")
	}
}

func TestManyRandomInterruptionsGiveTheSameFile(t *testing.T) {
	f := &fileServer{body: content(2<<20, 1), etag: `"e1"`}
	srv := serve(t, f.ServeHTTP)
	rec := newRecorder()
	s := open(t, rec, nil)
	rnd := rand.New(rand.NewPCG(1, 2))
	f.set(func() { f.cutAt = 1000 })
	d := download(t, s, srv.URL, partial.PathFor(t.TempDir(), "f"))
	d.Resume()
	await(t, rec.done)
	for range 50 {
		data, ok := ResumeDataFrom(d.Err())
		if !ok {
			t.Fatalf("no resume data: %v", d.Err())
		}
		i, err := data.Describe()
		if err != nil {
			t.Fatal(err)
		}
		f.set(func() { f.cutAt = i.Have + 1 + rnd.Int64N(40_000) })
		d = resume(t, s, data)
		await(t, rec.done)
	}
	data, _ := ResumeDataFrom(d.Err())
	d = resume(t, s, data)
	await(t, rec.done)
	if d.Err() != nil || sum(rec.file) != sum(f.body) {
		t.Errorf("the file differs: %v", d.Err())
	}
}

func TestSuspendedDownloadGoesOnAfterTheServerHungUp(t *testing.T) {
	f := &fileServer{body: content(1<<20, 1), etag: `"e1"`, stallAt: 300_000}
	hangUp := make(chan struct{})
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		if r.Header.Get("Range") == "" {
			go func() {
				<-hangUp
				cancel()
			}()
		}
		defer func() {
			if r.Header.Get("Range") == "" {
				panic(http.ErrAbortHandler)
			}
		}()
		f.ServeHTTP(w, r.WithContext(ctx))
	})
	rec := newRecorder()
	hook, there := once(300_000)
	rec.onWrite = hook
	s := open(t, rec, nil)
	d := download(t, s, srv.URL, "")
	d.Resume()
	await(t, there)
	d.Suspend()
	f.set(func() { f.stallAt = 0 })
	close(hangUp)
	d.Resume()
	await(t, rec.done)
	if want := "wrote finished metrics done"; rec.trace() != want || sum(rec.file) != sum(f.body) {
		t.Errorf("got %s, %v", rec.trace(), d.Err())
	}
	if n := len(f.log()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

// fullDisk is a file system without room.
type fullDisk struct{ partial.OS }

type fullHandle struct{ partial.Handle }

func (d fullDisk) OpenLocked(name string, flag int) (partial.Handle, error) {
	h, err := d.OS.OpenLocked(name, flag)
	if err != nil {
		return nil, err
	}
	return fullHandle{h}, nil
}

func (fullHandle) Reserve(int64) error { return syscall.ENOSPC }

func TestFullDiskShowsBeforeTheBytesAreFetched(t *testing.T) {
	f := &fileServer{body: content(2<<20, 1), etag: `"e1"`}
	srv := serve(t, f.ServeHTTP)
	rec := newRecorder()
	s := open(t, rec, nil)
	data := interrupted(t, s, rec, f, srv.URL, partial.PathFor(t.TempDir(), "f"), 300_000)
	full := open(t, rec, func(c *Configuration) { c.Files = fullDisk{} })
	d := resume(t, full, data)
	await(t, rec.done)
	data, ok := ResumeDataFrom(d.Err())
	if !ok || !errors.Is(d.Err(), CannotWriteToFile) || !errors.Is(d.Err(), syscall.ENOSPC) {
		t.Fatalf("got %v", d.Err())
	}
	rec.reset()
	resume(t, s, data)
	await(t, rec.done)
	if sum(rec.file) != sum(f.body) {
		t.Error("the file differs")
	}
}

func TestPauseIsFast(t *testing.T) {
	f := &fileServer{body: content(8<<20, 1), etag: `"e1"`, stallAt: 7 << 20}
	srv := serve(t, f.ServeHTTP)
	rec := newRecorder()
	hook, there := once(7 << 20)
	rec.onWrite = hook
	s := open(t, rec, nil)
	d := download(t, s, srv.URL, "")
	d.Resume()
	await(t, there)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	start := time.Now()
	if _, err := d.CancelByProducingResumeData(ctx); err != nil {
		t.Error(err)
	}
	t.Logf("took %v", time.Since(start))
	await(t, rec.done)
}
