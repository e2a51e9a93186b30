package demo

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestFlakyCutsThenServes(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		const path = "/flaky/x?size=1MB&cut=100kB&times=2"
		for n := 1; n <= 2; n++ {
			_, body, err := f.get(path)
			if !errors.Is(err, io.ErrUnexpectedEOF) || len(body) != 100_000 {
				t.Errorf("GET %d: %d bytes, %v", n, len(body), err)
			}
			if e := f.last(); e.End != ServerCut || e.Written != 100_000 {
				t.Errorf("GET %d: log %+v", n, e)
			}
		}
		if _, body, err := f.get(path); err != nil || sum(body) != f.server.SHA256(path) {
			t.Errorf("GET 3: %d bytes, %v", len(body), err)
		}
	})
}

func TestAStreamOfHTTP2IsCutToo(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		resp := f.ask(http.MethodGet, f.at.FilesTLS+"/flaky/x?size=1MB&cut=100kB", nil)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if resp.ProtoMajor != 2 || err == nil || len(body) != 100_000 {
			t.Errorf("%s: %d bytes, %v", resp.Proto, len(body), err)
		}
	})
}

func TestStatusFaultsComeAndGo(t *testing.T) {
	for _, c := range []struct {
		path string
		want []int
	}{
		{"/busy/x", []int{503, 503, 200, 200}},
		{"/missing/x", []int{404, 404}},
		{"/gone/x", []int{410}},
		{"/expire/monday/x", []int{200, 403, 403}},
		{"/expire/monday/x?fail=410&after=2", []int{200, 200, 410}},
		{"/file/x?fail=500&after=1&times=1", []int{200, 500, 200}},
	} {
		inMemory(t, Options{}, func(t *testing.T, f *fixture) {
			for i, want := range c.want {
				head := f.ask(http.MethodHead, f.at.Files+c.path, nil)
				head.Body.Close() // a HEAD does not count
				resp, _, err := f.get(c.path)
				if err != nil || resp.StatusCode != want {
					t.Errorf("%s, GET %d: %s, want %d, %v", c.path, i+1, resp.Status, want, err)
				}
				if retry := resp.Header.Get("Retry-After"); (want == 503) != (retry == "1") {
					t.Errorf("%s, GET %d: Retry-After %q", c.path, i+1, retry)
				}
			}
		})
	}
}

func TestAFreshTokenServesTheSameFile(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		_, first, _ := f.get("/expire/monday/x")
		used, _, _ := f.get("/expire/monday/x")
		fresh, second, err := f.get("/expire/tuesday/x")
		if used.StatusCode != 403 || fresh.StatusCode != 200 || err != nil || sum(first) != sum(second) {
			t.Errorf("used %s, fresh %s, %v", used.Status, fresh.Status, err)
		}
	})
}

func TestChangingFileChangesAfterTheFirstGET(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		first, _, _ := f.get("/changing/x")
		second, body, _ := f.get("/changing/x", "Range", "bytes=10-", "If-Range", first.Header.Get("ETag"))
		if second.StatusCode != 200 || first.Header.Get("ETag") == second.Header.Get("ETag") {
			t.Errorf("%s with %s, before %s", second.Status, second.Header.Get("ETag"), first.Header.Get("ETag"))
		}
		if sum(body) != f.server.SHA256("/changing/x") || sum(body) != f.server.SHA256("/file/x?version=2") {
			t.Error("the bytes are not those of version 2")
		}
	})
}

func TestServersThatKeepSilent(t *testing.T) {
	for _, c := range []struct {
		path    string
		status  int
		written int64
	}{
		{"/hang/x", 0, 0},
		{"/file/x?stall=5000", 200, 5000},
		{"/file/x?stall=0&length=chunked", 200, 0},
		{"/file/x?wait=2h", 0, 0},
	} {
		inMemory(t, Options{}, func(t *testing.T, f *fixture) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.at.Files+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := f.transport.RoundTrip(req)
			if err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", c.path, err)
			}
			if e := f.last(); e.End != ClientClosed || e.Status != c.status || e.Written != c.written {
				t.Errorf("%s: log %+v", c.path, e)
			}
		})
	}
}

func TestClosingTheServerCutsWhatIsUnderWay(t *testing.T) {
	for _, path := range []string{"/hang/x", "/file/x?wait=1h", "/slow/x", "/slow/x?length=chunked", "/chunked/x?stall=10", "/mixed/x?every=1h"} {
		inMemory(t, Options{}, func(t *testing.T, f *fixture) {
			go func() {
				time.Sleep(time.Second)
				if err := f.server.Close(); err != nil {
					t.Error(err)
				}
			}()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.at.Files+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := f.transport.RoundTrip(req)
			if err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			if err == nil {
				t.Errorf("%s: the client believes that it has everything", path)
			}
			if e := f.last(); e.End != ServerCut {
				t.Errorf("%s: log %+v", path, e)
			}
		})
	}
}

func TestWrongAnswersToARange(t *testing.T) {
	for _, c := range []struct {
		kind         string
		status       int
		contentRange string
		length       int
	}{
		{"start", 206, "bytes 401-999/1000", 599},
		{"zero", 206, "bytes 0-999/1000", 1000},
		{"total", 206, "bytes 400-999/1001", 600},
		{"short", 206, "bytes 400-699/1000", 300},
		{"coded", 206, "bytes 400-999/1000", 600},
		{"multipart", 206, "", -1},
		{"ifrange", 206, "bytes 400-999/1000", 600},
		{"silent", 206, "bytes 400-999/1000", 600},
		{"full", 200, "", 1000},
		{"416", 416, "bytes */1000", -1},
	} {
		t.Run(c.kind, func(t *testing.T) {
			inMemory(t, Options{}, func(t *testing.T, f *fixture) {
				path := "/changing/x?size=1000&wrong=" + c.kind
				if c.kind == "full" {
					path = "/file/x?size=1000&wrong=full"
				}
				first, whole, err := f.get(path)
				if err != nil || first.StatusCode != 200 || len(whole) != 1000 {
					t.Fatalf("without a range: %s, %d bytes, %v", first.Status, len(whole), err)
				}
				tag := first.Header.Get("ETag")
				resp, body, err := f.get(path, "Range", "bytes=400-", "If-Range", tag)
				if err != nil || resp.StatusCode != c.status || resp.Header.Get("Content-Range") != c.contentRange {
					t.Errorf("%s %q, %v", resp.Status, resp.Header.Get("Content-Range"), err)
				}
				if c.length >= 0 && len(body) != c.length {
					t.Errorf("%d bytes, want %d", len(body), c.length)
				}
				switch c.kind {
				case "silent":
					if resp.Header.Get("ETag") != "" || resp.Header.Get("Last-Modified") != "" {
						t.Errorf("validators: %v", resp.Header)
					}
				case "ifrange":
					if resp.Header.Get("ETag") == tag {
						t.Error("the tag of the new version is that of the old")
					}
				case "coded":
					if resp.Header.Get("Content-Encoding") != "gzip" {
						t.Errorf("%v", resp.Header)
					}
				case "multipart":
					if !strings.HasPrefix(resp.Header.Get("Content-Type"), "multipart/byteranges") {
						t.Errorf("%v", resp.Header)
					}
				}
			})
		})
	}
}

func TestMixedReplacesParts(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		resp := f.ask(http.MethodGet, f.at.Files+"/mixed/x?size=1000&parts=3&every=10s", nil)
		defer resp.Body.Close()
		kind, values, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
		if err != nil || kind != "multipart/x-mixed-replace" {
			t.Fatalf("%q, %v", kind, err)
		}
		start := time.Now()
		reader := multipart.NewReader(resp.Body, values["boundary"])
		for _, version := range []string{"1", "2", "3"} {
			part, err := reader.NextPart()
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(part)
			if err != nil || sum(body) != f.server.SHA256("/file/x?size=1000&version="+version) {
				t.Errorf("part %s: %d bytes, %v", version, len(body), err)
			}
		}
		if _, err := reader.NextPart(); err != io.EOF || time.Since(start) != 20*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

func TestClientThatGoesIsSeen(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		resp := f.ask(http.MethodGet, f.at.Files+"/slow/x", nil)
		if _, err := io.CopyN(io.Discard, resp.Body, 200_000); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if e := f.last(); e.End != ClientClosed || e.Written < 200_000 || e.Written > 250_000 {
			t.Errorf("log: %+v", e)
		}
	})
}

func TestDispositionNames(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		{"/named/plain.txt", "plain.txt"},
		{"/named/x?name=two+words.txt", "two words.txt"},
		{"/named/x?name=%22q%22%5C.txt", `"q"\.txt`},
		{"/named/x?name=%E6%97%A5%E6%9C%AC%E8%AA%9E.txt", "日本語.txt"},
		{"/hostile/x", "../../.config/" + escapesC0 + escapesC1 + "autostart.desktop"},
	} {
		inMemory(t, Options{}, func(t *testing.T, f *fixture) {
			resp, _, _ := f.get(c.path)
			value := resp.Header.Get("Content-Disposition")
			if _, values, err := mime.ParseMediaType(value); err != nil || values["filename"] != c.want {
				t.Errorf("%s: %q is %q, %v", c.path, value, values["filename"], err)
			}
		})
	}
}
