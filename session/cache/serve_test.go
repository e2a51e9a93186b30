package cache_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"haul/session/cache"
)

func TestRangesAreServedFromACompleteResponse(t *testing.T) {
	const body = "0123456789"
	for _, tc := range []struct {
		name    string
		lines   []string
		verdict cache.Verdict
		status  int
		body    string
		part    string
	}{
		{"first bytes", []string{"Range: bytes=0-1"}, cache.Serve, 206, "01", "bytes 0-1/10"},
		{"from the middle", []string{"Range: bytes=7-"}, cache.Serve, 206, "789", "bytes 7-9/10"},
		{"last bytes", []string{"Range: bytes=-3"}, cache.Serve, 206, "789", "bytes 7-9/10"},
		{"more than there is", []string{"Range: bytes=8-99"}, cache.Serve, 206, "89", "bytes 8-9/10"},
		{"longer suffix", []string{"Range: bytes=-99"}, cache.Serve, 206, body, "bytes 0-9/10"},
		{"If-Range holds", []string{"Range: bytes=0-1", `If-Range: "1"`}, cache.Serve, 206, "01", "bytes 0-1/10"},
		{"If-Range does not hold", []string{"Range: bytes=0-1", `If-Range: "2"`}, cache.Serve, 200, body, ""},
		{"weak If-Range", []string{"Range: bytes=0-1", `If-Range: W/"1"`}, cache.Serve, 200, body, ""},
		{"beyond the end", []string{"Range: bytes=10-"}, cache.Load, 0, "", ""},
		{"backwards", []string{"Range: bytes=5-4"}, cache.Load, 0, "", ""},
		{"several", []string{"Range: bytes=0-1,3-4"}, cache.Load, 0, "", ""},
		{"empty suffix", []string{"Range: bytes=-0"}, cache.Load, 0, "", ""},
		{"signed", []string{"Range: bytes=+1-2"}, cache.Load, 0, "", ""},
		{"another unit", []string{"Range: lines=0-1"}, cache.Load, 0, "", ""},
		{"a number too large", []string{"Range: bytes=99999999999999999999-"}, cache.Load, 0, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newCache(t, cache.Options{DiskBytes: 1 << 20, Dir: t.TempDir()})
			resp := answer(200, body, "Cache-Control: max-age=60", `Etag: "1"`, "Content-Length: 10")
			if err := put(t, c, newRequest(t, "GET", urlA), resp); err != nil {
				t.Fatal(err)
			}
			hit := c.Lookup(newRequest(t, "GET", urlA, tc.lines...), cache.UseProtocol)
			if hit.Verdict != tc.verdict {
				t.Fatalf("verdict %d", hit.Verdict)
			}
			if tc.verdict != cache.Serve {
				return
			}
			got := hit.Response
			if text := readBody(t, got); text != tc.body || got.StatusCode != tc.status ||
				got.ContentLength != int64(len(tc.body)) || got.Header.Get("Content-Range") != tc.part {
				t.Errorf("%d %q, length %d, Content-Range %q", got.StatusCode, text, got.ContentLength, got.Header.Get("Content-Range"))
			}
			if tc.part != "" && got.Header.Get("Content-Length") == "10" && tc.body != body {
				t.Error("the part has the length of the whole")
			}
		})
	}
}

func TestADateHoldsForIfRangeOnlyIfItIsStrong(t *testing.T) {
	const modified = "Sat, 01 Jan 2000 00:00:00 GMT"
	for date, status := range map[string]int{
		"Sat, 01 Jan 2000 00:00:00 GMT": 200, // changed in the same second, perhaps
		"Sat, 01 Jan 2000 00:00:01 GMT": 206,
	} {
		c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
		resp := answer(200, "0123", "Cache-Control: max-age=2147483647", "Date: "+date, "Last-Modified: "+modified)
		if err := put(t, c, newRequest(t, "GET", urlA), resp); err != nil {
			t.Fatal(err)
		}
		req := newRequest(t, "GET", urlA, "Range: bytes=0-1", "If-Range: "+modified)
		if hit := c.Lookup(req, cache.ReturnElseLoad); hit.Verdict != cache.Serve || hit.Response.StatusCode != status {
			t.Errorf("Date %s: verdict %d, want status %d", date, hit.Verdict, status)
		}
	}
}

func TestHeadIsServedFromTheResponseToGet(t *testing.T) {
	c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
	mustPut(t, c, urlA, "0123")
	hit := c.Lookup(newRequest(t, "HEAD", urlA), cache.UseProtocol)
	if hit.Verdict != cache.Serve {
		t.Fatalf("verdict %d", hit.Verdict)
	}
	if body := readBody(t, hit.Response); body != "" || hit.Response.ContentLength != 4 || hit.Response.StatusCode != 200 {
		t.Errorf("%d %q, length %d", hit.Response.StatusCode, body, hit.Response.ContentLength)
	}
}

func TestAServedResponseIsAsItCame(t *testing.T) {
	for name, opt := range map[string]cache.Options{
		"memory": {MemoryBytes: 1 << 20},
		"disk":   {DiskBytes: 1 << 20, Dir: t.TempDir()},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				c := newCache(t, opt)
				// Header values are bytes; this one is no UTF-8.
				resp := answer(404, "gone\x00\xff", "Cache-Control: max-age=60", "X-Odd: caf\xe9 <&>", "X-Two: a", "X-Two: b",
					"Keep-Alive: timeout=5", "Trailer: X-Sum")
				resp.Proto, resp.ProtoMajor, resp.ProtoMinor = "HTTP/2.0", 2, 0
				req := newRequest(t, "GET", urlA)
				if err := put(t, c, req, resp); err != nil {
					t.Fatal(err)
				}
				time.Sleep(1500 * time.Millisecond)
				hit := c.Lookup(req, cache.UseProtocol)
				if hit.Verdict != cache.Serve {
					t.Fatalf("verdict %d", hit.Verdict)
				}
				got := hit.Response
				if body := readBody(t, got); body != "gone\x00\xff" || got.StatusCode != 404 || got.Status != "404 Not Found" ||
					got.ProtoMajor != 2 || got.Request != req {
					t.Errorf("%+v with body %q", got, body)
				}
				want := "Cache-Control: max-age=60|X-Odd: caf\xe9 <&>|X-Two: a|X-Two: b|Age: 1"
				if h := newHeader(strings.Split(want, "|")); !sameHeader(h, got.Header) {
					t.Errorf("header %q, want %q", got.Header, h)
				}
			})
		})
	}
}

func sameHeader(a, b http.Header) bool {
	for _, pair := range [][2]http.Header{{a, b}, {b, a}} {
		for name := range pair[0] {
			if strings.Join(pair[0][name], "|") != strings.Join(pair[1][name], "|") {
				return false
			}
		}
	}
	return true
}

func TestServedHeadersBelongToTheCaller(t *testing.T) {
	c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
	mustPut(t, c, urlA, "x")
	for range 2 {
		hit := c.Lookup(newRequest(t, "GET", urlA), cache.UseProtocol)
		if hit.Verdict != cache.Serve || hit.Response.Header.Get("Cache-Control") != "max-age=3600" {
			t.Fatalf("%+v", hit)
		}
		hit.Response.Header.Set("Cache-Control", "no-store")
	}
}

func TestABodyThatIsCutShortWhileItIsReadFails(t *testing.T) {
	dir := t.TempDir()
	c := newCache(t, cache.Options{DiskBytes: 20 << 20, Dir: dir})
	mustPut(t, c, urlA, strings.Repeat("x", 1<<19))
	hit := c.Lookup(newRequest(t, "GET", urlA), cache.UseProtocol)
	if hit.Verdict != cache.Serve {
		t.Fatalf("verdict %d", hit.Verdict)
	}
	write(t, files(t, dir, "*.body")[0], "short")
	if _, err := io.Copy(io.Discard, hit.Response.Body); err != io.ErrUnexpectedEOF { //nolint:errorlint // it is not wrapped
		t.Errorf("reading ends with %v", err)
	}
	if err := hit.Response.Body.Close(); err != nil {
		t.Error(err)
	}
}

func TestStaleIfErrorHasAWindow(t *testing.T) {
	for _, tc := range []struct {
		says string
		ask  []string
		wait time.Duration
		want bool
	}{
		{"max-age=1, stale-if-error=10", nil, 5 * time.Second, true},
		{"max-age=1, stale-if-error=10", nil, 15 * time.Second, false},
		{"max-age=1, stale-if-error=10, must-revalidate", nil, 5 * time.Second, false},
		{"max-age=1, stale-if-error=10, no-cache", nil, 5 * time.Second, false},
		{"max-age=1, stale-if-error=10", []string{"Cache-Control: no-cache"}, 5 * time.Second, false},
		{"max-age=1", nil, 5 * time.Second, false},
	} {
		inBubble(t, func(t *testing.T) {
			c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
			if err := put(t, c, newRequest(t, "GET", urlA), answer(200, "x", "Cache-Control: "+tc.says)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(tc.wait)
			hit := c.Lookup(newRequest(t, "GET", urlA, tc.ask...), cache.UseProtocol)
			if resp, ok := hit.Fallback(); ok != tc.want || ok && readBody(t, resp) != "x" {
				t.Errorf("%s after %v: %v", tc.says, tc.wait, ok)
			}
		})
	}
}
