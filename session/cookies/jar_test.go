package cookies

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhatAServerMaySet(t *testing.T) {
	for _, c := range []struct {
		name, at, field string
		want            error
	}{
		{"host only", "http://www.swift.org/", "a=b", nil},
		{"own domain", "http://swift.org/", "a=b; Domain=swift.org", nil},
		{"parent", "http://www.swift.org/", "a=b; Domain=.SWIFT.org", nil},
		{"other domain", "http://swift.org/", "a=b; Domain=apple.com", errDomain},
		{"similar domain", "http://superswift.org/", "a=b; Domain=swift.org", errDomain},
		{"child", "http://swift.org/", "a=b; Domain=www.swift.org", errDomain},
		{"sibling", "http://a.swift.org/", "a=b; Domain=b.swift.org", errDomain},
		{"empty domain is none", "http://swift.org/", "a=b; Domain=", nil},
		{"two leading dots", "http://swift.org/", "a=b; Domain=..swift.org", errDomain},
		{"trailing dot", "http://swift.org/", "a=b; Domain=swift.org.", errDomain},
		{"trailing dot on both sides", "http://swift.org./", "a=b; Domain=swift.org.", errDomain},
		{"top level", "http://swift.org/", "a=b; Domain=org", errPublicSuffix},
		{"public suffix", "http://shop.co.uk/", "a=b; Domain=co.uk", errPublicSuffix},
		{"public suffix with trailing dot", "http://shop.co.uk./", "a=b; Domain=co.uk.", errDomain},
		{"private suffix", "http://me.github.io/", "a=b; Domain=github.io", errPublicSuffix},
		{"suffix of its own host", "http://github.io/", "a=b; Domain=github.io", nil},
		{"localhost", "http://localhost/", "a=b; Domain=localhost", nil},
		{"IDN host", "http://bücher.example/", "a=b; Domain=xn--bcher-kva.example", nil},
		{"IDN domain as it is written", "http://bücher.example/", "a=b; Domain=bücher.example", errDomain},
		{"address", "http://127.0.0.1/", "a=b", nil},
		{"address as domain", "http://127.0.0.1/", "a=b; Domain=127.0.0.1", nil},
		{"part of an address", "http://127.0.0.1/", "a=b; Domain=0.1", errDomain},
		{"short address", "http://127.1/", "a=b; Domain=1", errDomain},
		{"IPv6", "http://[::1]:80/", "a=b", nil},
		{"IPv6 as domain", "http://[::1]/", "a=b; Domain=[::1]", errDomain},
		{"Secure over TLS", "https://swift.org/", "a=b; Secure", nil},
		{"Secure without", "http://swift.org/", "a=b; Secure", errNeedsTLS},
		{"SameSite none", "https://swift.org/", "a=b; SameSite=None", errSameSite},
		{"SameSite none and Secure", "https://swift.org/", "a=b; SameSite=None; Secure", nil},
		{"__Secure-", "https://swift.org/", "__secure-a=b; Secure; Domain=swift.org", nil},
		{"__Secure- without Secure", "https://swift.org/", "__SeCuRe-a=b", errPrefix},
		{"__Secure- over http", "http://swift.org/", "__Secure-a=b; Secure", errNeedsTLS},
		{"__Host-", "https://swift.org/", "__Host-a=b; Secure; Path=/", nil},
		{"__Host- in any case", "https://swift.org/", "__HOST-a=b; Secure; Path=/x", errPrefix},
		{"__Host- without Path", "https://swift.org/", "__Host-a=b; Secure", errPrefix},
		{"__Host- without Secure", "https://swift.org/", "__Host-a=b; Path=/", errPrefix},
		{"__Host- with Domain", "https://swift.org/", "__Host-a=b; Secure; Path=/; Domain=swift.org", errPrefix},
		{"__Host- as a value without name", "https://swift.org/", "__Host-a; Secure; Path=/", errPrefix},
		{"__Host- after an equals sign", "https://swift.org/", "=__host-a=b; Secure; Path=/", errPrefix},
		{"__Secure- as a value without name", "https://swift.org/", "=__Secure-a; Secure", errPrefix},
		{"__Hostile", "https://swift.org/", "__Hostile=b", nil},
		{"ftp", "ftp://swift.org/", "a=b", errHost},
		{"no host", "http:///", "a=b", errHost},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := New()
			refused := errors.Join(j.SetFromHeader(parseURL(t, c.at), []string{c.field}, Accept{})...)
			if !errors.Is(refused, c.want) || (c.want == nil) != (len(j.All()) == 1) {
				t.Errorf("%v and %d cookies, want %v", refused, len(j.All()), c.want)
			}
		})
	}
}

func TestWhereACookieGoes(t *testing.T) {
	for _, c := range []struct {
		name, from, field, to string
		goes                  bool
	}{
		{"same host", "http://swift.org/", "a=b", "http://swift.org/x", true},
		{"host in other case", "http://swift.org/", "a=b", "http://SWIFT.ORG/x", true},
		{"other port", "http://swift.org:8080/", "a=b", "http://swift.org:9090/", true},
		{"absolute name", "http://swift.org/", "a=b", "http://swift.org./", true},
		{"host only and subdomain", "http://swift.org/", "a=b", "http://www.swift.org/", false},
		{"domain and subdomain", "http://swift.org/", "a=b; Domain=swift.org", "http://www.swift.org/", true},
		{"domain and itself", "http://www.swift.org/", "a=b; Domain=swift.org", "http://swift.org/", true},
		{"domain and sibling", "http://www.swift.org/", "a=b; Domain=swift.org", "http://api.swift.org/", true},
		{"domain and one that ends like it", "http://swift.org/", "a=b; Domain=swift.org", "http://superswift.org/", false},
		{"a suffix's own cookie and its customers", "http://github.io/", "a=b; Domain=github.io", "http://me.github.io/", false},
		{"localhost and below", "http://localhost/", "a=b; Domain=localhost", "http://evil.localhost/", false},
		{"address", "http://127.0.0.1/", "a=b; Domain=127.0.0.1", "http://127.0.0.1/", true},
		{"IPv6 in other words", "http://[::1]/", "a=b", "http://[::1]:8080/", true},
		{"IDN in other words", "http://bücher.example/", "a=b", "http://xn--bcher-kva.example/", true},
		{"Secure with TLS", "https://swift.org/", "a=b; Secure", "https://swift.org/", true},
		{"Secure without", "https://swift.org/", "a=b; Secure", "http://swift.org/", false},
		{"WebSocket", "https://swift.org/", "a=b; Secure", "wss://swift.org/", true},
		{"http to https", "http://swift.org/", "a=b", "https://swift.org/", true},
		{"path below", "http://swift.org/", "a=b; Path=/dir", "http://swift.org/dir/x", true},
		{"path beside", "http://swift.org/", "a=b; Path=/dir", "http://swift.org/dirx", false},
		{"path above", "http://swift.org/", "a=b; Path=/dir", "http://swift.org/", false},
		{"default path", "http://swift.org/dir/page", "a=b", "http://swift.org/dir/other", true},
		{"outside of the default path", "http://swift.org/dir/page", "a=b", "http://swift.org/", false},
		{"HttpOnly", "http://swift.org/", "a=b; HttpOnly", "http://swift.org/", true},
		{"another scheme", "http://swift.org/", "a=b", "ftp://swift.org/", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := New()
			j.from(t, c.from, c.field)
			want := ""
			if c.goes {
				want = "a=b"
			}
			j.wants(t, c.to, want)
		})
	}
}

func TestInsecurePageLeavesSecureCookiesAlone(t *testing.T) {
	for _, c := range []struct {
		name, from, field string
		refused           bool
	}{
		{"same", "http://www.swift.org/", "a=evil; Path=/login", true},
		{"removal", "http://www.swift.org/", "a=; Path=/login; Max-Age=0", true},
		{"below its path", "http://www.swift.org/", "a=evil; Path=/login/en", true},
		{"above its path", "http://www.swift.org/", "a=evil; Path=/", false},
		{"from the parent domain", "http://swift.org/", "a=evil; Path=/login", true},
		{"for the parent domain", "http://www.swift.org/", "a=evil; Path=/login; Domain=swift.org", true},
		{"from a child", "http://x.www.swift.org/", "a=evil; Path=/login", true},
		{"from a sibling", "http://api.swift.org/", "a=evil; Path=/login", false},
		{"another name", "http://www.swift.org/", "b=evil; Path=/login", false},
		{"over TLS", "https://www.swift.org/", "a=new; Path=/login", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := New()
			j.from(t, "https://www.swift.org/", "a=good; Secure; Path=/login; Domain=www.swift.org")
			refused := errors.Join(j.SetFromHeader(parseURL(t, c.from), []string{c.field}, Accept{})...)
			if errors.Is(refused, errOverwrite) != c.refused {
				t.Errorf("%v", refused)
			}
			if field := j.Field(parseURL(t, "https://www.swift.org/login")); c.refused && field != "a=good" {
				t.Errorf("then %q", field)
			}
		})
	}
}

func TestLongerPathsGoFirstThenTheOlder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		j.from(t, "http://swift.org/", "d=1", "e=1; Domain=swift.org")
		time.Sleep(time.Second)
		j.from(t, "http://swift.org/", "b=1; Path=/a/b", "f=1", "a=1; Path=/a/b/c", "c=1; Path=/a/b")
		j.wants(t, "http://swift.org/a/b/c", "a=1; b=1; c=1; d=1; e=1; f=1")

		time.Sleep(time.Second)
		j.from(t, "http://swift.org/", "d=2")
		j.wants(t, "http://swift.org/", "d=2; e=1; f=1") // a new value keeps the place
	})
}

func TestCookiesEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		j.from(t, "http://swift.org/", "a=1; Max-Age=10", "b=1", "c=1; Expires="+time.Now().Add(20*time.Second).UTC().Format(http.TimeFormat))
		time.Sleep(10 * time.Second)
		j.wants(t, "http://swift.org/", "b=1; c=1")
		time.Sleep(10 * time.Second)
		if all := j.All(); len(all) != 1 || all[0].Name != "b" || !all[0].Expires.IsZero() {
			t.Errorf("%v", all)
		}
	})
}

func TestExpiredIsDroppedOnSet(t *testing.T) {
	for _, end := range []string{"Max-Age=0", "Max-Age=-1", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", "Max-Age=0; Expires=Fri, 31 Dec 9999 23:59:59 GMT"} {
		j := New()
		j.from(t, "http://swift.org/", "x=1; "+end, "a=1", "b=1; Path=/dir")
		j.from(t, "http://swift.org/", "a=; "+end, "b=; "+end)
		if all := j.All(); len(all) != 1 || all[0].Name != "b" {
			t.Errorf("%s leaves %v", end, all)
		}
	}
}

func TestNothingLivesLongerThan400Days(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		j.from(t, "http://swift.org/", "a=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT", "b=1; Max-Age=99999999999")
		j.SetCookies(parseURL(t, "http://swift.org/"), []*http.Cookie{{Name: "c", Value: "1", MaxAge: 1 << 40}})
		if err := j.Set(Cookie{Name: "d", Domain: "swift.org", Expires: time.Now().AddDate(50, 0, 0)}); err != nil {
			t.Fatal(err)
		}
		all := j.All()
		if len(all) != 4 {
			t.Fatal(all)
		}
		for _, c := range all {
			if got := time.Until(c.Expires); got != maxLifetime {
				t.Errorf("%v lives for %v", c, got)
			}
		}
	})
}

func TestFieldSaysEveryValue(t *testing.T) {
	j := New()
	j.from(t, "http://swift.org/", `q="b, c"`, "bare", "a=1=2", "hi=\xff", "empty=")
	j.wants(t, "http://swift.org/", `q="b, c"; bare; a=1=2; hi=`+"\xff; empty=")
	j.wants(t, "http://apple.com/", "")
}

func TestACookieWithoutNameIsOneCookie(t *testing.T) {
	j := New()
	j.from(t, "http://swift.org/", "one", "=two")
	j.wants(t, "http://swift.org/", "two")
}

func TestJarOfAnHTTPClient(t *testing.T) {
	var jar http.CookieJar = New()
	at := parseURL(t, "https://www.swift.org/")
	response := http.Response{Header: http.Header{"Set-Cookie": {`a="x y"; Secure`, "b=2; Domain=swift.org", "c=3; Domain=org", "a b=4"}}}
	jar.SetCookies(at, response.Cookies())
	var sent []string
	r := http.Request{Header: http.Header{}}
	for _, c := range jar.Cookies(at) {
		r.AddCookie(c)
		sent = append(sent, c.Name)
	}
	if got, want := r.Header.Get("Cookie"), `a="x y"; b=2`; got != want {
		t.Errorf("%q %q, want %q", sent, got, want)
	}
}

func TestAcceptPolicy(t *testing.T) {
	for _, c := range []struct {
		name   string
		accept Accept
		at     string
		kept   bool
	}{
		{"always", Accept{Policy: Always}, "http://apple.com/", true},
		{"never", Accept{Policy: Never}, "http://swift.org/", false},
		{"no main document", Accept{Policy: OnlyFromMainDocumentDomain}, "http://swift.org/", true},
		{"main document", Accept{OnlyFromMainDocumentDomain, "swift.org"}, "http://swift.org/", true},
		{"parent of the main document", Accept{OnlyFromMainDocumentDomain, "WWW.swift.org"}, "http://swift.org/", true},
		{"child of the main document", Accept{OnlyFromMainDocumentDomain, "swift.org"}, "http://ads.swift.org/", false},
		{"stranger", Accept{OnlyFromMainDocumentDomain, "swift.org"}, "http://apple.com/", false},
		{"end of a name that is no label", Accept{OnlyFromMainDocumentDomain, "superswift.org"}, "http://swift.org/", false},
		{"main document that is no host", Accept{OnlyFromMainDocumentDomain, "a b"}, "http://swift.org/", false},
		{"stranger, always", Accept{Always, "swift.org"}, "http://apple.com/", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := New()
			refused := j.SetFromHeader(parseURL(t, c.at), []string{"a=b"}, c.accept)
			if got := len(j.All()) == 1; got != c.kept || (len(refused) == 0) != c.kept {
				t.Errorf("kept %v, refused %v", got, refused)
			}
		})
	}
}

func TestOneOfTwoCookiesIsAccepted(t *testing.T) {
	j := New()
	refused := j.SetFromHeader(parseURL(t, "http://swift.org/"), []string{"a=secret; Domain=apple.com", "b=2"}, Accept{})
	j.wants(t, "http://swift.org/", "b=2")
	if len(refused) != 1 || !errors.Is(refused[0], errDomain) || strings.Contains(refused[0].Error(), "secret") {
		t.Errorf("%v", refused)
	}
}

func TestCookiesOfOneNameDifferByDomainAndPath(t *testing.T) {
	j := New()
	j.from(t, "http://www.swift.org/", "a=1", "a=2; Path=/dir", "a=3; Domain=swift.org", "a=4; Domain=www.swift.org")
	if n := len(j.All()); n != 4 {
		t.Errorf("%d cookies: %v", n, j.All())
	}
	j.from(t, "http://www.swift.org/", "a=5")
	j.wants(t, "http://www.swift.org/", "a=5; a=3; a=4")
}

func TestFloodOfOneSiteStaysInIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		j.from(t, "https://victim.org/", "keep=1")
		j.from(t, "https://evil.org/", "secure=1; Secure")
		for i := range 1000 {
			time.Sleep(time.Second)
			j.from(t, fmt.Sprintf("http://h%d.evil.org/", i), fmt.Sprintf("a%d=1; Domain=evil.org", i))
		}
		if n := len(j.sites["evil.org"]); n != maxPerSite || j.total != maxPerSite+1 {
			t.Errorf("%d cookies of the site, %d in all", n, j.total)
		}
		j.wants(t, "https://victim.org/", "keep=1")
		if f := j.Field(parseURL(t, "https://evil.org/")); !strings.HasPrefix(f, "secure=1; a821=1;") || !strings.HasSuffix(f, " a999=1") {
			t.Errorf("%s", f)
		}
	})
}

func TestFullSiteOfSecureCookiesTakesNoOther(t *testing.T) {
	j := New()
	for i := range maxPerSite {
		j.from(t, "https://swift.org/", fmt.Sprintf("s%d=1; Secure", i))
	}
	j.from(t, "http://swift.org/", "a=1")
	for _, c := range j.All() {
		if !c.Secure {
			t.Errorf("%v is kept", c)
		}
	}
	if n := len(j.All()); n != maxPerSite {
		t.Errorf("%d cookies", n)
	}
}

func TestFullJarDropsTheLeastUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		j.from(t, "http://first.org/", "a=1")
		j.from(t, "http://used.org/", "a=1")
		for i := range maxTotal - 2 {
			time.Sleep(time.Second)
			j.from(t, fmt.Sprintf("http://s%d.org/", i), "a=1")
		}
		j.wants(t, "http://used.org/", "a=1") // counts as a use
		time.Sleep(time.Second)
		j.from(t, "http://last.org/", "a=1")
		if n := len(j.All()); n != maxTotal {
			t.Errorf("%d cookies", n)
		}
		j.wants(t, "http://first.org/", "")
		j.wants(t, "http://used.org/", "a=1")
		j.wants(t, "http://last.org/", "a=1")
	})
}

func TestExpiredAreEvictedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		j.from(t, "http://swift.org/", "old=1")
		for i := range maxPerSite - 1 {
			j.from(t, "http://swift.org/", fmt.Sprintf("a%d=1; Max-Age=5", i))
		}
		time.Sleep(5 * time.Second)
		j.from(t, "http://swift.org/", "new=1")
		j.wants(t, "http://swift.org/", "old=1; new=1")
		if j.total != 2 {
			t.Errorf("%d entries", j.total)
		}
	})
}

func TestLongPathOfAPageIsNoAttribute(t *testing.T) {
	j := New()
	j.from(t, "http://swift.org/"+strings.Repeat("x", 2000)+"/page", "a=1")
	j.wants(t, "http://swift.org/", "a=1")
}

func TestManyAtOnce(t *testing.T) {
	j := New()
	done := make(chan struct{})
	for i := range 8 {
		go func() {
			defer func() { done <- struct{}{} }()
			at := &url.URL{Scheme: "https", Host: fmt.Sprintf("h%d.org", i%3), Path: "/"}
			for n := range 200 {
				j.SetFromHeader(at, []string{fmt.Sprintf("a%d=%d", n%7, i)}, Accept{})
				j.Field(at)
				if n%50 == 0 {
					j.RemoveSince(time.Now())
				}
				j.All()
			}
		}()
	}
	for range 8 {
		<-done
	}
	if n := len(j.All()); n > 21 || n != j.total {
		t.Errorf("%d cookies, %d counted", n, j.total)
	}
}
