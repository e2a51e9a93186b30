package session_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"haul/internal/trace"
	"haul/session"
)

// places are servers by their origin.
type places map[string]*shareServer

func (p places) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	p[scheme+r.Host].ServeHTTP(w, r)
}

const (
	placeA  = "http://" + hostA
	placeB  = "http://" + hostB
	placeSA = "https://" + hostA
	placeSB = "https://" + hostB
)

// mirrored makes a download of placeA with the other places as its mirrors.
func mirrored(t *testing.T, s *session.Session, proof session.Proof, origins ...string) *session.DownloadTask {
	t.Helper()
	task := download(t, s, request(t, "GET", placeA+"/f"))
	var mirrors []*url.URL
	for _, o := range origins {
		u, err := url.Parse(o + "/f")
		if err != nil {
			t.Fatal(err)
		}
		mirrors = append(mirrors, u)
	}
	if err := task.SetMirrors(mirrors, proof); err != nil {
		t.Fatal(err)
	}
	return task
}

// piecesOf proves content in pieces of 256 KiB.
func piecesOf(content []byte) session.Proof {
	p := session.Proof{Size: int64(len(content)), PieceSize: 256 << 10, Hash: sha256.New}
	for at := 0; at < len(content); at += int(p.PieceSize) {
		sum := sha256.Sum256(content[at:min(at+int(p.PieceSize), len(content))])
		p.Pieces = append(p.Pieces, sum[:])
	}
	return p
}

// otherTag gives a mirror an entity tag of its own, as other hosts have.
func otherTag(s *share) { s.etag = `"elsewhere"` }

// expectDropped checks which places were dropped, by origin, and why.
func expectDropped(t *testing.T, task *session.DownloadTask, want map[string]string) {
	t.Helper()
	for _, m := range task.Mirrors() {
		u, err := url.Parse(m.URL)
		if err != nil {
			t.Fatal(err)
		}
		why := want[u.Scheme+"://"+u.Host]
		if (why == "") != (m.Dropped == "") || !strings.Contains(m.Dropped, why) {
			t.Errorf("%s dropped for %q, want %q", m.URL, m.Dropped, why)
		}
	}
}

func TestMirrors_SegmentsComeFromAllOfThem(t *testing.T) {
	for name, n := range map[string]int{"as many as pay": session.Auto, "six": 6} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := places{placeA: newShareServer(nil), placeB: newShareServer(otherTag), placeSB: newShareServer(otherTag)}
				s, rec := sharedBy(t, p.ServeHTTP, true, func(cfg *session.Configuration) { cfg.Connections, cfg.MaxConnectionsPerHost = n, 4 })
				task := mirrored(t, s, session.Proof{}, placeB, placeSB)
				hosts := map[string]bool{}
				rec.On.Wrote = func(d *session.DownloadTask, _, _, _ int64) {
					for _, seg := range d.Segments() {
						hosts[seg.Host] = true
					}
				}
				task.Resume()
				rec.Wait(task)
				rec.Expect(task, "created wrote* finished metrics done(nil)")
				expectBody(t, rec, task, p[placeA].content)
				expectDropped(t, task, nil)
				var sum int64
				for _, m := range task.Mirrors() {
					sum += m.Bytes
					if least := int64(shareSize / 20); m.Bytes == 0 || n == session.Auto && m.Bytes < least {
						t.Errorf("%d bytes from %s", m.Bytes, m.URL)
					}
				}
				if sum != shareSize || !hosts[hostA] || !hosts[hostB] {
					t.Errorf("%d bytes, from %v", sum, hosts)
				}
				for place, f := range p {
					if _, most, _ := f.log(); most > 4 {
						t.Errorf("%d connections at once to %s", most, place)
					}
				}
			})
		})
	}
}

func TestMirrors_WhatIsWrongWithOneIsSaidAndNothingOfItIsLeft(t *testing.T) {
	content := newShareServer(nil).content
	elsewhere := bytes.Clone(content)
	for i := range elsewhere {
		elsewhere[i] ^= 1
	}
	ending := bytes.Clone(content)
	for i := 3 << 20; i < len(ending); i++ {
		ending[i] ^= 1
	}
	for _, c := range []struct {
		name    string
		spoil   func(*share)
		content []byte
		why     string
		none    bool // no byte of it came into the file
		hidden  bool // only pieces tell
	}{
		{name: "another file", content: elsewhere, why: "other bytes", none: true},
		{name: "another length", spoil: func(s *share) { s.total++ }, why: "length", none: true},
		{name: "a longer file", content: append(bytes.Clone(content), 1), why: "length", none: true},
		{name: "an error", spoil: func(s *share) { s.status = http.StatusNotFound }, why: "status 404", none: true},
		{name: "no ranges", spoil: func(s *share) { s.ranged = false }, why: "other bytes", none: true},
		{name: "never free", spoil: func(s *share) { s.status = http.StatusServiceUnavailable }, none: true},
		{name: "other bytes in its second part", content: ending, why: "other bytes", hidden: true},
		{name: "another file after a while", spoil: func(s *share) {
			if s.number > 3 {
				s.etag = `"later"`
			}
		}, why: "other bytes"},
	} {
		for _, proof := range []session.Proof{{}, piecesOf(content)} {
			if c.hidden && len(proof.Pieces) == 0 {
				continue
			}
			t.Run(c.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					bad := newShareServer(c.spoil)
					if c.content != nil {
						bad.content = c.content
					}
					p := places{placeA: newShareServer(nil), placeB: bad}
					s, rec := sharedBy(t, p.ServeHTTP, true, nil)
					task := mirrored(t, s, proof, placeB)
					task.Resume()
					rec.Wait(task)
					expectBody(t, rec, task, content)
					expectDropped(t, task, map[string]string{placeB: c.why})
					if n := task.Mirrors()[1].Bytes; c.none && n != 0 {
						t.Errorf("%d bytes came from it", n)
					}
				})
			})
		}
	}
}

func TestMirrors_PiecesFindWhatASampleCannot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := places{placeA: newShareServer(nil), placeB: newShareServer(otherTag), placeSB: newShareServer(otherTag)}
		content := p[placeA].content
		wrong := bytes.Clone(content)
		for at := 1000; at < len(wrong); at += 256 << 10 {
			wrong[at] ^= 1
		}
		p[placeB].content = wrong
		s, rec := sharedBy(t, p.ServeHTTP, true, nil)
		task := mirrored(t, s, piecesOf(content), placeB, placeSB)
		task.Resume()
		rec.Wait(task)
		rec.Expect(task, "created wrote* finished metrics done(nil)")
		expectBody(t, rec, task, content)
		expectDropped(t, task, map[string]string{placeB: "other bytes"})
		if c := task.Counts(); c.Received != shareSize {
			t.Errorf("counts %+v", c)
		}
	})
}

func TestMirrors_TheFirstPlaceMayBeTheWrongOne(t *testing.T) {
	for _, connections := range []int{1, session.Auto} {
		synctest.Test(t, func(t *testing.T) {
			p := places{placeA: newShareServer(nil), placeB: newShareServer(otherTag)}
			content := p[placeB].content
			p[placeA].content = bytes.Clone(content)
			for at := range p[placeA].content {
				p[placeA].content[at] ^= 1
			}
			s, rec := sharedBy(t, p.ServeHTTP, true, func(cfg *session.Configuration) { cfg.Connections = connections })
			task := mirrored(t, s, piecesOf(content), placeB)
			task.Resume()
			rec.Wait(task)
			expectBody(t, rec, task, content)
			expectDropped(t, task, map[string]string{placeA: "other bytes"})
			if task.Err() != nil {
				t.Error(task.Err())
			}
		})
	}
}

func TestMirrors_WithoutAnotherPlaceWrongPiecesFailAndNothingIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := places{placeA: newShareServer(nil)}
		proof := piecesOf(p[placeA].content)
		p[placeA].content = bytes.Clone(p[placeA].content)
		p[placeA].content[5_000_000] ^= 1
		s, rec := sharedBy(t, p.ServeHTTP, true, nil)
		task := mirrored(t, s, proof)
		task.Resume()
		rec.Wait(task)
		rec.Expect(task, "created wrote* metrics done(BadServerResponse)")
		if !errors.Is(task.Err(), session.ErrDigest) {
			t.Errorf("ended with %v", task.Err())
		}
		if _, ok := session.ResumeDataFrom(task.Err()); ok {
			t.Error("it can be resumed")
		}
	})
}

func TestMirrors_TheNextOneTakesThePlaceOfOneThatFailsBeforeAByte(t *testing.T) {
	refuse := func(s *share) { s.status = http.StatusForbidden }
	for name, c := range map[string]struct {
		a    *shareServer
		url  string
		size int64
		why  string
	}{
		"an error":     {a: newShareServer(refuse), why: "status 403"},
		"another size": {a: &shareServer{content: []byte("short"), remotes: map[string]bool{}}, size: shareSize, why: "5 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := places{placeA: c.a, placeB: newShareServer(refuse), placeSB: newShareServer(nil)}
				s, rec := sharedBy(t, p.ServeHTTP, true, nil)
				task := mirrored(t, s, session.Proof{Size: c.size}, placeB, placeSB)
				task.Resume()
				rec.Wait(task)
				expectBody(t, rec, task, p[placeSB].content)
				expectDropped(t, task, map[string]string{placeA: c.why, placeB: "status 403"})
				if got := task.CurrentRequest().URL.String(); got != placeSB+"/f" {
					t.Errorf("came from %s", got)
				}
			})
		})
	}
}

func TestMirrors_GoOnWhenTheFirstPlaceIsLost(t *testing.T) {
	for name, n := range map[string]int{"one connection": 1, "several": session.Auto} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lost := newShareServer(func(s *share) {
					if s.number == 1 {
						s.cut = 1 << 20
					} else {
						s.status = http.StatusNotFound
					}
				})
				p := places{placeA: lost, placeB: newShareServer(otherTag)}
				s, rec := sharedBy(t, p.ServeHTTP, true, func(cfg *session.Configuration) { cfg.Connections = n })
				task := mirrored(t, s, session.Proof{}, placeB)
				task.Resume()
				rec.Wait(task)
				rec.Expect(task, "created wrote* finished metrics done(nil)")
				expectBody(t, rec, task, p[placeB].content)
				if m := task.Mirrors(); m[1].Bytes < 7<<20 {
					t.Errorf("mirrors %+v", m)
				}
			})
		})
	}
}

func TestMirrors_GetNoSecretOfAnotherOrigin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := places{placeA: newShareServer(nil), placeB: newShareServer(otherTag)}
		var mu sync.Mutex
		var seen []http.Header
		s, rec := shared(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Host == hostA && !authorized(w, r) {
				return
			}
			if r.Host == hostB {
				mu.Lock()
				seen = append(seen, r.Header.Clone())
				mu.Unlock()
			}
			p.ServeHTTP(w, r)
		}, nil)
		r := request(t, "GET", placeA+"/f")
		r.Header.Set("X-Api-Key", "secret")
		r.Header.Set("Cookie", "a=secret")
		r.Header.Set("X-Colour", "blue")
		task := download(t, s, r)
		u, err := url.Parse("http://user:secret@" + hostB + "/f")
		if err != nil {
			t.Fatal(err)
		}
		if err := task.SetMirrors([]*url.URL{u}, session.Proof{}); err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Wait(task)
		expectBody(t, rec, task, p[placeA].content)
		if len(seen) == 0 {
			t.Fatal("the mirror was not asked")
		}
		for _, h := range seen {
			if h.Get("Authorization") != "" || h.Get("X-Api-Key") != "" || h.Get("Cookie") != "" || h.Get("X-Colour") != "blue" {
				t.Errorf("the mirror got %v", h)
			}
		}
		if n := strings.Count(trace.Format(rec.Events(task)), "tchal(Basic"); n != 1 {
			t.Errorf("%d challenges", n)
		}
	})
}
