package cachetest

import (
	"net/http"
	"strconv"
)

// directives is about Cache-Control of responses, other than freshness.
func directives() []Case {
	const long = "Cache-Control: max-age=10000"
	expiring := []string{"Expires: @10000", "Date: @0"}
	with := func(first string, more ...string) []string { return append([]string{first}, more...) }
	return group("Cache-Control Response Directives", append(skipped(sharedOnly, Required, "cc-resp-private-shared"),
		soon(Optimal, "cc-resp-private-private", reused, "Cache-Control: private, max-age=3600"),
		soon(Required, "cc-resp-no-store", fetched, "Cache-Control: no-store"),
		soon(Required, "cc-resp-no-store-case-insensitive", fetched, "Cache-Control: No-StOrE"),
		soon(Required, "cc-resp-no-store-fresh", fetched, with(long+", no-store", expiring...)...),
		steps(Required, "cc-resp-no-store-old-new",
			get().says(with(long, "Expires: @10000", "Date: @0", "A: 1")...).later(),
			get().says("Cache-Control: no-store", "Date: @0", "A: 2").later(),
			get().is(reused).has("A: 1")),
		steps(Required, "cc-resp-no-store-old-max-age",
			get().says(with(long, "Expires: @10000", "Date: @0", "A: 1")...).later(),
			get().says("Cache-Control: no-store, max-age=0", "Date: @0", "A: 2").later(),
			get().is(reused).has("A: 1")),
		soon(Required, "cc-resp-no-cache", fetched, with(long+", no-cache", expiring...)...),
		soon(Required, "cc-resp-no-cache-case-insensitive", fetched, with(long+", No-CaChE", expiring...)...),
		soon(Optimal, "cc-resp-no-cache-revalidate", byTag, "Cache-Control: no-cache", `ETag: "abcd"`),
		soon(Optimal, "cc-resp-no-cache-revalidate-fresh", byTag,
			with(long+", no-cache", "Expires: @10000", "Date: @0", `ETag: "abcd"`)...),
		steps(Check, "headers-omit-headers-listed-in-Cache-Control-no-cache-single",
			get().says(`Cache-Control: no-cache="a"`, "a: 1", "b: 2", "Cache-Control: max-age=3600", "Date: @0").later(),
			get().mustBe(reused).has("b: 2").hasNo("a")),
		steps(Check, "headers-omit-headers-listed-in-Cache-Control-no-cache",
			get().says(`Cache-Control: no-cache="a, b"`, "a: 1", "b: 2", "c: 3",
				"Cache-Control: max-age=3600", "Date: @0").later(),
			get().mustBe(reused).has("c: 3").hasNo("a", "b")),
		soon(Optimal, "cc-resp-must-revalidate-fresh", reused, long+", must-revalidate", `ETag: "abcd"`),
		steps(Required, "cc-resp-must-revalidate-stale",
			get().says("Cache-Control: max-age=2, must-revalidate", `ETag: "abcd"`),
			get().says("Cache-Control: max-age=2, must-revalidate", `ETag: "abcd"`).mustBe(reused).later(),
			get().is(byTag)),
		steps(Optimal, "cc-resp-immutable-fresh",
			get().says(long+", immutable", `ETag: "abcd"`).later(), get().in(Revalidate).is(reused)),
		steps(Required, "cc-resp-immutable-stale",
			get().says("Cache-Control: max-age=2, immutable", `ETag: "abcd"`).later(),
			get().in(Revalidate).is(byTag).sent("Cache-Control: max-age=0")),
	)...)
}

// requestDirectives is about Cache-Control of requests.
func requestDirectives() []Case {
	const hour = "Cache-Control: max-age=3600"
	return group("Cache-Control Request Directives",
		steps(Check, "ccreq-ma0", get().fresh(), get("Cache-Control: max-age=0").is(fetched)),
		steps(Check, "ccreq-ma1", get().fresh(), get("Cache-Control: max-age=1").is(fetched)),
		steps(Check, "ccreq-magreaterage",
			get().says("Age: 1800").fresh(), get("Cache-Control: max-age=600").is(fetched)),
		steps(Check, "ccreq-max-stale", get().goesStale(), get("Cache-Control: max-stale=1000").is(reused)),
		steps(Check, "ccreq-max-stale-age",
			get().says("Cache-Control: max-age=1500", "Age: 2000"), get("Cache-Control: max-stale=1000").is(reused)),
		steps(Check, "ccreq-min-fresh",
			get().says("Cache-Control: max-age=1500"), get("Cache-Control: min-fresh=2000").is(fetched)),
		steps(Check, "ccreq-min-fresh-age",
			get().says("Cache-Control: max-age=1500", "Age: 1000"), get("Cache-Control: min-fresh=1000").is(fetched)),
		steps(Check, "ccreq-no-cache", get().says(hour), get("Cache-Control: no-cache").is(fetched)),
		steps(Check, "ccreq-no-cache-lm",
			get().says(hour, "Last-Modified: @-10000", "Date: @0"), get("Cache-Control: no-cache").is(byDate)),
		steps(Check, "ccreq-no-cache-etag",
			get().says(hour, `ETag: "tag"`), get("Cache-Control: no-cache").is(byTag)),
		steps(Check, "ccreq-no-store", get().fresh(), get("Cache-Control: no-store").is(fetched)),
		steps(Check, "ccreq-oic",
			get("Cache-Control: only-if-cached").hasStatus(http.StatusGatewayTimeout).anyBody()),
	)
}

// pragma is about a field of the days before Cache-Control.
func pragma() []Case {
	return group("Pragma",
		steps(Check, "pragma-request-no-cache", get().fresh(), get("Pragma: no-cache").is(reused)),
		steps(Check, "pragma-request-extension", get().fresh(), get("Pragma: unrecognised-extension").is(reused)),
		soon(Check, "pragma-response-no-cache", reused, "Cache-Control: max-age=3600", "Pragma: no-cache"),
		soon(Check, "pragma-response-no-cache-heuristic", reused,
			"Date: @0", "Last-Modified: @-10000", "Pragma: no-cache"),
		soon(Check, "pragma-response-extension", reused,
			"Cache-Control: max-age=3600", "Pragma: unrecognised-extension"),
	)
}

// methods is about methods other than GET.
func methods() []Case {
	return group("Method-related Caching Requirements",
		steps(Optimal, "method-POST",
			request(http.MethodPost, "Content-Type: text/plain").
				says("Cache-Control: max-age=3600", "Content-Location: /method-POST/", "Date: @0").later(),
			get().is(reused)),
	)
}

// statuses is about explicit freshness of all kinds of status. That of 3xx is
// not run in browsers, which do not show them; a library does.
func statuses() []Case {
	var cases []Case
	for _, status := range []int{
		200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 502, 503, 504, 599,
	} {
		name := "status-" + strconv.Itoa(status)
		answer := get().answers(status).body("the body of a " + name)
		// The suite's cases for a stale response look at nothing but where
		// the answer comes from.
		again := get().body("the body of a " + name).is(fetched)
		cases = append(cases,
			steps(Optimal, name+"-fresh", answer.fresh(), answer.is(reused)),
			steps(Required, name+"-stale", answer.isStale(), again))
	}
	return group("Status Code Cacheability", append(cases,
		steps(Required, "status-599-must-understand",
			get().answers(599).says("Cache-Control: max-age=3600, no-store, must-understand"), get().is(fetched)),
		soon(Optimal, "status-200-must-understand", reused, "Cache-Control: max-age=3600, no-store, must-understand"),
	)...)
}

// authorization is about requests that carry it.
func authorization() []Case {
	secret := request(http.MethodGet, "Authorization: FOO").sent("Authorization: FOO")
	return group("Storing Responses to Authenticated Requests", append([]Case{
		// For shared caches in the suite; no cache here stores such a response.
		steps(Required, "other-authorization", secret.fresh(), get().is(fetched)),
	}, skipped(sharedOnly, Optimal, "other-authorization-public", "other-authorization-must-revalidate",
		"other-authorization-smaxage")...)...)
}
