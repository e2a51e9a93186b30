package background

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"haul/session/internal/wire"
	"haul/transfer/partial"
)

// remember opens the database and takes up what an agent before this one left.
// A damaged database is put aside, and what partial files tell is taken up in
// its place.
func (a *Agent) remember() error {
	a.directories = a.knownDirectories()
	s, err := openStore(a.at.Database(), a.o.committed)
	var saved map[int64]*savedSession
	if err == nil {
		if saved, a.lastEnd, err = s.load(); err != nil {
			err = errors.Join(err, s.close())
		}
	}
	if err == nil {
		a.store = s
		// What was complete is put in its place meanwhile.
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, one := range saved {
			a.takeUp(one)
		}
		a.sweep()
		return nil
	}
	if !damaged(err) {
		return err
	}
	aside, moveErr := putAside(a.at.Database())
	if moveErr != nil {
		return errors.Join(err, moveErr)
	}
	if a.store, err = openStore(a.at.Database(), a.o.committed); err != nil {
		return err
	}
	a.notice(fmt.Sprintf("the agent's database was damaged and is kept as %s", aside))
	return a.rebuild()
}

// asideTime is the time in the names of what is put aside.
const asideTime = "20060102T150405.000"

// putAside gives a damaged database another name.
func putAside(path string) (string, error) {
	aside := path + ".damaged-" + time.Now().UTC().Format(asideTime)
	if err := os.Rename(path, aside); err != nil {
		return "", err
	}
	for _, more := range []string{"-wal", "-shm"} {
		if err := os.Rename(path+more, aside+more); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return aside, nil
}

// takeUp makes the session and the tasks that were written down. The caller
// holds mu.
func (a *Agent) takeUp(one *savedSession) {
	h := a.newHost(one.identifier, one.number)
	h.last, h.record = one.last, one.record
	a.lastHost = max(a.lastHost, one.number)
	for _, r := range one.tasks {
		a.takeUpTask(h, *r)
	}
}

func (a *Agent) takeUpTask(h *host, r record) {
	j := h.newJob(r)
	if j.ended() {
		return
	}
	found := ""
	if r.Finished != "" {
		found = j.findFinished()
	}
	if r.State != wire.StateRunning && found == "" {
		return
	}
	if found == "" {
		j.goOn()
		return
	}
	if r.State == wire.StateRunning {
		h.active++
	}
	j.doing = wire.DoingFinish
	j.ending = notEnding
	a.work.Go(func() {
		if found == r.Finished {
			// What the session inside removes after its delegate has it.
			if err := partial.RemoveState(a.files, r.PartialFile); err != nil {
				a.log.Warn("a state stays", "error", err)
			}
			j.conclude(j.downloaded(found))
			return
		}
		j.conclude(wire.Result{Path: found, Placed: true})
	})
}

// findFinished looks for a complete file that was given its name, or was put in
// its place, by an agent that was killed before it could write that down. "" if
// it was killed before.
func (j *job) findFinished() string {
	r := &j.rec
	if exists(r.Finished) {
		return r.Finished
	}
	status := j.status()
	if exists(r.PartialFile) || r.Destination == "" || status < 200 || status > 299 {
		return ""
	}
	dest := j.destination()
	const most = 100
	for n := 1; n <= most; n++ {
		name := dest
		if n > 1 {
			name = filepath.Join(filepath.Dir(dest), partial.Numbered(filepath.Base(dest), n))
		}
		fi, err := os.Lstat(name)
		if err != nil {
			return ""
		}
		if fi.Mode().IsRegular() && fi.Size() == r.Counts.Received && !fi.ModTime().Before(r.Created) {
			return name
		}
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
