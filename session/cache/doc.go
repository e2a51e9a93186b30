// Package cache is a private cache of HTTP responses, as a browser has one: it
// decides by RFC 9111 what may be stored and reused, keeps bodies in memory and
// on disk within budgets, and streams them in and out. It sends nothing itself,
// and knows neither tasks nor delegates.
//
// # How a request is loaded
//
// Before a request is sent, with all its fields set, [Cache.Lookup] tells what
// to do:
//
//	hit := c.Lookup(req, cache.UseProtocol)
//	switch hit.Verdict {
//	case cache.Serve:
//		return hit.Response // nothing is sent
//	case cache.Unavailable:
//		return errUnavailable // the policy forbids to send
//	}
//	hit.Condition(req.Header) // If-None-Match and If-Modified-Since, perhaps
//	sent := time.Now()
//	resp, err := send(req)
//	times := cache.Times{Sent: sent, Received: time.Now()}
//
// If it fails, or answers with one of [FallbackStatus], the stored response may
// say that it stands in ([Hit.Fallback]). An answer of 304 to a hit to validate
// goes to [Hit.Freshen], which returns the stored response brought up to date,
// or says that the request has to be sent again without conditions. Every other
// response is shown to [Cache.Observe], because it may make stored ones untrue.
//
// Then [Cache.Store] gives a [Writer], which takes the body as it is read, in
// the coding in which it came:
//
//	w, err := c.Store(req, resp, times)
//	if err == nil {
//		defer w.Abort()
//		body = io.TeeReader(resp.Body, w)
//	}
//
// After the last byte the caller may read the whole of it ([Writer.Open]),
// change the header ([Writer.Header]) or the body ([Writer.Replace]), keep it
// from the disk ([Writer.MemoryOnly]); [Writer.Commit] stores it. A body that
// broke off is never committed, and one that is not as long as announced is
// refused.
//
// # What is stored
//
// Responses to GET with a final status, to requests without Authorization: the
// answer to one user must not reach another. Never 206, 304 and 416, which are
// not the whole resource, nor 401 and 407, whose challenges are for once. Not
// bodies that end only with the connection, as nobody can tell a complete one
// from one cut short. One twentieth of a budget is the most for one response.
// The key is the whole URL; for each URL up to 16 responses that Vary tells
// apart are kept.
//
// Responses without anything about freshness are stored too: the policies
// [ReturnElseLoad] and [ReturnDontLoad] find them.
//
// Set-Cookie is stored like any field, as RFC 9111 section 7.3 has it. Who
// keeps cookies must take them from what the server sent, and not again from
// what the cache serves.
//
// # What is served
//
// The fresh response, with an Age; to HEAD its header only; to a Range its part,
// as 206; to a caller's own If-None-Match or If-Modified-Since a 304. Freshness
// is max-age, else Expires, else a tenth of the time since Last-Modified, up to
// a week; s-maxage and other things for shared caches do not count, and what is
// badly written counts as stale. A caller's own conditions on a stale response
// go to the server as they are, and so does its 304 to the caller.
// stale-while-revalidate is not used: nothing is loaded behind a caller's back.
//
// # On disk
//
// Two files for each response, of mode 0600, in a directory of mode 0700: the
// body, and a head in JSON that makes it visible. Names are digests; no URL and
// no field of a request is on disk. The body is synced before the head is put
// beside it by a rename, so that a crash leaves a whole response or none. A
// head that cannot be read, and a body that has not the length that its head
// says, are removed when met. What was used longest ago goes first when the
// budget is reached; the time of the last use is that of the head's file.
//
// The directory is listed once, at first use. Several processes may use one
// directory: each sees what was there at its start and what it stored itself,
// and keeps to the budget by that.
package cache
