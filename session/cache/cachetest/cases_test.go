package cachetest

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheSuiteIsThereWithoutGapsOrDoubles(t *testing.T) {
	seen := make(map[string]bool)
	count := make(map[Kind]int)
	for _, c := range Cases() {
		if seen[c.ID] {
			t.Errorf("%s is there twice", c.ID)
		}
		seen[c.ID] = true
		count[c.Kind]++
		if c.Group == "" || (c.Skip == "") != (len(c.steps) > 0) || c.What() == "" {
			t.Errorf("%s is not complete: %+v", c.ID, c)
		}
	}
	// As many as the suite has.
	if count[Required] != 163 || count[Optimal] != 107 || count[Check] != 100 {
		t.Errorf("%v", count)
	}
}

// run runs all cases that apply and returns those that fail.
func run(t *testing.T, load func(o *Origin) Load) map[string]error {
	t.Helper()
	failed := make(map[string]error)
	for _, c := range Cases() {
		if c.Skip != "" {
			continue
		}
		synctest.Test(t, func(*testing.T) {
			time.Sleep(time.Until(time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC)))
			o := new(Origin)
			if r := c.Run(o, load(o), time.Sleep); r.Err != nil {
				failed[c.ID] = r.Err
			}
		})
	}
	return failed
}

func TestWithoutACacheEveryCaseOfReuseFails(t *testing.T) {
	failed := run(t, func(o *Origin) Load {
		return func(req *http.Request, _ Mode) (*http.Response, error) { return o.RoundTrip(req) }
	})
	for _, c := range Cases() {
		wantsCache := false
		for _, s := range c.steps {
			wantsCache = wantsCache || s.want == reused || s.want == byTag || s.want == byDate
		}
		// There the caller validates what it has itself.
		if wantsCache && failed[c.ID] == nil && c.ID != "conditional-lm-stale" {
			t.Errorf("%s passes", c.ID)
		}
	}
}

// TestACacheThatNeverForgetsFails runs a cache that serves whatever it once got
// for a URL.
func TestACacheThatNeverForgetsFails(t *testing.T) {
	failed := run(t, func(o *Origin) Load {
		type kept struct {
			resp http.Response
			body []byte
		}
		store := make(map[string]kept)
		return func(req *http.Request, _ Mode) (*http.Response, error) {
			k, there := store[req.URL.String()]
			if !there {
				resp, err := o.RoundTrip(req)
				if err != nil {
					return nil, err
				}
				body, err := io.ReadAll(resp.Body)
				if err != nil {
					return nil, err
				}
				k = kept{*resp, body}
				store[req.URL.String()] = k
			}
			resp := k.resp
			resp.Body = io.NopCloser(bytes.NewReader(k.body))
			return &resp, nil
		}
	})
	for _, c := range Cases() {
		last := step{}
		for _, s := range c.steps {
			last = s
		}
		// Different URLs are the one thing that it tells apart.
		if last.want == fetched && c.ID != "query-args-different" && failed[c.ID] == nil {
			t.Errorf("%s passes", c.ID)
		}
	}
	for _, id := range []string{"other-age-gen", "headers-store-Connection", "304-etag-update-response-Test-Header", "stale-close-must-revalidate"} {
		if failed[id] == nil {
			t.Errorf("%s passes", id)
		}
	}
}
