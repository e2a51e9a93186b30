package cachetest

import (
	"slices"
	"strconv"
)

// freshness is about max-age.
func freshness() []Case {
	return group("Cache-Control Freshness", append([]Case{
		after(Check, "freshness-none", fetched),
		after(Optimal, "freshness-max-age", reused, "Cache-Control: max-age=3600"),
		steps(Required, "freshness-max-age-stale", get().goesStale(), get().is(fetched)),
		after(Required, "freshness-max-age-0", fetched, "Cache-Control: max-age=0"),
		after(Optimal, "freshness-max-age-max-minus-1", reused, "Cache-Control: max-age=2147483647"),
		after(Optimal, "freshness-max-age-max", reused, "Cache-Control: max-age=2147483648"),
		after(Optimal, "freshness-max-age-max-plus-1", reused, "Cache-Control: max-age=2147483649"),
		after(Optimal, "freshness-max-age-max-plus", reused, "Cache-Control: max-age=99999999999"),
		after(Required, "freshness-max-age-age", fetched, "Date: @0", "Cache-Control: max-age=3600", "Age: 7200"),
		after(Check, "freshness-max-age-date", fetched, "Date: @-7200", "Cache-Control: max-age=3600"),
		after(Optimal, "freshness-max-age-expires", reused,
			"Cache-Control: max-age=3600", "Expires: @-7200", "Date: @0"),
		after(Optimal, "freshness-max-age-expires-invalid", reused,
			"Cache-Control: max-age=3600", "Expires: 0", "Date: @0"),
		after(Required, "freshness-max-age-0-expires", fetched,
			"Expires: @3600", "Cache-Control: max-age=0", "Date: @0"),
		after(Optimal, "freshness-max-age-extension", reused, "Cache-Control: foobar, max-age=3600"),
		after(Optimal, "freshness-max-age-case-insenstive", reused, "Cache-Control: MaX-aGe=3600"),
		after(Required, "freshness-max-age-negative", fetched, "Cache-Control: max-age=-3600"),
		after(Required, "freshness-max-age-s-maxage-private", fetched, "Cache-Control: s-maxage=3600, max-age=1"),
		after(Required, "freshness-max-age-s-maxage-private-multiple", fetched,
			"Cache-Control: s-maxage=3600", "Cache-Control: max-age=1"),
	}, slices.Concat(
		skipped(sharedOnly, Required, "freshness-s-maxage-shared", "freshness-max-age-s-maxage-shared-longer",
			"freshness-max-age-s-maxage-shared-longer-reversed", "freshness-max-age-s-maxage-shared-longer-multiple"),
		skipped(sharedOnly, Optimal, "freshness-max-age-s-maxage-shared-shorter",
			"freshness-max-age-s-maxage-shared-shorter-expires"),
	)...)...)
}

// parsing is about Cache-Control that is written in odd ways.
func parsing() []Case {
	return group("Cache-Control Parsing",
		after(Check, "freshness-max-age-two-fresh-stale-sameline", reused, "Cache-Control: max-age=1800, max-age=1"),
		after(Check, "freshness-max-age-two-fresh-stale-sepline", reused,
			"Cache-Control: max-age=1800", "Cache-Control: max-age=1"),
		after(Check, "freshness-max-age-two-stale-fresh-sameline", reused, "Cache-Control: max-age=1, max-age=1800"),
		after(Check, "freshness-max-age-two-stale-fresh-sepline", reused,
			"Cache-Control: max-age=1", "Cache-Control: max-age=1800"),
		after(Check, "freshness-max-age-quoted", reused, `Cache-Control: max-age="3600"`),
		after(Required, "freshness-max-age-ignore-quoted", fetched,
			`Cache-Control: extension="max-age=3600", max-age=1`),
		after(Required, "freshness-max-age-ignore-quoted-rev", fetched,
			`Cache-Control: max-age=1, extension="max-age=3600"`),
		after(Check, "freshness-max-age-space-before-equals", fetched, "Cache-Control: max-age =3600"),
		after(Check, "freshness-max-age-space-after-equals", fetched, "Cache-Control: max-age= 3600"),
		after(Required, "freshness-max-age-leading-zero", reused, "Cache-Control: max-age=003600"),
		after(Required, "freshness-max-age-single-quoted", fetched, "Cache-Control: max-age='3600'"),
		after(Check, "freshness-max-age-decimal-zero", reused, "Cache-Control: max-age=3600.0"),
		after(Check, "freshness-max-age-decimal-five", reused, "Cache-Control: max-age=3600.5"),
		after(Check, "freshness-max-age-a100", reused, "Cache-Control: max-age=a3600"),
		after(Check, "freshness-max-age-100a", reused, "Cache-Control: max-age=3600a"),
	)
}

// ageParsing is about Age that is written in odd ways.
func ageParsing() []Case {
	aged := func(k Kind, id string, w want, ages ...string) Case {
		say := []string{"Date: @0", "Cache-Control: max-age=3600"}
		for _, age := range ages {
			say = append(say, "Age: "+age)
		}
		return after(k, "age-parse-"+id, w, say...)
	}
	return group("Age Parsing",
		aged(Required, "nonnumeric", reused, "abc"),
		aged(Required, "negative", reused, "-7200"),
		aged(Required, "float", reused, "7200.0"),
		aged(Required, "large-minus-one", fetched, "2147483647"),
		aged(Required, "large", fetched, "2147483648"),
		aged(Required, "larger", fetched, "2147483649"),
		aged(Required, "suffix", fetched, "7200, 0"),
		aged(Required, "prefix", reused, "0, 7200"),
		aged(Required, "suffix-twoline", fetched, "7200", "0"),
		aged(Required, "prefix-twoline", reused, "0", "7200"),
		aged(Required, "dup-0", reused, "0, 0"),
		aged(Required, "dup-0-twoline", reused, "0", "0"),
		after(Required, "age-parse-dup-old", reused,
			"Date: @0", "Cache-Control: max-age=10000", "Age: 3600", "Age: 3600"),
		aged(Check, "parameter", fetched, "7200;foo=bar"),
		aged(Check, "numeric-parameter", fetched, "7200;foo=111"),
	)
}

// expires is about Expires and what it is counted from.
func expires() []Case {
	return group("Expires Freshness",
		after(Optimal, "freshness-expires-future", reused, "Expires: @2592000", "Date: @0"),
		after(Required, "freshness-expires-past", fetched, "Expires: @-2592000", "Date: @0"),
		soon(Required, "freshness-expires-present", fetched, "Expires: @0", "Date: @0"),
		after(Required, "freshness-expires-old-date", fetched, "Expires: @300", "Date: @400"),
		after(Required, "freshness-expires-invalid", fetched, "Expires: 0", "Date: @0"),
		soon(Optimal, "freshness-expires-invalid-date", reused, "Date: foo", "Expires: @10"),
		soon(Required, "freshness-expires-age-slow-date", fetched, "Date: @-10", "Expires: @10", "Age: 25"),
		soon(Required, "freshness-expires-age-fast-date", fetched, "Date: @10", "Expires: @20", "Age: 15"),
	)
}

// expiresParsing is about dates that are written in odd ways.
func expiresParsing() []Case {
	good := func(id, date string) Case {
		return after(Optimal, "freshness-expires-"+id, reused, "Expires: "+date, "Date: @0")
	}
	bad := func(id, date string) Case {
		return after(Required, "freshness-expires-invalid-"+id, fetched, "Expires: "+date, "Date: @0")
	}
	return group("Expires Parsing",
		good("32bit", "Tue, 19 Jan 2038 14:14:08 GMT"),
		good("far-future", "Sun, 21 Nov 2286 04:46:39 GMT"),
		good("rfc850", "Thursday, 18-Aug-50 02:01:18 GMT"),
		good("ansi-c", "Thu Aug  8 02:01:18 2050"),
		good("wrong-case-weekday", "THU, 18 Aug 2050 02:01:18 GMT"),
		good("wrong-case-month", "Thu, 18 AUG 2050 02:01:18 GMT"),
		good("wrong-case-tz", "Thu, 18 Aug 2050 02:01:18 gMT"),
		bad("utc", "Thu, 18 Aug 2050 02:01:18 UTC"),
		bad("aest", "Thu, 18 Aug 2050 02:01:18 AEST"),
		bad("2-digit-year", "Thu, 18 Aug 50 02:01:18 GMT"),
		bad("no-comma", "Thu 18 Aug 2050 02:01:18 GMT"),
		bad("multiple-spaces", "Thu, 18  Aug  2050 02:01:18 GMT"),
		bad("date-dashes", "Thu, 18-Aug-2050 02:01:18 GMT"),
		bad("time-periods", "Thu, 18 Aug 2050 02.01.18 GMT"),
		bad("1-digit-hour", "Thu, 18 Aug 2050 2:01:18 GMT"),
		soon(Required, "freshness-expires-invalid-multiple-lines", fetched,
			"Expires: Thu, 18 Aug 2050 2:01:18 GMT", "Expires: Thu, 18 Aug 2050 2:01:19 GMT", "Date: @0"),
	)
}

// heuristics is about responses that say nothing about freshness.
func heuristics() []Case {
	var cases []Case
	code := func(k Kind, w want, id string, status int, extra ...string) {
		name := "heuristic-" + strconv.Itoa(status) + id
		say := append([]string{"Last-Modified: @-86400", "Date: @0"}, extra...)
		answer := get().answers(status).body("the body of " + name)
		cases = append(cases, steps(k, name, answer.says(say...), answer.is(w)))
	}
	for _, status := range []int{200, 201, 202, 203, 204, 403, 404, 405, 410, 414, 501, 502, 503, 504} {
		switch status {
		case 201, 202, 403, 502, 503, 504:
			code(Required, fetched, "-not_cached", status)
		default:
			code(Optimal, reused, "-cached", status)
		}
	}
	code(Required, fetched, "-not_cached", 599)
	code(Optimal, reused, "-cached", 599, "Cache-Control: public")
	for _, seconds := range []int{5, 10, 30, 60, 300, 600, 1200, 1800, 3600, 43200, 86400} {
		text := strconv.Itoa(seconds)
		cases = append(cases, after(Check, "heuristic-delta-"+text, reused, "Last-Modified: @-"+text, "Date: @0"))
	}
	return group("Heuristic Freshness", cases...)
}

// stale is about stored responses that are not fresh any more.
func stale() []Case {
	forbidden := func(directive string) Case {
		return steps(Required, "stale-close-"+directive,
			get().says("Cache-Control: max-age=2, "+directive).later(), get().breaks())
	}
	const ifError = "Cache-Control: max-age=2, stale-if-error=60"
	cases := []Case{
		steps(Check, "stale-close", get().goesStale(), get().breaks().is(reused)),
		steps(Check, "stale-503", get().goesStale(), get().answers(503).is(reused).hasStatus(200)),
		after(Optimal, "stale-while-revalidate", reused,
			"Cache-Control: max-age=1, stale-while-revalidate=3600", `ETag: "abc"`),
		// The suite wants the second request to be answered by the stale
		// response; for a cache that does not do so the window is over at once.
		steps(Required, "stale-while-revalidate-window",
			get().says("Cache-Control: max-age=1, stale-while-revalidate=4", `ETag: "abc"`).later(),
			get().says("Cache-Control: no-cache", `ETag: "def"`).later(),
			get().is(fetched)),
		steps(Check, "stale-sie-close", get().says(ifError).later(), get().breaks().is(reused)),
		steps(Check, "stale-sie-503", get().says(ifError).later(),
			get().answers(503).is(reused).hasStatus(200)),
		forbidden("must-revalidate"),
	}
	cases = append(cases, skipped(sharedOnly, Required, "stale-close-proxy-revalidate")...)
	cases = append(cases, forbidden("no-cache"))
	cases = append(cases, skipped(sharedOnly, Required, "stale-close-s-maxage=2")...)
	cases = append(cases,
		steps(Check, "stale-warning-stored", get().isStale(), get().breaks().mustBe(reused).has("Warning")),
		steps(Check, "stale-warning-become", get().goesStale(), get().breaks().mustBe(reused).has("Warning")),
	)
	return group("Serving Stale", cases...)
}
