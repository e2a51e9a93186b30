//go:build linux

// Command spliceloop downloads URL into FILE with nothing but splice(2) in a
// loop: no poller, no state, no checks. It is what haul's copy of a plain HTTP
// body is measured against, the least that such a download can cost.
//
//	spliceloop http://127.0.0.1:8080/big.bin FILE
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"

	"golang.org/x/sys/unix"
)

const pipeSize = 1 << 20

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: spliceloop http://HOST:PORT/PATH FILE")
		os.Exit(2)
	}
	if err := download(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "spliceloop:", err)
		os.Exit(1)
	}
}

func download(from, to string) error {
	u, err := url.Parse(from)
	if err != nil {
		return err
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", u.RequestURI(), u.Host); err != nil {
		return err
	}
	head := bufio.NewReader(conn)
	resp, err := http.ReadResponse(head, nil)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || resp.ContentLength < 0 {
		return fmt.Errorf("status %d, length %d", resp.StatusCode, resp.ContentLength)
	}
	file, err := os.Create(to)
	if err != nil {
		return err
	}
	defer file.Close()
	// What came with the head is in the reader's buffer.
	early := make([]byte, head.Buffered())
	if _, err := head.Read(early); err != nil && len(early) > 0 {
		return err
	}
	if _, err := file.Write(early); err != nil {
		return err
	}
	socket, err := conn.(*net.TCPConn).File() // a descriptor that blocks
	if err != nil {
		return err
	}
	defer socket.Close()
	if err := unix.SetNonblock(int(socket.Fd()), false); err != nil {
		return err
	}
	return splice(int(socket.Fd()), int(file.Fd()), resp.ContentLength-int64(len(early)))
}

// splice moves n bytes.
func splice(socket, file int, n int64) error {
	var ends [2]int
	if err := unix.Pipe(ends[:]); err != nil {
		return err
	}
	if _, err := unix.FcntlInt(uintptr(ends[1]), unix.F_SETPIPE_SZ, pipeSize); err != nil {
		return err
	}
	for n > 0 {
		held, err := unix.Splice(socket, nil, ends[1], nil, int(min(n, pipeSize)), unix.SPLICE_F_MOVE)
		if err != nil {
			return err
		}
		if held == 0 {
			return fmt.Errorf("%d bytes are missing", n)
		}
		n -= held
		for held > 0 {
			m, err := unix.Splice(ends[0], nil, file, nil, int(held), unix.SPLICE_F_MOVE)
			if err != nil {
				return err
			}
			held -= m
		}
	}
	return nil
}
