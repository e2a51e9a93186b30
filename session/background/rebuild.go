package background

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"haul/session"
	"haul/session/internal/wire"
	"haul/transfer/partial"
)

// sweep removes from the spool what belongs to no task.
func (a *Agent) sweep() {
	for _, name := range a.strays() {
		if err := os.Remove(filepath.Join(a.at.Spool(), name)); err != nil {
			a.log.Warn("the spool cannot be swept", "error", err)
		}
	}
}

// strays are the files in the spool that belong to no task. The names of those
// of one task have the same beginning.
func (a *Agent) strays() (names []string) {
	entries, err := os.ReadDir(a.at.Spool())
	if err != nil {
		a.log.Warn("the spool cannot be read", "error", err)
		return nil
	}
	known := make(map[string]bool)
	for _, h := range a.hosts {
		for id, j := range h.jobs {
			known[fmt.Sprintf("%d-%d", h.number, id)] = true
			if a.inSpool(j.rec.PartialFile) { // of a task with another number, before the database was lost
				known[stemOf(j.rec.PartialFile)] = true
			}
		}
	}
	for _, e := range entries {
		if !known[stemOf(e.Name())] {
			names = append(names, e.Name())
		}
	}
	return names
}

// stemOf is what the names of the files of one task begin with.
func stemOf(path string) string {
	stem, _, _ := strings.Cut(filepath.Base(path), ".")
	return stem
}

// hostNumber is the number of the session whose file in the spool has that name,
// 0 for a name that is none.
func hostNumber(name string) int64 {
	number, _, _ := strings.Cut(stemOf(name), "-")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// rebuild makes tasks of the resume states in the spool and in the directories
// that had partial files, in the sessions that own them; those that name no owner
// are haul's own. All are suspended: which of them ran nobody knows any more.
func (a *Agent) rebuild() error {
	var all []session.ResumeInfo
	for _, dir := range append([]string{a.at.Spool()}, a.knownDirectories()...) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // it is gone, and what was in it
		}
		for _, e := range entries {
			if dir == a.at.Spool() {
				a.lastHost = max(a.lastHost, hostNumber(e.Name())) // nobody new takes its names
			}
			if !strings.HasSuffix(e.Name(), partial.PartSuffix) {
				continue
			}
			data, err := session.ReadResumeData(filepath.Join(dir, e.Name()))
			if err != nil {
				continue // not a download that can go on
			}
			if info, err := data.Describe(); err == nil {
				all = append(all, info)
			}
		}
	}
	// Those with a number first, so that nobody else takes it.
	slices.SortStableFunc(all, func(x, y session.ResumeInfo) int { return ownerless(x) - ownerless(y) })
	var waits []func() error
	made := make(map[string]int)
	for _, one := range all {
		j := a.rebuilt(one)
		made[j.h.identifier]++
		waits = append(waits, j.saveNow())
	}
	for _, h := range a.hosts {
		waits = append(waits, h.save())
	}
	for _, wait := range waits {
		if err := wait(); err != nil {
			return err
		}
	}
	for identifier, n := range made {
		a.notice(fmt.Sprintf("%d downloads of the session %q were found by their partial files, and are suspended there", n, identifier))
	}
	return a.keepStrays()
}

func ownerless(of session.ResumeInfo) int {
	if of.Owner == nil {
		return 1
	}
	return 0
}

// keepStrays puts what is left in the spool, like finished files that nobody has
// taken and the files of uploads, where nobody removes it.
func (a *Agent) keepStrays() error {
	strays := a.strays()
	if len(strays) == 0 {
		return nil
	}
	aside := a.at.Spool() + ".damaged-" + time.Now().UTC().Format(asideTime)
	if err := os.Mkdir(aside, 0o700); err != nil {
		return err
	}
	for _, name := range strays {
		err := os.Rename(filepath.Join(a.at.Spool(), name), filepath.Join(aside, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	a.notice(fmt.Sprintf("%d files of uploads and of finished downloads that nobody knows any more are kept in %s", len(strays), aside))
	return nil
}

// rebuilt makes a task of what a partial file says.
func (a *Agent) rebuilt(of session.ResumeInfo) *job {
	r := record{
		Kind: wire.KindDownload, Created: time.Now().UTC(), State: wire.StateSuspended,
		Request:  wire.Request{Method: "GET", URL: of.OriginalURL, Omitted: of.Omitted},
		Counts:   wire.Counts{Received: of.Have, ExpectedReceived: of.Length, ExpectedSent: 0},
		Priority: session.PriorityDefault, PartialFile: of.PartialFile, OwnPartial: a.inSpool(of.PartialFile),
		Attempts: 1, // it goes on from what is on the disk
	}
	identifier := CommandIdentifier
	owner := of.Owner
	if owner != nil && checkIdentifier(owner.Session) == nil {
		identifier = owner.Session
	}
	h := a.hosts[identifier]
	if h == nil {
		h = a.host(identifier)
		if n := hostNumber(of.PartialFile); n > 0 && a.inSpool(of.PartialFile) && !a.numbered(n) {
			h.number = n // its files keep their names
		}
	}
	r.ID = h.last + 1
	if owner != nil && identifier == owner.Session && h.jobs[owner.Task] == nil {
		r.ID, r.Destination = owner.Task, destinationOf(owner, of.PartialFile)
	}
	h.last = max(h.last, r.ID)
	return h.newJob(r)
}

// numbered tells whether a session has a number.
func (a *Agent) numbered(n int64) bool {
	for _, h := range a.hosts {
		if h.number == n {
			return true
		}
	}
	return false
}

// owner is what the resume state says of the task.
func (j *job) owner() partial.Owner {
	a := j.h.a
	a.mu.Lock()
	defer a.mu.Unlock()
	o := partial.Owner{Session: j.h.identifier, Task: j.rec.ID}
	dir, name := filepath.Split(j.rec.Destination)
	switch {
	case j.rec.Destination == "" || filepath.Clean(dir) != filepath.Dir(j.rec.PartialFile):
	case name == "":
		o.Place = partial.SuggestedPlace
	case partial.SafeName(name) == name:
		o.Place = name
	}
	return o
}

// destinationOf is the reverse: where the finished file goes, "" for nowhere.
func destinationOf(o *partial.Owner, part string) string {
	dir := filepath.Dir(part)
	switch o.Place {
	case "":
		return ""
	case partial.SuggestedPlace:
		return dir + string(filepath.Separator)
	}
	return filepath.Join(dir, o.Place)
}
