package metalink

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func duplicates(t *testing.T, base string, fields ...string) []string {
	t.Helper()
	at, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, u := range Duplicates(http.Header{"Link": fields}, at) {
		list = append(list, u.String())
	}
	return list
}

func TestDuplicatesComeInTheirOrder(t *testing.T) {
	got := duplicates(t, "https://a.example/dir/f?x=1",
		`<https://b.example/f>; rel=duplicate; pri=3; geo=de, <https://c.example/f>;rel="nofollow DUPLICATE" ; pri="1"; pref`,
		` , <https://d.example/f,1>; title="a, <b>; rel=\"x\""; rel=duplicate ,`,
		`<//e.example/f>; rel=duplicate; pri=2; pri=9`,
		`<copy>; rel=duplicate; pri=0`,
		`<https://b.example/f>; rel=duplicate`)
	want := []string{"https://c.example/f", "https://e.example/f", "https://b.example/f", "https://d.example/f,1", "https://a.example/dir/copy"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestDuplicatesLeadNowhereElse(t *testing.T) {
	for field, why := range map[string]string{
		`<https://b.example/f>; rel=describedby`:                                      "another relation",
		`<https://b.example/f>`:                                                       "no relation",
		`<https://b.example/f>; rel=next; rel=duplicate`:                              "the first relation counts",
		`<https://b.example/f>; rel=duplicate; anchor="/other"`:                       "of another file",
		`<http://b.example/f>; rel=duplicate`:                                         "from https to http",
		`<ftp://b.example/f>; rel=duplicate`:                                          "another scheme",
		`<https://user:secret@b.example/f>; rel=duplicate`:                            "with a password",
		`<https://a.example/f>; rel=duplicate`:                                        "itself",
		`<https://127.0.0.1/f>; rel=duplicate, <https://127.1/f>; rel=duplicate`:      "this machine",
		`<https://[::1]/f>; rel=duplicate, <https://LocalHost./f>; rel=duplicate`:     "this machine",
		`<https://192.168.0.1/f>; rel=duplicate, <https://router/f>; rel=duplicate`:   "the user's network",
		`<https://[::ffff:10.0.0.1]/>; rel=duplicate, <https://0x7f.1>;rel=duplicate`: "the user's network",
		`<https://b.example/f; rel=duplicate`:                                         "cut short",
		`<https://b.example/f>; title="; rel=duplicate`:                               "an open quotation",
		`https://b.example/f; rel=duplicate`:                                          "no target",
	} {
		if got := duplicates(t, "https://a.example/f", field); len(got) > 0 {
			t.Errorf("%s: %q", why, got)
		}
	}
	if got := duplicates(t, "http://127.0.0.1:80/f", `<http://127.0.0.1:81/f>; rel=duplicate`); len(got) != 1 {
		t.Errorf("one in the user's own network may name another there: %q", got)
	}
	if got := duplicates(t, "https://a.example/f", strings.Repeat(`<?`+"x"+`>;rel=duplicate,`, 1)+strings.Repeat(`<https://b.example/>;rel=duplicate,`, 1e6)); len(got) != 2 {
		t.Errorf("%d places", len(got))
	}
}

func FuzzDuplicates(f *testing.F) {
	f.Add(`<https://b.example/f>; rel="duplicate"; pri=1; geo=de; pref`)
	f.Add(`<a>;rel=duplicate,<b>;title="\"";rel=duplicate`)
	base := &url.URL{Scheme: "https", Host: "a.example", Path: "/f"}
	f.Fuzz(func(t *testing.T, field string) {
		got := Duplicates(http.Header{"Link": {field}}, base)
		if len(got) > maxURLs {
			t.Fatalf("%d places", len(got))
		}
		for _, u := range got {
			if u.Scheme != "https" || u.Host == "" || u.User != nil || internal(u.Hostname()) {
				t.Fatalf("%q leads to %v", field, u)
			}
		}
	})
}
