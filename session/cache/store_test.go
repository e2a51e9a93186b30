package cache_test

import (
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"haul/session/cache"
)

func TestABodyThatIsNotWholeIsNotStored(t *testing.T) {
	const fresh = "Cache-Control: max-age=60"
	for _, place := range []string{"memory", "disk"} {
		for _, tc := range []struct {
			name string
			end  func(w *cache.Writer) error
			want bool
		}{
			{"aborted", func(w *cache.Writer) error { w.Abort(); return nil }, false},
			{"aborted, then committed", func(w *cache.Writer) error { w.Abort(); return w.Commit() }, false},
			{"too short", func(w *cache.Writer) error { return w.Commit() }, false},
			{"too long", func(w *cache.Writer) error { fmt.Fprint(w, "56789x"); return w.Commit() }, false},
			{"complete", func(w *cache.Writer) error { fmt.Fprint(w, "56789"); return w.Commit() }, true},
		} {
			t.Run(place+"/"+tc.name, func(t *testing.T) {
				opt := cache.Options{MemoryBytes: 1 << 20}
				if place == "disk" {
					opt = cache.Options{DiskBytes: 1 << 20, Dir: t.TempDir()}
				}
				c := newCache(t, opt)
				w, err := c.Store(newRequest(t, "GET", urlA), answer(200, "0123456789", fresh), justNow())
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprint(w, "01234")
				wantServed(t, c, map[string]bool{urlA: false})
				if err := tc.end(w); (err == nil) != tc.want && tc.name != "aborted" {
					t.Errorf("Commit: %v", err)
				}
				w.Abort()
				wantServed(t, c, map[string]bool{urlA: tc.want})
				if tc.want {
					return
				}
				if memory, disk := c.Usage(); memory != 0 || disk != 0 {
					t.Errorf("usage %d, %d", memory, disk)
				}
				if left := files(t, opt.Dir, "*"); len(left) != 0 {
					t.Errorf("left behind: %q", left)
				}
			})
		}
	}
}

func TestOneResponseTakesATwentiethOfTheBudgetAtMost(t *testing.T) {
	dir := t.TempDir()
	c := newCache(t, cache.Options{DiskBytes: 20 * 100_000, Dir: dir})
	for _, tc := range []struct {
		size     int
		announce bool
		want     bool
	}{{100_000, true, true}, {100_000, false, true}, {100_001, true, false}, {100_001, false, false}, {5_000_000, false, false}} {
		u := fmt.Sprintf("https://a.test/%d/%v", tc.size, tc.announce)
		resp := answer(200, strings.Repeat("x", tc.size), "Cache-Control: max-age=60")
		if !tc.announce {
			resp.ContentLength, resp.TransferEncoding = -1, []string{"chunked"}
		}
		if err := c.Storable(newRequest(t, "GET", u), resp); tc.announce && (err == nil) != tc.want {
			t.Errorf("%+v: storable: %v", tc, err)
		}
		if err := put(t, c, newRequest(t, "GET", u), resp); (err == nil) != tc.want {
			t.Errorf("%+v: %v", tc, err)
		}
		wantServed(t, c, map[string]bool{u: tc.want})
	}
	if left := files(t, dir, "*.tmp"); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestTheResponseUsedLongestAgoIsEvictedFirst(t *testing.T) {
	for _, place := range []string{"memory", "disk"} {
		t.Run(place, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				// A response takes about 10,300 bytes, and at most a twentieth.
				opt := cache.Options{MemoryBytes: 220_000}
				if place == "disk" {
					opt = cache.Options{DiskBytes: 220_000, Dir: t.TempDir()}
				}
				c := newCache(t, opt)
				name := func(i int) string { return fmt.Sprintf("https://a.test/%d", i) }
				for i := range 20 {
					mustPut(t, c, name(i), strings.Repeat("x", 10_000))
					time.Sleep(time.Second)
				}
				wantServed(t, c, map[string]bool{name(0): true}) // and so used
				for i := 20; i < 30; i++ {
					mustPut(t, c, name(i), strings.Repeat("x", 10_000))
				}
				wantServed(t, c, map[string]bool{name(0): true, name(1): false, name(2): false, name(29): true, name(28): true})
				memory, disk := c.Usage()
				if memory > 220_000 || disk > 220_000 || memory+disk < 150_000 {
					t.Errorf("usage %d, %d", memory, disk)
				}

				c.SetBudgets(opt.MemoryBytes/4, opt.DiskBytes/4)
				if memory, disk = c.Usage(); memory+disk > 55_000 {
					t.Errorf("after shrinking: usage %d, %d", memory, disk)
				}
				wantServed(t, c, map[string]bool{name(29): true, name(20): false})
				c.SetBudgets(0, 0)
				if memory, disk = c.Usage(); memory != 0 || disk != 0 {
					t.Errorf("after emptying: usage %d, %d", memory, disk)
				}
			})
		})
	}
}

func TestRemoving(t *testing.T) {
	for _, place := range []string{"memory", "disk", "both"} {
		t.Run(place, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				var opt cache.Options
				if place != "disk" {
					opt.MemoryBytes = 1 << 20
				}
				if place != "memory" {
					opt.DiskBytes, opt.Dir = 1<<20, t.TempDir()
				}
				c := newCache(t, opt)
				mustPut(t, c, urlA, "a")
				time.Sleep(time.Minute)
				since := time.Now()
				mustPut(t, c, urlB, "b")
				time.Sleep(time.Minute)
				mustPut(t, c, urlC, "c")

				u, err := url.Parse(urlC)
				if err != nil {
					t.Fatal(err)
				}
				c.Remove(u)
				wantServed(t, c, map[string]bool{urlA: true, urlB: true, urlC: false})
				c.RemoveSince(since)
				wantServed(t, c, map[string]bool{urlA: true, urlB: false})
				c.RemoveAll()
				wantServed(t, c, map[string]bool{urlA: false})
				if memory, disk := c.Usage(); memory != 0 || disk != 0 {
					t.Errorf("usage %d, %d", memory, disk)
				}
				if left := files(t, opt.Dir, "*"); opt.Dir != "" && len(left) != 0 {
					t.Errorf("left behind: %q", left)
				}
			})
		})
	}
}

func TestWhatIsInvalidatedWhileItIsStoredIsNotStored(t *testing.T) {
	for name, invalidate := range map[string]func(c *cache.Cache){
		"by a POST": func(c *cache.Cache) {
			c.Observe(newRequest(t, "POST", urlA), answer(200, ""), justNow())
		},
		"by removing all": func(c *cache.Cache) { c.RemoveAll() },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c := newCache(t, cache.Options{MemoryBytes: 1 << 20, DiskBytes: 1 << 20, Dir: dir})
			w, err := c.Store(newRequest(t, "GET", urlA), answer(200, "x", "Cache-Control: max-age=60"), justNow())
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(w, "x")
			invalidate(c)
			if err := w.Commit(); err == nil {
				t.Error("it was committed")
			}
			wantServed(t, c, map[string]bool{urlA: false})
			if left := files(t, dir, "*"); len(left) != 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

func TestAResponseCanBeChangedBeforeItIsStored(t *testing.T) {
	for _, size := range []int{4, 200_000} { // in memory, and in a file
		dir := t.TempDir()
		c := newCache(t, cache.Options{MemoryBytes: 1 << 20, DiskBytes: 20 << 20, Dir: dir})
		body := strings.Repeat("x", size)
		w, err := c.Store(newRequest(t, "GET", urlA), answer(200, body, "Cache-Control: max-age=60"), justNow())
		if err != nil {
			t.Fatal(err)
		}
		defer w.Abort()
		if _, err := io.Copy(w, strings.NewReader(body)); err != nil {
			t.Fatal(err)
		}
		r, err := w.Open()
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(r); err != nil || string(text) != body || w.Size() != int64(size) {
			t.Errorf("%d bytes are proposed of %d: %v", len(text), size, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Mine", "1")
		w.Replace([]byte("another"))
		w.MemoryOnly()
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
		hit := c.Lookup(newRequest(t, "GET", urlA), cache.UseProtocol)
		if hit.Verdict != cache.Serve {
			t.Fatalf("verdict %d", hit.Verdict)
		}
		if got := readBody(t, hit.Response); got != "another" || hit.Response.Header.Get("X-Mine") != "1" ||
			hit.Response.Header.Get("Content-Length") != "7" {
			t.Errorf("served %q with %v", got, hit.Response.Header)
		}
		if left := files(t, dir, "*"); len(left) != 0 {
			t.Errorf("on disk: %q", left)
		}
	}
}

func TestAHeaderChangedToNoStoreIsNotStored(t *testing.T) {
	c := newCache(t, cache.Options{MemoryBytes: 1 << 20})
	w, err := c.Store(newRequest(t, "GET", urlA), answer(200, "", "Cache-Control: max-age=60"), justNow())
	if err != nil {
		t.Fatal(err)
	}
	w.Header().Set("Cache-Control", "no-store")
	if err := w.Commit(); err == nil {
		t.Error("it was stored")
	}
}

func TestACacheWithoutBudgetsStoresNothing(t *testing.T) {
	c := newCache(t, cache.Options{})
	if err := put(t, c, newRequest(t, "GET", urlA), answer(200, "x", "Cache-Control: max-age=60")); err == nil {
		t.Error("a response was stored")
	}
	if memory, disk := c.Usage(); memory != 0 || disk != 0 {
		t.Errorf("usage %d, %d", memory, disk)
	}
}
