// Package model is what the user is doing: the downloads and uploads as rows,
// the questions that wait for an answer, the queue, retries, rates and the
// list's order, filter, marks and cursor. It knows sessions and tasks below it
// and nothing of colours, widths or keys above it.
//
// # A row is not a task
//
// Pausing ends a task and resuming makes another (guide step 10). The user
// sees one row all the while: a row owns its lineage of tasks.
//
// # From a delegate call to a frame
//
// The [Observer] is the session's only delegate. A fact stores the latest
// state of its task in a slot, marks the slot dirty and pokes a wake signal
// that never blocks; progress makes no message and no allocation. [Observer.Next]
// is a command that waits for the edge of the next frame, then for the wake
// signal if it has not come, and returns one [FrameMsg]; more than progress
// brings the edge forward. [Model.Update] drains the dirty slots into
// the rows. So the cost of a frame does not depend on how many calls came.
//
// A decision (challenge, redirect, response) is answered by policy at once, or
// becomes a [Prompt]: state that waits on the task's own goroutine and cannot
// be lost. One answer serves every task of the same protection space.
//
// # Files
//
// A download grows in a partial file beside its destination. The file is put
// in its place in DidFinishDownloading, on the delegate queue, because it is
// gone when that call returns: never over another file unless that was asked
// for, never when the status is not 2xx, and aside when a checksum differs.
// Hashing happens there too, only if a checksum was given; meanwhile other
// rows' facts wait and their progress is merged, and no socket waits for it.
//
// What a row can go on from is always decided by its partial file: the model
// keeps no copy of its state. The [Journal] only says which rows there were.
//
// # Trying again
//
// A row owns its attempts, its back-off and its cancel, all on the loop's
// goroutine, so that nothing is sent after a cancel. What may pass is tried
// again up to [Options].Retries times in a row, with full jitter, never sooner
// than Retry-After; bytes that came in between begin the count anew. After a
// failure of the network (guide step 13) a change of [Options].Reachability is
// a reason to try before the clock, though not within a second of the failure;
// without a network there is no clock, the row waits for the change, and that
// try is not counted. Servers on this machine go by the clock.
//
// A refusal that will repeat is not retried. Neither is a name that does not
// exist, but for one try if the server was there before: then the answer may
// be that of a network that is breaking down.
//
// # Goroutines
//
// A Model belongs to one goroutine, the one that calls Update: Bubble Tea's
// loop or the plain printer's. Observer and the prompts' waiting are safe for
// all. Whatever blocks runs in a tea.Cmd that ends with the model's context.
//
// # Reading
//
// What a screen needs comes out as plain data ([Row], [Detail], [PromptView],
// [Totals]) with the server's own words uncleaned; whoever draws them cleans
// them. Every change goes in through a method or a message.
package model
