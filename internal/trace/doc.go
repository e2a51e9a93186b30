// Package trace records what a session tells its delegate and holds it against
// the life cycle of the guide. It is the measuring instrument of the session's
// tests, and can serve any test that runs a session.
//
// # Recording
//
// A [Recorder] is a delegate that implements every delegate interface and
// keeps one [Event] per call, in order. Where the presence of a method matters
// (the guide's "if the delegate does not implement this method") a test builds
// its delegate out of the recorder's parts, each of which has one method:
//
//	rec := trace.New(t)
//	only := struct {
//		trace.Facts
//		trace.SessionChallenges
//	}{rec.Facts, rec.SessionChallenges}
//	rec.Watch(only) // so that what cannot be heard is not missed
//
// Decisions are answered by the functions of [Answers], facts call the
// functions of [Hooks]; both are set before the first task runs.
//
// # Checking
//
// When its test ends the recorder runs [Check] on everything it has heard, and
// reports calls that overlapped although they must not: two facts at once, or
// two calls of one task. So every test checks the grammar, whatever else it is
// about. A recorder is the delegate of one session, and the session has to be
// invalid when the test ends: every task has ended then.
//
// # Comparing
//
// [Match] compares the events of one task with a pattern that reads as the
// traces do in which the life cycle is written down:
//
//	created redirect(302,/g) tchal(Basic,0) wrote* metrics done(nil)
//
// resumedata is matched without regard to its place: the call that it stands
// for returns on its caller's goroutine, so that DidComplete may overtake it.
package trace
