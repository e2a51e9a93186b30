// Package session is the URL session: tasks that each stand for one resource
// request, a delegate that is told what happens and asked what to do, and the
// rules that tie them together. It follows the life cycle of Apple's guide
// "Life Cycle of a URL Session" step by step and knows no terminal.
//
// # The life cycle with a custom delegate
//
//  1. Make a [Configuration]: [DefaultConfiguration], [EphemeralConfiguration].
//  2. Make a session: [New] with the configuration and a [Delegate].
//  3. Make tasks: [Session.DataTask], [Session.DownloadTask],
//     [Session.UploadTaskFromFile] and their like. A task is suspended at
//     birth; [Task.Resume] starts it.
//  4. Challenges: session-level methods (ServerTrust, ClientCertificate, NTLM,
//     Negotiate) go to [SessionChallengeDelegate] if there is one, else to
//     [ChallengeDelegate]; all others go to ChallengeDelegate only.
//  5. Redirects: [RedirectDelegate] answers with the request given, another
//     one, or nil for "the redirect's body is the result". Without it a
//     redirect is followed, 20 times at most. After a redirect: step 4.
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
//  11. Caching.
//  12. [DownloadDelegate].DidFinishDownloading hands over the file; it is gone
//     when the call returns unless it was moved.
//  13. [CompletionDelegate].DidComplete is the last call of every task, exactly
//     once, with nil or an [*Error]. A status of 404 is no error. If the
//     download can go on, [ResumeDataFrom] finds the resume data in the error.
//  14. Multipart responses.
//  15. [Session.FinishTasksAndInvalidate] or [Session.InvalidateAndCancel];
//     [Delegate].DidBecomeInvalid is the last call of the session.
//
// # With the system-provided delegate
//
// Give New a nil delegate and each task a completion handler. The handler is
// called exactly once, on the delegate queue.
//
// # Who is called where
//
// Facts (everything that returns nothing) run on the delegate queue: one at a
// time, in order for each task. Decisions (a challenge, a redirect, a
// response, a body stream) run on their task's own goroutine after the facts
// that came before them were delivered, and block only that task; their
// context ends when the task does. Every method of a session or a task may be
// called from any goroutine, also from inside a delegate call.
//
// A slow delegate slows its own tasks' sockets and nothing is dropped; only
// progress is merged, so that at most one DidWriteData per task waits.
//
// # Ownership
//
// The session keeps its delegate until DidBecomeInvalid has returned. A session
// that is never invalidated keeps its connections.
package session
