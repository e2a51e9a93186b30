package cachetest

import (
	"net/http"
	"slices"
)

// partial is about ranges.
func partial() []Case {
	const hour = "Cache-Control: max-age=3600"
	whole := get().says(hour).body("01234567890")
	// The suite's own answer says 4-9 for its five bytes.
	end := get("Range: bytes=-5").answers(http.StatusPartialContent).
		says(hour, "Content-Range: bytes 4-9/10").body("01234")
	part := func(asked, text string) step {
		return get("Range: bytes=" + asked).is(reused).hasStatus(http.StatusPartialContent).reads(text)
	}
	return group("Combining Partial Content",
		steps(Optimal, "partial-store-partial-reuse-partial", end, part("-5", "01234")),
		steps(Optimal, "partial-store-complete-reuse-partial", whole, part("0-1", "01")),
		steps(Optimal, "partial-store-complete-reuse-partial-no-last", whole, part("1-", "1234567890")),
		steps(Optimal, "partial-store-complete-reuse-partial-suffix", whole, part("-1", "0")),
		steps(Optimal, "partial-store-partial-reuse-partial-byterange", end, part("6-8", "234")),
		steps(Optimal, "partial-store-partial-reuse-partial-absent", end, part("6-", "234")),
		steps(Optimal, "partial-store-partial-reuse-partial-suffix", end, part("-1", "4")),
		steps(Optimal, "partial-store-partial-complete",
			get("Range: bytes=-5").answers(http.StatusPartialContent).
				says(hour, "Content-Range: bytes 0-4/10").body("01234"),
			get().sent("Range: bytes=5-")),
		steps(Required, "partial-use-headers", whole.says("A: 1"), part("0-1", "01").says("A: 2")),
		steps(Required, "partial-use-stored-headers", whole.says("A: 1"), part("0-1", "01").has("A: 1")),
	)
}

// other is about Age, Date, keys and what should make no difference.
func other() []Case {
	const month, attachment = "Expires: @2592000", "Content-Disposition: attachment; filename=example.txt"
	return group("Other Caching Requirements",
		steps(Required, "other-age-gen", get().fresh(), get().is(reused).has("Age: >2")),
		steps(Check, "other-age-delay", get().says("Cache-Control: max-age=3600", "Date: @0").has("Age: >0")),
		steps(Required, "other-age-update-expires",
			get().says(month, "Date: @0", "Age: 30").later(), get().is(reused).has("Age: >32")),
		steps(Required, "other-age-update-max-age", get().says("Age: 30").fresh(), get().is(reused).has("Age: >32")),
		steps(Required, "other-date-update", get().fresh(), get().is(reused).has("Date: @0")),
		steps(Required, "other-date-update-expires",
			get().says(month, "Date: @0").later(), get().is(reused).has("Date: @0")),
		steps(Check, "other-date-update-expires-update",
			get().says(month, "Date: @0").later(), get().is(reused).has(month)),
		steps(Required, "query-args-different", get().with("test=one").fresh(), get().with("test=two").is(fetched)),
		steps(Optimal, "query-args-same", get().with("test=one").fresh(), get().with("test=one").is(reused)),
		soon(Check, "other-heuristic-content-disposition-attachment", reused,
			"Last-Modified: @-100000", "Date: @0", attachment),
		steps(Check, "other-fresh-content-disposition-attachment", get().says(attachment).fresh(), get().is(reused)),
		steps(Optimal, "other-set-cookie", get().says("Set-Cookie: a=b").fresh(), get().is(reused)),
		steps(Optimal, "other-cookie", get().fresh(), get("Cookie: a=b").is(reused)),
	)
}

// cdn is about a field for caches at the other end.
func cdn() []Case {
	return group("CDN-Cache-Control", slices.Concat(
		skipped(cdnOnly, Optimal, "cdn-max-age", "cdn-max-age-max", "cdn-max-age-max-plus"),
		skipped(cdnOnly, Required, "cdn-max-age-age"),
		skipped(cdnOnly, Check, "cdn-max-age-space-before-equals", "cdn-max-age-space-after-equals"),
		skipped(cdnOnly, Required, "cdn-max-age-0"),
		skipped(cdnOnly, Optimal, "cdn-max-age-extension"),
		skipped(cdnOnly, Check, "cdn-max-age-case-insensitive"),
		skipped(cdnOnly, Optimal, "cdn-max-age-expires", "cdn-max-age-cc-max-age-invalid-expires"),
		skipped(cdnOnly, Required, "cdn-max-age-0-expires"),
		skipped(cdnOnly, Optimal, "cdn-max-age-short-cc-max-age"),
		skipped(cdnOnly, Required, "cdn-max-age-long-cc-max-age", "cdn-private", "cdn-no-cache",
			"cdn-no-store-cc-fresh", "cdn-fresh-cc-nostore", "cdn-cc-invalid-sh-type-unknown",
			"cdn-cc-invalid-sh-type-wrong"),
		skipped(cdnOnly, Check, "cdn-remove-header", "cdn-remove-age-exceed", "cdn-date-update-exceed",
			"cdn-expires-update-exceed"),
	)...)
}

// interim is about responses of status 1xx.
func interim() []Case {
	return group("Interim Response Handling", slices.Concat(
		skipped(finalOnly, Optimal, "interim-102", "interim-103"),
		skipped(finalOnly, Required, "interim-not-cached"),
		skipped(finalOnly, Optimal, "interim-no-header-reuse"),
	)...)
}
