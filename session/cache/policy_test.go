package cache_test

import (
	"net/http"
	"testing"
	"time"

	"haul/session/cache"
)

func TestPoliciesDecideHowFarTheCacheAnswers(t *testing.T) {
	const fresh, stale, bare = "Cache-Control: max-age=60", "Cache-Control: max-age=1", "X-Nothing: 1"
	const tag = `Etag: "1"`
	for _, tc := range []struct {
		name   string
		stored []string // nil: nothing
		policy cache.Policy
		want   cache.Verdict
	}{
		{"nothing", nil, cache.UseProtocol, cache.Load},
		{"nothing", nil, cache.ReloadIgnoringLocal, cache.Load},
		{"nothing", nil, cache.ReturnElseLoad, cache.Load},
		{"nothing", nil, cache.ReturnDontLoad, cache.Unavailable},
		{"nothing", nil, cache.Revalidate, cache.Load},
		{"fresh", []string{fresh}, cache.UseProtocol, cache.Serve},
		{"fresh", []string{fresh, tag}, cache.ReloadIgnoringLocal, cache.Load},
		{"fresh", []string{fresh}, cache.ReturnElseLoad, cache.Serve},
		{"fresh", []string{fresh}, cache.ReturnDontLoad, cache.Serve},
		{"fresh", []string{fresh}, cache.Revalidate, cache.Load},
		{"fresh with a validator", []string{fresh, tag}, cache.Revalidate, cache.Validate},
		{"fresh and immutable", []string{fresh + ", immutable", tag}, cache.Revalidate, cache.Serve},
		{"stale", []string{stale}, cache.UseProtocol, cache.Load},
		{"stale with a validator", []string{stale, tag}, cache.UseProtocol, cache.Validate},
		{"stale", []string{stale}, cache.ReturnElseLoad, cache.Serve},
		{"stale", []string{stale}, cache.ReturnDontLoad, cache.Serve},
		{"to be validated", []string{"Cache-Control: no-cache", tag}, cache.UseProtocol, cache.Validate},
		{"to be validated", []string{"Cache-Control: no-cache", tag}, cache.ReturnDontLoad, cache.Serve},
		{"nothing about freshness", []string{bare}, cache.UseProtocol, cache.Load},
		{"nothing about freshness", []string{bare, tag}, cache.UseProtocol, cache.Validate},
		{"nothing about freshness", []string{bare}, cache.ReturnElseLoad, cache.Serve},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
				if tc.stored != nil {
					if err := put(t, c, newRequest(t, "GET", urlA), answer(200, "x", tc.stored...)); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(5 * time.Second)
				hit := c.Lookup(newRequest(t, "GET", urlA), tc.policy)
				if hit.Verdict != tc.want {
					t.Errorf("policy %d: verdict %d, want %d", tc.policy, hit.Verdict, tc.want)
				}
				if (hit.Response != nil) != (tc.want == cache.Serve) {
					t.Errorf("response %v", hit.Response)
				}
			})
		})
	}
}

func TestRequestsThatHaveNothingToDoWithTheCache(t *testing.T) {
	for _, tc := range []struct {
		name, method string
		lines        []string
	}{
		{"Authorization", "GET", []string{"Authorization: Bearer b"}},
		{"no-store", "GET", []string{"Cache-Control: no-store"}},
		{"POST", "POST", nil},
		{"If-Match", "GET", []string{`If-Match: "1"`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
			mustPut(t, c, urlA, "of another")
			req := newRequest(t, tc.method, urlA, tc.lines...)
			if hit := c.Lookup(req, cache.ReturnElseLoad); hit.Verdict != cache.Load {
				t.Errorf("verdict %d", hit.Verdict)
			}
			if tc.name == "If-Match" {
				return
			}
			if err := put(t, c, req, answer(200, "mine", "Cache-Control: public, max-age=3600")); err == nil {
				t.Error("the response was stored")
			}
		})
	}
	t.Run("another Host", func(t *testing.T) {
		c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
		mustPut(t, c, urlA, "x")
		req := newRequest(t, "GET", urlA)
		req.Host = "b.test"
		if hit := c.Lookup(req, cache.UseProtocol); hit.Verdict != cache.Load {
			t.Errorf("verdict %d", hit.Verdict)
		}
	})
}

func TestTheKeyIsTheWholeURL(t *testing.T) {
	c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
	mustPut(t, c, "https://A.test:443/p%2Fq?x=1#part", "x")
	for url, same := range map[string]bool{
		"https://a.test/p%2Fq?x=1":         true,
		"HTTPS://a.TEST/p%2Fq?x=1#other":   true,
		"https://user@a.test/p%2Fq?x=1":    true,
		"http://a.test/p%2Fq?x=1":          false,
		"https://a.test:8443/p%2Fq?x=1":    false,
		"https://a.test/p/q?x=1":           false,
		"https://a.test/p%2Fq?x=2":         false,
		"https://a.test/p%2Fq":             false,
		"https://a.test/p%2Fq?":            false,
		"https://other.test/p%2Fq?x=1":     false,
		"https://a.test/P%2Fq?x=1":         false,
		"https://a.test.evil.test/p%2Fq?x": false,
	} {
		if _, ok := served(t, c, url); ok != same {
			t.Errorf("%s: served %v, want %v", url, ok, same)
		}
	}
}

func TestResponsesThatAreNotStored(t *testing.T) {
	const fresh = "Cache-Control: max-age=3600"
	for _, tc := range []struct {
		name string
		resp *http.Response
	}{
		{"interim", answer(103, "", fresh)},
		{"partial", answer(206, "x", fresh, "Content-Range: bytes 0-0/9")},
		{"not modified", answer(304, "", fresh)},
		{"range not satisfiable", answer(416, "", fresh)},
		{"challenge", answer(401, "x", fresh)},
		{"proxy challenge", answer(407, "x", fresh)},
		{"no-store", answer(200, "x", "Cache-Control: no-store, max-age=9")},
		{"varies with everything", answer(200, "x", fresh, "Vary: Accept, *")},
		{"status without freshness", answer(500, "x")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
			req := newRequest(t, "GET", urlA)
			if err := c.Storable(req, tc.resp); err == nil {
				t.Error("Storable says yes")
			}
			if err := put(t, c, req, tc.resp); err == nil {
				t.Error("it was stored")
			}
		})
	}
	c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
	req := newRequest(t, "GET", urlA)
	untilClose := answer(200, "x", fresh)
	untilClose.ContentLength = -1
	if err := c.Storable(req, untilClose); err == nil {
		t.Error("a body that ends with the connection is storable")
	}
	untilClose.TransferEncoding = []string{"chunked"}
	if err := c.Storable(req, untilClose); err != nil {
		t.Errorf("a chunked body is not: %v", err)
	}
	if err := c.Storable(newRequest(t, "HEAD", urlA), answer(200, "", fresh)); err == nil {
		t.Error("a response to HEAD is storable")
	}
}

func TestVariantsAreKeptApartAndTheirNumberIsBounded(t *testing.T) {
	c := newCache(t, cache.Options{MemoryBytes: 1 << 20, DiskBytes: 1 << 20, Dir: t.TempDir()})
	for i := range 40 {
		req := newRequest(t, "GET", urlA, "Cookie: "+string(rune('A'+i)))
		resp := answer(200, string(rune('A'+i)), "Cache-Control: max-age=60", "Vary: Cookie")
		if err := put(t, c, req, resp); err != nil {
			t.Fatal(err)
		}
	}
	kept := 0
	for i := range 40 {
		want := string(rune('A' + i))
		body, ok := served(t, c, urlA, "Cookie: "+want)
		if ok {
			kept++
		}
		if ok && body != want {
			t.Errorf("cookie %s is served %s", want, body)
		}
		if late := i >= 40-16; ok != late {
			t.Errorf("variant %d: served %v", i, ok)
		}
	}
	if kept != 16 {
		t.Errorf("%d variants are kept", kept)
	}
}

func TestAFieldThatIsAbsentIsNotOneThatSaysSo(t *testing.T) {
	c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
	resp := answer(200, "x", "Cache-Control: max-age=60", "Vary: Foo")
	if err := put(t, c, newRequest(t, "GET", urlA), resp); err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"absent", ""} {
		if _, ok := served(t, c, urlA, "Foo: "+value); ok {
			t.Errorf("Foo: %q selects the response to a request without Foo", value)
		}
	}
}

func TestANewResponseTakesThePlaceOfTheOldOne(t *testing.T) {
	for name, opt := range map[string]cache.Options{
		"memory": {MemoryBytes: 1 << 20},
		"disk":   {DiskBytes: 1 << 20, Dir: t.TempDir()},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCache(t, opt)
			mustPut(t, c, urlA, "old")
			mustPut(t, c, urlA, "new")
			if body, _ := served(t, c, urlA); body != "new" {
				t.Errorf("served %q", body)
			}
			if n := len(files(t, opt.Dir, "*.body")); opt.Dir != "" && n != 1 {
				t.Errorf("%d bodies on disk", n)
			}
		})
	}
}
