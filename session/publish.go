package session

import (
	"errors"

	"haul/transfer/partial"
)

// KeepLocked keeps the finished file locked until DidFinishDownloading returns, so
// that nobody can take it for one that was left behind. The delegate moves it by
// [DownloadTask.Publish]; package partial's own functions fail with
// [partial.ErrLocked]. A small file may have no name before that: the path that the
// delegate is given is good for reading alone then. It must be called before the first Resume, and changes
// nothing for a task of a background session, whose file is the agent's.
func (t *DownloadTask) KeepLocked() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.machine.resumed {
		return errResumed
	}
	t.keepLocked = true
	return nil
}

// Publish has p move the finished file to dest, see [partial.Publish]. It is for
// DidFinishDownloading, while that runs. If it fails, the partial file of a download
// that has a state stays, whole: [ReadResumeData] goes on from it without a request.
func (t *DownloadTask) Publish(p *partial.Publisher, dest string, overwrite bool) (string, error) {
	t.mu.Lock()
	f := t.finished
	t.mu.Unlock()
	switch {
	case f == nil:
		return "", errNotFinished
	case f.sealed == nil:
		return p.Publish(f.path, dest, overwrite)
	}
	taken, err := p.PublishSealed(f.sealed, dest, overwrite)
	f.moved = err == nil
	resp := t.Response() // nil where all was there before
	f.stays = taken == "" && (resp == nil || successful(resp.StatusCode))
	return taken, err
}

var errNotFinished = errors.New("session: there is no finished file at this time")

// keepsLocked tells whether the delegate is given the finished file locked.
func (t *task) keepsLocked() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.keepLocked && t.downloadHandler == nil
}

// finishedDownloading is the fact that hands the finished file to the delegate,
// and removes what is left of it.
func (t *task) finishedDownloading(f *finishedFile) fact {
	c, self := t.table()
	d, _ := self.(*DownloadTask)
	return t.fact("DidFinishDownloading", func() {
		defer f.remove()
		if c.didFinishDownload == nil {
			return
		}
		t.lend(f)
		defer t.lend(nil)
		c.didFinishDownload(d, f.path)
	})
}

// lend makes f the file that Publish moves.
func (t *task) lend(f *finishedFile) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.finished = f
}
