// Package transfer performs one HTTP exchange: it sends one request, returns
// the head of the response and streams its body, counting, timing and watching
// as it goes. It is the wire under package session and can be used alone.
//
// # What one exchange is
//
// [Client.Do] sends a request over net/http's Transport, or over a line, and returns
// an [Exchange] as soon as the head of the final response is there. There is no
// redirect, no retry, no credential, no cookie and no cache in here: a 302 or
// a 401 is a response like any other, and whoever asked decides. http.Client
// is not used, because it hides hops and keeps credentials on some of them.
//
// # Order, cancellation, ownership
//
// The hooks of a [Request] run on the goroutine that does the work, which is the
// caller's or one of net/http's, and must not block for long. Cancelling the
// context ends the exchange at once, wherever it is, with the dial that was made
// for it. The caller owns Exchange.Response.Body and has to close it; closing it early
// closes an HTTP/1.1 connection, closing it at its end leaves the connection
// for the next exchange.
//
// # Waiting and holding still
//
// Request.IdleTimeout bounds the time in which nothing moves. It runs only
// while the exchange waits for the network: not while it queues for one of
// Config.MaxConnsPerHost connections, not while somebody decides about a
// certificate, not while the source of the request's body or the reader of the
// response's body takes its time. Every step of a dial and every byte of a body
// starts it anew; of a head only the first byte and the end do, so that a head
// that drips without end ends as well.
//
// A [Gate] holds an exchange still. While it is shut nothing is dialled, no body
// is read, neither to be sent nor from the server, and no idle time runs: TCP's
// window closes (HTTP/2: the stream's, of 4 MiB) and the sender stops. On
// opening the idle time starts afresh.
//
// # TLS
//
// Certificates are evaluated here, against the roots, the dates and the name
// that was dialled; Config.VerifyServer then has the last word, before the
// request is sent. An https URL behind a proxy is treated no differently: the
// tunnel is made here too, see [ProxyError].
//
// # Lines
//
// net/http has a goroutine that reads a connection, one that writes it and, over
// HTTP/2, one for each stream, and hands what comes from one to the next, which is
// a good part of what a small file costs. So a request without a body that may be
// repeated (GET, HEAD), with no proxy in between, goes over a line where HTTP/1.1 is
// spoken: a connection that the goroutine of the exchange writes and then reads
// itself. Requests are written and responses read by net/http's functions all the
// same, and its Transport dials: it is told that the dial has failed, with
// errOwnLine, when the connection has become a line. So a server that turns out to
// speak HTTP/2, which only the handshake tells, is net/http's from the beginning.
//
// Nobody reads an idle line. Before it is used again it is read without waiting:
// if anything has come, or its end, it is closed and another one is taken. Where
// the system has no such read, everything is net/http's.
//
// Over TLS a line is worth most, but over a long way many small files are better
// off sharing a connection. Config.HTTP1Within draws the border. The round trip is
// known (TCP_INFO) when the connection is made and TLS begins, which is when the
// protocols are offered.
//
// # HTTP/3
//
// With Config.HTTP3 an https URL is tried over QUIC first ([HTTP3]); when the
// server is silent in the handshake for a second, or the way is no good for UDP,
// the exchange goes on over TCP and the place is left alone for five minutes. A
// certificate that was refused is refused: it is not asked about again over TCP.
// Once the handshake is done there is no way back, and errors mean what they mean
// over TCP. What servers say of themselves by Alt-Svc is remembered for their own
// host only, as long as the Client lives.
//
// # Continuing
//
// [Continue] puts Range and If-Range on a request, [Judge] holds the answer
// against what is known before a byte of it is used, [Eligible] says whether a
// response can be continued at all, and why not. [Copy] moves a body into a
// partial file (package transfer/partial).
//
// # Round this process
//
// A body of plain HTTP need not come through this process: Linux moves bytes
// from a socket into a pipe and from the pipe into a file (splice(2)), without
// a copy into our memory and out of it again.
//
// net/http owns the socket and reads it through a bufio.Reader, which must stay
// true to what was read: it knows where the head of the next response begins.
// So the bytes are taken where net/http takes them, in the Read of the
// connection. A Read of a body with a large slice comes through to that Read
// with the same slice, because bufio hands a Read that is larger than its empty
// buffer on to what it reads from, and io.LimitedReader, which ends a body of
// known length, cuts a slice only at its end. A diverter makes one buffer the
// sign: a Read of the connection into a slice that begins where that buffer
// begins moves as many bytes into the pipe as would have been read, and leaves
// the slice as it is. Between the two nobody looks at the bytes: the body has
// no framing of its own, for chunked ones are not diverted.
//
// Everything else stays an ordinary Read: bytes that bufio had read with the
// head, the last few that it reads into its own buffer, heads, which it reads
// into its own buffer too, all of TLS and HTTP/2, whose connections are others.
// After each Read of the body the diverter tells how many bytes went into the
// pipe: none, and the buffer holds what came; or all of them. Anything else
// means that net/http came to read in another way; it is an error, which ends
// the copy and the connection, before a byte is written.
//
// # Letting bytes come together
//
// The poller of the runtime is woken by each segment that comes, also while
// nobody reads, and each wake-up costs two switches of threads. So before it
// reads a body of known length, a gatherer sets SO_RCVLOWAT, below which Linux
// wakes nobody, to 512 KiB, for 15 ms at most; whatever has come by then is
// read. Under TLS what is in the socket is read record by record into one
// buffer, as long as a whole record is there and no Read can have to wait, and
// written at once.
//
// That does not help while more is there than that, which is how it is when the
// sender is faster than we are: each segment wakes a thread that finds nothing
// to do, on the processor that the copy or the sender could have. So the socket
// of a body that stays fast is set aside: a second descriptor takes its place,
// the first, which the poller knows, is closed, and who waits does so in poll(2).
// That takes a thread, so it ends when the body becomes slow, and in good time
// before its end, for net/http waits for the next response with a Read. A copy
// that never has to wait also gives its turn to others (copyStint), for else the
// runtime takes it, and that disturbs both.
package transfer
