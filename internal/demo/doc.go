// Package demo is a web server with everything a download meets in the wild:
// slow files, passwords, redirects, broken ranges, links that expire, hostile
// names. `haul demo` runs it inside the process, so that a newcomer needs no
// network; the tests of the other packages use the same server as a fixture,
// and its log as their judge.
//
// # Where it runs
//
// [Server.Start] listens on free loopback ports. [Server.StartOn] listens on a
// [Network], which lives in memory, has host names and works inside a
// testing/synctest bubble. [Server.Handler] is the bare handler. Either way two
// hosts are served over http and https, see [Addresses], so that a redirect can
// cross from one to the other.
//
// # What a URL does
//
// A path is /BEHAVIOUR/.../NAME. NAME, the last element, decides the content:
// the same name has the same bytes under every behaviour, on both hosts. Each
// behaviour is only a set of parameters, and the query overrides each of them,
// so that a test composes its case: /basic/x.bin?size=5MB&rate=1MB&cut=64KiB.
// A parameter that is unknown or malformed is answered with 400.
//
//	file      a file with nothing special about it
//	slow      rate=200kB
//	large     size=2GiB
//	drip      size=40&rate=4
//	basic     auth=basic
//	digest    auth=digest
//	bearer    auth=bearer, with the token for a realm
//	escapes   auth=basic, with a long realm full of terminal escapes
//	whole     ranges=none
//	chunked   length=chunked
//	bare      etag=none&modified=none
//	weak      etag=weak&modified=none
//	changing  changes=1
//	flaky     cut=256KiB&times=2
//	busy      fail=503&retry=1&times=2
//	missing   fail=404
//	gone      fail=410
//	expire    fail=403&after=1; a fresh link is another token: /expire/TOKEN/NAME
//	gzip      gzip=yes
//	named     name=NAME
//	hostile   a Content-Disposition with ../ and terminal escapes in it
//	hang      hang=yes
//	early     info=103
//	mixed     multipart/x-mixed-replace, parts=3
//	upload    takes PUT and POST, see below
//	redirect  /redirect/KIND/PATH leads to /PATH, see below
//
// The parameters:
//
//	size=1MB        of the whole file; also kB, MB, GB, KiB, MiB, GiB
//	rate=200kB      bytes per second and response; 0 is no limit
//	version=1       of the content; the validators follow
//	changes=K       a new version after every K GETs of this URL
//	etag=strong     or weak, none
//	modified=yes    or none: no Last-Modified
//	ranges=yes      or none: Range is ignored, Accept-Ranges: none
//	length=known    or chunked, close: no Content-Length and no ranges
//	gzip=no         or yes (if the client accepts it), always
//	name=TEXT       Content-Disposition: attachment with this file name
//	disposition=... the whole value of Content-Disposition, as it is
//	auth=none       or basic, digest, both (two challenges in one line), bearer
//	realm=TEXT      in place of [Realm]
//	algorithm=...   of Digest, in order of preference: MD5, MD5-sess, SHA-256,
//	                SHA-256-sess; by default SHA-256,MD5
//	qop=auth        or none (RFC 2069)
//	uses=4          requests until a Digest nonce is stale
//	info=103        informational responses that come first: 102, 103
//	wait=2s         before the head
//	hang=no         or yes: no answer at all, until the client goes
//	fail=503        this status with an error page in place of the file
//	retry=1         Retry-After, in seconds
//	cut=N           the connection is cut after N bytes of the body
//	stall=N         nothing more comes after N bytes, until the client goes
//	wrong=KIND      an answer to a range request that must not be believed
//	after=A         hang, fail, cut, stall, wrong only after A GETs of this URL
//	times=K         and then only K times; 0 is for ever
//	parts=3         of mixed, each of size bytes
//	every=1s        between the parts
//	status=302      of redirect
//	limit=N         upload answers 413 to more, before it has read it
//	id, token       nothing: two URLs that differ are counted apart
//
// A GET or upload is counted per URL (path and query), after its password was
// accepted. A redirect is not counted.
//
// # Wrong answers to a range request
//
//	start      the 206 begins one byte late
//	zero       the 206 begins at 0
//	total      the 206 names another total
//	short      the 206 has half of what was asked for
//	multipart  one range asked for, multipart/byteranges given
//	coded      the 206 claims Content-Encoding: gzip
//	ifrange    If-Range is ignored: 206 with the validators of what is there now
//	silent     the same, and the 206 has no validators
//	full       200 to If-Range, although it matches
//	416        416, although the range is there
//
// # Redirects
//
// The query goes along to the target; the redirect itself obeys only status.
//
//	same       Location is a path
//	host       to the other host
//	port       to another port of the same host
//	http       to plain http, same host
//	https      to https, same host
//	chain/N    N hops, then PATH
//	loop       to itself
//	utf8       Location has raw UTF-8 in its query
//	escapes    Location has a terminal escape (C1) in its query
//	file       to file:///etc/passwd
//	none       no Location
//	endless    the body of the redirect never ends
//
// # Uploads
//
// The answer is 201 and an [Upload] as JSON. auth, fail, times, after, wait,
// rate (bytes per second read) and limit apply; /redirect/same/upload/x?status=307
// sends the body elsewhere first.
package demo
