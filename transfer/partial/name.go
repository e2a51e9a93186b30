package partial

import "net/http"

// PathFor is the path of the data file for a download that is to be named
// name in dir: PathFor("d", "a.iso") is "d/a.iso.haul-part".
func PathFor(dir, name string) string { panic("contract") }

// StatePath is the path of the state file that belongs to a data file.
func StatePath(part string) string { panic("contract") }

// ReadState reads and checks the state file at path (of either of the two
// files) without taking the lock.
func ReadState(fsys FS, path string) (State, error) { panic("contract") }

// Find returns the data files in dir whose state names url as its original or
// final URL, newest first. Unreadable states are passed over.
func Find(fsys FS, dir, url string) ([]string, error) { panic("contract") }

// RemoveState removes the state file that belongs to a data file, if there.
func RemoveState(fsys FS, part string) error { panic("contract") }

// SuggestedName is the file name that a response proposes: the file name of
// Content-Disposition (RFC 6266), else the last element of the URL's path,
// else "index". It has passed [SafeName].
func SuggestedName(resp *http.Response) string { panic("contract") }

// SafeName makes a name from a stranger fit for the file system: no directory
// part, no control, format or bidi character, no name that a system reserves,
// no leading dot or dash, no trailing dot or space, at most 240 bytes with the
// extension kept, never empty.
func SafeName(name string) string { panic("contract") }

// Publish moves the complete data file to dest without ever replacing a file
// that is there: when dest exists, "name (2).ext" and so on is taken, unless
// overwrite is true. Across file systems it copies, syncs and removes. It
// returns the path taken.
func Publish(fsys FS, part, dest string, overwrite bool) (string, error) { panic("contract") }
