package transfer

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// aside is a socket that the poller of the runtime does not know: who waits for
// it waits in poll(2), and has a thread to himself for so long. A deadline holds
// for the waits that begin after it was set.
type aside struct {
	file          *os.File // counts who uses the descriptor
	raw           syscall.RawConn
	local, remote net.Addr
	closed        atomic.Bool
	readBy        atomic.Pointer[time.Time]
	writeBy       atomic.Pointer[time.Time]
}

// newAside makes another descriptor for the socket of w.
func newAside(w *watched) (*aside, error) {
	fd, err := -1, error(nil)
	if failed := w.control(func(old uintptr) { fd, err = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0) }); failed != nil {
		return nil, failed
	}
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	// os.NewFile would have a socket that does not block watched.
	if err := unix.SetNonblock(fd, false); err != nil {
		return nil, errors.Join(os.NewSyscallError("fcntl", err), unix.Close(fd))
	}
	a := &aside{file: os.NewFile(uintptr(fd), "socket"), local: w.LocalAddr(), remote: w.RemoteAddr()}
	err = unix.SetNonblock(fd, true)
	if err == nil {
		a.raw, err = a.file.SyscallConn()
	}
	if err != nil {
		return nil, errors.Join(err, a.file.Close())
	}
	return a, nil
}

// wait returns when the socket may be ready for events, or fails when by has
// passed.
func (a *aside) wait(fd uintptr, events int16, by *time.Time) error {
	timeout := -1
	if by != nil && !by.IsZero() {
		left := time.Until(*by)
		if left <= 0 {
			return os.ErrDeadlineExceeded
		}
		timeout = int(left.Milliseconds()) + 1
	}
	// That there is nothing yet is for the next try to find out.
	_, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: events}}, timeout) //nolint:gosec // a descriptor
	if errors.Is(err, unix.EINTR) {
		return nil
	}
	return os.NewSyscallError("poll", err)
}

// use calls try until it returns true, and waits for events in between.
func (a *aside) use(events int16, by *atomic.Pointer[time.Time], try func(fd uintptr) bool) error {
	for {
		done, failed := false, error(nil)
		err := a.raw.Control(func(fd uintptr) {
			if done = try(fd); !done {
				failed = a.wait(fd, events, by.Load())
			}
		})
		switch {
		case a.closed.Load() || err != nil:
			return net.ErrClosed
		case done || failed != nil:
			return failed
		}
	}
}

func (a *aside) readWith(try func(fd uintptr) bool) error {
	return a.use(unix.POLLIN|unix.POLLRDHUP, &a.readBy, try)
}

func (a *aside) control(do func(fd uintptr)) error { return a.raw.Control(do) }
func (a *aside) release() error                    { return a.file.Close() }

func (a *aside) Read(p []byte) (n int, err error) {
	failed := a.readWith(func(fd uintptr) bool {
		n, err = again(unix.Read, fd, p)
		return err != unix.EAGAIN
	})
	if failed == nil && err == nil && n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return max(n, 0), a.failure("read", failed, err)
}

func (a *aside) Write(p []byte) (n int, err error) {
	for n < len(p) {
		var m int
		failed := a.use(unix.POLLOUT, &a.writeBy, func(fd uintptr) bool {
			m, err = again(unix.Write, fd, p[n:])
			return err != unix.EAGAIN
		})
		n += max(m, 0)
		if err := a.failure("write", failed, err); err != nil {
			return n, err
		}
	}
	return n, nil
}

// again makes a system call until no signal interrupts it.
func again(call func(fd int, p []byte) (int, error), fd uintptr, p []byte) (int, error) {
	for {
		if n, err := call(int(fd), p); err != unix.EINTR {
			return n, err
		}
	}
}

// failure is what the net package says where waiting failed, or else the call.
func (a *aside) failure(op string, failed, err error) error {
	if failed == nil {
		failed = os.NewSyscallError(op, err)
	}
	if failed == nil {
		return nil
	}
	return &net.OpError{Op: op, Net: "tcp", Source: a.local, Addr: a.remote, Err: failed}
}

// Close ends the connection, and the wait for it.
func (a *aside) Close() error {
	a.closed.Store(true)
	// A connection that the other side has ended by force has nothing to shut.
	_ = a.raw.Control(func(fd uintptr) { _ = unix.Shutdown(int(fd), unix.SHUT_RDWR) })
	return a.file.Close()
}

func (a *aside) LocalAddr() net.Addr  { return a.local }
func (a *aside) RemoteAddr() net.Addr { return a.remote }

func (a *aside) SetDeadline(t time.Time) error {
	return errors.Join(a.SetReadDeadline(t), a.SetWriteDeadline(t))
}

func (a *aside) SetReadDeadline(t time.Time) error {
	a.readBy.Store(&t)
	return nil
}

func (a *aside) SetWriteDeadline(t time.Time) error {
	a.writeBy.Store(&t)
	return nil
}
