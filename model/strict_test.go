package model

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/url"
	"testing"
	"time"

	"haul/session"
)

// untrusted is a challenge of a server that cannot be verified.
func untrusted(proxy, strict bool) *session.Challenge {
	t := &session.ServerTrust{
		Host: "a.test", Addr: "a.test:443", Proxy: proxy, Strict: strict, Err: errors.New("unknown"),
		State: tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: []byte("certificate")}}},
	}
	return &session.Challenge{Space: session.ProtectionSpace{Method: session.MethodServerTrust, Proxy: proxy}, Trust: t}
}

func TestNobodyIsAskedForAnExceptionThatTheHostDoesNotAllow(t *testing.T) {
	sum := sha256.Sum256([]byte("certificate"))
	kept := new(keptServers)
	if err := kept.Put("a.test:443", sum); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		opt      Options
		accepted bool
	}{
		"for good":        {Options{Trusted: kept}, false},
		"nothing":         {Options{}, false},
		"--insecure":      {Options{Insecure: true}, true},
		"--trust-sha256":  {Options{TrustSHA256: [][sha256.Size]byte{sum}}, true},
		"of the host":     {Options{TrustHost: func(string) ([sha256.Size]byte, bool) { return sum, true }}, true},
		"of another":      {Options{TrustSHA256: [][sha256.Size]byte{{}}}, false},
		"nobody is there": {Options{Trusted: kept}, false},
	} {
		_, task, s := observed(t)
		tt.opt.Interactive = name != "nobody is there"
		o := &Observer{opt: tt.opt, slots: map[session.TaskID]*slot{task.ID(): s}, news: make(chan struct{}, 1)}
		ctx, cancel := context.WithCancel(t.Context())
		o.desk.changed = func() { t.Errorf("%s: a person is asked", name); cancel() }
		how, cred := o.DidReceiveChallenge(ctx, task, untrusted(false, true))
		cancel()
		if accepted := how == session.UseCredential && cred != nil; accepted != tt.accepted {
			t.Errorf("%s: %v %v", name, how, cred)
		}
		for _, f := range s.take(time.Now()) {
			if f.unasked != nil {
				t.Errorf("%s: somebody should have been asked: %+v", name, f.unasked)
			}
		}
	}
}

func TestAProxyIsNotTheServerWithItsAddress(t *testing.T) {
	sum := sha256.Sum256([]byte("certificate"))
	for _, proxy := range []bool{false, true} {
		kept := new(keptServers)
		at := "a.test:443"
		if proxy {
			at = "proxy/" + at
		}
		if err := kept.Put(at, sum); err != nil {
			t.Fatal(err)
		}
		for _, asks := range []bool{false, true} {
			_, task, s := observed(t)
			o := &Observer{opt: Options{Trusted: kept}, slots: map[session.TaskID]*slot{task.ID(): s}, news: make(chan struct{}, 1)}
			o.desk.changed = func() {}
			if how, _ := o.DidReceiveChallenge(t.Context(), task, untrusted(asks, false)); (how == session.UseCredential) != (asks == proxy) {
				t.Errorf("kept for a proxy %v, asked by a proxy %v: %v", proxy, asks, how)
			}
		}
	}
}

func TestARowThatGoesToHTTPSKeepsWhatItWasGiven(t *testing.T) {
	o, task, s := observed(t)
	from, to := new(url.URL), new(url.URL)
	for u, text := range map[*url.URL]string{from: "http://example.test/a", to: "https://example.test/a"} {
		if err := u.UnmarshalBinary([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	own := originOf(from)
	s.lineage.origin.Store(&own)
	space := session.ProtectionSpace{Protocol: "https", Host: "example.test", Port: 443}
	other := session.ProtectionSpace{Protocol: "https", Host: "example.test", Port: 8443}
	if s.lineage.owns(space) {
		t.Error("https is the row's own origin before")
	}
	o.DidUpgradeToHTTPS(task, from, to)
	if !s.lineage.owns(space) || s.lineage.owns(other) {
		t.Error("https is not the row's own origin then, or another port is")
	}
	if f := s.take(s.facts[0].Time); len(f) != 1 || f[0].hop == nil || f[0].hop.Answer != wantsHTTPS || f[0].hop.Status != 0 {
		t.Errorf("told is %+v", f)
	}
	// A redirect elsewhere does not move it.
	away := *to
	away.Host = "away.test"
	o.DidUpgradeToHTTPS(task, &url.URL{Scheme: "http", Host: "away.test"}, &away)
	if !s.lineage.owns(space) {
		t.Error("the origin went along with a redirect")
	}
}
