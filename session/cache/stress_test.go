package cache_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"haul/session/cache"
)

// TestManyAtOnce lets goroutines do everything at once with a cache that is too
// small, and checks that no URL is ever served the body of another, nor half of
// one, and that the accounts are right in the end.
func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	c := newCache(t, cache.Options{MemoryBytes: 400_000, DiskBytes: 4_000_000, Dir: dir})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for range 200 {
				n := r.IntN(30)
				u := fmt.Sprintf("https://a.test/%d", n)
				body := strings.Repeat(fmt.Sprintf("%02d", n), 100+n*2500)
				if err := useOnce(c, r.IntN(20), u, body); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	c.RemoveAll()
	if memory, disk := c.Usage(); memory != 0 || disk != 0 {
		t.Errorf("usage %d, %d", memory, disk)
	}
	if left := files(t, dir, "*"); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

// useOnce does one of the things that can be done with a cache.
func useOnce(c *cache.Cache, what int, u, body string) error {
	req, err := http.NewRequest(http.MethodGet, u, nil)
	if err != nil {
		return err
	}
	switch what {
	case 0:
		c.Remove(req.URL)
		return nil
	case 1:
		c.SetBudgets(int64(len(body))*20, 4_000_000)
		return nil
	case 2:
		c.RemoveSince(time.Now().Add(-time.Millisecond))
		return nil
	}
	hit := c.Lookup(req, cache.UseProtocol)
	times := cache.Times{Sent: time.Now(), Received: time.Now()}
	resp := hit.Response
	if hit.Verdict == cache.Validate {
		resp, _ = hit.Freshen(answer(http.StatusNotModified, ""), times)
	}
	if resp != nil {
		text, err := io.ReadAll(resp.Body)
		if err == nil {
			err = resp.Body.Close()
		}
		if err != nil || string(text) != body {
			return fmt.Errorf("%s: served %d bytes of %d: %w", u, len(text), len(body), err)
		}
		return nil
	}
	// Every other response is stale at once, so that there is something to
	// freshen.
	from := answer(http.StatusOK, body, fmt.Sprintf("Cache-Control: max-age=%d", what%2*60), `Etag: "1"`)
	w, err := c.Store(req, from, times)
	if err != nil {
		return nil //nolint:nilerr // too large for the budget of this moment
	}
	defer w.Abort()
	if _, err := io.CopyBuffer(struct{ io.Writer }{w}, from.Body, make([]byte, 4096)); err != nil {
		return err
	}
	if what > 3 {
		// It may have been invalidated, or be too large by now.
		_ = w.Commit()
	}
	return nil
}
