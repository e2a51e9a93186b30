//go:build unix

package model

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"haul/transfer/partial"
)

// TestCancelledRowLeavesAPartialFileThatAnotherHaulHas: a row that was paused
// and cancelled keeps its partial file until the end, for Undo. If another haul
// has gone on with it meanwhile, the bytes are that one's.
func TestCancelledRowLeavesAPartialFileThatAnotherHaulHas(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		id := s.add("/slow/a.bin?size=2MB&rate=400kB")
		s.running(id, 100_000)
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Paused)
		part := filepath.Join(s.dir, "a.bin"+partial.PartSuffix)

		other, err := partial.Open(partial.OS{}, part)
		if err != nil {
			t.Fatal(err)
		}
		s.do(s.m.Cancel(ids(id)))
		s.reaches(id, Cancelled)
		s.do(s.m.Quit())
		s.until("quit", func() bool { return s.quit })
		if files := s.files(); files != "a.bin.haul-part a.bin.haul-state" {
			t.Errorf("left are %q, want both files of the other haul", files)
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestUploadOfWhatIsNoRegularFileIsRefused: opening a named pipe waits until
// somebody writes into it, and nothing could end that.
func TestUploadOfWhatIsNoRegularFileIsRefused(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		pipe := filepath.Join(s.dir, "pipe")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		_, problems, cmd := s.m.Add([]Spec{{URL: s.at.Files + "/upload/x", Upload: pipe}})
		s.do(cmd)
		if len(problems) != 1 || !strings.Contains(problems[0].Err.Error(), "not a regular file") {
			t.Errorf("problems: %v", problems)
		}
	})
}

// TestJournalOfAStrangerIsRefused: what a journal names is read, gone on with
// and sent, so that nobody else may be able to write one.
func TestJournalOfAStrangerIsRefused(t *testing.T) {
	for name, prepare := range map[string]func(dir string) error{
		"others can write": func(dir string) error { return os.Chmod(dir, 0o777) },
		"a file":           func(dir string) error { return errors.Join(os.Remove(dir), os.WriteFile(dir, nil, 0o600)) },
		"somebody else's": func(dir string) error {
			if os.Geteuid() != 0 {
				return errNotRoot
			}
			return os.Chown(dir, 12345, -1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "journal")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			switch err := prepare(dir); {
			case errors.Is(err, errNotRoot) && os.Getenv("HAUL_TEST_REQUIRE") != "1":
				t.Skip("only root can give a directory away")
			case err != nil:
				t.Fatal(err)
			}
			j, err := OpenJournal(dir)
			if err == nil {
				t.Errorf("it was opened")
				if err := j.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

var errNotRoot = errors.New("not root")

// TestNoSecretOfAURLIsInTheHeaders: a Location repeats a signed URL, and the
// details of a row show the headers.
func TestNoSecretOfAURLIsInTheHeaders(t *testing.T) {
	h := map[string][]string{
		"Location":         {"https://cdn.test/a?token=hush&x=1"},
		"Content-Location": {"/a?sig=hush"},
		"Referer":          {"https://me:hush@a.test/x"},
		"Link":             {`<https://cdn.test/a?token=hush>; rel=next`},
		"Refresh":          {"0; url=https://cdn.test/a?token=hush"},
		"X-Signature":      {"hush"},
		"X-Jwt-Assertion":  {"hush"},
		"X-Pass":           {"hush"},
		"Api-Passphrase":   {"hush"},
		"X-Otp":            {"hush"},
	}
	shown := visibleHeader(h)
	for name, values := range shown {
		if strings.Contains(strings.Join(values, " "), "hush") {
			t.Errorf("%s: %q", name, values)
		}
	}
	if got := shown.Get("Location"); got != "https://cdn.test/a?token=…&x=1" {
		t.Errorf("Location is shown as %q: what is no secret stays", got)
	}
}
