package cache_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"haul/session/cache"
)

// newRequest is a request with fields "Name: value".
func newRequest(t testing.TB, method, url string, lines ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = newHeader(lines)
	return req
}

func newHeader(lines []string) http.Header {
	h := make(http.Header)
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	return h
}

// answer is a response with that body, as a server sends it.
func answer(status int, body string, lines ...string) *http.Response {
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: newHeader(lines), ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)),
	}
}

func justNow() cache.Times { return cache.Times{Sent: time.Now(), Received: time.Now()} }

// put stores a response and gives the reason if it is not.
func put(t testing.TB, c *cache.Cache, req *http.Request, resp *http.Response) error {
	t.Helper()
	w, err := c.Store(req, resp, justNow())
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := io.Copy(w, resp.Body); err != nil {
		t.Fatal(err)
	}
	return w.Commit()
}

// mustPut stores a response that is fresh for an hour.
func mustPut(t testing.TB, c *cache.Cache, url, body string) {
	t.Helper()
	if err := put(t, c, newRequest(t, "GET", url), answer(200, body, "Cache-Control: max-age=3600")); err != nil {
		t.Fatal(err)
	}
}

// served is the body that the cache serves for a GET of url, and whether it
// does.
func served(t testing.TB, c *cache.Cache, url string, lines ...string) (string, bool) {
	t.Helper()
	hit := c.Lookup(newRequest(t, "GET", url, lines...), cache.UseProtocol)
	if hit.Verdict != cache.Serve {
		return "", false
	}
	return readBody(t, hit.Response), true
}

func readBody(t testing.TB, resp *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wantServed checks which of the URLs the cache serves.
func wantServed(t testing.TB, c *cache.Cache, want map[string]bool) {
	t.Helper()
	for url, stored := range want {
		if _, ok := served(t, c, url); ok != stored {
			t.Errorf("%s: served %v, want %v", url, ok, stored)
		}
	}
}

// files are the paths of the files below dir that match the pattern.
func files(t testing.TB, dir, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "v1", pattern))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const (
	urlA = "https://a.test/one"
	urlB = "https://a.test/two"
	urlC = "https://a.test/three"
)
