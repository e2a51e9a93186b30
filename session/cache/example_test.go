package cache_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"haul/session/cache"
)

// A response that is fresh is not asked for again, and one that is stale only
// whether it has changed.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			fmt.Println("the server says that nothing has changed")
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Println("the server sends the body")
		fmt.Fprint(w, "hello")
	}))
	defer server.Close()

	c, err := cache.New(cache.Options{MemoryBytes: 4 << 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	l := &loader{cache: c, next: server.Client().Transport}
	for _, policy := range []cache.Policy{cache.UseProtocol, cache.UseProtocol, cache.Revalidate} {
		req, err := http.NewRequest(http.MethodGet, server.URL, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		resp, err := l.load(req, policy)
		if err != nil {
			fmt.Println(err)
			return
		}
		body, err := io.ReadAll(resp.Body)
		fmt.Println(resp.StatusCode, string(body), err, resp.Body.Close())
	}
	// Output:
	// the server sends the body
	// 200 hello <nil> <nil>
	// 200 hello <nil> <nil>
	// the server says that nothing has changed
	// 200 hello <nil> <nil>
}
