// Package transfer performs one HTTP exchange: it sends one request, returns
// the head of the response and streams its body, counting, timing and watching
// as it goes. It is the wire under package session and can be used alone.
//
// # What one exchange is
//
// [Client.Do] sends a request over net/http's Transport and returns an
// [Exchange] as soon as the head of the final response is there. There is no
// redirect, no retry, no credential, no cookie and no cache in here: a 302 or
// a 401 is a response like any other, and whoever asked decides. http.Client
// is not used, because it hides hops and keeps credentials on some of them.
//
// # Order, cancellation, ownership
//
// The hooks of a [Request] run on the goroutine that does the work and must
// not block for long. Cancelling the context ends the exchange at once,
// wherever it is. The caller owns Exchange.Response.Body and has to close it;
// closing it early closes an HTTP/1.1 connection.
//
// # Waiting and holding still
//
// Request.IdleTimeout bounds the time in which nothing moves: it runs only
// while the exchange waits for the network, and every byte starts it anew. A
// [Gate] holds an exchange still: while it is shut nothing is read from the
// body, TCP's window closes, the sender stops, and no timer runs.
//
// # Continuing
//
// [Continue] puts Range and If-Range on a request, [Judge] holds the answer
// against what is known before a byte of it is used, [Eligible] says whether a
// response can be continued at all, and why not. [Copy] moves a body into a
// partial file (package transfer/partial).
package transfer
