package partial

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

func fullState() State {
	st := State{
		Version:     Version,
		Serial:      12,
		OriginalURL: "https://example.org/get?file=debian.iso&mirror=1",
		URL:         "https://mirror.example.net/debian.iso?sig=a%2Bb",
		Header:      http.Header{"Accept-Language": {"de, en"}, "Referer": {"https://example.org/"}},
		Omitted:     []string{"Authorization", "Cookie"},
		ETag:        `"5f3a-1c\"é"`, LastModified: "Tue, 06 Oct 2026 10:00:00 GMT", Date: "Wed, 07 Oct 2026 10:00:00 GMT",
		Length: 400 << 20, ContentType: "application/octet-stream", Name: "debian.iso", Rule: RuleValidator,
		Owner:   &Owner{Session: "com.example.mirror", Task: 7, Place: SuggestedPlace},
		Started: time.Date(2026, 10, 7, 10, 0, 0, 5, time.UTC), Updated: time.Date(2026, 10, 7, 10, 1, 0, 0, time.UTC),
	}
	st.Have.Add(Range{0, 64 << 20})
	st.Have.Add(Range{128 << 20, 192 << 20})
	return st
}

func TestStateRoundTrip(t *testing.T) {
	want := fullState()
	text, err := Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	again, err := Encode(got)
	if err != nil || !bytes.Equal(again, text) {
		t.Errorf("encoded again (%v):\n%s\nfirst:\n%s", err, again, text)
	}
	if lines := strings.Count(string(text), "\n"); lines != reflect.TypeFor[State]().NumField()+2 {
		t.Errorf("%d lines, want one a member:\n%s", lines, text)
	}
}

func TestDocumentedExampleIsAState(t *testing.T) {
	doc, err := os.ReadFile("../../docs/resume-state.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(doc)
	if example == nil {
		t.Fatal("no example in the document")
	}
	st, err := Decode(example[1])
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Encode(st); err != nil || !bytes.Equal(again, example[1]) {
		t.Errorf("the example is not what is written (%v):\n%s", err, again)
	}
	for i := range reflect.TypeFor[State]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[State]().Field(i).Tag.Get("json"), ",")
		if !bytes.Contains(doc, []byte("| `"+name+"` |")) {
			t.Errorf("member %s is not explained", name)
		}
	}
}

func TestEncodeTakesSecretsOut(t *testing.T) {
	st := fullState()
	st.OriginalURL = "https://user:hunter2@example.org/a"
	st.URL = "https://:hunter2@example.org/a"
	st.Header = http.Header{
		"Authorization": {"Basic hunter2"}, "Cookie": {"a=hunter2"}, "X-Api-Key": {"hunter2"},
		"Referer": {"https://u:hunter2@example.org/"}, "Accept": {"*/*"},
	}
	text, err := Encode(st)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "hunter2") {
		t.Errorf("a secret is in\n%s", text)
	}
	got, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"Authorization", "Cookie", "Referer", "X-Api-Key"}; !reflect.DeepEqual(got.Omitted, want) {
		t.Errorf("omitted %v, want %v", got.Omitted, want)
	}
	if want := (http.Header{"Accept": {"*/*"}}); !reflect.DeepEqual(got.Header, want) {
		t.Errorf("kept %v, want %v", got.Header, want)
	}
}

func TestEncodeRefusesWhatDecodeWould(t *testing.T) {
	for name, change := range map[string]func(*State){
		"no URL":          func(st *State) { st.URL = "" },
		"ftp":             func(st *State) { st.OriginalURL = "ftp://example.org/" },
		"beyond length":   func(st *State) { st.Length = 5 },
		"negative length": func(st *State) { st.Length = -2 },
		"unknown rule":    func(st *State) { st.Rule = "hope" },
		"year 20000":      func(st *State) { st.Updated = time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"too large":       func(st *State) { st.Header = http.Header{"A": {strings.Repeat("x", MaxStateSize)}} },
		"too many ranges": func(st *State) {
			st.Have = RangeSet{}
			for i := range int64(MaxRanges + 1) {
				st.Have.Add(Range{2 * i, 2*i + 1})
			}
		},
	} {
		st := fullState()
		change(&st)
		if _, err := Encode(st); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", name, err)
		}
	}
}

func TestEncodeLeavesOutWhatTextCannotHold(t *testing.T) {
	st := fullState()
	st.ETag, st.LastModified = "\"\xe9\"", "a\nb"
	text, err := Encode(st)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(text)
	if err != nil || got.ETag != "" || got.LastModified != "" {
		t.Errorf("ETag %q, LastModified %q, %v", got.ETag, got.LastModified, err)
	}
}

// object is a state with some members replaced; an empty value removes one.
func object(members ...string) string {
	all := map[string]string{
		"haul": "1", "original_url": `"http://h/a"`, "url": `"http://h/a"`, "length": "100", "have": "[[0,10]]",
	}
	for i := 0; i < len(members); i += 2 {
		if all[members[i]] = members[i+1]; members[i+1] == "" {
			delete(all, members[i])
		}
	}
	var list []string
	for name, value := range all {
		list = append(list, fmt.Sprintf("%q:%s", name, value))
	}
	return "{" + strings.Join(list, ",") + "}"
}

func TestDecode(t *testing.T) {
	tooMany := "[" + strings.Repeat("[1,2],", MaxRanges) + "[1,2]]"
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"smallest", object(), nil},
		{"unknown member", object("colour", `{"a":[1]}`), nil},
		{"no length is unknown", object("length", ""), nil},
		{"nothing at hand", object("have", ""), nil},
		{"newer version", object("haul", "2"), ErrVersion},
		{"newer version of another shape", object("haul", "7", "have", `"bitmap"`, "length", `"long"`), ErrVersion},
		{"empty", "", ErrCorrupt},
		{"no JSON", "\x00\x00", ErrCorrupt},
		{"cut off", object()[:30], ErrCorrupt},
		{"two objects", object() + object(), ErrCorrupt},
		{"array", "[]", ErrCorrupt},
		{"null", "null", ErrCorrupt},
		{"no version", object("haul", ""), ErrCorrupt},
		{"version 0", object("haul", "0"), ErrCorrupt},
		{"version of text", object("haul", `"1"`), ErrCorrupt},
		{"too long", object("colour", `"`+strings.Repeat("x", MaxStateSize)+`"`), ErrCorrupt},
		{"not UTF-8", object("etag", "\"\xff\""), ErrCorrupt},
		{"unsorted", object("have", "[[20,30],[0,10]]"), ErrCorrupt},
		{"overlapping", object("have", "[[0,20],[10,30]]"), ErrCorrupt},
		{"negative", object("have", "[[-5,10]]"), ErrCorrupt},
		{"beyond length", object("have", "[[0,101]]"), ErrCorrupt},
		{"too many ranges", object("have", tooMany), ErrCorrupt},
		{"negative length", object("length", "-2"), ErrCorrupt},
		{"no URL", object("url", ""), ErrCorrupt},
		{"broken URL", object("url", `"http://h/%zz"`), ErrCorrupt},
		{"relative URL", object("url", `"/a"`), ErrCorrupt},
		{"no host", object("url", `"http:///a"`), ErrCorrupt},
		{"file URL", object("url", `"file:///etc/passwd"`), ErrCorrupt},
		{"user information", object("original_url", `"http://u:p@h/a"`), ErrCorrupt},
		{"line break in ETag", object("etag", `"\"a\"\r\nX: y"`), ErrCorrupt},
		{"escape in type", object("content_type", `"\u001b[2J"`), ErrCorrupt},
		{"C1 control in date", object("date", `"\u009b2J"`), ErrCorrupt},
		{"NUL in name", object("name", `"a\u0000b"`), ErrCorrupt},
		{"line break in field", object("header", `{"A":["b\r\nC: d"]}`), ErrCorrupt},
		{"field name", object("header", `{"A b":["c"]}`), ErrCorrupt},
		{"omitted name", object("omitted", `["a\nb"]`), ErrCorrupt},
		{"unknown rule", object("rule", `"hope"`), ErrCorrupt},
		{"owner", object("owner", `{"session":"s","task":3,"place":"a.iso"}`), nil},
		{"owner without a session", object("owner", `{"task":3}`), ErrCorrupt},
		{"owner without a task", object("owner", `{"session":"s"}`), ErrCorrupt},
		{"owner of a huge task", object("owner", `{"session":"s","task":9007199254740991}`), ErrCorrupt},
		{"owner with a line break", object("owner", `{"session":"s\n","task":3}`), ErrCorrupt},
		{"place in another directory", object("owner", `{"session":"s","task":3,"place":"../a"}`), ErrCorrupt},
		{"place of two elements", object("owner", `{"session":"s","task":3,"place":"a/b"}`), ErrCorrupt},
		{"huge serial", object("serial", "18446744073709551615"), ErrCorrupt},
		{"time", object("started", `"yesterday"`), ErrCorrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Decode([]byte(c.text)); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestDecodeTrustsNobody(t *testing.T) {
	st, err := Decode([]byte(object(
		"name", `"../../.ssh/id"`, "header", `{"range":["bytes=0-"],"authorization":["x"],"accept":["a"]}`)))
	if err != nil {
		t.Fatal(err)
	}
	if st.Name != "id" {
		t.Errorf("name %q, want it cleaned", st.Name)
	}
	if want := (http.Header{"Accept": {"a"}}); !reflect.DeepEqual(st.Header, want) {
		t.Errorf("header %v, want %v", st.Header, want)
	}
}

func TestErrorsOfBadURLsHoldNoPassword(t *testing.T) {
	for _, raw := range []string{`"http://u:hunter2@h/a"`, `"http://u:hunter2@h/%zz"`} {
		if _, err := Decode([]byte(object("url", raw))); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", raw, err)
		}
	}
	if _, err := Find(newMemFS(), "d", "http://u:hunter2@h/%zz"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Find: %v", err)
	}
}

func TestRedact(t *testing.T) {
	kept, omitted := Redact(http.Header{
		"Accept": {"a", "b"}, "User-Agent": {"haul"}, "X-Trace": {"t"},
		"Proxy-Authorization": {"x"}, "x-access-TOKEN": {"x"}, "X-Session-Id": {"x"}, "Set-Cookie2": {"x"},
		"My-Password": {"x"}, "Client-Secret": {"x"}, "X-Credential": {"x"}, "X-Bad": {"a\x00b"},
		"X-Signature": {"x"}, "X-Jwt-Assertion": {"x"}, "Api-Passphrase": {"x"}, "X-Otp": {"x"}, "X-Design": {"x"},
		"Connection": {"close, x-hop"}, "X-Hop": {"x"}, "Te": {"trailers"}, "Upgrade": {"h2c"},
		"Range": {"bytes=0-"}, "If-Range": {"x"}, "Accept-Encoding": {"gzip"}, "Bad Name": {"x"},
	})
	wantKept := http.Header{"Accept": {"a", "b"}, "User-Agent": {"haul"}, "X-Trace": {"t"}, "X-Design": {"x"}}
	wantOmitted := []string{
		"Api-Passphrase", "Client-Secret", "My-Password", "Proxy-Authorization", "Set-Cookie2", "X-Access-Token",
		"X-Bad", "X-Credential", "X-Jwt-Assertion", "X-Otp", "X-Session-Id", "X-Signature",
	}
	if !reflect.DeepEqual(kept, wantKept) || !reflect.DeepEqual(omitted, wantOmitted) {
		t.Errorf("kept %v\nomitted %v", kept, omitted)
	}
}

func FuzzDecode(f *testing.F) {
	text, err := Encode(fullState())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(object()))
	f.Add([]byte(object("haul", "2")))
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := Decode(data)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrVersion) {
				t.Errorf("untyped error %v", err)
			}
			return
		}
		text, err := Encode(st)
		if err != nil {
			t.Fatalf("decoded but cannot be encoded: %v", err)
		}
		again, err := Decode(text)
		if err != nil || !reflect.DeepEqual(again, st) {
			t.Errorf("round trip (%v):\n%+v\n%+v", err, st, again)
		}
	})
}
