// Package cachetest has the cases of the public HTTP cache test suite
// (https://github.com/http-tests/cache-tests), written down anew for Go, and
// runs them against anything that loads requests through a cache.
//
// A [Case] is a sequence of requests, what the origin server answers to each,
// and what must be seen at both ends. The name of a case is its identifier in
// the suite, so that results can be compared with those that browsers and
// proxies publish. Like there, a required case is a requirement of RFC 9111, an
// optimal one is good to have, and a check asks how a cache does it, where both
// answers are legal.
//
// [Cases] has every case of the suite, also those that do not apply to a private
// cache, which say why.
//
//	for _, c := range cachetest.Cases() {
//		result := c.Run(origin, load, time.Sleep)
//	}
//
// Cases wait for a few seconds here and there, and need a clock that is after
// 2020 and before 2036: they are meant for testing/synctest.
package cachetest
