//go:build unix && !linux

package partial

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// openNoFollow opens with O_NONBLOCK besides, because opening a named pipe that
// somebody put in the way would wait for ever. Regular files do not mind.
func openNoFollow(name string, flag int, perm fs.FileMode) (*file, error) {
	f, err := os.OpenFile(name, flag|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, perm)
	if errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK) {
		// What these systems say of a link here leads the reader astray.
		return nil, &fs.PathError{Op: "open", Path: name, Err: errSymlink}
	}
	if err != nil {
		return nil, err
	}
	return checked(&file{f}, flag)
}
