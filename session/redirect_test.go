package session

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestRedirectMethodAndBody(t *testing.T) {
	tests := []struct {
		status       int
		method, want string
		keepBody     bool
	}{
		{301, "GET", "GET", true},
		{301, "POST", "GET", false},
		{301, "PUT", "PUT", true},
		{302, "POST", "GET", false},
		{302, "HEAD", "HEAD", true},
		{302, "PATCH", "PATCH", true},
		{303, "POST", "GET", false},
		{303, "HEAD", "GET", false},
		{303, "DELETE", "GET", false},
		{305, "POST", "POST", true},
		{306, "POST", "POST", true},
		{307, "POST", "POST", true},
		{308, "PUT", "PUT", true},
	}
	for _, tt := range tests {
		if got, keep := redirectMethod(tt.method, tt.status); got != tt.want || keep != tt.keepBody {
			t.Errorf("%s %d: got %s, %t", tt.method, tt.status, got, keep)
		}
	}
}

func TestWhatIsARedirect(t *testing.T) {
	for status := 200; status < 600; status++ {
		want := status >= 301 && status <= 308 && status != 304
		resp := &http.Response{StatusCode: status, Header: http.Header{"Location": {"/x"}}}
		if got := redirects(resp); got != want {
			t.Errorf("%d with Location: %t", status, got)
		}
		if redirects(&http.Response{StatusCode: status, Header: http.Header{}}) {
			t.Errorf("%d without Location is one", status)
		}
	}
}

func TestRedirectStripsHeader(t *testing.T) {
	all := http.Header{
		"Authorization": {"x"}, "authorization": {"x"}, "Cookie": {"x"}, "Proxy-Authorization": {"x"},
		"Referer": {"http://h/secret?x=1"}, "Content-Type": {"x"}, "X-Own": {"x"}, "X-Api-Key": {"x"},
	}
	tests := []struct {
		name, from, to string
		keepBody       bool
		kept           string
	}{
		{"same origin", "http://h/a", "http://h/b", true, "Content-Type Cookie Proxy-Authorization Referer X-Api-Key X-Own"},
		{"default port spelled", "http://h/a", "http://H:80/b", true, "Content-Type Cookie Proxy-Authorization Referer X-Api-Key X-Own"},
		{"other port", "http://h/a", "http://h:8080/b", true, "Content-Type Referer X-Own"},
		{"other host", "http://h/a", "http://sub.h/b", true, "Content-Type Referer X-Own"},
		{"to https", "http://h/a", "https://h/b", true, "Content-Type Referer X-Own"},
		{"to http", "https://h/a", "http://h/b", true, "Content-Type X-Own"},
		{"body dropped", "http://h/a", "http://h/b", false, "Cookie Proxy-Authorization Referer X-Api-Key X-Own"},
	}
	for _, tt := range tests {
		h := all.Clone()
		from, to := get(t, tt.from).URL, get(t, tt.to).URL
		stripHeader(h, originOf(from), originOf(to), tt.keepBody)
		var kept []string
		for _, name := range []string{
			"Authorization", "authorization", "Content-Type", "Cookie", "Proxy-Authorization", "Referer", "X-Api-Key", "X-Own",
		} {
			if _, ok := h[name]; ok {
				kept = append(kept, name)
			}
		}
		if got := strings.Join(kept, " "); got != tt.kept {
			t.Errorf("%s: kept %s, want %s", tt.name, got, tt.kept)
		}
	}
}

func TestRedirectTellsAnotherOriginTheRefererOfThis(t *testing.T) {
	for _, tt := range []struct{ referer, to, want string }{
		{"http://h/secret?x=1", "http://h/b", "http://h/secret?x=1"},
		{"http://h/secret?x=1", "http://other/b", "http://h/"},
		{"http://user:word@h:8080/secret", "http://other/b", ""},
		{"http://other/page?x=1", "http://other/b", "http://other/page?x=1"},
		{"a word", "http://other/b", ""},
		{"%zz", "http://other/b", ""},
		{"https://h/secret", "https://h/b", "https://h/secret"},
	} {
		h := http.Header{"Referer": {tt.referer}}
		from, to := get(t, strings.Replace(tt.to, "other", "h", 1)).URL, get(t, tt.to).URL
		stripHeader(h, originOf(from), originOf(to), true)
		if got := h.Get("Referer"); got != tt.want {
			t.Errorf("%s from %s to %s: %q, want %q", tt.referer, from, to, got, tt.want)
		}
	}
}

func TestLocation(t *testing.T) {
	const base = "http://h:8000/dir/file?q=1#frag"
	tests := []struct {
		field, want string
		code        Code
	}{
		{"http://other/x", "http://other/x#frag", 0},
		{"/abs?x=%20%2F", "http://h:8000/abs?x=%20%2F#frag", 0},
		{"UK", "http://h:8000/dir/UK#frag", 0},
		{"?q=2", "http://h:8000/dir/file?q=2#frag", 0},
		{"//h/x", "http://h/x#frag", 0},
		{"/x#own", "http://h:8000/x#own", 0},
		{"/stra\xc3\x9fe", "http://h:8000/stra%C3%9Fe#frag", 0},
		{"/a b", "http://h:8000/a%20b#frag", 0},
		{"http://user:secret@h/", "http://h/#frag", 0},
		{"file:///etc/passwd", "", UnsupportedURL},
		{"ftp://h/x", "", UnsupportedURL},
		{"data:,x", "", UnsupportedURL},
		{"javascript:x", "", UnsupportedURL},
		{"http://", "", BadURL},
		{"http://h:999999/", "", BadURL},
		{"http://h:0/", "", BadURL},
		{"/a\x00b", "", RedirectToNonExistentLocation},
		{"/a\x1b[31m", "", RedirectToNonExistentLocation},
		{"http://[::1", "", RedirectToNonExistentLocation},
		{"/%zz", "", RedirectToNonExistentLocation},
		{"/" + strings.Repeat("a", maxLocation), "", RedirectToNonExistentLocation},
	}
	for _, tt := range tests {
		u, err := location(get(t, base).URL, tt.field)
		if tt.code != 0 {
			if !errors.Is(err, tt.code) {
				t.Errorf("%.40q: got %v %v, want %v", tt.field, u, err, tt.code)
			}
			continue
		}
		if err != nil || u.String() != tt.want {
			t.Errorf("%.40q: got %v %v, want %s", tt.field, u, err, tt.want)
		}
	}
}

func FuzzLocation(f *testing.F) {
	f.Add("http://user:pw@h/x")
	f.Add("//h:99999/\xff")
	f.Add("../../a?b#c")
	base, err := url.Parse("https://h/d/f#x")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, field string) {
		u, err := location(base, field)
		if err != nil {
			return
		}
		if u.User != nil || checkURL(u) != nil {
			t.Errorf("%q gives %v", field, u)
		}
		for _, c := range []byte(u.String()) {
			if c <= ' ' || c >= 0x7f {
				t.Errorf("%q gives %q", field, u.String())
			}
		}
	})
}

func TestTwentyRedirectsAreFollowed(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	rec := newRecorder()
	s := open(t, rec, nil)
	task, err := s.DataTask(get(t, srv.URL), nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	await(t, rec.done)
	if n := strings.Count(rec.trace(), "redirect("); n != 20 {
		t.Errorf("%d redirects", n)
	}
	var e *Error
	if !errors.As(task.Err(), &e) || e.Code != HTTPTooManyRedirects || e.URL != srv.URL+"/loop" {
		t.Errorf("got %v", task.Err())
	}
	if n := len(task.Metrics().Transactions); n != 21 {
		t.Errorf("%d transactions", n)
	}
}

func TestRedirectAnswers(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/x", http.StatusTemporaryRedirect)
			return
		}
		body := make([]byte, 10)
		n, _ := r.Body.Read(body)
		fmt.Fprintf(w, "%s %s %s", r.Method, r.URL.Path, body[:n])
	})
	tests := []struct {
		name   string
		answer func(*http.Request) *http.Request
		trace  string
		body   string
	}{
		{"as proposed", func(r *http.Request) *http.Request { return r }, "sent redirect(307,/x) sent response(200) data metrics done", "PUT /x body"},
		{"changed copy keeps the body", func(r *http.Request) *http.Request {
			c := r.Clone(r.Context())
			c.URL.Path = "/y"
			return c
		}, "sent redirect(307,/x) sent response(200) data metrics done", "PUT /y body"},
		{"a new request says its own body", func(*http.Request) *http.Request {
			r, _ := http.NewRequest(http.MethodPost, srv.URL+"/z", strings.NewReader("own"))
			return r
		}, "sent redirect(307,/x) sent response(200) data metrics done", "POST /z own"},
		{"nil", func(*http.Request) *http.Request { return nil }, "sent redirect(307,/x) response(307) metrics done", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := newRecorder()
			rec.onRedirect = tt.answer
			s := open(t, rec, nil)
			r := get(t, srv.URL+"/")
			r.Method = http.MethodPut
			task, err := s.UploadTaskFromData(r, []byte("body"), nil)
			if err != nil {
				t.Fatal(err)
			}
			task.Resume()
			await(t, rec.done)
			if got := rec.trace(); got != tt.trace {
				t.Errorf("got  %s\nwant %s", got, tt.trace)
			}
			if got := rec.data.String(); got != tt.body {
				t.Errorf("body %q, want %q", got, tt.body)
			}
			if task.OriginalRequest().URL.Path != "/" {
				t.Error("the original request changed")
			}
		})
	}
}

func TestHandSetSecretsStayWithTheirOrigin(t *testing.T) {
	var seen http.Header
	other := serve(t, func(_ http.ResponseWriter, r *http.Request) { seen = r.Header })
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) })
	rec := newRecorder()
	s := open(t, rec, func(c *Configuration) {
		c.AdditionalHeaders = http.Header{"Authorization": {"Bearer all"}, "X-Own": {"kept"}}
	})
	r := get(t, srv.URL)
	r.Header.Set("Cookie", "a=b")
	task, err := s.DataTask(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	await(t, rec.done)
	if seen.Get("Authorization") != "" || seen.Get("Cookie") != "" || seen.Get("X-Own") != "kept" {
		t.Errorf("the other origin saw %v", seen)
	}
}
