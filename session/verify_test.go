package session

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"haul/transfer/partial"
)

func b64(p []byte) string { return base64.StdEncoding.EncodeToString(p) }

// digest256 is the SHA-256 of p as RFC 9530 writes it.
func digest256(p []byte) string {
	s := sha256.Sum256(p)
	return "sha-256=:" + b64(s[:]) + ":"
}

func digest512(p []byte) string {
	s := sha512.Sum512(p)
	return "sha-512=:" + b64(s[:]) + ":"
}

// legacyDigest is the SHA-256 of p as RFC 3230 writes it.
func legacyDigest(p []byte) string {
	s := sha256.Sum256(p)
	return "SHA-256=" + b64(s[:])
}

// promising serves f with more header fields, computed from the bytes of the
// file and of the body.
func promising(f *fileServer, fields func(h http.Header, status int, whole []byte, start int)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		start := 0
		if rng := r.Header.Get("Range"); rng != "" {
			for _, c := range strings.TrimSuffix(strings.TrimPrefix(rng, "bytes="), "-") {
				start = start*10 + int(c-'0')
			}
		}
		status := http.StatusOK
		if start > 0 {
			status = http.StatusPartialContent
		}
		f.mu.Lock()
		body := f.body
		f.mu.Unlock()
		fields(w.Header(), status, body, start)
		f.ServeHTTP(w, r)
	}
}

func TestDownloadIsHeldAgainstTheDigestsOfItsResponse(t *testing.T) {
	body := content(200_000, 9)
	wrong := []byte("wrong")
	for _, tt := range []struct {
		name     string
		fields   func(h http.Header)
		verified []string
		fails    bool
	}{
		{name: "none", fields: func(http.Header) {}},
		{name: "repr", fields: func(h http.Header) { h.Set("Repr-Digest", digest256(body)+", "+digest512(body)) },
			verified: []string{"Repr-Digest sha-256", "Repr-Digest sha-512"}},
		{name: "content", fields: func(h http.Header) { h.Set("Content-Digest", digest512(body)) }, verified: []string{"Content-Digest sha-512"}},
		{name: "legacy", fields: func(h http.Header) { h.Set("Digest", legacyDigest(body)) }, verified: []string{"Digest sha-256"}},
		{name: "unknown and damaged", fields: func(h http.Header) {
			h.Set("Repr-Digest", "md5=:AAAA:")
			h.Set("Content-Digest", "sha-256=:AAAA")
		}},
		{name: "wrong repr", fields: func(h http.Header) { h.Set("Repr-Digest", digest256(wrong)) }, fails: true},
		{name: "wrong content", fields: func(h http.Header) { h.Set("Content-Digest", digest256(wrong)) }, fails: true},
		{name: "wrong legacy", fields: func(h http.Header) { h.Set("Digest", legacyDigest(wrong)) }, fails: true},
		{name: "one of two wrong", fields: func(h http.Header) { h.Set("Repr-Digest", digest256(body)+", "+digest512(wrong)) }, fails: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fileServer{body: body, etag: `"e"`}
			srv := serve(t, promising(f, func(h http.Header, _ int, _ []byte, _ int) { tt.fields(h) }))
			rec := newRecorder()
			s := open(t, rec, nil)
			part := partial.PathFor(t.TempDir(), "f")
			task := download(t, s, srv.URL, part)
			task.Resume()
			await(t, rec.done)
			if tt.fails {
				_, resumable := ResumeDataFrom(task.Err())
				if !errors.Is(task.Err(), BadServerResponse) || !errors.Is(task.Err(), ErrDigest) || resumable {
					t.Errorf("%v, resumable %t", task.Err(), resumable)
				}
				if rec.file != nil || task.Verified() != nil {
					t.Error("the wrong bytes were handed out")
				}
				if _, err := os.Stat(part); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("the wrong bytes are left: %v", err)
				}
				return
			}
			if task.Err() != nil || !bytes.Equal(rec.file, body) || !slices.Equal(task.Verified(), tt.verified) {
				t.Errorf("%v, %d bytes, verified %q", task.Err(), len(rec.file), task.Verified())
			}
		})
	}
}

func TestResumedDownloadIsHeldAgainstTheWholeFile(t *testing.T) {
	body := content(300_000, 10)
	for name, tt := range map[string]struct {
		fields   func(h http.Header, status int, whole []byte, start int)
		verified []string
		fails    bool
	}{
		"of the file and of the part": {func(h http.Header, _ int, whole []byte, start int) {
			h.Set("Repr-Digest", digest256(whole))
			h.Set("Digest", legacyDigest(whole))
			h.Set("Content-Digest", digest512(whole[start:]))
		}, []string{"Content-Digest sha-512", "Repr-Digest sha-256", "Digest sha-256"}, false},
		"of the part only, as if it were the file": {func(h http.Header, _ int, whole []byte, start int) {
			h.Set("Repr-Digest", digest256(whole[start:]))
		}, nil, true},
		"of the file, as if it were the part": {func(h http.Header, _ int, whole []byte, _ int) {
			h.Set("Content-Digest", digest256(whole))
		}, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fileServer{body: body, etag: `"e"`, cutAt: 100_000}
			srv := serve(t, promising(f, tt.fields))
			rec := newRecorder()
			s := open(t, rec, nil)
			first := download(t, s, srv.URL, partial.PathFor(t.TempDir(), "f"))
			first.Resume()
			await(t, rec.done)
			data, ok := ResumeDataFrom(first.Err())
			if !ok {
				t.Fatalf("not resumable: %v", first.Err())
			}
			task, err := s.DownloadTaskWithResumeData(data, nil)
			if err != nil {
				t.Fatal(err)
			}
			task.Resume()
			await(t, rec.done)
			if tt.fails {
				if !errors.Is(task.Err(), ErrDigest) || rec.file != nil {
					t.Errorf("%v, %d bytes", task.Err(), len(rec.file))
				}
				return
			}
			if task.Err() != nil || !bytes.Equal(rec.file, body) || !slices.Equal(task.Verified(), tt.verified) {
				t.Errorf("%v, %d bytes, verified %q", task.Err(), len(rec.file), task.Verified())
			}
		})
	}
}

func TestBytesDamagedOnDiskShowWhenTheServerGivesADigest(t *testing.T) {
	body := content(300_000, 11)
	f := &fileServer{body: body, etag: `"e"`, cutAt: 100_000}
	srv := serve(t, promising(f, func(h http.Header, _ int, whole []byte, _ int) { h.Set("Repr-Digest", digest256(whole)) }))
	rec := newRecorder()
	s := open(t, rec, nil)
	part := partial.PathFor(t.TempDir(), "f")
	first := download(t, s, srv.URL, part)
	first.Resume()
	await(t, rec.done)
	data, _ := ResumeDataFrom(first.Err())
	file, err := os.OpenFile(part, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteAt([]byte("bit rot"), 5000)
	if err = errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	_, _, err = s.DownloadWithResumeData(context.Background(), data, nil)
	if !errors.Is(err, ErrDigest) {
		t.Errorf("got %v", err)
	}
}

func TestDigestsCoverTheCodingOfABody(t *testing.T) {
	text := []byte(strings.Repeat("Hello World! ", 5000))
	for name, coded := range map[string][]byte{"gzip": gzipped(t, text), "br": brotliOf(t, text)} {
		for _, right := range []bool{true, false} {
			promised := coded
			if !right {
				promised = text // of the wrong representation
			}
			srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", name)
				w.Header().Set("Repr-Digest", digest256(promised))
				w.Header().Set("Content-Digest", digest256(promised))
				_, _ = w.Write(coded)
			})
			rec := newRecorder()
			s := open(t, rec, nil)
			task := download(t, s, srv.URL, "")
			task.Resume()
			await(t, rec.done)
			if got := task.Err() == nil && bytes.Equal(rec.file, text) && len(task.Verified()) == 2; got != right {
				t.Errorf("%s, right %t: %v, %d bytes, verified %q", name, right, task.Err(), len(rec.file), task.Verified())
			}
		}
	}
}
