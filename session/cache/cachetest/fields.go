package cachetest

import "net/http"

// fieldCase is a response field and what a cache does with it.
type fieldCase struct {
	name          string
	first, second string // two values of it; "" for made-up ones
	unstored      bool   // it is about the connection
	mustUpdate    bool   // a 304 brings it up to date
	mustKeep      bool   // a 304 does not
	anyBody       bool   // it decides about the length of the body
}

func fieldCases() []fieldCase {
	return []fieldCase{
		{name: "Test-Header", mustUpdate: true},
		{name: "X-Test-Header", mustUpdate: true},
		{name: "Content-Foo", mustUpdate: true},
		{name: "X-Content-Foo", mustUpdate: true},
		{name: "Cache-Control", first: "max-age=1", second: "max-age=3600", mustUpdate: true},
		{name: "Connection", unstored: true},
		{name: "Content-Encoding"},
		{name: "Content-Length", first: "36", second: "10", mustKeep: true, anyBody: true},
		{name: "Content-Location", first: "/foo", second: "/bar"},
		{name: "Content-MD5", first: "rL0Y20zC+Fzt72VPzMSk2A==", second: "N7UdGUp1E+RbVvZSTy1R8g=="},
		{name: "Content-Range"},
		{name: "Content-Security-Policy", first: "default-src 'self'", second: "default-src 'self' cdn.example.com"},
		{name: "Content-Type", first: "text/plain", second: "text/plain;charset=utf-8"},
		{name: "Clear-Site-Data", first: "cache", second: "cookies"},
		{name: "ETag", first: `"abcdef"`, second: `"ghijkl"`},
		{name: "Expires", first: "Fri, 01 Jan 2038 01:01:01 GMT", second: "Mon, 11 Jan 2038 11:11:11 GMT"},
		{name: "Keep-Alive", unstored: true},
		{name: "Proxy-Authenticate", unstored: true},
		{name: "Proxy-Authentication-Info", unstored: true},
		{name: "Proxy-Authorization", unstored: true},
		{name: "Proxy-Connection", unstored: true},
		{name: "Public-Key-Pins"},
		{name: "Set-Cookie", first: "a=b", second: "a=c"},
		{name: "Set-Cookie2", first: "a=b", second: "a=c"},
		{name: "TE", unstored: true},
		{name: "Transfer-Encoding", unstored: true},
		{name: "Upgrade", unstored: true},
		{name: "X-Frame-Options", first: "deny", second: "sameorigin"},
		{name: "X-XSS-Protection", first: "1", second: "1; mode=block"},
	}
}

// values are the two values of the field.
func (f fieldCase) values() (first, second string) {
	if f.first == "" {
		return "one-" + f.name, "two-" + f.name
	}
	return f.first, f.second
}

// bodied lets the body be what it is where the field decides about it.
func (f fieldCase) bodied(s step) step {
	if f.anyBody {
		return s.anyBody()
	}
	return s
}

// headers is about which fields are stored.
func headers() []Case {
	cases := []Case{steps(Required, "headers-omit-headers-listed-in-Connection",
		get().says("Connection: a, b", "a: 1", "b: 2", "c: 3").fresh(),
		get().mustBe(reused).has("c: 3").hasNo("a", "b"))}
	for _, f := range fieldCases() {
		_, value := f.values()
		line := f.name + ": " + value
		first := get().says("Date: @0", line)
		if f.name != "Cache-Control" {
			first = first.says("Cache-Control: max-age=3600")
		}
		second := get().mustBe(reused)
		if f.unstored {
			second = second.hasNo(line)
		} else {
			second = second.has(line)
		}
		cases = append(cases, steps(Required, "headers-store-"+f.name, f.bodied(first).later(), f.bodied(second)))
	}
	return group("Storing Header Fields", cases...)
}

// updates is about which fields a 304 brings up to date.
func updates() []Case {
	const modified = "Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT"
	cases := []Case{steps(Required, "304-lm-use-stored-Test-Header",
		get().says("Cache-Control: max-age=2", modified, "Date: @0", "Test-Header: one").later(),
		get().says(modified, "Date: @0").mustBe(byDate).has("Test-Header: one"))}
	for _, f := range fieldCases() {
		if f.unstored {
			continue
		}
		kind := Check
		first, second := f.values()
		expected := second
		if f.mustUpdate || f.mustKeep {
			kind = Required
		}
		if f.mustKeep {
			expected = first
		}
		answer := func(value string, tagged bool) step {
			s := get().says("Date: @0", f.name+": "+value)
			if f.name != "Cache-Control" {
				s = s.says("Cache-Control: max-age=2")
			}
			if tagged && f.name != "ETag" {
				s = s.says(`ETag: "tag of ` + f.name + `"`)
			}
			return f.bodied(s)
		}
		line := f.name + ": " + expected
		cases = append(cases, steps(kind, "304-etag-update-response-"+f.name,
			answer(first, true).later(),
			answer(second, true).mustBe(byTag).has(line),
			answer(expected, false).mustBe(reused).has(line)))
	}
	return group("Update Headers Upon a 304", cases...)
}

// heads is about what the answer to a HEAD does to a stored one to GET.
func heads() []Case {
	head := request(http.MethodHead)
	return group("HEAD updates",
		steps(Check, "head-writethrough", get().goesStale(), head.is(fetched)),
		steps(Check, "head-200-retain", get().goesStale(), head.is(fetched).has("Template-A: 1")),
		steps(Check, "head-200-freshness-update", get().goesStale(),
			head.says("Cache-Control: max-age=1000").is(fetched), get().is(reused)),
		steps(Check, "head-200-update", get().goesStale(),
			head.says("Template-A: 2", "Cache-Control: max-age=1000").is(fetched),
			get().mustBe(reused).has("Template-A: 2")),
		steps(Check, "head-410-update", get().goesStale(),
			head.answers(410).says("Template-A: 2", "Cache-Control: max-age=1000").is(fetched),
			get().mustBe(reused).has("Template-A: 2")),
	)
}

// invalidation is about methods that change something.
func invalidation() []Case {
	methods := []string{http.MethodPost, http.MethodPut, http.MethodDelete, "M-SEARCH"}
	var cases []Case
	for _, m := range methods {
		cases = append(cases,
			steps(Required, "invalidate-"+m, get().fresh(), request(m), get().is(fetched)),
			steps(Optimal, "invalidate-"+m+"-failed", get().fresh(), request(m).answers(500), get().is(reused)))
	}
	// Both places are named, and one of them has a stored response.
	for _, place := range [][2]string{{"-location", "location_target"}, {"-cl", "content_location_target"}} {
		target := get().at(place[1]).says("Cache-Control: max-age=100000", "Last-Modified: @0", "Date: @0")
		for _, m := range methods {
			cases = append(cases, steps(Check, "invalidate-"+m+place[0], target,
				request(m).says("Location: location_target", "Content-Location: content_location_target"),
				target.is(fetched)))
		}
	}
	return group("Cache Invalidation", cases...)
}
