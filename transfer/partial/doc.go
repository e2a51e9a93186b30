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
// Both are the user's alone (mode 0600). A data file that is whole has the mode
// that it is to keep in the moment before it gets its name, so that whoever sees
// the name can open it; one that stays behind then gets 0600 again when it is
// next opened. The files are found by name, never by an absolute path inside them,
// so a directory can be moved with both files in it and the download goes on.
//
// # What the state promises
//
// The state never claims a byte that is not durable: [File.Checkpoint] syncs
// the data first, then writes the state to a temporary file, syncs that,
// renames it over the old one and syncs the directory. A process killed or a
// machine switched off at any moment leaves either the old state or the new
// one, and both are true.
//
// # The ledger
//
// What was written since the last checkpoint is lost with the machine, but not
// with the process: the system has the bytes in its memory. A third file says
// which they are, as long as there is a state that it can add to:
//
//	DIR/debian.iso.haul-ledger  two records, written in turn, never synced
//
// A write that makes the ledger 512 KiB or 20 ms late brings it up to date, with
// one short write into memory. [Open] adds its ranges to [File.Written], and the
// next checkpoint syncs them before it claims them, so the promise of the state
// holds. The ledger is believed only while nothing can have taken unsynced bytes
// back: it names the run of the kernel, the mount, the data file and the state,
// and is ignored when one of them is another. That takes a number of the mount
// that is never given again, which Linux has since 6.8; elsewhere there are no
// ledgers, and a kill costs what a power failure does. A big file gets its first
// state, which claims nothing, before its first byte, so that its ledger can begin.
//
// Between a failed sync and the removal of the ledger lie a few microseconds, and
// a system may forget that it could not write a page once no process has the file
// open and the file's data has left its memory. A disk that fails and a process
// that is killed just then can make the ledger name bytes that are lost.
//
// # Checkpoints
//
// The sync runs beside the writes and holds none of them up ([File.AutoCheckpoint]).
// When it fails, nobody can say what reached the disk, and the next sync would
// not tell either: the File gives up, and the last good state stays.
//
// It holds no secret: user information is taken out of URLs, and request
// fields that carry credentials are left out and only named in
// [State.Omitted], so that whoever goes on knows what has to be given again.
//
// # A life
//
//	f, err := partial.Create(fsys, partial.PathFor(dir, name), st)
//	f.AutoCheckpoint(partial.CheckpointPolicy{})
//	f.WriteAt(p, off)            // as the bytes come
//	f.Close()                    // pause: Open goes on from there
//	f.Finish()                   // or the end: all bytes are durable
//	partial.Publish(fsys, f.Path(), dest, false)
//	partial.RemoveState(fsys, f.Path())
//
// A crash may leave one of the two files alone, since there is a moment between
// any two steps: data that no state speaks of yet, or a state whose data was
// published. Create then says fs.ErrExist and Open fs.ErrNotExist; [Remove]
// clears such leftovers, and states that are damaged or too new.
//
// # Many small files
//
// [Directories] makes partial files where many others are made: what is in the
// directory is read once and not asked about each of them, and [Publisher] gives
// them their names, which become durable together. Neither decides anything: a
// data file is made exclusively and locked before anything is written into it, a
// file is published by a rename that spares what is there, and its data is durable
// before that. What [Create] promises of a state that was removed before, namely
// that it does not come back beside other bytes after a power failure, Directories
// promises of what was removed before it read the directory, and of all that is
// removed by this package, which syncs what it removes. A state that another
// program makes and removes within the second after that, without a sync, is left
// out.
//
// # Small files without a name
//
// To make, lock and rename a file, and to look around it, takes as long as the
// bytes of a small one. So where many are made, [Directories.CreateUnnamed] makes
// those of at most 1 MiB without a name (O_TMPFILE of Linux), which nobody else
// can open: whoever is killed leaves nothing behind. [Publisher.PublishSealed]
// gives them their only name. One that is not whole by its first checkpoint, or is
// closed before, becomes a partial file like all others then, so that a kill loses
// no more of it.
//
// The data is durable before the name is given, as with all files, and the name when
// its directory is synced. That holds on XFS, on ext4 with a journal, and in memory
// alone, as far as is known here. The Btrfs of most kernels passes over a file without
// links when it is synced, so that after a power failure a name could stand for other
// bytes; and without a journal, as ext2 is and ext4 can be, the sync of the directory
// leaves out that the file has got a link, so that it counts as removed. On all other
// file systems files have names.
//
// # Names
//
// [SuggestedName] and [SafeName] make names that fit every usual file system,
// [Numbered] the next one when a name is taken.
//
// # Ownership
//
// One [File] at a time has a partial file: an advisory lock is held from
// Create or Open to Close, Discard or Finish, also against other processes; Seal
// hands it on to a [Sealed], which [Publisher.PublishSealed] gives its name.
// The methods of File are safe for use by several goroutines, because segments
// write side by side; ranges written are recorded as they are written.
package partial
