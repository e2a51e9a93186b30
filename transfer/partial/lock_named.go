//go:build aix || (solaris && !illumos)

package partial

import (
	"errors"
	"io/fs"
	"os"

	"github.com/gofrs/flock"
)

// openLocked locks the file by its name before it opens it: these systems have
// locks of a process only, and package flock makes locks of an open file of them.
func openLocked(name string, flag int) (Handle, error) {
	if flag&os.O_CREATE != 0 {
		h, err := OS{}.OpenFile(name, os.O_RDWR|flag, 0o600)
		if err != nil {
			return nil, err
		}
		if err := h.Close(); err != nil {
			return nil, err
		}
	}
	// Without O_CREATE, which is flock's default: a lock must not bring back
	// a file that was finished or discarded a moment ago.
	l := flock.New(name, flock.SetFlag(os.O_RDWR))
	ok, err := l.TryLock()
	if err == nil && !ok {
		err = &fs.PathError{Op: "lock", Path: name, Err: ErrLocked}
	}
	if err != nil {
		return nil, err
	}
	h, err := OS{}.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, errors.Join(err, l.Unlock())
	}
	return lockedHandle{h, l}, nil
}

type lockedHandle struct {
	Handle
	lock *flock.Flock
}

func (h lockedHandle) Close() error { return errors.Join(h.Handle.Close(), h.lock.Unlock()) }
