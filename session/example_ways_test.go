package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"haul/session"
	"haul/session/reachability"
)

// Without delegates and handlers: a call that returns the result, and ends with
// its context.
func ExampleSession_Data() {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	s, err := session.New(session.DefaultConfiguration(), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer s.InvalidateAndCancel()
	request, err := http.NewRequest("GET", server.URL, nil)
	if err != nil {
		log.Fatal(err)
	}
	body, resp, err := s.Data(context.Background(), request, nil)
	fmt.Println(resp.StatusCode, strings.TrimSpace(string(body)), err) // a status is no error
	server.Close()
	_, _, err = s.Data(context.Background(), request, nil)
	fmt.Println(errors.Is(err, session.CannotConnectToHost))
	// Output:
	// 404 404 page not found <nil>
	// true
}

// sorter keeps archives in files and hands on everything else.
type sorter struct{ done chan struct{} }

func (sorter) DidBecomeInvalid(*session.Session, error) {}

func (sorter) DidReceiveResponse(_ context.Context, _ session.Task, resp *http.Response) session.ResponseDisposition {
	if resp.Header.Get("Content-Type") == "application/zip" {
		return session.BecomeDownload
	}
	return session.Allow
}

func (sorter) DidReceiveData(_ session.Task, p []byte) { fmt.Printf("read %q\n", p) }

func (sorter) DidBecomeDownload(_ *session.DataTask, d *session.DownloadTask) {
	// From here on the download gets all calls; the data task gets none.
	fmt.Println("goes to a file:", d.OriginalRequest().URL.Path)
}

func (sorter) DidFinishDownloading(_ *session.DownloadTask, path string) {
	info, err := os.Stat(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("saved", info.Size())
}

func (s sorter) DidComplete(session.Task, error) { s.done <- struct{}{} }

// The type of a response decides whether it is shown or saved.
func Example_becomeDownload() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".zip") {
			w.Header().Set("Content-Type", "application/zip")
			_, _ = w.Write(make([]byte, 1000))
			return
		}
		fmt.Fprint(w, "some text")
	}))
	defer server.Close()
	d := sorter{done: make(chan struct{})}
	s, err := session.New(session.DefaultConfiguration(), d)
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range []string{"/text", "/archive.zip"} {
		request, err := http.NewRequest("GET", server.URL+path, nil)
		if err != nil {
			log.Fatal(err)
		}
		task, err := s.DataTask(request, nil)
		if err != nil {
			log.Fatal(err)
		}
		task.Resume()
		<-d.done
	}
	s.FinishTasksAndInvalidate()
	s.Wait()
	// Output:
	// read "some text"
	// goes to a file: /archive.zip
	// saved 1000
}

// dictation opens the body of an upload, as often as it is needed.
type dictation struct{ opened int }

func (*dictation) DidBecomeInvalid(*session.Session, error) {}

func (d *dictation) NeedNewBodyStream(context.Context, session.Task) (io.ReadCloser, error) {
	d.opened++
	return io.NopCloser(strings.NewReader("a body of no known length")), nil
}

// A body that comes from a stream is asked for, and once more when a server
// sends the request elsewhere.
func Example_streamedUpload() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusBadRequest)
		case r.URL.Path == "/":
			http.Redirect(w, r, "/store", http.StatusTemporaryRedirect)
		default:
			fmt.Fprintf(w, "%d bytes, length %d", len(body), r.ContentLength)
		}
	}))
	defer server.Close()
	d := new(dictation)
	s, err := session.New(session.DefaultConfiguration(), d)
	if err != nil {
		log.Fatal(err)
	}
	request, err := http.NewRequest("POST", server.URL, nil)
	if err != nil {
		log.Fatal(err)
	}
	answer, _, err := s.UploadStreamed(context.Background(), request, nil)
	s.FinishTasksAndInvalidate()
	s.Wait()
	fmt.Println(string(answer), err, "opened", d.opened)
	// Output: 25 bytes, length -1 <nil> opened 2
}

// plugged is a network that comes back whenever it is asked; a program has the
// one of its machine, which reachability.New returns.
type plugged struct{}

func (plugged) Online() bool { return true }

func (plugged) Changes(context.Context) <-chan struct{} {
	changes := make(chan struct{}, 1)
	changes <- struct{}{}
	return changes
}

// downloadPatiently loads request into a file and goes on after each failure that is
// none of the server's, when the network has changed.
func downloadPatiently(ctx context.Context, s *session.Session, request *http.Request, path reachability.Path) ([]byte, error) {
	file, _, err := s.Download(ctx, request, nil)
	for err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		fmt.Println("waits for the network")
		if err := reachability.Wait(ctx, path); err != nil {
			return nil, err
		}
		if data, ok := session.ResumeDataFrom(err); ok {
			file, _, err = s.DownloadWithResumeData(ctx, data, nil)
		} else {
			file, _, err = s.Download(ctx, request, nil)
		}
	}
	content, err := os.ReadFile(file)
	return content, errors.Join(err, os.Remove(file))
}

// A failed download is not repeated at once: the app waits for the network, and
// goes on where it was (step 13).
func Example_retry() {
	content := bytes.Repeat([]byte("haul"), 50_000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("Range") != "" {
			fmt.Println("is asked for the rest only")
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
			return
		}
		w.Header().Set("Accept-Ranges", "bytes")
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		_, _ = w.Write(content[:100_000])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // the connection breaks
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
	got, err := downloadPatiently(context.Background(), s, request, plugged{})
	s.InvalidateAndCancel()
	s.Wait()
	fmt.Println(bytes.Equal(got, content), err)
	// Output:
	// waits for the network
	// is asked for the rest only
	// true <nil>
}

// vault is a SecretStore in memory, where a keyring would be.
type vault struct {
	mu      sync.Mutex
	records map[session.ProtectionSpace][]session.Credential
}

func (v *vault) Get(_ context.Context, p session.ProtectionSpace) ([]session.Credential, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.records[p], nil
}

func (v *vault) Set(_ context.Context, p session.ProtectionSpace, credentials []session.Credential) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.records[p] = credentials
	return nil
}

func (v *vault) Delete(_ context.Context, p session.ProtectionSpace) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.records, p)
	return nil
}

func (v *vault) List(context.Context) ([]session.ProtectionSpace, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Collect(maps.Keys(v.records)), nil
}

// A credential that is to be kept for good is stored once a server has accepted
// it, and proposed in every run of the program from then on.
func ExampleNewPermanentCredentialStorage() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "ann" || password != "open sesame" {
			w.Header().Set("WWW-Authenticate", `Basic realm="cave"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, "treasure")
	}))
	defer server.Close()
	store := &vault{records: make(map[session.ProtectionSpace][]session.Credential)}
	request, err := http.NewRequest("GET", server.URL, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range []session.Delegate{keeper{}, nil} {
		cfg := session.DefaultConfiguration()
		cfg.Credentials = session.NewPermanentCredentialStorage(store)
		s, err := session.New(cfg, d)
		if err != nil {
			log.Fatal(err)
		}
		body, _, err := s.Data(context.Background(), request, nil)
		s.FinishTasksAndInvalidate()
		s.Wait()
		fmt.Println(string(body), err)
	}
	// Output:
	// asked for "cave"
	// treasure <nil>
	// treasure <nil>
}

// keeper knows the password and wants it kept.
type keeper struct{}

func (keeper) DidBecomeInvalid(*session.Session, error) {}

func (keeper) DidReceiveChallenge(_ context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
	fmt.Printf("asked for %q\n", c.Space.Realm)
	return session.UseCredential, &session.Credential{User: "ann", Password: "open sesame", Persistence: session.PersistencePermanent}
}
