// Package partial keeps a download that is not finished yet on disk: the
// bytes, and beside them a small text file that says which bytes are there and
// how to go on.
//
// # The two files
//
// A download into DIR/debian.iso is two files until it is done:
//
//	DIR/debian.iso.haul-part    the bytes, sparse where ranges are missing
//	DIR/debian.iso.haul-state   the resume state, JSON, one object
//
// Both are the user's alone (mode 0600). They are found by name, never by an
// absolute path inside them, so a directory can be moved with both files in it
// and the download goes on.
//
// # What the state promises
//
// The state never claims a byte that is not durable: [File.Checkpoint] syncs
// the data first, then writes the state to a temporary file, syncs that,
// renames it over the old one and syncs the directory. A process killed or a
// machine switched off at any moment leaves either the old state or the new
// one, and both are true.
//
// It holds no secret: user information is taken out of URLs, and request
// fields that carry credentials are left out and only named in
// [State.Omitted], so that whoever goes on knows what has to be given again.
//
// # Ownership
//
// One [File] at a time has a partial file: an advisory lock is held from
// Create or Open to Close, Discard or Finish, also against other processes.
// The methods of File are safe for use by several goroutines, because segments
// write side by side; ranges written are recorded as they are written.
package partial
