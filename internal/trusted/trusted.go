// Package trusted keeps the server certificates that the user has accepted for
// good, in a file of one line each:
//
//	nas.example:8443 9f86d081…0f00a08 2026-09-06
//
// that is the address, the SHA-256 of the server's own certificate, and the day.
// An address has one certificate at most: another one takes its place. The file
// is the user's alone (0600), is replaced as a whole, and is read anew for each
// question, so that several processes can share it.
package trusted

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Server is one accepted certificate.
type Server struct {
	Addr   string // host:port, in lower case
	SHA256 [sha256.Size]byte
	Since  time.Time // the day, in UTC
}

// File is the file of accepted certificates. It is safe for use by several
// goroutines and processes.
type File struct{ path string }

// At returns the file at path, which need not exist yet.
func At(path string) *File { return &File{path} }

// ErrUnknown says that nothing is accepted for an address.
var ErrUnknown = errors.New("nothing was accepted for good there")

// maxFile bounds what is read, about ten thousand servers.
const maxFile = 1 << 20

// Servers are all accepted certificates by address. A file that is not there is
// empty; one with a line that is none of ours is an error, and nothing of it is
// believed.
func (f *File) Servers() ([]Server, error) {
	data, err := os.ReadFile(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case len(data) > maxFile:
		return nil, fmt.Errorf("%s is too large", f.path)
	}
	var all []Server
	lines := bufio.NewScanner(strings.NewReader(string(data)))
	for n := 1; lines.Scan(); n++ {
		s, err := parse(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", f.path, n, err)
		}
		all = append(all, s)
	}
	return all, lines.Err()
}

func parse(line string) (s Server, err error) {
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return s, errors.New("it is no address, SHA-256 and date")
	}
	if _, _, err := net.SplitHostPort(fields[0]); err != nil {
		return s, errors.New("the address is no host:port")
	}
	sum, err := hex.DecodeString(fields[1])
	if err != nil || len(sum) != sha256.Size {
		return s, errors.New("the SHA-256 is not 64 hexadecimal digits")
	}
	if s.Since, err = time.Parse(time.DateOnly, fields[2]); err != nil {
		return s, errors.New("the date is not of the form 2026-09-06")
	}
	s.Addr, s.SHA256 = strings.ToLower(fields[0]), [sha256.Size]byte(sum)
	return s, nil
}

// Get is the certificate accepted for addr; ok is false for none.
func (f *File) Get(addr string) (sum [sha256.Size]byte, ok bool, err error) {
	all, err := f.Servers()
	if err != nil {
		return sum, false, err
	}
	if i := slices.IndexFunc(all, at(addr)); i >= 0 {
		return all[i].SHA256, true, nil
	}
	return sum, false, nil
}

// Put accepts a certificate for addr, in place of another one.
func (f *File) Put(addr string, sum [sha256.Size]byte) error {
	return f.change(func(all []Server) ([]Server, error) {
		return append(slices.DeleteFunc(all, at(addr)), Server{strings.ToLower(addr), sum, time.Now().UTC()}), nil
	})
}

// Remove takes back what was accepted for addr, else it returns ErrUnknown.
func (f *File) Remove(addr string) error {
	return f.change(func(all []Server) ([]Server, error) {
		left := slices.DeleteFunc(slices.Clone(all), at(addr))
		if len(left) == len(all) {
			return nil, ErrUnknown
		}
		return left, nil
	})
}

func at(addr string) func(Server) bool {
	return func(s Server) bool { return strings.EqualFold(s.Addr, addr) }
}

// change replaces the file by what edit makes of it.
func (f *File) change(edit func([]Server) ([]Server, error)) (err error) {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	lock := flock.New(f.path+".lock", flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	all, err := f.Servers()
	if err != nil {
		return err
	}
	if all, err = edit(all); err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b Server) int { return cmp.Compare(a.Addr, b.Addr) })
	var text strings.Builder
	for _, s := range all {
		fmt.Fprintf(&text, "%s %x %s\n", s.Addr, s.SHA256, s.Since.Format(time.DateOnly))
	}
	return replace(f.path, text.String())
}

// replace writes a file of the user's alone in the place of path.
func replace(path, text string) error {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	_, err = temp.WriteString(text)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}
