package cookies

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// noon is the time at which the tests of pure functions happen.
var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func TestParseTakesWhatTheRFCTakes(t *testing.T) {
	long := strings.Repeat("x", maxAttribute+1)
	for _, c := range []struct {
		name, line string
		want       received
	}{
		{"plain", "a=b", received{name: "a", value: "b"}},
		{"no name", "b", received{value: "b"}},
		{"empty name", "=b", received{value: "b"}},
		{"equals sign in a value without a name", "==b", received{value: "=b"}},
		{"no value", "a=", received{name: "a"}},
		{"white space around", " \ta \t=\t b ; Secure ", received{name: "a", value: "b", secure: true}},
		{"white space inside", "a b=c\td e", received{name: "a b", value: "c\td e"}},
		{"quotes stay", `a="b c"`, received{name: "a", value: `"b c"`}},
		{"bytes that are no UTF-8", "a=\xff\xfe", received{name: "a", value: "\xff\xfe"}},
		{"comma", "a=b,c=d", received{name: "a", value: "b,c=d"}},
		{"all attributes", "a=b; Path=/p; Domain=Example.COM; Secure; HttpOnly; SameSite=Lax; Max-Age=60", received{
			name: "a", value: "b", path: "/p", domain: "Example.COM", secure: true, httpOnly: true,
			sameSite: SameSiteLax, expires: noon.Add(time.Minute),
		}},
		{"any case and spacing", "a=b;PATH=/p;  dOMAIN = .x.org ;sEcUrE;httponly=yes;samesite=STRICT", received{
			name: "a", value: "b", path: "/p", domain: "x.org", secure: true, httpOnly: true, sameSite: SameSiteStrict,
		}},
		{"unknown attributes", "a=b; Priority=High; ; =; x", received{name: "a", value: "b"}},
		{"last one counts", "a=b; Path=/1; Path=/2; Domain=a.org; Domain=b.org", received{name: "a", value: "b", path: "/2", domain: "b.org"}},
		{"path that is none", "a=b; Path=/1; Path=2", received{name: "a", value: "b"}},
		{"too long attribute is as if it were not there", "a=b; Path=/1; Path=/" + long, received{name: "a", value: "b", path: "/1"}},
		{"unknown SameSite", "a=b; SameSite=Strict; SameSite=Whatever", received{name: "a", value: "b"}},
		{"Max-Age before Expires", "a=b; Max-Age=60; Expires=Sun, 01 Mar 2026 13:00:00 GMT", received{name: "a", value: "b", expires: noon.Add(time.Minute)}},
		{"bad Max-Age leaves Expires", "a=b; Max-Age=6o; Expires=Sun, 01 Mar 2026 13:00:00 GMT", received{name: "a", value: "b", expires: noon.Add(time.Hour)}},
		{"bad Expires", "a=b; Expires=soon", received{name: "a", value: "b"}},
		{"expiry as the last attribute", "a=b; path=/; Expires=Sun, 01-Mar-26 13:00:00 GMT", received{name: "a", value: "b", path: "/", expires: noon.Add(time.Hour)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parse(c.line, noon)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v, %v, want %+v", got, err, c.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       error
	}{
		{"nothing", "", errEmpty},
		{"equals sign alone", "=", errEmpty},
		{"attributes alone", "; Secure; Path=/", errEmpty},
		{"line feed", "a=b\nSet-Cookie: c=d", errControl},
		{"NUL", "a=b\x00c", errControl},
		{"escape", "a=\x1b[2J", errControl},
		{"DEL in an attribute", "a=b; Path=/\x7f", errControl},
		{"4097 bytes", "ab=" + strings.Repeat("x", 4095), errTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := parse(c.line, noon); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
	if _, err := parse("ab="+strings.Repeat("x", 4094), noon); err != nil {
		t.Errorf("4096 bytes: %v", err)
	}
}

func TestMaxAge(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"1": time.Second, "0060": time.Minute, "0": -time.Second, "-5": -time.Second, "-0": -time.Second,
		"34560000": maxLifetime, "34560001": maxLifetime, "99999999999999999999999999": maxLifetime,
	} {
		if got, ok := parseMaxAge(in); !ok || got != want {
			t.Errorf("%q: %v, %v, want %v", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "-", "+5", "5s", "1.5", "--1", "0x10", " 5", "5-"} {
		if got, ok := parseMaxAge(in); ok {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func TestParsedByNetHTTP(t *testing.T) {
	for _, c := range []struct {
		name string
		in   http.Cookie
		want received
	}{
		{"by hand", http.Cookie{Name: "a", Value: "b", Domain: ".x.org", Path: "/p", Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode},
			received{name: "a", value: "b", domain: "x.org", path: "/p", secure: true, httpOnly: true, sameSite: SameSiteNone}},
		{"quotes come back", http.Cookie{Name: "a", Value: "b", Quoted: true}, received{name: "a", value: `"b"`}},
		{"MaxAge before Expires", http.Cookie{Name: "a", MaxAge: 60, Expires: noon.Add(time.Hour)}, received{name: "a", expires: noon.Add(time.Minute)}},
		{"MaxAge below zero removes", http.Cookie{Name: "a", MaxAge: -1}, received{name: "a", expires: noon.Add(-time.Second)}},
		{"Expires", http.Cookie{Name: "a", Expires: noon.Add(time.Hour)}, received{name: "a", expires: noon.Add(time.Hour)}},
		{"the line it was made from counts", http.Cookie{Name: "a", Value: "", Raw: `a="x y"; SameSite=Lax`}, received{name: "a", value: `"x y"`, sameSite: SameSiteLax}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := fromHTTP(&c.in, noon)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v, %v, want %+v", got, err, c.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a=b; Path=/; Domain=x.org; Max-Age=1", "=;;", "__Host-a=b; Secure; Path=/", "b", "a=b; Expires=Sun, 06 Nov 1994 08:49:37 GMT"} {
		f.Add(s)
	}
	at := parseURL(f, "https://www.example.com/dir/page")
	f.Fuzz(func(t *testing.T, line string) {
		r, err := parse(line, noon)
		if err != nil {
			return
		}
		if len(r.name)+len(r.value) > maxPair || hasControl(r.name+r.value+r.path+r.domain) || strings.Contains(r.name+r.value, ";") ||
			r.path != "" && r.path[0] != '/' || len(r.path) > maxAttribute {
			t.Errorf("%+v", r)
		}
		j := New()
		if j.SetFromHeader(at, []string{line}, Accept{}) != nil {
			return
		}
		// What is kept keeps the rules, and goes back as it came.
		for _, c := range j.All() {
			if err := c.check(); err != nil {
				t.Errorf("%v: %v", c, err)
			}
			if !domainMatch("www.example.com", c.Domain) || isPublicSuffix(c.Domain) {
				t.Errorf("%v", c)
			}
			if !pathMatch("/dir/page", c.Path) {
				continue
			}
			want := c.Value
			if c.Name != "" {
				want = c.Name + "=" + c.Value
			}
			j.wants(t, at.String(), want)
		}
	})
}
