package transfer

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// pipeSize is what a pipe is made to hold; pipeLeast is what it must hold to be
// of use. An unprivileged user may have 64 MiB of such pipes before the system
// refuses more (pipe(7)).
const (
	pipeSize  = 1 << 20
	pipeLeast = 256 << 10
)

// pipe is the diverter of one body.
type pipe struct {
	conn *tcpConn
	sign *byte // the first byte of the buffer that stands for the pipe in a read
	// in and out are the ends of the pipe.
	in, out int
	held    int // bytes in the pipe
}

// newDiverter returns a diverter for the body src of known length, nil if it
// cannot be diverted to dst. The buffer of each read has to be larger than the
// one in front of the connection, which would take the bytes otherwise.
func newDiverter(src io.Reader, dst io.WriterAt) diverter {
	conn, sealed := connectionOf(src)
	if conn == nil || sealed {
		return nil
	}
	if _, ok := dst.(direct); !ok {
		return nil
	}
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return nil // no descriptors left: the buffer does it
	}
	d := &pipe{conn: conn, out: ends[0], in: ends[1]}
	for size := pipeSize; size >= pipeLeast; size /= 2 {
		if _, err := unix.FcntlInt(uintptr(d.in), unix.F_SETPIPE_SZ, size); err == nil {
			return d
		}
	}
	d.close()
	return nil
}

func (d *pipe) close() {
	// Nothing is buffered that closing could fail to write.
	_ = unix.Close(d.in)
	_ = unix.Close(d.out)
}

func (d *pipe) read(src io.Reader, buf []byte) (int, error) {
	d.sign = &buf[0]
	d.conn.divert.Store(d)
	n, err := src.Read(buf)
	// A body that is at its end leaves the connection to the next exchange,
	// which may have set its own by now.
	d.conn.divert.CompareAndSwap(d, nil)
	if d.held != 0 && d.held != n {
		return 0, &Error{Phase: PhaseBody, Err: fmt.Errorf("%d bytes were diverted and %d read", d.held, n)}
	}
	return n, err
}

func (d *pipe) holds() bool { return d.held > 0 }

// fill moves up to n bytes from the socket into the pipe; the end of the stream
// is io.EOF. It waits as Read does.
func (d *pipe) fill(from socket, n int) (int, error) {
	if d.held > 0 {
		// One Read of the body has come to two of the connection; what
		// read makes of the sum is an error.
		return 0, io.ErrNoProgress
	}
	var moved int64
	var failed error
	err := from.readWith(func(fd uintptr) bool {
		moved, failed = splice(int(fd), d.in, nil, n, unix.SPLICE_F_NONBLOCK)
		return failed != unix.EAGAIN
	})
	switch {
	case errors.Is(failed, errors.ErrUnsupported):
		return 0, failed
	case err == nil:
		err = failed
	}
	if err != nil {
		return 0, &net.OpError{Op: "read", Net: "tcp", Source: from.LocalAddr(), Addr: from.RemoteAddr(), Err: err}
	}
	if moved == 0 {
		return 0, io.EOF
	}
	d.held = int(moved)
	return d.held, nil
}

func (d *pipe) write(dst io.WriterAt, n int, off int64) (int, error) {
	moved, err := dst.(direct).WriteDirect(int64(n), off, func(fd uintptr) (int64, error) {
		at := off
		for at < off+int64(n) {
			m, err := splice(d.out, int(fd), &at, int(off+int64(n)-at), 0)
			if err == nil && m == 0 {
				err = io.ErrShortWrite
			}
			if err != nil {
				return at - off, err
			}
		}
		return at - off, nil
	})
	d.held -= int(moved)
	return int(moved), err
}

func (d *pipe) recover(p []byte) error {
	for done := 0; done < len(p); {
		n, err := unix.Read(d.out, p[done:])
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err == nil && n == 0:
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return os.NewSyscallError("read", err)
		}
		done += n
	}
	return nil
}

// splice is splice(2), again when a signal interrupts it. The system advances
// *at, the place in a file to write to.
func splice(from, to int, at *int64, n, flags int) (int64, error) {
	for {
		m, err := unix.Splice(from, nil, to, at, n, unix.SPLICE_F_MOVE|flags)
		switch err {
		case unix.EINTR:
			continue
		case nil, unix.EAGAIN:
			return m, err
		case unix.EINVAL, unix.ENOSYS:
			return m, errors.ErrUnsupported // by the system or the file system
		}
		return m, os.NewSyscallError("splice", err)
	}
}
