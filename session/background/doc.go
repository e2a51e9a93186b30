// Package background is the agent: the process that has the tasks of background
// sessions, so that they go on when the program that made them is gone. It is
// also the way in for commands that look at tasks and act on them without being
// a session ([Client]).
//
// # The two sides
//
// A program makes a session with session.BackgroundConfiguration. It has the
// methods and the delegate of any other session; behind them it speaks to the
// agent over a Unix socket, and starts the agent if nobody answers. The agent
// has an ordinary session for each identifier inside. docs/background.md is the
// manual for users, docs/api.md describes the protocol.
//
// # What the agent promises
//
// A task that was made is in the database before its maker is told its
// identifier. Every byte of a download is in a partial file whose state on disk
// claims only what is durable (package transfer/partial), so that an agent that
// was killed goes on from there when it starts again. The result of a task is
// in the database before anybody is told, and stays until a session has told
// its delegate and said so; finished files are kept as long. It can be told
// twice only when the program dies between the return of its delegate and the
// word of that.
//
// A failure of the network ends no task: it is tried again until
// TimeoutForResource has passed, from the byte where it stopped if the server
// allows it. Redirects are followed. A challenge waits, without a connection,
// until a session is there whose delegate answers.
//
// # What is where
//
// In the state directory: agent.db (SQLite; no password and no secret header
// field is in it), agent.log, and spool with partial files that have no other
// place, files that nobody has taken, and the files of uploads. In the runtime
// directory: the socket and the lock of the one agent.
//
// # Goroutines
//
// [Agent.Serve] owns all of them and waits for them. An agent that is idle has
// a few that are blocked, and one timer.
package background
