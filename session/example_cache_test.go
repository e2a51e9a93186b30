package session_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"haul/session"
	"haul/session/cache"
)

// thrifty lets only text be stored, and never with its cookies.
type thrifty struct{}

func (thrifty) DidBecomeInvalid(*session.Session, error) {}

func (thrifty) WillCacheResponse(_ context.Context, _ session.Task, proposed *session.CachedResponse) *session.CachedResponse {
	if !strings.HasPrefix(proposed.Header.Get("Content-Type"), "text/") {
		return nil
	}
	fmt.Println("stored:", proposed.Response.Request.URL.Path)
	proposed.Header.Del("Set-Cookie")
	return proposed
}

// A cache on disk, which other sessions may be given as well, and a delegate
// that limits what goes into it.
func Example_cache() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("asked for:", r.URL.Path)
		w.Header().Set("Cache-Control", "max-age=3600")
		if r.URL.Path == "/picture" {
			w.Header().Set("Content-Type", "image/png")
		}
		fmt.Fprint(w, "hello")
	}))
	defer server.Close()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Println(err)
		}
	}()

	cfg := session.DefaultConfiguration()
	cfg.Cache, err = cache.New(cache.Options{MemoryBytes: 4 << 20, DiskBytes: 20 << 20, Dir: dir})
	if err != nil {
		log.Fatal(err)
	}
	s, err := session.New(cfg, thrifty{})
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range []string{"/text", "/text", "/picture", "/picture"} {
		request, err := http.NewRequest("GET", server.URL+path, nil)
		if err != nil {
			log.Fatal(err)
		}
		if _, _, err := s.Data(context.Background(), request, nil); err != nil {
			fmt.Println(err)
		}
	}
	// Whatever is stored, the server is asked.
	request, err := http.NewRequest("GET", server.URL+"/text", nil)
	if err != nil {
		log.Fatal(err)
	}
	request = session.WithCachePolicy(request, cache.ReloadIgnoringLocal)
	if _, _, err := s.Data(context.Background(), request, nil); err != nil {
		fmt.Println(err)
	}
	s.FinishTasksAndInvalidate()
	s.Wait()
	// Output:
	// asked for: /text
	// stored: /text
	// asked for: /picture
	// asked for: /picture
	// asked for: /text
	// stored: /text
}
