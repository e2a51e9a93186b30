package hsts

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"haul/session/internal/whole"
)

// maxFile is more than the lines of mostPolicies hosts take.
const maxFile = 4 << 20

// subDomains is the third word of a line.
const subDomains = "includeSubDomains"

// refresh reads the file if it is another one than was read last. When it cannot
// be read the store knows what it knew. The caller holds mu.
func (s *Store) refresh() error {
	if s.path == "" {
		return nil
	}
	now, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if s.read != nil {
			clear(s.policies)
		}
		s.read = nil
		return nil
	case err != nil:
		return err
	case s.read != nil && os.SameFile(s.read, now) && s.read.ModTime().Equal(now.ModTime()) && s.read.Size() == now.Size():
		return nil
	}
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s is too large", s.path)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	clear(s.policies)
	for line := range strings.Lines(string(data)) {
		if p, ok := parseLine(line); ok {
			s.policies[p.Host] = p
		}
	}
	s.read = now
	return nil
}

// parseLine reads a line of the file.
func parseLine(line string) (p Policy, ok bool) {
	words := strings.Fields(line)
	if len(words) < 2 || len(words) > 3 || len(words) == 3 && words[2] != subDomains || canonical(words[0]) != words[0] {
		return p, false
	}
	until, err := time.Parse(time.RFC3339, words[1])
	return Policy{Host: words[0], Expires: until.UTC(), IncludeSubDomains: len(words) == 3}, err == nil
}

// change edits what is known, and the file with it. The caller holds mu.
func (s *Store) change(edit func(map[string]Policy)) (err error) {
	now := time.Now()
	apply := func() {
		edit(s.policies)
		prune(s.policies)
	}
	if s.path == "" {
		apply()
		return nil
	}
	defer func() {
		if err != nil {
			apply() // what cannot be written is known all the same
		}
	}()
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return err
	}
	lock := flock.New(s.path+".lock", flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := s.refresh(); err != nil { // another process may have been there
		return err
	}
	apply()
	lines := make([]string, 0, len(s.policies))
	for _, p := range s.policies {
		if !now.Before(p.Expires) {
			continue
		}
		line := p.Host + " " + p.Expires.Format(time.RFC3339)
		if p.IncludeSubDomains {
			line += " " + subDomains
		}
		lines = append(lines, line+"\n")
	}
	slices.Sort(lines)
	if err := whole.Replace(s.path, []byte(strings.Join(lines, ""))); err != nil {
		return err
	}
	s.read, err = os.Stat(s.path)
	return err
}
