package demo

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/icholy/digest"
)

func TestTourIsWellFormedAndTakesAboutAMinute(t *testing.T) {
	names := make(map[string]bool)
	var seconds float64
	for _, file := range New(Options{}).Files() {
		_, p, err := parsePath(file.Path)
		if err != nil {
			t.Errorf("%s: %v", file.Path, err)
			continue
		}
		if names[p.name] || file.Shows == "" || file.Words == "" {
			t.Errorf("%s: name used twice, or no words", file.Path)
		}
		names[p.name] = true
		if p.rate > 0 {
			seconds += float64(p.size) / p.rate
		}
	}
	if perLane := seconds / 4; perLane > 60 || perLane < 15 {
		t.Errorf("the tour takes %.0f s at four transfers at a time", perLane)
	}
}

func TestEveryFileOfTheTourCanBeHad(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		for _, file := range f.server.Files() {
			client := http.Client{Transport: f.transport}
			if strings.HasPrefix(file.Path, "/digest/") {
				client.Transport = &digest.Transport{Username: User, Password: Password, Transport: f.transport}
			}
			whole := false
			for try := 0; try < 3 && !whole; try++ {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.at.URL(file), nil)
				if err != nil {
					t.Fatal(err)
				}
				if strings.HasPrefix(file.Path, "/basic/") {
					req.SetBasicAuth(User, Password)
				}
				resp, err := client.Do(req)
				if err != nil {
					t.Fatalf("%s: %v", file.Path, err)
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				whole = err == nil && resp.StatusCode == 200 && sum(body) == f.server.SHA256(file.Path)
			}
			if missing := strings.HasPrefix(file.Path, "/missing/"); whole == missing {
				t.Errorf("%s: whole %v", file.Path, whole)
			}
		}
	})
}

func BenchmarkContent(b *testing.B) {
	c := newContent(1, "x", 1, 1<<40)
	p := make([]byte, 64<<10)
	b.SetBytes(int64(len(p)))
	for i := range b.N {
		if _, err := c.ReadAt(p, int64(i)*int64(len(p))); err != nil {
			b.Fatal(err)
		}
	}
}
