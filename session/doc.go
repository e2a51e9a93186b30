// Package session is the URL session: tasks that each stand for one resource
// request, a delegate that is told what happens and asked what to do, and the
// rules that tie them together. It follows the life cycle of Apple's guide
// "Life Cycle of a URL Session" step by step and knows no terminal.
//
// # The life cycle with a custom delegate
//
//  1. Make a [Configuration]: [DefaultConfiguration],
//     [EphemeralConfiguration], [BackgroundConfiguration]. The tasks of the
//     last kind run in another process, see "In the background".
//  2. Make a session: [New] with the configuration and a [Delegate].
//  3. Make tasks: [Session.DataTask], [Session.DownloadTask],
//     [Session.UploadTaskFromFile] and their like. A task is suspended at
//     birth; [Task.Resume] starts it. With [Configuration.WaitsForConnectivity]
//     it waits for its first connection ([WaitingDelegate]).
//  4. Challenges: session-level methods (ServerTrust, ClientCertificate, NTLM,
//     Negotiate) go to [SessionChallengeDelegate] if there is one, else to
//     [ChallengeDelegate]; all others go to ChallengeDelegate only. Basic,
//     Digest and ServerTrust are answered here. A 401 with other schemes only,
//     and a 407, is a response like any other.
//  5. Redirects: [RedirectDelegate] answers with the request given, another
//     one, or nil for "the redirect's body is the result". Without it a
//     redirect is followed, 20 times at most. After a redirect: step 4. From
//     https to http a redirect is refused once a credential was sent.
//  6. A download task made from resume data reports
//     [ResumeDelegate].DidResumeAtOffset before its first write.
//  7. A data task's response goes to [ResponseDelegate], which allows, cancels
//     or turns the task into a download ([BecomeDownloadDelegate]).
//  8. A streamed upload asks [BodyStreamDelegate] for its body.
//  9. [SendDelegate].DidSendBodyData reports what was sent.
//  10. [ProgressDelegate].DidWriteData (downloads) or
//     [DataDelegate].DidReceiveData (data) report what arrives.
//     [DownloadTask.CancelByProducingResumeData] pauses,
//     [Session.DownloadTaskWithResumeData] goes on: step 3.
//  11. What the [cache.Cache] of the configuration would store of a data or
//     upload task is proposed to [CacheDelegate], which allows, changes or
//     refuses it, also for a task with a completion handler. Without it
//     the response is stored. See "Caching".
//  12. [DownloadDelegate].DidFinishDownloading hands over the file; it is gone
//     when the call returns unless it was moved.
//  13. [CompletionDelegate].DidComplete is the last call of every task, exactly
//     once, with nil or an [*Error]. A status of 404 is no error. If the
//     download can go on, [ResumeDataFrom] finds the resume data in the error.
//  14. Each part of a multipart/x-mixed-replace response is a response of its
//     own: step 7 again. A completion handler gets the last part. Downloads
//     and other multipart types are not split.
//  15. [Session.FinishTasksAndInvalidate] or [Session.InvalidateAndCancel];
//     [Delegate].DidBecomeInvalid is the last call of the session.
//
// # With the system-provided delegate
//
// Give New a nil delegate and each task a completion handler. The handler is
// called exactly once, on the delegate queue. [Session.Data],
// [Session.Upload], [Session.Download] and their like run a task and wait for
// its result.
//
// # A delegate for one task
//
// [Task.SetDelegate] gives a task a delegate that is asked first, method by
// method; what it has no method for goes to the session's. The blocking helpers
// take one too. Session-level messages stay with the session's.
//
// # In the background
//
// The tasks of a session made with [BackgroundConfiguration] run in the agent, a
// process that is started on demand and outlives this one (package
// session/background). They are downloads and uploads of files, without
// completion handlers, and the delegate has to have DidFinishDownloading,
// DidWriteData, DidResumeAtOffset and DidComplete. Making a task is a call to
// the agent, which has it on disk when the call returns.
//
// A session made with an identifier that the agent knows has the tasks of the
// one before; each is told first by DidCreateTask, then what happened meanwhile,
// and [BackgroundDelegate] when all of that was told. Failures of the network
// are tried again by the agent until TimeoutForResource has passed, redirects
// are followed, and challenges wait for a session that answers them.
// [Session.Detach] leaves the tasks to the agent.
//
// # Who is called where
//
// Facts (everything that returns nothing) run on the delegate queue: one at a
// time, in order for each task. Decisions (a challenge, a redirect, a
// response, what to cache, a body stream) run on a goroutine of their own after
// the facts that came before them were delivered, and block only their task;
// their context ends when the task does. While one is awaited no timeout runs. Every
// method of a session or a task but [Session.Wait] may be called from any
// goroutine, also from inside a delegate call.
//
// A slow delegate slows its own tasks' sockets and nothing is dropped; only
// progress is merged, so that at most one DidWriteData per task waits.
//
// A panic in a delegate method or a completion handler does not end the
// process: the task fails with a [*PanicError] inside its [*Error], and still
// gets its DidComplete. If the panic came from DidComplete itself,
// DidBecomeInvalid is given it.
//
// # Who is served first
//
// No more than [Configuration.MaxConnectionsPerHost] connections go to one
// host. Tasks that wait for one are served by [Task.Priority], equal ones in the
// order in which they came. HTTP/2 needs one connection, so there nobody waits.
//
// # Several connections for one download
//
// With [Configuration.Connections] a download may use more connections than one,
// if its response has a length, a strong validator and ranges. It stays one
// task: one response, one order of calls, one count of bytes. Its further
// requests go to where the response came from, each with If-Range and over a
// connection of its own, with the credentials and cookies of the task; they ask
// nobody anything. What is not the right range of the same version ends the
// sharing out. A server that refuses them, with 429 or 503 for instance, is left
// alone for a while; a task that waits for the host gets a connection first.
// [Auto] adds connections while the throughput of all together grows.
//
// What is interrupted may have gaps, which any later task fills, on however many
// connections.
//
// # Other protocols
//
// [Configuration.Protocols] are asked in order whether they load a request,
// before http and https do. A server cannot redirect to a scheme of theirs.
//
// # Credentials and trust
//
// A credential from user information in a URL, or from the
// [CredentialStorage], is proposed. One of [PersistenceForSession] or
// [PersistencePermanent] is stored once a server has accepted it, and not
// before; from then on it is sent without a question to
// the same protection space (RFC 7617 section 2.2, RFC 7616 section 3.3).
// Digest nonces that went stale are renewed in silence. While a delegate thinks
// about a challenge, its 401 holds no connection unless its body is over
// 64 KiB. A server that proves that it does not know the password of Digest
// fails the task. A proof that covers the body of the response (auth-int) can
// only fail it at its end, when a delegate has got the bytes; a download is
// removed then. That of a response which is not used, such as a redirect that
// is followed, is not checked.
//
// A server that the default evaluation trusts is shown to the delegate within
// the handshake. For any other one the handshake is ended first, because a
// server does not wait for a person, and done again after the answer. An
// accepted server (address and certificate) is accepted for the session. Tasks
// that meet a new one at the same moment each ask; a delegate that asks a person
// puts them together.
//
// # Caching
//
// A data task asks the cache before each request: first, after each redirect
// and with each new credential. Its [cache.Policy] ([Configuration.CachePolicy],
// [WithCachePolicy]) says how far the cache may answer. A response of the cache
// is told like one of the server, a stored redirect too, but nothing is sent,
// nobody is challenged, the CacheDelegate is not asked, no cookie is taken from
// it, and its transaction says localCache. A stored response that the server
// confirms with 304 is delivered as it is stored: the app sees no 304 that it
// did not ask for. One that says stale-if-error stands in when nobody can be
// reached or the server fails.
//
// Uploads and downloads are never answered from the cache. What their responses
// make untrue is removed from it.
//
// The body is stored in the coding in which it comes, while it comes, and only
// when it came to its end: not of a task that was cancelled, failed or became a
// download. The next request finds it when DidComplete is called. A response
// that cannot be stored, for instance because the disk is full, is no error of
// its task.
//
// # Downloads
//
// The body of a success goes to a partial file (package transfer/partial) with
// the identity coding, that of any other status to a temporary file, so that an
// error page never touches a download. Where the response allows it
// ([DownloadTask.Resumability]), the state on disk follows the bytes: after a
// crash [ReadResumeData] finds what is durable.
//
// A resumed download asks for the rest with If-Range. The old bytes stay until
// the server has begun to send new ones:
//
//   - 206 that fits: the bytes go behind those at hand;
//   - 200 although nothing changed: one more request without If-Range; its answer
//     has to name the same version, and its first 64 KiB are compared with the last
//     ones at hand;
//   - 200 because the file changed: start over from byte 0;
//   - 206 or 416 that does not fit: one request without a range;
//   - 416 that says that nothing is missing: the download is complete, without
//     a response;
//   - 4xx: the original URL is tried if the bytes came from another one; then
//     the status is the response, and file and resume data stay good.
//
// A 206 that answers a request for everything is the file only if its range is all of
// it. Otherwise the download fails with [BadServerResponse].
//
// A download whose bytes are all durable already ends without a request. How
// it went is in [DownloadTask.Continuation].
//
// A download that is suspended for so long that the server closes the
// connection goes on with a range in the same task. A request that had no
// answer yet is sent again when its task is resumed, if it may be repeated.
// Other tasks fail then, and not before they are resumed.
//
// With [Configuration.OverlapCheck] a download is resumable also where the
// server gives no usable validator, and one with another entity tag is not
// another file yet: the last 64 KiB at hand are fetched again and compared.
//
// A finished file is held against Repr-Digest, Content-Digest (RFC 9530) and
// Digest (RFC 3230) in SHA-256 and SHA-512, where the response has them in its
// head; a resumed one as a whole. If it is another the task fails with
// [BadServerResponse] and [ErrDigest], and the bytes are removed.
// [DownloadTask.Verified] names what was held.
//
// # Ownership
//
// The session keeps its delegate until DidBecomeInvalid has returned. A session
// that is never invalidated keeps its connections. That of [NewShared] cannot
// be invalidated and lasts as long as the program, which makes it and hands it
// round: no package here has state of its own.
//
// [Session.Reset] and [Session.Flush] are over before the last call of a session.
// Cookies and credentials are kept in memory; a jar of package session/cookies
// can be loaded before and saved after.
package session
