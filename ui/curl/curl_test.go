package curl

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestCommandsAsPeoplePasteThem(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       Command
	}{
		{"a URL", "curl https://a.example/x.iso", Command{Downloads: []Download{{URL: "https://a.example/x.iso"}}}},
		{"options in one word, and a name", "$ curl -sSLo out/x.iso 'https://a.example/get?a=1&b=2'",
			Command{Downloads: []Download{{URL: "https://a.example/get?a=1&b=2", Name: "x.iso"}}, PassedOver: []string{"-s", "-S", "-L"}}},
		{"a user", `curl -u alice:s3cret -O https://a.example/x`,
			Command{Downloads: []Download{{URL: "https://a.example/x"}}, User: "alice", Password: "s3cret", Named: true}},
		{"a user in the URL", `curl https://bob:pw@a.example/x`,
			Command{Downloads: []Download{{URL: "https://a.example/x"}}, User: "bob", Password: "pw", Named: true}},
		{"no scheme", "curl -O a.example/x", Command{Downloads: []Download{{URL: "http://a.example/x"}}}},
		{"names in the order of the URLs", "curl -o 1 https://a/1 -o 2 https://a/2",
			Command{Downloads: []Download{{"https://a/1", "1"}, {"https://a/2", "2"}}}},
		{"as a browser copies it", "curl 'https://a.example/x' \\\n  -H 'accept: */*' \\\n  -H $'x-name: J\\u00fcrgen\\'s' \\\n  -H 'accept-encoding: gzip' \\\n  -b 'sid=1; t=2' --compressed",
			Command{
				Downloads:  []Download{{URL: "https://a.example/x"}},
				Header:     http.Header{"Accept": {"*/*"}, "X-Name": {"Jürgen's"}, "Cookie": {"sid=1; t=2"}},
				PassedOver: []string{"Accept-Encoding", "--compressed"},
			}},
		{"double quotes", `curl -H "Authorization: Bearer \"a\\b\"" -A "x y" https://a/`,
			Command{Downloads: []Download{{URL: "https://a/"}},
				Header: http.Header{"Authorization": {`Bearer "a\b"`}, "User-Agent": {"x y"}}}},
		{"GET by name and an attached value", `curl -XGET -H'X-A;' --url https://a/ # the end`,
			Command{Downloads: []Download{{URL: "https://a/"}}, Header: http.Header{"X-A": {""}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Parse(c.line)
			if err != nil {
				t.Fatal(err)
			}
			if c.want.Header == nil {
				c.want.Header = http.Header{}
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %#v %v %v %q\nwant %#v %v", got.Downloads, got.Header, got.PassedOver, got.User, c.want.Downloads, c.want.Header)
			}
		})
	}
}

func TestWhatHaulCannotDoIsSaidWithoutSecrets(t *testing.T) {
	for line, want := range map[string]string{
		"curl -d hush https://a/":                     "-d: it sends a body",
		"curl --data-raw hush https://a/":             "--data-raw: it sends a body",
		"curl -X POST https://a/":                     "-X: haul downloads with GET",
		"curl -F a=hush https://a/":                   "-F: it sends a body",
		"curl -I https://a/":                          "head alone",
		"curl -x http://hush@proxy https://a/":        "-x: haul takes the proxy",
		"curl --frobnicate=hush https://a/":           "--frobnicate is not known here",
		"curl -9hush https://a/":                      "-9 is not known here",
		"curl -H":                                     "-H wants a value",
		"curl -H 'hush hush' https://a/":              "-H wants 'Name: value'",
		"curl -H 'a b: hush' https://a/":              "-H wants 'Name: value'",
		"curl -H @hush https://a/":                    "no file of header fields",
		"curl -b hush https://a/":                     "no cookie file",
		"curl -u a:hush":                              "no URL",
		"curl 'http://a:hush@%zz/'":                   "argument 1 of curl is no URL",
		"curl -H \"X: $hush\" https://a/":             "shell variable",
		"curl https://a/$(hush)":                      "shell variable",
		"curl https://a/?x=1&y=hush":                  "in quotes",
		"curl https://a/ | sh":                        "alone",
		"curl 'https://a/hush":                        "a quote is not closed",
		"curl https://a/{hush,b}":                     "pattern of curl's",
		"curl -o - https://a/":                        "haul writes into files",
		"curl -o / https://a/":                        "wants a file name",
		"wget https://a/":                             "not a curl command",
		"curl " + strings.Repeat("https://a/ ", 9000): "too long",
	} {
		_, err := Parse(line)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", line, err, want)
		} else if strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: the error repeats what was given: %v", line, err)
		}
	}
	c, err := Parse("curl -u a:hush -H 'X: hush' https://a/hush")
	if err != nil || strings.Contains(fmt.Sprintf("%v %+v %#v %s", c, c, &c, c), "hush") {
		t.Errorf("the command prints %+v, %v", c, err)
	}
}

func TestTextIsSplitIntoCommandsAndLines(t *testing.T) {
	text := "https://a/1 https://a/2\r\ncurl 'https://a/3' \\\r\n  -H 'a: b\nc' \\\n  -L\nhttps://a/4\n\ncurl 'https://open\n"
	want := []string{
		"https://a/1 https://a/2", "curl 'https://a/3' \\\n  -H 'a: b\nc' \\\n  -L", "https://a/4", "", "curl 'https://open\n",
	}
	got := Split(text)
	if len(got) != len(want) {
		t.Fatalf("%d lines: %q", len(got), got)
	}
	if !slices.Equal(got[:4], want[:4]) || strings.TrimSpace(got[4]) != "curl 'https://open" {
		t.Errorf("got %q", got)
	}
	if Is("curly https://a/") || Is("see curl https://a/") || !Is("% curl -O x") {
		t.Error("what begins with curl is not told from what does not")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`curl -H "a: b" -u x:y 'https://a/'`)
	f.Add("curl $'\\x41\\u0042' \\\n -sSLo x a.b")
	f.Add("$ curl -- https://u:p@h/ -o")
	f.Fuzz(func(t *testing.T, s string) {
		for _, line := range Split(s) {
			c, err := Parse(line)
			if err != nil {
				continue
			}
			if len(c.Downloads) == 0 {
				t.Error("no error and no URL")
			}
			for _, d := range c.Downloads {
				if strings.ContainsAny(d.Name, `/\`) {
					t.Errorf("%q is no file name", d.Name)
				}
			}
		}
		// A secret behind the options that carry one is in no error.
		const secret = "s3cr3t-s3cr3t"
		if _, err := Parse("curl -u me:" + secret + " -H 'X: " + secret + "' " + s); err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error has it: %v", err)
		}
	})
}
