// Package cookies is a cookie jar for HTTP clients that are no browsers: the
// rules of RFC 6265bis (draft-ietf-httpbis-rfc6265bis) over the public suffix
// list, with a list of what is in it, a file, and cookies.txt in and out.
//
// A [Jar] takes cookies in three ways. [Jar.SetFromHeader] is the one for a
// client: it reads the Set-Cookie fields of a response as they came, with the
// lenient parser that the RFC asks for. [Jar.SetCookies] makes the jar an
// [http.CookieJar]; net/http has parsed the fields by then and lost what it does
// not know. [Jar.Set] takes a cookie made by hand. All three end in the same
// checks:
//
//   - a Domain must contain the host, and be neither an address nor a public
//     suffix such as co.uk; without one a cookie goes back to its host only
//   - a page over http neither makes a Secure cookie nor replaces one
//   - __Secure- and __Host- names keep what they promise
//   - control characters, more than 4096 bytes of name and value, and SameSite
//     none without Secure are refused; an attribute over 1024 bytes is ignored
//   - nothing lives longer than 400 days
//
// [Jar.Field] gives the Cookie field of a request: longer paths first, then the
// older. [Jar.Cookies] gives the same to net/http, which cannot say every value
// that Field can.
//
// # How many
//
// A registrable domain (example.co.uk) keeps 180 cookies, the jar 3000. Beyond
// that the ones not used for the longest time go, in a full domain those without
// Secure before the others: a page over http cannot push a Secure cookie out.
//
// # On disk
//
// [Load] and [Jar.Save] keep the cookies that have an expiry in a JSON file,
// mode 0600, replaced as a whole. Of two processes that save to one file, the
// last wins. [Jar.ReadNetscape] and [Jar.WriteNetscape] speak the cookies.txt of
// curl and wget.
//
// # SameSite
//
// SameSite is kept and listed, and None needs Secure. It does not hold cookies
// back: every request of a client is the user's own, there is no page that could
// make one in the name of another site.
//
// A value is a secret. Nothing in this package puts one into an error, and a
// [Cookie] prints without it.
package cookies
