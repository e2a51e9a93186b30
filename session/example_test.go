package session_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"haul/session"
)

// The system-provided delegate: a completion handler gets the whole result.
func Example_data() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "hello")
	}))
	defer server.Close()

	s, err := session.New(session.DefaultConfiguration(), nil)
	if err != nil {
		log.Fatal(err)
	}
	request, err := http.NewRequest("GET", server.URL, nil)
	if err != nil {
		log.Fatal(err)
	}
	task, err := s.DataTask(request, func(data []byte, resp *http.Response, err error) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(resp.StatusCode, string(data))
	})
	if err != nil {
		log.Fatal(err)
	}
	task.Resume() // tasks are born suspended

	s.FinishTasksAndInvalidate()
	s.Wait()
	// Output: 200 hello
}

// saver is a delegate that keeps downloads and shows how they get on.
type saver struct {
	dir  string
	last int64
	done chan error
}

func (d *saver) DidBecomeInvalid(*session.Session, error) {}

func (d *saver) DidWriteData(_ *session.DownloadTask, _, written, expected int64) {
	if percent := written * 100 / expected; percent == 100 && d.last < 100 {
		fmt.Printf("%d%% of %d bytes\n", percent, expected)
		d.last = percent
	}
}

func (d *saver) DidFinishDownloading(_ *session.DownloadTask, path string) {
	// The file is gone when this method returns, unless it is moved.
	if err := os.Rename(path, filepath.Join(d.dir, "file.iso")); err != nil {
		fmt.Println(err)
	}
}

func (d *saver) DidComplete(_ session.Task, err error) { d.done <- err }

// A download with a delegate that follows its progress and moves the file to
// its place.
func Example_download() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "file.iso", time.Time{}, bytes.NewReader(make([]byte, 250_000)))
	}))
	defer server.Close()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Println(err)
		}
	}()

	// The partial file should be on the file system of its destination.
	cfg := session.DefaultConfiguration()
	cfg.TemporaryDirectory = dir
	d := &saver{dir: dir, done: make(chan error, 1)}
	s, err := session.New(cfg, d)
	if err != nil {
		log.Fatal(err)
	}
	request, err := http.NewRequest("GET", server.URL, nil)
	if err != nil {
		log.Fatal(err)
	}
	task, err := s.DownloadTask(request, nil)
	if err != nil {
		log.Fatal(err)
	}
	task.Resume()
	fmt.Println("error:", <-d.done)
	s.InvalidateAndCancel()
	s.Wait()

	info, err := os.Stat(filepath.Join(dir, "file.iso"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("saved", info.Size())
	// Output:
	// 100% of 250000 bytes
	// error: <nil>
	// saved 250000
}

// pauser pauses each download once, when half of it is written.
type pauser struct {
	half chan struct{}
	sum  chan [sha256.Size]byte
}

func (d *pauser) DidBecomeInvalid(*session.Session, error) {}

func (d *pauser) DidWriteData(_ *session.DownloadTask, _, written, expected int64) {
	if written >= expected/2 {
		select {
		case d.half <- struct{}{}:
		default:
		}
	}
}

func (d *pauser) DidResumeAtOffset(_ *session.DownloadTask, offset, expected int64) {
	fmt.Println("goes on in the second half:", offset >= expected/2)
}

func (d *pauser) DidFinishDownloading(_ *session.DownloadTask, path string) {
	content, err := os.ReadFile(path)
	if err != nil {
		fmt.Println(err)
	}
	d.sum <- sha256.Sum256(content)
}

// A pause ends one task and gives resume data; another task goes on from it.
func Example_pauseAndResume() {
	content := bytes.Repeat([]byte("haul"), 500_000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("Range") == "" {
			// The second half takes as long as anybody waits for it.
			w.Header().Set("Accept-Ranges", "bytes")
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			if _, err := w.Write(content[:len(content)/2]); err != nil {
				return
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				return
			}
			<-r.Context().Done()
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}))
	defer server.Close()

	d := &pauser{half: make(chan struct{}), sum: make(chan [sha256.Size]byte, 1)}
	s, err := session.New(session.DefaultConfiguration(), d)
	if err != nil {
		log.Fatal(err)
	}
	request, err := http.NewRequest("GET", server.URL, nil)
	if err != nil {
		log.Fatal(err)
	}
	first, err := s.DownloadTask(request, nil)
	if err != nil {
		log.Fatal(err)
	}
	first.Resume()
	<-d.half
	data, err := first.CancelByProducingResumeData(context.Background())
	if why, ok := errors.AsType[*session.NotResumableError](err); ok {
		fmt.Println("cannot be paused:", why.Reason)
		return
	} else if err != nil {
		log.Fatal(err)
	}

	second, err := s.DownloadTaskWithResumeData(data, nil)
	if err != nil {
		log.Fatal(err)
	}
	second.Resume()
	fmt.Println("the file is whole:", <-d.sum == sha256.Sum256(content))
	s.FinishTasksAndInvalidate()
	s.Wait()
	// Output:
	// goes on in the second half: true
	// the file is whole: true
}

// asker answers passwords.
type asker struct{}

func (asker) DidBecomeInvalid(*session.Session, error) {}

func (asker) DidReceiveChallenge(_ context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
	fmt.Printf("%s asks for %s, %q\n", c.Space.Protocol, c.Space.Method, c.Space.Realm)
	if c.PreviousFailureCount > 0 {
		return session.CancelChallenge, nil
	}
	return session.UseCredential, &session.Credential{User: "ann", Password: "open sesame", Persistence: session.PersistenceForSession}
}

// A password is answered by the task-level challenge method. A server trust or
// a client certificate would go to DidReceiveSessionChallenge, if there is one.
func Example_password() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "ann" || password != "open sesame" {
			w.Header().Set("WWW-Authenticate", `Basic realm="the cave"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, "treasure")
	}))
	defer server.Close()

	s, err := session.New(session.DefaultConfiguration(), asker{})
	if err != nil {
		log.Fatal(err)
	}
	request, err := http.NewRequest("GET", server.URL, nil)
	if err != nil {
		log.Fatal(err)
	}
	task, err := s.DataTask(request, func(data []byte, _ *http.Response, err error) {
		fmt.Println(string(data), err)
	})
	if err != nil {
		log.Fatal(err)
	}
	task.Resume()
	s.FinishTasksAndInvalidate()
	s.Wait()
	// Output:
	// http asks for Basic, "the cave"
	// treasure <nil>
}

// stayer follows redirects only within /public/.
type stayer struct{}

func (stayer) DidBecomeInvalid(*session.Session, error) {}

func (stayer) WillPerformRedirection(_ context.Context, _ session.Task, resp *http.Response, next *http.Request) *http.Request {
	if ok, err := filepath.Match("/public/*", next.URL.Path); err != nil || !ok {
		fmt.Println(resp.StatusCode, "to", next.URL.Path, "refused")
		return nil // the redirect's own body is the result
	}
	fmt.Println(resp.StatusCode, "to", next.URL.Path, "followed")
	return next
}

// A redirect is decided by the delegate: the request given, another one, or
// nil.
func Example_redirect() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Location", "/public/door")
			w.WriteHeader(http.StatusMovedPermanently)
		case "/public/door":
			w.Header().Set("Location", "/private")
			w.WriteHeader(http.StatusFound)
			fmt.Fprint(w, "the door is over there")
		}
	}))
	defer server.Close()

	s, err := session.New(session.DefaultConfiguration(), stayer{})
	if err != nil {
		log.Fatal(err)
	}
	request, err := http.NewRequest("GET", server.URL, nil)
	if err != nil {
		log.Fatal(err)
	}
	task, err := s.DataTask(request, func(data []byte, resp *http.Response, err error) {
		fmt.Println(resp.StatusCode, string(data), err)
	})
	if err != nil {
		log.Fatal(err)
	}
	task.Resume()
	s.FinishTasksAndInvalidate()
	s.Wait()
	// Output:
	// 301 to /public/door followed
	// 302 to /private refused
	// 302 the door is over there <nil>
}

// A file is sent from disk, with its exact length.
func Example_upload() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "%s of %d bytes", r.Method, len(body))
	}))
	defer server.Close()
	file, err := os.CreateTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() {
		if err := os.Remove(file.Name()); err != nil {
			fmt.Println(err)
		}
	}()
	if _, err := file.WriteString("what is to be sent"); err != nil {
		log.Fatal(err)
	}
	if err := file.Close(); err != nil {
		log.Fatal(err)
	}

	s, err := session.New(session.DefaultConfiguration(), nil)
	if err != nil {
		log.Fatal(err)
	}
	request, err := http.NewRequest("PUT", server.URL, nil)
	if err != nil {
		log.Fatal(err)
	}
	task, err := s.UploadTaskFromFile(request, file.Name(), func(data []byte, resp *http.Response, err error) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(resp.StatusCode, string(data))
	})
	if err != nil {
		log.Fatal(err)
	}
	task.Resume()
	s.FinishTasksAndInvalidate()
	s.Wait()
	// Output: 201 PUT of 18 bytes
}

// pinner trusts the one server whose certificate it knows.
type pinner struct{ fingerprint [sha256.Size]byte }

func (pinner) DidBecomeInvalid(*session.Session, error) {}

func (p pinner) DidReceiveSessionChallenge(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
	if c.Space.Method != session.MethodServerTrust {
		return session.PerformDefaultHandling, nil
	}
	fmt.Println("trusted by default:", c.Trust.Err == nil)
	if c.Trust.SHA256() != p.fingerprint {
		return session.CancelChallenge, nil
	}
	return session.UseCredential, session.CredentialForTrust(c.Trust)
}

// A server with a certificate that no root vouches for is trusted by its
// fingerprint, for as long as the session lives.
func Example_trust() {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "hello")
	}))
	defer server.Close()

	s, err := session.New(session.DefaultConfiguration(), pinner{sha256.Sum256(server.Certificate().Raw)})
	if err != nil {
		log.Fatal(err)
	}
	request, err := http.NewRequest("GET", server.URL, nil)
	if err != nil {
		log.Fatal(err)
	}
	task, err := s.DataTask(request, func(data []byte, _ *http.Response, err error) {
		fmt.Println(string(data), err)
	})
	if err != nil {
		log.Fatal(err)
	}
	task.Resume()
	s.FinishTasksAndInvalidate()
	s.Wait()
	// Output:
	// trusted by default: false
	// hello <nil>
}
