package partial

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSafeName(t *testing.T) {
	long := strings.Repeat("ä", 150)
	for _, c := range []struct{ name, want string }{
		{"debian-12.iso", "debian-12.iso"},
		{"Übung 1 – 答案.tar.gz", "Übung 1 – 答案.tar.gz"},
		{"", "Unknown"},
		{".", "Unknown"},
		{"..", "Unknown"},
		{"../..", "Unknown"},
		{"../../etc/passwd", "passwd"},
		{"/etc/passwd", "passwd"},
		{`C:\Windows\system.ini`, "system.ini"},
		{`a/b\c`, "c"},
		{"dir/", "dir"},
		{".bashrc", "bashrc"},
		{"-rf", "rf"},
		{"- .-x", "x"},
		{"a.txt. . ", "a.txt"},
		{"a\x00b\r\nc\x1b[2Jd\x7f", "abc[2Jd"},
		{"a\u009bb\u2028c", "abc"},
		{"fdp.\u202excod.exe", "fdp.xcod.exe"},
		{"a\u200bb\ufeffc\u2066d\u00ade\u3164f\ufe0fg\u2800h", "abcdefgh"},
		{"a\u00a0b\u3000c", "a b c"},
		{"what?<is>:\"this\"|*.txt", "what__is___this___.txt"},
		{"a\xff.txt", "a_.txt"},
		{"CON", "_CON"},
		{"con.txt", "_con.txt"},
		{"NUL .tar.gz", "_NUL .tar.gz"},
		{"com1.log", "_com1.log"},
		{"LPT¹", "_LPT¹"},
		{"COM10", "COM10"},
		{"CONSOLE", "CONSOLE"},
		{"conin$", "_conin$"},
		{"a.haul-part", "a_haul-part"},
		{"a.HAUL-State", "a_HAUL-State"},
		{"a.haul-state.tmp", "a_haul-state.tmp"},
		{".haul-part", "haul-part"},
		{long + ".tar.gz", strings.Repeat("ä", 116) + ".tar.gz"},
		{long, strings.Repeat("ä", 119)},
		{strings.Repeat("x", 230) + ".haul-part" + strings.Repeat("y", 50), strings.Repeat("x", 229) + "x.haul-par"},
		{"CON" + strings.Repeat(" ", 300) + ".txt", "_CON" + strings.Repeat(" ", 231) + ".txt"},
	} {
		got := SafeName(c.name)
		if got != c.want {
			t.Errorf("SafeName(%q) = %q, want %q", c.name, got, c.want)
		}
		checkSafe(t, c.name)
	}
}

func TestSafeNameKeepsTheExtensionOfALongName(t *testing.T) {
	for _, name := range []string{
		strings.Repeat("x", 300) + ".tar.gz", strings.Repeat("答", 100) + ".tar.gz", strings.Repeat("é", 119) + "e.tar.gz",
	} {
		got := SafeName(name)
		if !strings.HasSuffix(got, ".tar.gz") || len(got) > 240 || len(got) < 236 {
			t.Errorf("%d bytes, %q", len(got), got)
		}
	}
}

// checkSafe holds for every name.
func checkSafe(t *testing.T, name string) {
	t.Helper()
	got := SafeName(name)
	lower := strings.ToLower(got)
	switch {
	case got == "", got == ".", got == "..", len(got) > 240, !utf8.ValidString(got):
	case strings.ContainsAny(got, "/\\\x00\r\n:"), filepath.Base(got) != got, !isText(got):
	case strings.HasPrefix(got, "."), strings.HasPrefix(got, "-"), strings.HasSuffix(got, "."), strings.HasSuffix(got, " "):
	case strings.HasSuffix(lower, PartSuffix), strings.HasSuffix(lower, StateSuffix), strings.HasSuffix(lower, ".haul-state.tmp"):
	case unreserve(got) != got:
	case SafeName(got) != got:
		t.Errorf("SafeName(%q) = %q, and of that %q", name, got, SafeName(got))
		return
	default:
		return
	}
	t.Errorf("SafeName(%q) = %q (%d bytes)", name, got, len(got))
}

func FuzzSafeName(f *testing.F) {
	for _, seed := range []string{
		"a.txt", "../..", "CON.txt", "a\u202eb", strings.Repeat("ä", 150) + ".gz", "x.haul-part", "\xff\xfe",
		"CON" + strings.Repeat(" ", 300) + ".tar.gz", strings.Repeat("x", 231) + ".haul-state.tmp" + strings.Repeat("y", 40),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) { checkSafe(t, name) })
}

func TestNumbered(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"a.iso", "a (2).iso"},
		{"a.tar.gz", "a (2).tar.gz"},
		{"a.TAR.zst", "a (2).TAR.zst"},
		{".tar.gz", ".tar (2).gz"},
		{"README", "README (2)"},
		{".bashrc", ".bashrc (2)"},
		{"go1.26", "go1.26 (2)"},
		{"go1.26.linux-amd64.tar.gz", "go1.26.linux-amd64 (2).tar.gz"},
		{"Vol. 2 of three", "Vol. 2 of three (2)"},
		{strings.Repeat("x", 240), strings.Repeat("x", 236) + " (2)"},
		{strings.Repeat("x", 236) + ".iso", strings.Repeat("x", 232) + " (2).iso"},
	} {
		if got := Numbered(c.name, 2); got != c.want {
			t.Errorf("Numbered(%q, 2) = %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSuggestedName(t *testing.T) {
	const at = "https://example.org/files/from%20url.zip?x=/y.exe"
	for _, c := range []struct{ disposition, url, want string }{
		{"", at, "from url.zip"},
		{"", "https://example.org/", "Unknown"},
		{"", "https://example.org", "Unknown"},
		{"", "https://example.org/a/", "Unknown"},
		{"", "https://example.org/a%2F..%2Fb.txt", "b.txt"},
		{"", "https://example.org/..", "Unknown"},
		{"", "https://example.org/%E2%82%AC.txt", "€.txt"},
		{`attachment; filename="a b.pdf"`, at, "a b.pdf"},
		{`attachment; filename=a.pdf`, at, "a.pdf"},
		{`ATTACHMENT ; FileName = "a.pdf" ; x=y`, at, "a.pdf"},
		{`inline; filename="a.pdf"`, at, "a.pdf"},
		{`attachment; filename=my file.pdf`, at, "my file.pdf"},
		{`attachment; filename="a\"b;c.pdf"`, at, "a_b;c.pdf"},
		{`attachment; filename="a.txt"; filename*=UTF-8''%e2%82%ac.txt`, at, "€.txt"},
		{`attachment; filename*=UTF-8'en'%e2%82%ac.txt; filename="a.txt"`, at, "€.txt"},
		{`attachment; filename*=iso-8859-1'en'%A3%20rates.txt`, at, "£ rates.txt"},
		{`attachment; filename="plain.txt"; filename*=UTF-8''%ff.txt`, at, "plain.txt"},
		{`attachment; filename="plain.txt"; filename*=UTF-8''%zz.txt`, at, "plain.txt"},
		{`attachment; filename="plain.txt"; filename*=koi8-r''%c1.txt`, at, "plain.txt"},
		{`attachment; filename="plain.txt"; filename*=nothing`, at, "plain.txt"},
		{`attachment; filename="a.txt"; filename="b.txt"`, at, "a.txt"},
		{"attachment; filename=\"\xe4.txt\"", at, "ä.txt"},
		{`attachment; filename="ä.txt"`, at, "ä.txt"},
		{`attachment; filename="a%20b.txt"`, at, "a%20b.txt"},
		{`attachment; filename="../../etc/passwd"`, at, "passwd"},
		{`attachment; filename*=UTF-8''..%2f..%2fetc%2fpasswd`, at, "passwd"},
		{`attachment; filename="not closed.txt`, at, "from url.zip"},
		{`attachment; filename="ends in \`, at, "from url.zip"},
		{`attachment; filename="a" b; x=y`, at, "from url.zip"},
		{`attachment; filename=""`, at, "from url.zip"},
		{`attachment; filename=".."`, at, "from url.zip"},
		{`attachment`, at, "from url.zip"},
		{`;;;=;=`, at, "from url.zip"},
		{`form-data; name="filename"`, at, "from url.zip"},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		resp := &http.Response{Header: http.Header{}, Request: &http.Request{URL: u}}
		if c.disposition != "" {
			resp.Header.Set("Content-Disposition", c.disposition)
		}
		if got := SuggestedName(resp); got != c.want {
			t.Errorf("%s of %s: %q, want %q", c.disposition, c.url, got, c.want)
		}
	}
	if got := SuggestedName(&http.Response{}); got != "Unknown" {
		t.Errorf("a response without request: %q", got)
	}
}

func FuzzSuggestedName(f *testing.F) {
	f.Add(`attachment; filename="a\"b.txt"; filename*=UTF-8''%e2%82%ac.txt`)
	f.Add(`attachment; filename=a b`)
	f.Fuzz(func(t *testing.T, field string) {
		resp := &http.Response{Header: http.Header{"Content-Disposition": {field}}}
		if got := SuggestedName(resp); SafeName(got) != got {
			t.Errorf("%q is not safe", got)
		}
	})
}
