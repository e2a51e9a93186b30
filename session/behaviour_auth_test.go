package session_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"haul/internal/trace"
	"haul/session"
)

// Behaviours of group AUT that no other test shows.

func TestAUT05_RejectGoesOnToTheNextSpace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if _, given, _ := r.BasicAuth(); given == "p" {
				text(w, 200, "come in")
				return
			}
			w.Header().Add("WWW-Authenticate", `Digest realm="d, with \"quotes\"", nonce="n", qop="auth", Basic realm="the realm"`)
			text(w, 401, "who are you?")
		})
		rec := trace.New(t)
		var realms []string
		rec.Answers.Challenge = func(ctx context.Context, task session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			realms = append(realms, c.Space.Realm)
			if c.Space.Method == session.MethodDigest {
				return session.RejectProtectionSpace, nil
			}
			return password(ctx, task, c)
		}
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created tchal(Digest,0)[reject] tchal(Basic,0)[use] response(200) data* metrics done(nil)")
		if got := strings.Join(realms, "|"); got != `d, with "quotes"|the realm` {
			t.Errorf("the realms are %s", got)
		}
	})
}

func TestAUT09_ARefusedCredentialIsStillProposed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		var proposed []string
		rec.Answers.Challenge = func(_ context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			if c.Proposed == nil {
				t.Fatal("nothing is proposed")
			}
			proposed = append(proposed, c.Proposed.User)
			return session.PerformDefaultHandling, nil
		}
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "http://url-user:wrong@a.test/basic"))
		rec.Expect(task, "created tchal(Basic,0)[default] tchal(Basic,1)[default] response(401) data* metrics done(nil)")
		if got := strings.Join(proposed, " "); got != "url-user url-user" {
			t.Errorf("proposed are %s", got)
		}
		if n := len(st.log()); n != 2 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestAUT12_WhatAProtectionSpaceSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		st.listen("a.test:8080", nil, library)
		st.listen("A.test:80", nil, library)
		rec := trace.New(t)
		rec.Answers.SessionChallenge = trust
		var seen []session.ProtectionSpace
		rec.Answers.Challenge = func(_ context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			seen = append(seen, c.Space)
			return session.RejectProtectionSpace, nil
		}
		s := st.session(rec, rec)
		for _, url := range []string{"http://A.test/basic", "http://a.test:8080/basic", "https://a.test/basic"} {
			run(t, s, rec, request(t, "GET", url))
		}
		want := []session.ProtectionSpace{
			{Protocol: "http", Host: "a.test", Port: 80, Realm: "the realm", Method: session.MethodBasic},
			{Protocol: "http", Host: "a.test", Port: 8080, Realm: "the realm", Method: session.MethodBasic},
			{Protocol: "https", Host: "a.test", Port: 443, Realm: "the realm", Method: session.MethodBasic},
		}
		if len(seen) != len(want) {
			t.Fatalf("the spaces are %+v", seen)
		}
		for i, p := range seen {
			if p != want[i] || p.ReceivesCredentialSecurely() != (p.Protocol == "https") {
				t.Errorf("space %d is %+v", i, p)
			}
		}
	})
}

func TestAUT21_ACredentialIsStoredOnlyAfterItWasAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		cfg := st.configuration()
		space := session.ProtectionSpace{Protocol: "http", Host: hostA, Port: 80, Realm: "the realm", Method: session.MethodBasic}
		rec := trace.New(t)
		rec.Answers.Challenge = func(ctx context.Context, task session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			if got, err := cfg.Credentials.Default(ctx, space); got != nil || err != nil {
				t.Errorf("stored before it was accepted: %v", got)
			}
			switch c.PreviousFailureCount {
			case 0:
				return session.UseCredential, &session.Credential{User: "x", Password: "y", Persistence: session.PersistenceForSession}
			case 1:
				return session.UseCredential, &session.Credential{User: "u", Password: "p"}
			}
			return session.PerformDefaultHandling, nil
		}
		s := newSession(t, cfg, rec, rec)
		run(t, s, rec, request(t, "GET", "/basic"))
		if got, err := cfg.Credentials.Default(t.Context(), space); got != nil || err != nil {
			t.Errorf("stored although it is not to be kept: %v", got)
		}
		rec.Answers.Challenge = password
		run(t, s, rec, request(t, "GET", "/basic"))
		if got, err := cfg.Credentials.Default(t.Context(), space); err != nil || got == nil || got.User != "u" {
			t.Errorf("stored is %v", got)
		}
	})
}

// TestAUT25_SecretsShowNowhere looks for a password and a token, plain and as
// they travel, in all that a session gives out.
func TestAUT25_SecretsShowNowhere(t *testing.T) {
	const secret, token = "correct-horse", "Bearer t0ken"
	hidden := []string{secret, "t0ken", base64.StdEncoding.EncodeToString([]byte("u:" + secret))}
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(25, million)
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if _, given, _ := r.BasicAuth(); given != secret {
				w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
				text(w, 401, "who are you?")
				return
			}
			serveSlowly(w, r, `"e1"`, content)
		})
		dir := t.TempDir()
		cfg := st.configuration()
		cfg.TemporaryDirectory = dir
		rec := trace.New(t)
		var shown []string
		show := func(what string, v any) { shown = append(shown, fmt.Sprintf("%s: %v %+v %#v", what, v, v, v)) }
		rec.Answers.Challenge = func(_ context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			show("challenge", c)
			return session.UseCredential, &session.Credential{User: "u", Password: secret, Persistence: session.PersistenceForSession}
		}
		rec.On.Metrics = func(_ session.Task, m session.Metrics) { show("metrics", m) }
		var reached <-chan struct{}
		rec.On.Wrote, reached = after(300_000)
		s := newSession(t, cfg, rec, rec)
		r := request(t, "GET", "http://u:"+secret+"@a.test/f?access_token=t0ken")
		r.Header.Set("X-Api-Key", "public enough")
		r.Header.Set("Authorization", token)
		dl := begin(t, s, rec, reached, r)
		data, err := rec.Pause(t.Context(), dl)
		if err != nil {
			t.Fatal(err)
		}
		rec.Wait(dl)
		show("error", dl.Err())
		show("text", dl.Err().Error())
		show("resume data", strings.ReplaceAll(string(data), "access_token=t0ken", ""))
		if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			if strings.HasSuffix(path, ".haul-state") {
				show("state", strings.ReplaceAll(string(b), "access_token=t0ken", ""))
			}
			info, statErr := d.Info()
			if statErr == nil && info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %v", path, info.Mode())
			}
			return errors.Join(err, statErr)
		}); err != nil {
			t.Fatal(err)
		}
		if len(shown) < 6 {
			t.Errorf("only %d things were looked at", len(shown))
		}
		for _, text := range shown {
			for _, h := range hidden {
				if strings.Contains(text, h) {
					t.Errorf("%q shows in %s", h, text)
				}
			}
		}
	})
}

// TestERR1013_ACredentialThatCannotBeSent has a user name that Basic has no way
// to write.
func TestERR1013_ACredentialThatCannotBeSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		rec.Answers.Challenge = func(context.Context, session.Task, *session.Challenge) (session.Disposition, *session.Credential) {
			return session.UseCredential, &session.Credential{User: "u:u", Password: "p"}
		}
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/basic"))
		rec.Expect(task, "created tchal(Basic,0)[use] metrics done(UserAuthenticationRequired)")
		st.expectLog("GET http://a.test/basic")
	})
}
