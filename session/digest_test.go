package session

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
)

// digestServer is the server's side of Digest (RFC 7616) for the user u with
// the password p, written from the RFC and sharing nothing with the client's.
type digestServer struct {
	algorithm, qop string
	userhash       bool
	proof          string // "", "right", "wrong"
	coding         string // of the response
	oneUse         bool   // a nonce serves once; the next comes in nextnonce

	mu       sync.Mutex
	nonce    int // number of the current one
	first    int // of the challenge, for -sess
	refusals []string
	names    []string // as the client gave them
}

func (d *digestServer) hash(parts ...string) string {
	var h hash.Hash
	switch strings.TrimSuffix(d.algorithm, "-sess") {
	case "SHA-256":
		h = sha256.New()
	case "SHA-512-256":
		h = sha512.New512_256()
	default:
		h = md5.New()
	}
	_, _ = io.WriteString(h, strings.Join(parts, ":")) // a hash never fails
	return hex.EncodeToString(h.Sum(nil))
}

// fields takes apart credentials whose values hold no comma.
func fields(s string) map[string]string {
	m := make(map[string]string)
	for item := range strings.SplitSeq(strings.TrimPrefix(s, "Digest "), ", ") {
		k, v, _ := strings.Cut(item, "=")
		m[k] = strings.Trim(v, `"`)
	}
	return m
}

func (d *digestServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	d.mu.Lock()
	defer d.mu.Unlock()
	c := fields(r.Header.Get("Authorization"))
	if why := d.check(c, r, body); why != "" {
		d.refusals = append(d.refusals, why)
		d.nonce++
		d.first = d.nonce
		challenge := fmt.Sprintf(`Digest realm="r", nonce="n%d", algorithm=%s`, d.nonce, d.algorithm)
		if d.qop != "" {
			challenge += `, qop="` + d.qop + `"`
		}
		if d.userhash {
			challenge += ", userhash=true"
		}
		w.Header().Set("WWW-Authenticate", challenge)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	d.names = append(d.names, c["username"])
	reply := "hello"
	if d.coding != "" {
		w.Header().Set("Content-Encoding", d.coding)
		reply = string(encode(d.coding, reply))
	}
	info := ""
	if d.proof != "" {
		a2 := ":" + c["uri"]
		if c["qop"] == "auth-int" {
			a2 += ":" + d.hash(reply)
		}
		rspauth := d.hash(d.ha1(c), c["nonce"], c["nc"], c["cnonce"], c["qop"], d.hash(a2))
		if d.proof == "wrong" {
			rspauth = d.hash("somebody", "else")
		}
		info = fmt.Sprintf(`rspauth="%s", cnonce="%s", nc=%s, qop=%s`, rspauth, c["cnonce"], c["nc"], c["qop"])
	}
	if d.oneUse {
		d.nonce++
		info = strings.TrimPrefix(info+fmt.Sprintf(`, nextnonce="n%d"`, d.nonce), ", ")
	}
	if info != "" {
		w.Header().Set("Authentication-Info", info)
	}
	_, _ = io.WriteString(w, reply)
}

func (d *digestServer) ha1(c map[string]string) string {
	ha1 := d.hash("u", "r", "p")
	if strings.HasSuffix(d.algorithm, "-sess") {
		return d.hash(ha1, fmt.Sprintf("n%d", d.first), c["cnonce"])
	}
	return ha1
}

// check says why credentials are refused, "" if they are right.
func (d *digestServer) check(c map[string]string, r *http.Request, body []byte) string {
	name := "u"
	if d.userhash {
		name = d.hash("u", "r")
	}
	switch {
	case c["nonce"] == "":
		return "none"
	case c["nonce"] != fmt.Sprintf("n%d", d.nonce):
		return "nonce"
	case c["username"] != name || (c["userhash"] == "true") != d.userhash:
		return "name"
	case c["uri"] != r.RequestURI || c["qop"] != d.qop:
		return "terms"
	}
	a2 := r.Method + ":" + c["uri"]
	if d.qop == "auth-int" {
		a2 += ":" + d.hash(string(body))
	}
	want := d.hash(d.ha1(c), c["nonce"], d.hash(a2))
	if d.qop != "" {
		want = d.hash(d.ha1(c), c["nonce"], c["nc"], c["cnonce"], c["qop"], d.hash(a2))
	}
	if c["response"] != want {
		return "response"
	}
	return ""
}

func TestDigestEndToEnd(t *testing.T) {
	for _, algorithm := range []string{"MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"} {
		for _, qop := range []string{"auth", "auth-int"} {
			for _, userhash := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s %s userhash %t", algorithm, qop, userhash), func(t *testing.T) {
					d := &digestServer{algorithm: algorithm, qop: qop, userhash: userhash, proof: "right", oneUse: true}
					srv := serve(t, d.ServeHTTP)
					rec := newRecorder()
					rec.onChallenge = good
					s := open(t, rec, nil)
					for range 3 {
						r := get(t, srv.URL+"/a?b=c")
						r.Method = http.MethodPut
						task, err := s.UploadTaskFromData(r, []byte("the body"), nil)
						if err != nil {
							t.Fatal(err)
						}
						task.Resume()
						await(t, rec.done)
						if task.Err() != nil || task.Response().StatusCode != http.StatusOK {
							t.Fatalf("%v, %v", task.Response(), task.Err())
						}
					}
					// Later nonces come in Authentication-Info: one refusal in all.
					if n := strings.Count(rec.trace(), "tchal"); n != 1 || len(d.refusals) != 1 || len(d.names) != 3 {
						t.Errorf("asked %d times, refusals %q, accepted %d", n, d.refusals, len(d.names))
					}
				})
			}
		}
	}
}

func TestDigestWithoutQualityOfProtection(t *testing.T) {
	d := &digestServer{algorithm: "MD5"}
	srv := serve(t, d.ServeHTTP)
	rec := newRecorder()
	rec.onChallenge = good
	run(t, open(t, rec, nil), rec, srv.URL)
	if got := rec.trace(); got != "tchal(Digest,0) response(200) data metrics done" {
		t.Errorf("%s, refusals %q", got, d.refusals)
	}
}

func TestServerThatDoesNotKnowThePasswordIsNotBelieved(t *testing.T) {
	d := &digestServer{algorithm: "SHA-256", qop: "auth", proof: "wrong", oneUse: true}
	srv := serve(t, d.ServeHTTP)
	rec := newRecorder()
	rec.onChallenge = good
	s := open(t, rec, nil)
	task := run(t, s, rec, srv.URL)
	if !errors.Is(task.Err(), BadServerResponse) || rec.trace() != "tchal(Digest,0) metrics done(-1011)" {
		t.Errorf("%v, %s", task.Err(), rec.trace())
	}
	// Nothing of it is kept: the next task is asked again.
	run(t, s, rec, srv.URL)
	if n := strings.Count(rec.trace(), "tchal"); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

func TestAuthIntNeedsABodyThatCanBeReadTwice(t *testing.T) {
	d := &digestServer{algorithm: "SHA-256", qop: "auth-int"}
	srv := serve(t, d.ServeHTTP)
	rec := newRecorder()
	rec.onChallenge = good
	rec.onBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("once")), nil }
	r := get(t, srv.URL)
	r.Method = http.MethodPut
	task, err := open(t, rec, nil).UploadTaskWithStreamedRequest(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	await(t, rec.done)
	if !errors.Is(task.Err(), UserAuthenticationRequired) {
		t.Errorf("got %v, %s", task.Err(), rec.trace())
	}
}

// encode is text in a content coding.
func encode(coding, text string) []byte {
	var b bytes.Buffer
	var w io.WriteCloser = brotli.NewWriter(&b)
	if coding == "gzip" {
		w = gzip.NewWriter(&b)
	}
	_, _ = io.WriteString(w, text) // a buffer takes everything
	_ = w.Close()                  // likewise
	return b.Bytes()
}

func TestTheServersProofOverABodyIsCheckedAtItsEnd(t *testing.T) {
	tests := []struct {
		name string
		load func(s *Session, r *http.Request, rec *recorder) (got string, err error)
		// keeps: what came before the proof failed has been handed on.
		keeps bool
	}{
		{"handler", func(s *Session, r *http.Request, _ *recorder) (string, error) {
			data, _, err := s.Data(r.Context(), r, nil)
			return string(data), err
		}, false},
		{"delegate", func(s *Session, r *http.Request, rec *recorder) (string, error) {
			task, err := s.DataTask(r, nil)
			if err != nil {
				return "", err
			}
			task.Resume()
			await(t, rec.done)
			return rec.data.String(), task.Err()
		}, true},
		{"download", func(s *Session, r *http.Request, _ *recorder) (string, error) {
			path, _, err := s.Download(r.Context(), r, nil)
			if err != nil {
				return path, err
			}
			b, err := os.ReadFile(path)
			return string(b), errors.Join(err, os.Remove(path))
		}, false},
	}
	for _, tt := range tests {
		for _, coding := range []string{"", "gzip", "br"} {
			for _, proof := range []string{"right", "wrong"} {
				t.Run(fmt.Sprint(tt.name, " ", coding, " ", proof), func(t *testing.T) {
					d := &digestServer{algorithm: "SHA-256", qop: "auth-int", proof: proof, coding: coding}
					srv := serve(t, d.ServeHTTP)
					rec := newRecorder()
					rec.onChallenge = good
					s := open(t, rec, nil)
					got, err := tt.load(s, get(t, srv.URL), rec)
					want := ""
					if proof == "right" || tt.keeps {
						want = "hello"
					}
					if got != want {
						t.Errorf("got %q", got)
					}
					_, resumable := ResumeDataFrom(err)
					if proof == "right" && err != nil || proof == "wrong" && (!errors.Is(err, BadServerResponse) || resumable) {
						t.Errorf("ended with %v", err)
					}
				})
			}
		}
	}
}
