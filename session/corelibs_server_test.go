package session_test

import (
	"compress/gzip"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"haul/internal/trace"
	"haul/session"
)

// The tests of swift-corelibs-foundation that speak of a URL session, written
// anew from what they prove. docs/corelibs.md has the table of all of them; the
// number in a name here is the one there.

// methods are those that the tests about bodies and redirects are run with.
var methods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"}

// library is the server of these tests. It reads the body of each request, so
// that the stage has it in its log.
//
//	/capital         a text
//	/status/N?to=L   status N, with L as its Location if it is there
//	/redirect/N      N redirects, then a text
//	/basic           a text for u:p
//	/unauthorized    401 without a challenge
//	/gzip            "Hello World!", coded
//	/brotli          the same in another coding
//	/cookie?A=B      sets the cookie A, leads to /capital
func library(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return // the client has gone away
	}
	area, rest, _ := strings.Cut(r.URL.Path[1:], "/")
	n, _ := strconv.Atoi(rest) // 0 where there is none
	switch area {
	case "status":
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
		}
		text(w, n, "status "+rest)
	case "redirect":
		if n > 0 {
			http.Redirect(w, r, "/redirect/"+strconv.Itoa(n-1), http.StatusFound)
			return
		}
		text(w, 200, "the end")
	case "basic":
		if authorized(w, r) {
			text(w, 200, "come in")
		}
	case "unauthorized":
		text(w, 401, "stay out")
	case "gzip":
		w.Header().Set("Content-Encoding", "gzip")
		gz := gzip.NewWriter(w)
		write(gz, []byte("Hello World!"))
		_ = gz.Close() // it has written to a client that may be gone
	case "brotli":
		w.Header().Set("Content-Encoding", "br")
		br := brotli.NewWriter(w)
		write(br, []byte("Hello World!"))
		_ = br.Close() // likewise
	case "cookie":
		for name, values := range r.URL.Query() {
			http.SetCookie(w, &http.Cookie{Name: name, Value: values[0]})
		}
		http.Redirect(w, r, "/capital", http.StatusFound)
	default:
		text(w, 200, "Kathmandu")
	}
}

// serveRaw answers every connection to addr with reply, as soon as the head of
// a request is there, and closes it.
func (st *stage) serveRaw(addr, reply string) {
	st.t.Helper()
	l, err := st.network.Listen(addr)
	if err != nil {
		st.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			if err := answerRaw(c, reply); err != nil {
				st.t.Errorf("%s: %v", addr, err)
			}
		}
	}()
	st.t.Cleanup(func() {
		if err := l.Close(); err != nil {
			st.t.Error(err)
		}
		<-ended
	})
}

func answerRaw(c net.Conn, reply string) error {
	head := make([]byte, 0, 4096)
	for !strings.HasSuffix(string(head), "\r\n\r\n") {
		n, err := c.Read(head[len(head):cap(head)])
		head = head[:len(head)+n]
		if err != nil {
			return errors.Join(err, c.Close())
		}
	}
	_, err := io.WriteString(c, reply)
	return errors.Join(err, c.Close())
}

// handled runs a data task with a completion handler to its end. The session
// may have a delegate that rec records, or none.
func handled(t *testing.T, s *session.Session, r *http.Request) result {
	t.Helper()
	h, _, got := results(t)
	task, err := s.DataTask(r, h)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	return <-got
}

// last is the latest request of the log.
func (st *stage) last() hit {
	st.t.Helper()
	hits := st.log()
	if len(hits) == 0 {
		st.t.Fatal("the server saw no request")
	}
	return hits[len(hits)-1]
}

// fails makes a data task for r, runs it and checks the error it ends with.
func fails(t *testing.T, s *session.Session, rec *trace.Recorder, r *http.Request, code session.Code) {
	t.Helper()
	task := run(t, s, rec, r)
	if !errors.Is(task.Err(), code) {
		t.Errorf("%s ends with %v, want %v", r.URL, task.Err(), code)
	}
}

// codeOf is the code of a task's error.
func codeOf(err error) (session.Code, bool) {
	e, ok := errors.AsType[*session.Error](err)
	if !ok {
		return 0, false
	}
	return e.Code, true
}
