package cachetest

import "slices"

// Cases are all cases of the suite, in its order.
func Cases() []Case {
	return slices.Concat(
		freshness(), parsing(), ageParsing(), expires(), expiresParsing(), directives(), stale(), heuristics(),
		methods(), statuses(), requestDirectives(), pragma(), vary(), varyParsing(), modifiedSince(), noneMatch(),
		headers(), updates(), heads(), invalidation(), partial(), authorization(), other(), cdn(), interim(),
	)
}

const (
	sharedOnly = "for shared caches; this one is private"
	cdnOnly    = "CDN-Cache-Control (RFC 9213) is for caches at the server's side"
	finalOnly  = "the cache is given final responses only; interim ones pass it by"
)
