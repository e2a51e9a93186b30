package model

import (
	"net/http"
	"net/url"
	"testing"
)

func TestRedirectOfAResumedTask(t *testing.T) {
	o := NewObserver()
	o.opt = Options{}.withDefaults()
	from, err := url.Parse("https://cdn.example.test/files/big.iso?sig=1")
	if err != nil {
		t.Fatal(err)
	}
	l := &lineage{spec: &Spec{}}
	l.cameFrom(from)
	for _, c := range []struct {
		to      string
		resumed bool
		want    verdict
	}{
		{"https://cdn.example.test/login", true, stay},
		{"https://cdn.example.test/login", false, follow},
		{"https://cdn.example.test/v2/big.iso?sig=2", true, follow},
		{"https://mirror.example.test/big.iso", true, ask},
		{"http://cdn.example.test/files/big.iso", true, ask},
	} {
		to, err := url.Parse(c.to)
		if err != nil {
			t.Fatal(err)
		}
		got := o.judgeRedirect(&slot{lineage: l, resumed: c.resumed}, &http.Request{URL: from}, &http.Request{URL: to})
		if got.verdict != c.want {
			t.Errorf("to %s, resumed %v: %d %q, want %d", c.to, c.resumed, got.verdict, got.why, c.want)
		}
	}
}

func TestAPermissionOverTLSIsNoneWithout(t *testing.T) {
	o := NewObserver()
	o.opt = Options{}.withDefaults()
	put(&o.desk.always, redirectKey{host: "b.example.test"}, true)
	s := &slot{lineage: &lineage{spec: &Spec{}}}
	from := &http.Request{URL: &url.URL{Scheme: "https", Host: "a.example.test", Path: "/x"}}
	over := &http.Request{URL: &url.URL{Scheme: "https", Host: "B.example.test.", Path: "/x"}}
	without := &http.Request{URL: &url.URL{Scheme: "http", Host: "b.example.test", Path: "/x"}}
	if got := o.judgeRedirect(s, from, over); got.verdict != follow {
		t.Errorf("over TLS: %+v", got)
	}
	if got := o.judgeRedirect(s, from, without); got.verdict != ask {
		t.Errorf("without: %+v", got)
	}
}

func TestAnotherURLGetsNoCredentials(t *testing.T) {
	next, err := http.NewRequest(http.MethodGet, "https://a.example.test/x", nil) //nolint:noctx // it is never sent
	if err != nil {
		t.Fatal(err)
	}
	next.Header = http.Header{"Authorization": {"secret"}, "Cookie": {"secret"}, "X-Trace": {"1"}}
	same := &url.URL{Scheme: "https", Host: "a.example.test", Path: "/y"}
	if r := redirectElsewhere(t.Context(), next, same); r.Header.Get("Authorization") == "" || r.URL.Path != "/y" {
		t.Errorf("same origin: %v", r.Header)
	}
	other := &url.URL{Scheme: "https", Host: "a.example.test:8443", Path: "/y"}
	r := redirectElsewhere(t.Context(), next, other)
	if r.Header.Get("Authorization")+r.Header.Get("Cookie") != "" || r.Header.Get("X-Trace") == "" {
		t.Errorf("another origin: %v", r.Header)
	}
}
