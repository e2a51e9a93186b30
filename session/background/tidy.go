package background

import (
	"time"

	"haul/session/internal/wire"
)

// What has ended in the session of haul's own transfers stays until somebody was
// told of it, but not for ever: nobody may come who has a delegate for it.
const (
	// keepEnded is how long it stays, and mostEnded how many of it.
	keepEnded = 24 * time.Hour
	mostEnded = 1000
)

// tidy takes to the history what has stayed long enough. Results of other
// programs' sessions are theirs, and so is a file that has no place yet. The
// caller holds mu.
func (h *host) tidy() {
	if h.identifier != CommandIdentifier {
		return
	}
	var settled []*job
	for _, j := range h.inOrder() { // what has ended comes first, the oldest end before all
		if !j.ended() {
			break
		}
		if j.isSettled() {
			settled = append(settled, j)
		}
	}
	for i, j := range settled {
		if len(settled)-i <= mostEnded && time.Since(j.rec.Result.Ended) < keepEnded {
			break
		}
		j.acknowledged = true
		j.retire()
	}
}

// isSettled tells whether nothing is lost when nobody takes the result: there is
// no file, or it is where it belongs.
func (j *job) isSettled() bool {
	r := j.rec.Result
	return r.Placed || r.Error != nil || j.rec.Kind == wire.KindUpload || j.status() >= 300
}
