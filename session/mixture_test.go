package session

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"haul/transfer/partial"
)

// TestAResumedFileIsOneVersion: the file changed before the bytes that would be
// compared, and behind them. What answers does not name its version, or another one
// than it did before.
func TestAResumedFileIsOneVersion(t *testing.T) {
	const cut, size = 200_000, 400_000
	before := content(size, 1)
	after := append([]byte(nil), before...)
	after[10]++
	after[size-10]++
	ranged := func(w http.ResponseWriter, r *http.Request, etag string) {
		if etag != "" {
			w.Header().Set("Etag", etag)
		}
		start := 0
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &start); err != nil {
			w.Header().Set("Etag", `"after"`)
			_, _ = w.Write(after)
			return
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, size-1, size))
		w.Header().Set("Content-Length", strconv.Itoa(size-start))
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(after[start:])
	}
	ignoring := func(w http.ResponseWriter) {
		w.Header().Set("Etag", `"before"`)
		w.Header().Set("Content-Length", strconv.Itoa(size))
		_, _ = w.Write(before) // the client may leave
	}
	for name, answer := range map[string]func(n int, w http.ResponseWriter, r *http.Request){
		"no version named": func(_ int, w http.ResponseWriter, r *http.Request) { ranged(w, r, "") },
		"no version, then another": func(n int, w http.ResponseWriter, r *http.Request) {
			ranged(w, r, []string{"", `"after"`, `"after"`}[min(n, 2)])
		},
		"the range ignored, then another version": func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 0 {
				ignoring(w)
				return
			}
			ranged(w, r, `"after"`)
		},
		"the range ignored, then none named": func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 0 {
				ignoring(w)
				return
			}
			ranged(w, r, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fileServer{body: before, etag: `"before"`}
			var requests atomic.Int32
			srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if n := int(requests.Add(1)); n == 1 {
					f.ServeHTTP(w, r)
				} else {
					answer(n-2, w, r)
				}
			})
			rec := newRecorder()
			s := open(t, rec, func(c *Configuration) { c.Connections = 1 })
			data := interrupted(t, s, rec, f, srv.URL+"/f", partial.PathFor(t.TempDir(), "f"), cut)
			d := resume(t, s, data)
			await(t, rec.done)
			if d.Err() != nil || sum(rec.file) != sum(after) {
				t.Errorf("%v; the file is what was before: %t, after: %t", d.Err(), sum(rec.file) == sum(before), sum(rec.file) == sum(after))
			}
			if n := requests.Load(); n > 4 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestAFileOfUnknownLengthIsNotWholeByItsLengthAlone: another one is as long as what is
// at hand.
func TestAFileOfUnknownLengthIsNotWholeByItsLengthAlone(t *testing.T) {
	const cut = 200_000
	before, after := content(300_000, 1), content(cut, 2)
	var requests atomic.Int32
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case requests.Add(1) == 1:
			w.Header().Set("Etag", `"before"`)
			w.Header().Set("Accept-Ranges", "bytes")
			_, _ = w.Write(before[:cut])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case r.Header.Get("Range") != "":
			w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", cut))
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		default:
			w.Header().Set("Etag", `"after"`)
			_, _ = w.Write(after)
		}
	})
	rec := newRecorder()
	s := open(t, rec, func(c *Configuration) { c.Connections = 1 })
	d := download(t, s, srv.URL+"/f", partial.PathFor(t.TempDir(), "f"))
	d.Resume()
	await(t, rec.done)
	data, ok := ResumeDataFrom(d.Err())
	if !ok {
		t.Fatal(d.Err())
	}
	rec.reset()
	d = resume(t, s, data)
	await(t, rec.done)
	if d.Err() != nil || sum(rec.file) != sum(after) {
		t.Errorf("%v; %d bytes", d.Err(), len(rec.file))
	}
}

// TestAPartThatNobodyAskedForIsNotTheFile: some caches have a part, and give it to who
// asks for everything.
func TestAPartThatNobodyAskedForIsNotTheFile(t *testing.T) {
	body := content(1000, 1)
	for name, c := range map[string]struct {
		header map[string]string
		sent   []byte
		whole  bool
	}{
		"a part":          {map[string]string{"Content-Range": "bytes 100-199/1000", "Content-Length": "100"}, body[100:200], false},
		"the beginning":   {map[string]string{"Content-Range": "bytes 0-99/1000", "Content-Length": "100"}, body[:100], false},
		"no total":        {map[string]string{"Content-Range": "bytes 0-999/*", "Content-Length": "1000"}, body, false},
		"several parts":   {map[string]string{"Content-Type": "multipart/byteranges; boundary=b"}, []byte("--b\r\n\r\n--b--\r\n"), false},
		"no range at all": {nil, body, false},
		"another length":  {map[string]string{"Content-Range": "bytes 0-999/1000", "Content-Length": "500"}, body[:500], false},
		"everything":      {map[string]string{"Content-Range": "bytes 0-999/1000"}, body, true},
		"less than said":  {map[string]string{"Content-Range": "bytes 0-999/1000"}, body[:500], false},
	} {
		for _, connections := range []int{1, Auto} {
			t.Run(fmt.Sprintf("%s/%d", name, connections), func(t *testing.T) {
				srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Etag", `"a"`)
					for k, v := range c.header {
						w.Header().Set(k, v)
					}
					w.WriteHeader(http.StatusPartialContent)
					_ = http.NewResponseController(w).Flush() // without a length, if there is none yet
					_, _ = w.Write(c.sent)
				})
				rec := newRecorder()
				s := open(t, rec, func(cfg *Configuration) { cfg.Connections = connections })
				d := download(t, s, srv.URL+"/f", "")
				d.Resume()
				await(t, rec.done)
				if c.whole {
					if d.Err() != nil || sum(rec.file) != sum(body) {
						t.Errorf("%v, %d bytes", d.Err(), len(rec.file))
					}
					return
				}
				if !errors.Is(d.Err(), BadServerResponse) && !errors.Is(d.Err(), NetworkConnectionLost) {
					t.Errorf("%v, %d bytes, %s", d.Err(), len(rec.file), strings.TrimSpace(rec.trace()))
				}
			})
		}
	}
}
