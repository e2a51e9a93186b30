package session_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// Golden trace 5 in all its variants: what a server may answer to a request
// for the rest of a file, and what must come of it. No answer may ever put a
// wrong byte into the file.

// partialAnswer answers a range request with 206 and the fields and body given.
func partialAnswer(w http.ResponseWriter, contentRange string, body []byte) {
	w.Header().Set("ETag", `"e1"`)
	w.Header().Set("Content-Range", contentRange)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusPartialContent)
	write(w, body)
}

func TestGolden05_AnswersToARangeRequest(t *testing.T) {
	content := bytesOf(5, million)
	whole := func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Range")
		serveSlowly(w, r, `"e1"`, content)
	}
	const over = "created resumed@0 wrote* finished metrics done(nil)"
	for name, tt := range map[string]struct {
		answer   func(w http.ResponseWriter, r *http.Request, from int)
		want     string // OFFSET stands for the offset
		requests int    // for going on
	}{
		"the rest": {
			func(w http.ResponseWriter, r *http.Request, _ int) { serveSlowly(w, r, `"e1"`, content) },
			"created resumed@OFFSET wrote* finished metrics done(nil)", 1,
		},
		// The tag is the same, so that it may be a cache that does not know
		// If-Range: the second request is for the overlap.
		"range ignored": {
			func(w http.ResponseWriter, r *http.Request, _ int) { whole(w, r) }, over, 2,
		},
		"206 from 0": {
			func(w http.ResponseWriter, _ *http.Request, _ int) {
				partialAnswer(w, fmt.Sprintf("bytes 0-%d/%d", million-1, million), content)
			}, over, 1,
		},
		"206 one byte late": {
			func(w http.ResponseWriter, _ *http.Request, from int) {
				partialAnswer(w, fmt.Sprintf("bytes %d-%d/%d", from+1, million-1, million), content[from+1:])
			}, over, 2,
		},
		"206 of another total": {
			func(w http.ResponseWriter, _ *http.Request, from int) {
				partialAnswer(w, fmt.Sprintf("bytes %d-%d/%d", from, million, million+1), append(bytes.Clone(content[from:]), 'x'))
			}, over, 2,
		},
		"206 of another tag": {
			func(w http.ResponseWriter, _ *http.Request, from int) {
				w.Header()["Etag"] = []string{`"e2"`}
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, million-1, million))
				w.WriteHeader(http.StatusPartialContent)
				write(w, bytesOf(6, million-from))
			}, over, 2,
		},
		"206 without Content-Range": {
			func(w http.ResponseWriter, _ *http.Request, from int) {
				w.WriteHeader(http.StatusPartialContent)
				write(w, content[from:])
			}, over, 2,
		},
		"206 in parts": {
			func(w http.ResponseWriter, _ *http.Request, from int) {
				w.Header().Set("Content-Type", "multipart/byteranges; boundary=b")
				w.WriteHeader(http.StatusPartialContent)
				fmt.Fprintf(w, "--b\r\nContent-Range: bytes %d-%d/%d\r\n\r\n%s\r\n--b--\r\n", from, million-1, million, content[from:])
			}, over, 2,
		},
		"206 coded": {
			func(w http.ResponseWriter, _ *http.Request, from int) {
				w.Header().Set("Content-Encoding", "gzip")
				partialAnswer(w, fmt.Sprintf("bytes %d-%d/%d", from, million-1, million), content[from:])
			}, over, 2,
		},
		"416": {
			func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", million/10))
				text(w, http.StatusRequestedRangeNotSatisfiable, "no such range")
			}, over, 2,
		},
		"206 cut short": {
			func(w http.ResponseWriter, _ *http.Request, from int) {
				w.Header().Set("Content-Length", strconv.Itoa(million-from))
				w.Header().Set("ETag", `"e1"`)
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, million-1, million))
				w.WriteHeader(http.StatusPartialContent)
				write(w, content[from:from+1000])
				if err := http.NewResponseController(w).Flush(); err != nil {
					t.Error(err)
				}
				panic(http.ErrAbortHandler)
			},
			"created resumed@OFFSET wrote* metrics done(NetworkConnectionLost+resume)", 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
					rest, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes=")
					if !ok {
						whole(w, r)
						return
					}
					from, err := strconv.Atoi(strings.TrimSuffix(rest, "-"))
					if err != nil {
						t.Errorf("Range is %q", r.Header.Get("Range"))
					}
					tt.answer(w, r, from)
				})
				rec := trace.New(t)
				var reached <-chan struct{}
				rec.On.Wrote, reached = after(400_000)
				s := st.session(rec, rec)
				dl1 := begin(t, s, rec, reached, request(t, "GET", "/f"))
				data, err := rec.Pause(t.Context(), dl1)
				if err != nil {
					t.Fatal(err)
				}
				info, err := data.Describe()
				if err != nil {
					t.Fatal(err)
				}
				dl2 := resumeFrom(t, s, data)
				dl2.Resume()
				rec.Expect(dl2, strings.ReplaceAll(tt.want, "OFFSET", strconv.FormatInt(info.Have, 10)))
				if got := len(st.log()) - 1; got != tt.requests {
					t.Errorf("going on takes %d requests, want %d", got, tt.requests)
				}
				if dl2.Err() == nil {
					expectBody(t, rec, dl2, content)
					return
				}
				again, ok := session.ResumeDataFrom(dl2.Err())
				if !ok {
					t.Fatal("no resume data")
				}
				if info2, err := again.Describe(); err != nil || info2.Have != info.Have+1000 {
					t.Errorf("after a cut at %d+1000 bytes the data has %d, %v", info.Have, info2.Have, err)
				}
			})
		})
	}
}

func TestGolden05_AnErrorStatusLeavesThePartialFileAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(55, million)
		down := false
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if down {
				text(w, http.StatusServiceUnavailable, "later")
				return
			}
			serveSlowly(w, r, `"e1"`, content)
		})
		rec := trace.New(t)
		var reached <-chan struct{}
		rec.On.Wrote, reached = after(400_000)
		s := st.session(rec, rec)
		dl := begin(t, s, rec, reached, request(t, "GET", "/f"))
		data, err := rec.Pause(t.Context(), dl)
		if err != nil {
			t.Fatal(err)
		}
		info, err := data.Describe()
		if err != nil {
			t.Fatal(err)
		}
		down = true
		refused := resumeFrom(t, s, data)
		refused.Resume()
		rec.Expect(refused, "created wrote*? finished metrics done(nil)")
		if got := refused.Response(); got == nil || got.StatusCode != 503 {
			t.Errorf("the response is %v", got)
		}
		expectBody(t, rec, refused, []byte("later"))

		down = false
		time.Sleep(time.Minute)
		dl = resumeFrom(t, s, data)
		dl.Resume()
		rec.Expect(dl, fmt.Sprintf("created resumed@%d wrote* finished metrics done(nil)", info.Have))
		expectBody(t, rec, dl, content)
	})
}
