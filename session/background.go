package session

import (
	"errors"
	"time"
)

// ErrAnsweredElsewhere is the cause with which the context of a decision ends
// when another session with the same identifier has answered first.
var ErrAnsweredElsewhere = errors.New("answered elsewhere")

// Detach leaves a background session without ending it: its tasks go on in the
// agent, and a session made later with the identifier has them. The delegate
// gets DidBecomeInvalid with nil after calls that are under way; no other
// follows. It does nothing to a session in this process. Returns at once.
func (s *Session) Detach() { panic("contract") }

// SetEarliestBegin keeps a task of a background session from beginning before
// at. It must be called before the first Resume.
func (t *task) SetEarliestBegin(at time.Time) error { panic("contract") }

// SetDestination makes the agent put the finished file of a background session
// at path when the status is a success, whether or not a session is there: as
// [partial.Publish] does, beside a file that is there unless overwrite. A path
// that ends in a separator is a directory, for the name that the server
// suggests. It must be called before the first Resume.
func (t *DownloadTask) SetDestination(path string, overwrite bool) error { panic("contract") }

// Placed tells that the finished file is where SetDestination wanted it, and is
// not removed when DidFinishDownloading returns.
func (t *DownloadTask) Placed() bool { panic("contract") }
