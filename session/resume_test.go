package session

import (
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"haul/transfer/partial"
)

// sampleState is a state as an interrupted download leaves it.
func sampleState() partial.State {
	st := partial.State{
		Version: 1, Serial: 3, OriginalURL: "https://h/a", URL: "https://cdn/b?x=1",
		Header: http.Header{"X-Own": {"1"}, "Authorization": {"Bearer secret"}},
		ETag:   `"e"`, Length: 1000, Name: "a", Rule: partial.RuleValidator,
		Started: time.Unix(1, 0), Updated: time.Unix(2, 0),
	}
	st.Have.Add(partial.Range{Start: 0, End: 500})
	return st
}

func sampleData(t testing.TB) ResumeData {
	t.Helper()
	data, err := encodeResume(resumePoint{part: partial.PathFor(t.TempDir(), "a"), state: sampleState()})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestResumeDataDescribesItself(t *testing.T) {
	data := sampleData(t)
	if strings.Contains(string(data), "secret") {
		t.Errorf("a secret in %s", data)
	}
	i, err := data.Describe()
	if err != nil {
		t.Fatal(err)
	}
	if i.OriginalURL != "https://h/a" || i.URL != "https://cdn/b?x=1" || i.Have != 500 || i.Length != 1000 ||
		i.Rule != partial.RuleValidator || filepath.Base(i.PartialFile) != "a.haul-part" ||
		len(i.Omitted) != 1 || i.Omitted[0] != "Authorization" {
		t.Errorf("%+v", i)
	}
	fresh, err := data.WithURL(&url.URL{Scheme: "https", User: url.UserPassword("u", "secret"), Host: "new", Path: "/c"})
	if err != nil {
		t.Fatal(err)
	}
	if i, err := fresh.Describe(); err != nil || i.URL != "https://new/c" || strings.Contains(string(fresh), "secret") {
		t.Errorf("%+v %v", i, err)
	}
	if _, err := data.WithURL(&url.URL{Scheme: "file", Path: "/etc/passwd"}); !errors.Is(err, UnsupportedURL) {
		t.Errorf("got %v", err)
	}
	overlap, err := data.WithRule(partial.RuleOverlap)
	if err != nil {
		t.Fatal(err)
	}
	if i, err := overlap.Describe(); err != nil || i.Rule != partial.RuleOverlap {
		t.Errorf("%+v %v", i, err)
	}
	if _, err := data.WithRule("hope"); err == nil {
		t.Error("any rule will do")
	}
}

func TestDamagedResumeDataGivesATaskThatFails(t *testing.T) {
	good := string(sampleData(t))
	for name, data := range map[string]string{
		"empty": "", "no JSON": "bplist00", "other JSON": "{}", "list": "[]",
		"newer version": strings.Replace(good, `"haul": 1`, `"haul": 99`, 1),
		"no file":       strings.Replace(good, "a.haul-part", "passwd", 1),
		"relative":      strings.Replace(good, `"partial_file": "/`, `"partial_file": "`, 1),
		"cut":           good[:len(good)/2],
		"long":          good + strings.Repeat(" ", maxResumeData),
	} {
		if data == good {
			t.Fatalf("%s: the test changes nothing in %s", name, good)
		}
		rec := newRecorder()
		s := open(t, rec, nil)
		d := resume(t, s, ResumeData(data))
		await(t, rec.done)
		if !errors.Is(d.Err(), UnsupportedURL) || rec.trace() != "metrics done(-1002)" || d.Response() != nil {
			t.Errorf("%s: %v, %s", name, d.Err(), rec.trace())
		}
	}
	rec := newRecorder()
	d := resume(t, open(t, rec, nil), ResumeData(good)) // the partial file is gone
	await(t, rec.done)
	if !errors.Is(d.Err(), CannotOpenFile) {
		t.Errorf("got %v", d.Err())
	}
}

func TestResumedTaskHasItsRequestBack(t *testing.T) {
	s := open(t, nil, func(c *Configuration) { c.AdditionalHeaders = http.Header{"Cookie": {"a=b"}} })
	d, err := s.DownloadTaskWithResumeData(sampleData(t), func(string, *http.Response, error) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.AddHeader(http.Header{"Authorization": {"Bearer again"}}); err != nil {
		t.Fatal(err)
	}
	o, c := d.OriginalRequest(), d.CurrentRequest()
	if o.URL.String() != "https://h/a" || o.Header.Get("X-Own") != "1" || o.Header.Get("Authorization") != "Bearer again" {
		t.Errorf("original: %v %v", o.URL, o.Header)
	}
	// The bytes came from elsewhere: secrets for the one place are not for
	// the other.
	if c.URL.String() != "https://cdn/b?x=1" || c.Header.Get("X-Own") != "1" ||
		c.Header.Get("Authorization") != "" || c.Header.Get("Cookie") != "" {
		t.Errorf("current: %v %v", c.URL, c.Header)
	}
	if err := d.SetPartialFile(partial.PathFor(t.TempDir(), "b")); err == nil {
		t.Error("a second partial file was taken")
	}
}

func FuzzResumeData(f *testing.F) {
	f.Add([]byte(sampleData(f)))
	f.Add([]byte(`{"partial_file":"/x.haul-part","state":{"haul":1}}`))
	f.Add([]byte(`{"state":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := decodeResume(data)
		if err != nil {
			if !errors.Is(err, partial.ErrCorrupt) && !errors.Is(err, partial.ErrVersion) {
				t.Errorf("foreign error %v", err)
			}
			return
		}
		again, err := encodeResume(*p)
		if err != nil {
			t.Fatalf("decoded and not encoded: %v", err)
		}
		if _, err := again.Describe(); err != nil {
			t.Errorf("its own text is damaged: %v", err)
		}
	})
}
