//go:build linux

package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// actVariable makes this program one of the peers that have no program of their
// own: the least that Go, and the least that the kernel can do.
const actVariable = "HAUL_PEERS_ACT"

// piece is the size in bytes of what is moved at once.
const piece = 1 << 20

// act is the whole process of such a peer.
func act(as string, args []string) (code int) {
	if len(args) != 3 {
		fmt.Fprintln(os.Stderr, "want a certificate, a place and a source")
		return 2
	}
	var err error
	switch ca, to, from := args[0], args[1], args[2]; as {
	case "copy":
		err = copyOne(ca, to, from)
	case "many":
		err = copyMany(ca, to, from)
	case "splice":
		err = spliceOne(to, from)
	default:
		err = fmt.Errorf("%s: unknown", as)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// client is net/http's, with nothing changed but the authority and the number of
// idle connections.
func client(ca string) (*http.Client, error) {
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool}, MaxIdleConnsPerHost: 16, DisableCompression: true,
		ForceAttemptHTTP2: true,
	}}, nil
}

func copyOne(ca, out, from string) error {
	c, err := client(ca)
	if err != nil {
		return err
	}
	return copyWith(c, make([]byte, piece), out, from)
}

// writerOnly hides that a file can read from a connection by itself.
type writerOnly struct{ io.Writer }

func copyWith(c *http.Client, buf []byte, out, from string) error {
	resp, err := c.Get(from)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(writerOnly{f}, resp.Body, buf)
	return errors.Join(err, f.Close())
}

func copyMany(ca, dir, list string) error {
	c, err := client(ca)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	urls := make(chan string)
	failed := make(chan error, 16)
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			buf := make([]byte, piece)
			for u := range urls {
				if err := copyWith(c, buf, filepath.Join(dir, path.Base(u)), u); err != nil {
					select {
					case failed <- err:
					default: // one is enough
					}
				}
			}
		})
	}
	for line := range strings.Lines(string(text)) {
		urls <- strings.TrimSpace(line)
	}
	close(urls)
	workers.Wait()
	close(failed)
	return <-failed
}

// spliceOne downloads over a blocking socket with nothing between it and the file
// but a pipe.
func spliceOne(out, from string) error {
	u, err := url.Parse(from)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return err
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	at := &unix.SockaddrInet4{Port: port}
	copy(at.Addr[:], net.ParseIP(u.Hostname()).To4())
	if err := unix.Connect(socket, at); err != nil {
		return err
	}
	if _, err := unix.Write(socket, fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", u.RequestURI(), u.Host)); err != nil {
		return err
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	left, err := spliceHead(socket, f)
	if err == nil {
		err = spliceBody(socket, int(f.Fd()), left)
	}
	return errors.Join(err, f.Close(), unix.Close(socket))
}

// spliceHead reads the response's head, writes what came behind it and returns
// how many bytes are left to come.
func spliceHead(socket int, f *os.File) (left int64, err error) {
	head := make([]byte, 0, 64<<10)
	for {
		n, err := unix.Read(socket, head[len(head):cap(head)])
		if err != nil || n <= 0 {
			return 0, errors.Join(io.ErrUnexpectedEOF, err)
		}
		head = head[:len(head)+n]
		end := bytes.Index(head, []byte("\r\n\r\n"))
		if end < 0 {
			continue
		}
		resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), nil)
		if err != nil {
			return 0, err
		}
		n, err = f.Write(head[end+4:])
		return resp.ContentLength - int64(n), err
	}
}

func spliceBody(socket, file int, left int64) error {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	// A smaller pipe only takes longer.
	_, _ = unix.FcntlInt(uintptr(pipe[0]), unix.F_SETPIPE_SZ, piece)
	for left > 0 {
		in, err := unix.Splice(socket, nil, pipe[1], nil, int(min(left, piece)), unix.SPLICE_F_MOVE|unix.SPLICE_F_MORE)
		if err != nil || in <= 0 {
			return errors.Join(io.ErrUnexpectedEOF, err)
		}
		left -= int64(in)
		for in > 0 {
			n, err := unix.Splice(pipe[0], nil, file, nil, int(in), unix.SPLICE_F_MOVE|unix.SPLICE_F_MORE)
			if err != nil || n <= 0 {
				return errors.Join(io.ErrShortWrite, err)
			}
			in -= n
		}
	}
	return nil
}
