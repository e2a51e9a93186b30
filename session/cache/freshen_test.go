package cache_test

import (
	"testing"
	"time"

	"haul/session/cache"
)

// validated stores a response, waits until it is stale and freshens it.
func validated(t *testing.T, c *cache.Cache, stored, news []string, ask ...string) (hit *cache.Hit, body string, ok bool) {
	t.Helper()
	lines := append([]string{"Cache-Control: max-age=2", "Date: " + now(), "Age: 1"}, stored...)
	if err := put(t, c, newRequest(t, "GET", urlA), answer(200, "0123456789", lines...)); err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * time.Second)
	hit = c.Lookup(newRequest(t, "GET", urlA, ask...), cache.UseProtocol)
	if hit.Verdict != cache.Validate {
		t.Fatalf("verdict %d", hit.Verdict)
	}
	resp, ok := hit.Freshen(answer(304, "", news...), justNow())
	if ok {
		body = readBody(t, resp)
		hit.Response = resp
	}
	return hit, body, ok
}

func now() string { return time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT") }

func TestWhich304IsAboutTheStoredResponse(t *testing.T) {
	const day, other = "Sat, 01 Jan 2000 00:00:00 GMT", "Sun, 02 Jan 2000 00:00:00 GMT"
	for _, tc := range []struct {
		name         string
		stored, news []string
		want         bool
	}{
		{"same tag", []string{`Etag: "1"`}, []string{`Etag: "1"`}, true},
		{"another tag", []string{`Etag: "1"`}, []string{`Etag: "2"`}, false},
		{"tag made weak by compression", []string{`Etag: W/"1"`}, []string{`Etag: "1"`}, true},
		{"no tag in the 304", []string{`Etag: "1"`}, nil, true},
		{"same date", []string{"Last-Modified: " + day}, []string{"Last-Modified: " + day}, true},
		{"another date", []string{"Last-Modified: " + day}, []string{"Last-Modified: " + other}, false},
		{"same tag, another date", []string{`Etag: "1"`, "Last-Modified: " + day}, []string{`Etag: "1"`, "Last-Modified: " + other}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
				_, body, ok := validated(t, c, tc.stored, tc.news)
				if ok != tc.want || ok && body != "0123456789" {
					t.Errorf("%v, body %q", ok, body)
				}
			})
		})
	}
}

func TestA304MakesTheStoredResponseFreshAgain(t *testing.T) {
	for _, place := range []string{"memory", "disk"} {
		inBubble(t, func(t *testing.T) {
			opt := cache.Options{MemoryBytes: 1 << 20}
			if place == "disk" {
				opt = diskOnly(t.TempDir())
			}
			c := newCache(t, opt)
			stored := []string{`Etag: W/"1"`, "Content-Type: text/a", "Content-Encoding: gzip", "X-Old: 1"}
			news := []string{
				`Etag: "1"`, "Content-Type: text/b", "Content-Encoding: br", "Content-Length: 0",
				"Transfer-Encoding: chunked", "Connection: X-Hop", "X-Hop: 1", "X-New: 1",
			}
			hit, body, ok := validated(t, c, stored, news)
			if !ok || body != "0123456789" || hit.Response.StatusCode != 200 || hit.Response.ContentLength != 10 {
				t.Fatalf("%v %q %+v", ok, body, hit.Response)
			}
			want := newHeader([]string{
				`Etag: W/"1"`, "Content-Type: text/b", "Content-Encoding: gzip", "X-Old: 1", "X-New: 1",
				"Cache-Control: max-age=2", "Date: " + now(),
			})
			if !sameHeader(hit.Response.Header, want) {
				t.Errorf("header %q, want %q", hit.Response.Header, want)
			}
			time.Sleep(time.Second)
			if opt.Dir != "" {
				c = newCache(t, opt)
			}
			wantServed(t, c, map[string]bool{urlA: true})
			time.Sleep(2 * time.Second)
			wantServed(t, c, map[string]bool{urlA: false})
		})
	}
}

func TestARangeIsServedAfterValidation(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
		hit, body, ok := validated(t, c, []string{`Etag: "1"`}, []string{`Etag: "1"`}, "Range: bytes=2-3")
		if !ok || body != "23" || hit.Response.StatusCode != 206 {
			t.Errorf("%v %q", ok, body)
		}
	})
}

func TestA304ThatForbidsStoringIsTheLastUse(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		dir := t.TempDir()
		c := newCache(t, diskOnly(dir))
		_, body, ok := validated(t, c, []string{`Etag: "1"`}, []string{`Etag: "1"`, "Cache-Control: no-store"})
		if !ok || body != "0123456789" {
			t.Errorf("%v %q", ok, body)
		}
		if left := files(t, dir, "*"); len(left) != 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}

func TestFresheningAResponseThatIsGoneFails(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for name, opt := range map[string]cache.Options{"memory": {MemoryBytes: 1 << 20}, "disk": diskOnly(t.TempDir())} {
			c := newCache(t, opt)
			if err := put(t, c, newRequest(t, "GET", urlA), answer(200, "x", "Cache-Control: no-cache", `Etag: "1"`)); err != nil {
				t.Fatal(err)
			}
			hit := c.Lookup(newRequest(t, "GET", urlA), cache.UseProtocol)
			c.RemoveAll()
			if _, ok := hit.Freshen(answer(304, "", `Etag: "1"`), justNow()); ok {
				t.Errorf("%s: it is served", name)
			}
		}
	})
}

func TestFreshenTakesOnlyThe304ThatItWaitsFor(t *testing.T) {
	c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
	mustPut(t, c, urlA, "x")
	for _, hit := range []*cache.Hit{
		c.Lookup(newRequest(t, "GET", urlA), cache.ReloadIgnoringLocal),
		c.Lookup(newRequest(t, "GET", urlA, `If-None-Match: "1"`, "Cache-Control: no-cache"), cache.UseProtocol),
	} {
		if _, ok := hit.Freshen(answer(304, ""), justNow()); ok {
			t.Error("a 304 to a condition of the caller's own was taken")
		}
	}
}

func TestConditionsAreThoseOfTheStoredResponse(t *testing.T) {
	const day = "Sat, 01 Jan 2000 00:00:00 GMT"
	c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
	resp := answer(200, "x", "Cache-Control: no-cache", `Etag: W/"1"`, "Last-Modified: "+day)
	if err := put(t, c, newRequest(t, "GET", urlA), resp); err != nil {
		t.Fatal(err)
	}
	hit := c.Lookup(newRequest(t, "GET", urlA), cache.UseProtocol)
	h := newHeader(nil)
	hit.Condition(h)
	if h.Get("If-None-Match") != `W/"1"` || h.Get("If-Modified-Since") != day || len(h) != 2 {
		t.Errorf("%v", h)
	}
}

func TestWhatResponsesThatAreNotStoredDoToThoseThatAre(t *testing.T) {
	for _, tc := range []struct {
		name, method, url string
		status            int
		lines             []string
		kept              bool
	}{
		{"POST", "POST", urlA, 200, nil, false},
		{"redirected POST", "POST", urlA, 303, nil, false},
		{"failed POST", "POST", urlA, 404, nil, true},
		{"unknown method", "PURGE", urlA, 204, nil, false},
		{"OPTIONS", "OPTIONS", urlA, 200, nil, true},
		{"POST with Location", "POST", urlB, 201, []string{"Location: /one"}, false},
		{"POST with Content-Location", "POST", urlB, 200, []string{"Content-Location: https://A.test:443/one"}, false},
		{"POST with Location elsewhere", "POST", "https://b.test/", 201, []string{"Location: " + urlA}, true},
		{"POST with nonsense", "POST", urlB, 201, []string{"Location: http://[::"}, true},
		{"HEAD that agrees", "HEAD", urlA, 200, []string{`Etag: "1"`, "Content-Length: 1"}, true},
		{"HEAD of another tag", "HEAD", urlA, 200, []string{`Etag: "2"`}, false},
		{"HEAD of another length", "HEAD", urlA, 200, []string{`Etag: "1"`, "Content-Length: 2"}, false},
		{"HEAD that forbids storing", "HEAD", urlA, 200, []string{"Cache-Control: no-store"}, false},
		{"HEAD that fails", "HEAD", urlA, 500, nil, true},
		{"304 about another", "GET", urlA, 304, []string{`Etag: "2"`}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newCache(t, cache.Options{MemoryBytes: 1 << 20, DiskBytes: 1 << 20, Dir: t.TempDir()})
			resp := answer(200, "x", "Cache-Control: max-age=60", `Etag: "1"`)
			if err := put(t, c, newRequest(t, "GET", urlA), resp); err != nil {
				t.Fatal(err)
			}
			c.Observe(newRequest(t, tc.method, tc.url), answer(tc.status, "", tc.lines...), justNow())
			wantServed(t, c, map[string]bool{urlA: tc.kept})
		})
	}
}

func TestTheCallersOwn304FreshensWhatIsStored(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
		resp := answer(200, "x", "Cache-Control: max-age=2", `Etag: "1"`)
		if err := put(t, c, newRequest(t, "GET", urlA), resp); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		req := newRequest(t, "GET", urlA, `If-None-Match: "1"`)
		hit := c.Lookup(req, cache.UseProtocol)
		if hit.Verdict != cache.Load {
			t.Fatalf("verdict %d", hit.Verdict)
		}
		c.Observe(req, answer(304, "", `Etag: "1"`, "Cache-Control: max-age=60"), justNow())
		wantServed(t, c, map[string]bool{urlA: true})
	})
}
