package demo

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRedirectsLeadWhereTheySay(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		a := f.at
		for _, c := range []struct {
			url    string
			status int
			want   string
		}{
			{a.Files + "/redirect/same/file/x?size=1kB", 302, "/file/x?size=1kB"},
			{a.Files + "/redirect/same/file/x?status=307", 307, "/file/x?status=307"},
			{a.Files + "/redirect/host/file/x", 302, a.Mirror + "/file/x"},
			{a.Mirror + "/redirect/host/file/x", 302, a.Files + "/file/x"},
			{a.FilesTLS + "/redirect/host/file/x", 302, a.MirrorTLS + "/file/x"},
			{a.MirrorTLS + "/redirect/host/file/x", 302, a.FilesTLS + "/file/x"},
			{a.Files + "/redirect/port/file/x", 302, a.OtherPort + "/file/x"},
			{a.FilesTLS + "/redirect/http/file/x", 302, a.Files + "/file/x"},
			{a.Mirror + "/redirect/https/file/x", 302, a.MirrorTLS + "/file/x"},
			{a.Files + "/redirect/chain/3/file/x", 302, "/redirect/chain/2/file/x"},
			{a.Files + "/redirect/chain/1/file/x", 302, "/file/x"},
			{a.Files + "/redirect/loop/x", 302, "/redirect/loop/x"},
			{a.Files + "/redirect/utf8/file/x", 302, "/file/x?id=日本語"},
			{a.Files + "/redirect/escapes/file/x", 302, "/file/x?id=" + escapesC1},
			{a.Files + "/redirect/file/x", 302, "file:///etc/passwd"},
			{a.Files + "/redirect/none/x", 302, ""},
			{a.Files + "/redirect/chain/many/x", 400, ""},
			{a.Files + "/redirect/nonsense/x", 400, ""},
			{a.Files + "/redirect/same/file/x?status=200", 400, ""},
		} {
			resp := f.ask(http.MethodGet, c.url, nil)
			resp.Body.Close()
			if resp.StatusCode != c.status || resp.Header.Get("Location") != c.want {
				t.Errorf("%s: %s to %q, want %q", c.url, resp.Status, resp.Header.Get("Location"), c.want)
			}
		}
	})
}

func TestRedirectWithAnEndlessBody(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		resp := f.ask(http.MethodGet, f.at.Files+"/redirect/endless/file/x", nil)
		if resp.StatusCode != 302 || resp.Header.Get("Location") != "/file/x" {
			t.Errorf("%s to %q", resp.Status, resp.Header.Get("Location"))
		}
		if _, err := io.CopyN(io.Discard, resp.Body, 1<<20); err != nil {
			t.Errorf("a MiB into the body: %v", err)
		}
		resp.Body.Close()
		if e := f.last(); e.End != ClientClosed {
			t.Errorf("log: %+v", e)
		}
	})
}

func TestRedirectOfABareHandlerNeedsAddresses(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	w := newRecorder()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/redirect/host/file/x", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	s.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestMalformedURLsAreRefusedByName(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		for path, name := range map[string]string{
			"/": "behaviour", "/nonsense/x": "nonsense", "/file/x?sise=1": "sise", "/file/x?size=1XB": "size",
			"/file/x?size=-1": "size", "/file/x?rate=fast": "rate", "/file/x?etag=maybe": "etag", "/file/x?wait=1": "wait",
			"/file/x?fail=99": "fail", "/file/x?info=101": "info", "/file/x?times=-1": "times", "/digest/x?algorithm=CRC": "algorithm",
			"/file/x?size=9999999999GiB": "size",
		} {
			resp, body, err := f.get(path)
			if err != nil || resp.StatusCode != 400 || !strings.Contains(string(body), name) {
				t.Errorf("%s: %s %q, %v", path, resp.Status, body, err)
			}
		}
	})
}

func TestUploads(t *testing.T) {
	payload := bytes.Repeat([]byte("haul"), 50_000)
	for _, c := range []struct {
		method, path string
		chunked      bool
		status       int
		received     int64 // -1: any
	}{
		{http.MethodPut, "/upload/x", false, 201, 200_000},
		{http.MethodPost, "/upload/x", true, 201, 200_000},
		{http.MethodPut, "/upload/x?rate=100kB", false, 201, 200_000},
		{http.MethodPut, "/upload/x?auth=basic", false, 401, 0},
		{http.MethodPut, "/redirect/same/upload/x?status=307", false, 307, 0},
		{http.MethodPut, "/upload/x?limit=1000", false, 413, 0},
		{http.MethodPut, "/upload/x?limit=1000", true, 413, -1},
		{http.MethodPut, "/upload/x?fail=507", false, 507, 0},
		{http.MethodGet, "/upload/x", false, 405, 0},
		{http.MethodPut, "/file/x", false, 405, 0},
	} {
		inMemory(t, Options{}, func(t *testing.T, f *fixture) {
			var body io.Reader = bytes.NewReader(payload)
			if c.chunked {
				body = io.MultiReader(body)
			}
			if c.method == http.MethodGet {
				body = nil
			}
			start := time.Now()
			resp := f.ask(c.method, f.at.Files+c.path, body)
			answer, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || resp.StatusCode != c.status {
				t.Fatalf("%s %s: %s, %v", c.method, c.path, resp.Status, err)
			}
			if e := f.last(); c.received >= 0 && e.Received != c.received || e.End != Complete {
				t.Errorf("%s %s: log %+v", c.method, c.path, e)
			}
			if c.status != 201 {
				return
			}
			var got Upload
			if err := json.Unmarshal(answer, &got); err != nil {
				t.Fatal(err)
			}
			if want := (Upload{Name: "x", Method: c.method, Length: 200_000, SHA256: sum(payload)}); got != want {
				t.Errorf("%s %s: %+v", c.method, c.path, got)
			}
			if took := time.Since(start); strings.Contains(c.path, "rate") && took < time.Second {
				t.Errorf("200 kB at 100 kB/s took %v", took)
			}
		})
	}
}

func TestUploadThatBreaksOffIsSeen(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		broken := io.MultiReader(strings.NewReader("a beginning"), failingReader{})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, f.at.Files+"/upload/x", broken)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := f.transport.RoundTrip(req); err == nil {
			resp.Body.Close()
			t.Errorf("%s", resp.Status)
		}
		if e := f.last(); e.End != ClientClosed || e.Received != 11 {
			t.Errorf("log: %+v", e)
		}
	})
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

func TestGzip(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		plain, body, err := f.get("/gzip/x", "Accept-Encoding", "identity")
		if err != nil || plain.Header.Get("Content-Encoding") != "" || sum(body) != f.server.SHA256("/gzip/x") {
			t.Errorf("identity: %v, %v", plain.Header, err)
		}
		packed, body, err := f.get("/gzip/x", "Accept-Encoding", "gzip")
		if err != nil || packed.Header.Get("Content-Encoding") != "gzip" || sum(gunzip(t, body)) != f.server.SHA256("/gzip/x") {
			t.Errorf("gzip: %v, %v", packed.Header, err)
		}
		if packed.Header.Get("ETag") == plain.Header.Get("ETag") {
			t.Error("two representations share an entity tag")
		}
		if always, _, _ := f.get("/gzip/x?gzip=always"); always.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("always: %v", always.Header)
		}
		part, tail, err := f.get("/gzip/x", "Accept-Encoding", "gzip", "Range", "bytes=100-", "If-Range", packed.Header.Get("ETag"))
		if err != nil || part.StatusCode != 206 || !bytes.Equal(tail, body[100:]) {
			t.Errorf("range: %s, %v", part.Status, err)
		}
	})
}
