package partial

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// bootIDFile changes with every start of the system's kernel.
const bootIDFile = "/proc/sys/kernel/random/boot_id"

// instance names an open file as it is in the memory of this machine: the run of the
// kernel, the mount, the file. The mount counts because a disk that was pulled
// out takes unsynced bytes with it while the machine runs on. Only the unique
// number of a mount (Linux 6.8) is never given to another one.
func instance(fd int) (Instance, error) {
	boot, err := os.ReadFile(bootIDFile)
	if err != nil || len(bytes.TrimSpace(boot)) == 0 {
		return Instance{}, errors.ErrUnsupported
	}
	const want = unix.STATX_INO | unix.STATX_MNT_ID_UNIQUE
	var st unix.Statx_t
	if err := unix.Statx(fd, "", unix.AT_EMPTY_PATH, want|unix.STATX_BTIME, &st); err != nil {
		return Instance{}, err
	}
	if st.Mask&want != want {
		return Instance{}, errors.ErrUnsupported
	}
	text := bytes.TrimSpace(boot)
	for _, n := range []uint64{
		st.Mnt_id, uint64(st.Dev_major), uint64(st.Dev_minor), st.Ino,
		// The time of birth tells a file from an earlier one by its number.
		uint64(st.Btime.Sec), uint64(st.Btime.Nsec),
	} {
		text = binary.LittleEndian.AppendUint64(text, n)
	}
	return sha256.Sum256(text), nil
}
