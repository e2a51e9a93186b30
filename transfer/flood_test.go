package transfer

import (
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// allocated runs f and returns the bytes it allocated, in all goroutines.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestFloodsEndInAnError(t *testing.T) {
	tests := []struct {
		name, once, forever string
		phase               Phase
		is                  error
	}{
		{"1xx", "", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", PhaseHead, errTooMany1xx},
		{"empty 1xx", "", "HTTP/1.1 102 P\r\n\r\n", PhaseHead, errTooMany1xx},
		{"fields", "HTTP/1.1 200 OK\r\n", "X-Flood: " + strings.Repeat("x", 200) + "\r\n", PhaseHead, nil},
		{"one field", "HTTP/1.1 200 OK\r\nX-Flood: ", strings.Repeat("x", 1000), PhaseHead, nil},
		{"status line", "HTTP/1.1 200 ", strings.Repeat("x", 1000), PhaseHead, nil},
		{"fields of a 1xx", "HTTP/1.1 103 Early Hints\r\n", "X-Flood: " + strings.Repeat("x", 200) + "\r\n", PhaseHead, nil},
		{"chunk extension", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=", strings.Repeat("x", 1000), PhaseBody, nil},
		{"small chunks with extensions", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1;" + strings.Repeat("x", 1000) + "\r\nx\r\n", PhaseBody, nil},
		{"trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X-Flood: " + strings.Repeat("x", 200) + "\r\n", PhaseBody, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := rawServer(t, func(c net.Conn) {
				if _, err := io.WriteString(c, tt.once); err != nil {
					return
				}
				burst := strings.Repeat(tt.forever, 1+20_000/len(tt.forever))
				for {
					if _, err := io.WriteString(c, burst); err != nil {
						return
					}
				}
			})
			c := newClient(t, Config{})
			got := allocated(func() {
				x, err := c.Do(t.Context(), Request{HTTP: get(t, "http://"+addr)})
				if err == nil {
					_, err = io.Copy(io.Discard, x.Response.Body)
					x.Response.Body.Close()
				}
				wantError(t, err, tt.phase)
				if tt.is != nil && !errors.Is(err, tt.is) {
					t.Errorf("error %v", err)
				}
			})
			// What was allocated in all bounds what was ever held at once.
			if limit := uint64(64 << 20); got > limit {
				t.Errorf("%d bytes allocated", got)
			}
		})
	}
}

func TestFloodsOverHTTP2EndInAnError(t *testing.T) {
	tests := map[string]http.HandlerFunc{
		"1xx": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", strings.Repeat("x", 500))
			for r.Context().Err() == nil {
				w.WriteHeader(http.StatusEarlyHints)
			}
		},
		"fields": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Flood", strings.Repeat("x", 2<<20))
		},
	}
	for name, handler := range tests {
		t.Run(name, func(t *testing.T) {
			s, cfg := serveTLS(t, true, handler)
			x, err := newClient(t, Config{TLS: cfg}).Do(t.Context(), Request{HTTP: get(t, s.URL)})
			if err == nil {
				x.Response.Body.Close()
			}
			wantError(t, err, PhaseHead)
		})
	}
}

func TestHeadLimitCanBeSet(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X", strings.Repeat("x", 100_000))
	})
	_, err := newClient(t, Config{MaxResponseHeaderBytes: 50_000}).Do(t.Context(), Request{HTTP: get(t, s.URL)})
	wantError(t, err, PhaseHead)
	readAll(t, do(t, newClient(t, Config{MaxResponseHeaderBytes: 200_000}), Request{HTTP: get(t, s.URL)}))
}
