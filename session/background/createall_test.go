package background_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"haul/session/background"
)

func TestManyTasksAreMadeInTheirOrder(t *testing.T) {
	f := newFixture(t, background.Options{})
	c := f.client()
	const many = 1300 // more than one call takes
	what := make([]background.Create, many)
	for n := range what {
		what[n] = background.Create{
			Identifier: "a", Kind: "download", Request: &background.Request{URL: fmt.Sprintf("http://127.0.0.1:9/%d", n)},
		}
	}
	what[3].Request.URL = "ftp://127.0.0.1/"
	what[700].Request.Header = http.Header{"X-Long": {strings.Repeat("x", 2<<20)}} // fills a call
	ids, errs := c.CreateAll(t.Context(), what)
	next := 1
	for n := range what {
		switch {
		case n == 3:
			if errs[n] == nil || !strings.Contains(errs[n].Error(), "http or https") || ids[n] != 0 {
				t.Errorf("%d: %v, %v", n, ids[n], errs[n])
			}
			continue
		case errs[n] != nil || int(ids[n]) != next:
			t.Fatalf("task %d has the identifier %d, %v", n, ids[n], errs[n])
		}
		next++
	}
	f.stop()
	f.start()
	list, err := f.client().Tasks(t.Context(), "a")
	if err != nil || len(list) != many-1 {
		t.Errorf("%d tasks are left, %v", len(list), err)
	}
}
