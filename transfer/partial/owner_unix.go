//go:build unix

package partial

import (
	"io/fs"
	"os"
	"syscall"
)

// Foreign tells whether a file belongs to another user than the one that this
// process acts for. In a directory that others can write into, like /tmp, a
// resume state can be anybody's: going on with it would fetch from where that
// one says, behind bytes of that one's making. Root's files are not foreign:
// root needs no such ways, and owns all files on some file systems.
func Foreign(fi fs.FileInfo) bool {
	st, ok := fi.Sys().(*syscall.Stat_t)
	return ok && foreign(st.Uid)
}

func foreign(uid uint32) bool {
	return uid != 0 && int(uid) != os.Geteuid()
}
