package session_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"

	"haul/session"
)

// naming is a handler whose first place names the second one as a mirror, with a
// digest of the file if there is one.
func (p places) naming(digest []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Host == hostA {
			w.Header().Set("Link", `<`+placeB+`/f>; rel=duplicate; pri=1`)
			if digest != nil {
				w.Header().Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(digest)+":")
			}
		}
		p.ServeHTTP(w, r)
	}
}

func TestMirrors_AServerMayNameThem(t *testing.T) {
	content := newShareServer(nil).content
	sum := sha256.Sum256(content)
	for _, c := range []struct {
		name   string
		on     bool
		digest []byte
		used   bool
	}{
		{"with a digest of the file", true, sum[:], true},
		{"not without one", true, nil, false},
		{"not unless the app lets it", false, sum[:], false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := places{placeA: newShareServer(nil), placeB: newShareServer(otherTag)}
				s, rec := sharedBy(t, p.naming(c.digest), true, func(cfg *session.Configuration) { cfg.LinkedMirrors = c.on })
				task := download(t, s, request(t, "GET", placeA+"/f"))
				task.Resume()
				rec.Wait(task)
				rec.Expect(task, "created wrote* finished metrics done(nil)")
				expectBody(t, rec, task, content)
				if n, _, _ := p[placeB].log(); (n > 0) != c.used {
					t.Errorf("the mirror had %d requests", n)
				}
				if used := len(task.Mirrors()) == 2 && task.Mirrors()[1].Bytes > 0; used != c.used {
					t.Errorf("the places are %+v", task.Mirrors())
				}
				if (len(task.Verified()) > 0) != (c.digest != nil) {
					t.Errorf("verified: %q", task.Verified())
				}
			})
		})
	}
}

func TestMirrors_WhatTheDigestRefusesIsFetchedAgainFromTheFirstPlace(t *testing.T) {
	for name, wrongDigest := range map[string]bool{"a wrong mirror": false, "a wrong digest": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := places{placeA: newShareServer(nil), placeB: newShareServer(otherTag)}
				content := p[placeA].content
				wrong := bytes.Clone(content)
				for at := 1000; at < len(wrong); at += 256 << 10 {
					wrong[at] ^= 1 // few samples see one
				}
				p[placeB].content = wrong
				sum := sha256.Sum256(content)
				if wrongDigest {
					sum[0] ^= 1
				}
				s, rec := sharedBy(t, p.naming(sum[:]), true, func(cfg *session.Configuration) { cfg.LinkedMirrors = true })
				task := download(t, s, request(t, "GET", placeA+"/f"))
				task.Resume()
				rec.Wait(task)
				if wrongDigest {
					if err := task.Err(); !errors.Is(err, session.BadServerResponse) || !errors.Is(err, session.ErrDigest) {
						t.Errorf("the error is %v", err)
					}
					return
				}
				rec.Expect(task, "created wrote* finished metrics done(nil)")
				expectBody(t, rec, task, content)
				if len(task.Verified()) == 0 {
					t.Error("the file was not verified")
				}
				var why string
				if m := task.Mirrors(); len(m) == 2 {
					why = m[1].Dropped
				}
				if why == "" {
					t.Errorf("the mirror was not dropped: %+v", task.Mirrors())
				}
			})
		})
	}
}
