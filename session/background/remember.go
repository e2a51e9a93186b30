package background

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"haul/session"
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

// putAside gives a damaged database another name.
func putAside(path string) (string, error) {
	aside := path + ".damaged-" + time.Now().UTC().Format("20060102T150405.000")
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

// sweep removes from the spool what belongs to no task.
func (a *Agent) sweep() {
	entries, err := os.ReadDir(a.at.Spool())
	if err != nil {
		a.log.Warn("the spool cannot be read", "error", err)
		return
	}
	used := make(map[string]bool) // by tasks that go on where another one was
	for _, h := range a.hosts {
		for _, j := range h.jobs {
			if part := j.rec.PartialFile; a.inSpool(part) {
				used[filepath.Base(part)], used[filepath.Base(partial.StatePath(part))] = true, true
			}
		}
	}
	for _, e := range entries {
		if h, id, ok := a.ownerOf(e.Name()); ok && h.jobs[id] != nil || used[e.Name()] {
			continue
		}
		if err := os.Remove(filepath.Join(a.at.Spool(), e.Name())); err != nil {
			a.log.Warn("the spool cannot be swept", "error", err)
		}
	}
}

// ownerOf is the session and the task whose file in the spool has that name.
func (a *Agent) ownerOf(name string) (*host, int64, bool) {
	number, id, ok := spoolNumbers(name)
	if !ok {
		return nil, 0, false
	}
	for _, h := range a.hosts {
		if h.number == number {
			return h, id, true
		}
	}
	return nil, 0, false
}

func spoolNumbers(name string) (number, id int64, ok bool) {
	stem, _, _ := strings.Cut(name, ".")
	first, second, ok := strings.Cut(stem, "-")
	if !ok {
		return 0, 0, false
	}
	number, err1 := strconv.ParseInt(first, 10, 64)
	id, err2 := strconv.ParseInt(second, 10, 64)
	return number, id, err1 == nil && err2 == nil
}

// rebuild makes tasks of the resume states in the spool and in the directories
// that had partial files. Whose they were nobody knows any more, so that they
// are in the session that is looked at from a terminal, suspended.
func (a *Agent) rebuild() error {
	h := a.host(CommandIdentifier)
	waits := []func() error{h.save()}
	for _, dir := range append(a.knownDirectories(), a.at.Spool()) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // it is gone, and what was in it
		}
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), partial.PartSuffix) {
				continue
			}
			data, err := session.ReadResumeData(filepath.Join(dir, e.Name()))
			if err != nil {
				continue // not a download that can go on
			}
			if j, err := h.rebuilt(data); err == nil {
				waits = append(waits, j.saveNow())
			}
		}
	}
	for _, wait := range waits {
		if err := wait(); err != nil {
			return err
		}
	}
	if n := len(h.jobs); n > 0 {
		a.notice(fmt.Sprintf("%d downloads were found by their partial files; they are in the session %q, suspended", n, CommandIdentifier))
	}
	return nil
}

// rebuilt makes a task of what a partial file says.
func (h *host) rebuilt(data session.ResumeData) (*job, error) {
	info, err := data.Describe()
	if err != nil {
		return nil, err
	}
	h.last++
	r := record{
		ID: h.last, Kind: wire.KindDownload, Created: time.Now().UTC(), State: wire.StateSuspended,
		Request:  wire.Request{Method: "GET", URL: info.OriginalURL, Omitted: info.Omitted},
		Counts:   wire.Counts{Received: info.Have, ExpectedReceived: info.Length, ExpectedSent: 0},
		Priority: session.PriorityDefault, PartialFile: info.PartialFile, ResumeData: []byte(data),
	}
	return h.newJob(r), nil
}
