package transfer

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"haul/transfer/partial"
)

const (
	date      = "Tue, 10 Mar 2026 10:00:00 GMT"
	dayBefore = "Mon, 09 Mar 2026 10:00:00 GMT"
	sameTime  = date
	secondAgo = "Tue, 10 Mar 2026 09:59:59 GMT"
)

// response builds one from "Name: value" lines; Content-Length sets the field
// of the struct too.
func response(status int, length int64, lines ...string) *http.Response {
	h := http.Header{}
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		h.Add(name, value)
	}
	return &http.Response{StatusCode: status, Header: h, ContentLength: length}
}

func TestEligible(t *testing.T) {
	const ranges, tag = "Accept-Ranges: bytes", `ETag: "a"`
	tests := []struct {
		name   string
		resp   *http.Response
		reason string
	}{
		{"strong tag", response(200, 5, ranges, tag), ""},
		{"empty strong tag", response(200, 5, ranges, `ETag: ""`), ""},
		{"unknown length", response(200, -1, ranges, tag), ""},
		{"partial", response(206, 5, tag), ""},
		{"date a day old", response(200, 5, ranges, "Last-Modified: "+dayBefore, "Date: "+date), ""},
		{"date a second old", response(200, 5, ranges, "Last-Modified: "+secondAgo, "Date: "+date), ""},
		{"two units", response(200, 5, "Accept-Ranges: items, Bytes", tag), ""},
		{"identity", response(200, 5, ranges, tag, "Content-Encoding: identity"), ""},
		{"strong tag, fresh date", response(200, 5, ranges, tag, "Last-Modified: "+sameTime, "Date: "+date), ""},
		{"the same tag twice", response(200, 5, ranges, tag, tag), ""},

		{"fresh date", response(200, 5, ranges, "Last-Modified: "+sameTime, "Date: "+date), "weak validator"},
		{"date in the future", response(200, 5, ranges, "Last-Modified: "+date, "Date: "+dayBefore), "weak validator"},
		{"no Date", response(200, 5, ranges, "Last-Modified: "+dayBefore), "weak validator"},
		{"date that is none", response(200, 5, ranges, "Last-Modified: yesterday", "Date: "+date), "weak validator"},
		{"weak tag", response(200, 5, ranges, `ETag: W/"a"`), "weak validator"},
		{"weak tag and date", response(200, 5, ranges, `ETag: W/"a"`, "Last-Modified: "+dayBefore, "Date: "+date), "weak validator"},
		{"tag without quotes", response(200, 5, ranges, "ETag: a"), "weak validator"},
		{"tag with a quote in it", response(200, 5, ranges, `ETag: "a"b"`), "weak validator"},
		{"tag with a control in it", response(200, 5, ranges, "ETag: \"a\x01\""), "weak validator"},
		{"one quote", response(200, 5, ranges, `ETag: "`), "weak validator"},
		{"two tags", response(200, 5, ranges, `ETag: "a"`, `ETag: "b"`), "ambiguous validator"},
		{"two dates", response(200, 5, ranges, tag, "Last-Modified: "+date, "Last-Modified: "+dayBefore), "ambiguous validator"},
		{"nothing", response(200, 5, ranges), "no validator"},
		{"no ranges", response(200, 5, "Accept-Ranges: none", tag), "ranges not supported"},
		{"not a word of ranges", response(200, 5, tag), "ranges not supported"},
		{"other unit", response(200, 5, "Accept-Ranges: bytesize", tag), "ranges not supported"},
		{"gzip", response(200, 5, ranges, tag, "Content-Encoding: gzip"), "content-encoded"},
		{"identity and br", response(200, 5, ranges, tag, "Content-Encoding: identity, br"), "content-encoded"},
		{"404", response(404, 5, ranges, tag), "status 404"},
		{"302", response(302, 5, ranges, tag), "status 302"},
		{"204", response(204, 0, ranges, tag), "status 204"},
	}
	req := &http.Request{URL: &url.URL{Scheme: "https", Host: "h"}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ok, reason := Eligible(req, tt.resp)
			if ok != (tt.reason == "") || reason != tt.reason {
				t.Errorf("%v %q, want %q", ok, reason, tt.reason)
			}
		})
	}
	good := response(200, 5, ranges, tag)
	for _, tt := range []struct{ method, scheme, reason string }{
		{"GET", "http", ""}, {"POST", "http", "not a GET"}, {"HEAD", "http", "not a GET"}, {"get", "http", "not a GET"},
		{"GET", "ftp", "not http"}, {"GET", "", "not http"},
	} {
		req := &http.Request{Method: tt.method, URL: &url.URL{Scheme: tt.scheme, Host: "h"}}
		if ok, reason := Eligible(req, good); ok != (tt.reason == "") || reason != tt.reason {
			t.Errorf("%s %s: %v %q", tt.method, tt.scheme, ok, reason)
		}
	}
	unpacked := response(200, -1, ranges, tag)
	unpacked.Uncompressed = true
	if _, reason := Eligible(req, unpacked); reason != "content-encoded" {
		t.Errorf("unpacked: %q", reason)
	}
}

func TestContinueSetsRangeAndValidator(t *testing.T) {
	tests := []struct {
		name    string
		st      partial.State
		from    partial.Range
		bytes   string
		ifRange string
	}{
		{"tag, open end", partial.State{ETag: `"a"`, Length: 100}, partial.Range{Start: 40, End: -1}, "bytes=40-", `"a"`},
		{"whole length", partial.State{ETag: `"a"`, Length: 100}, partial.Range{Start: 40, End: 100}, "bytes=40-", `"a"`},
		{"segment", partial.State{ETag: `"a"`, Length: 100}, partial.Range{Start: 40, End: 60}, "bytes=40-59", `"a"`},
		{"one byte", partial.State{ETag: `"a"`, Length: 100}, partial.Range{Start: 0, End: 1}, "bytes=0-0", `"a"`},
		{"length unknown", partial.State{ETag: `"a"`, Length: -1}, partial.Range{Start: 7, End: -1}, "bytes=7-", `"a"`},
		{"date", partial.State{LastModified: dayBefore, Date: date, Length: 9}, partial.Range{Start: 1, End: -1}, "bytes=1-", dayBefore},
		{"tag before date", partial.State{ETag: `"a"`, LastModified: dayBefore, Date: date}, partial.Range{Start: 1, End: -1}, "bytes=1-", `"a"`},
		{"weak tag", partial.State{ETag: `W/"a"`, LastModified: dayBefore, Date: date}, partial.Range{Start: 1, End: -1}, "bytes=1-", ""},
		{"fresh date", partial.State{LastModified: date, Date: date}, partial.Range{Start: 1, End: -1}, "bytes=1-", ""},
		{"overlap", partial.State{ETag: `"a"`, Rule: partial.RuleOverlap}, partial.Range{Start: 1, End: -1}, "bytes=1-", ""},
		{"tag made to inject", partial.State{ETag: "\"a\r\nX: y\""}, partial.Range{Start: 1, End: -1}, "bytes=1-", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{"If-Range": {`"stale"`}, "Accept-Encoding": {"gzip"}, "X-Mine": {"kept"}}
			Continue(h, tt.st, tt.from)
			if h.Get("Range") != tt.bytes || h.Get("If-Range") != tt.ifRange {
				t.Errorf("Range %q, If-Range %q", h.Get("Range"), h.Get("If-Range"))
			}
			if h.Get("Accept-Encoding") != "identity" || h.Get("X-Mine") != "kept" {
				t.Errorf("header %v", h)
			}
			if _, ok := h["If-Range"]; ok != (tt.ifRange != "") {
				t.Errorf("header %v", h)
			}
		})
	}
}
