package partial

import "errors"

// descriptor is a [Handle] that the system knows by a number. Those of [OS]
// are; a file system of a test need not have any.
type descriptor interface {
	// control calls do with the number, which is good until do returns.
	control(do func(fd uintptr)) error
}

// WriteDirect is WriteAt for bytes that the system moves by itself: move puts
// up to n bytes into the file at off, by the descriptor that it is given and
// must not keep, and returns how many it put there. The range is held against
// the length before and recorded after, as WriteAt does. It returns
// errors.ErrUnsupported, and nothing is written, where there is no descriptor;
// errors of move are returned as they are.
func (f *File) WriteDirect(n, off int64, move func(fd uintptr) (int64, error)) (int64, error) {
	d, ok := f.data.(descriptor)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	if err := f.admit(n, off); err != nil {
		return 0, err
	}
	var moved int64
	var failed error
	if err := d.control(func(fd uintptr) { moved, failed = move(fd) }); err != nil {
		return 0, err
	}
	f.wrote(moved, off)
	return moved, failed
}
