package background

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"haul/session"
	"haul/session/internal/wire"
	"haul/transfer/partial"
)

// leave leaves a partial file, and returns what it can be continued with.
func leave(t *testing.T, part, url string, owner *partial.Owner) session.ResumeData {
	t.Helper()
	st := partial.State{OriginalURL: url, URL: url, Length: 9, ETag: `"x"`, Rule: partial.RuleValidator, Owner: owner}
	f, err := partial.Create(partial.OS{}, part, st)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("bytes"), 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := session.ReadResumeData(part)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const oneURL, otherURL = "http://one.example/late.bin", "http://other.example/late.bin"

// handedOver is the record of a download that was handed over with data.
func handedOver(part string, data session.ResumeData) record {
	return record{ID: 7, Kind: wire.KindDownload, Request: wire.Request{URL: oneURL}, PartialFile: part, Attempts: 2, ResumeData: []byte(data)}
}

// A task that was handed over has a plain name for its partial file: by the time that
// it goes on something else of another haul may have it.
func TestATaskGoesOnWithItsOwnBytesAlone(t *testing.T) {
	part := filepath.Join(t.TempDir(), "late.bin"+partial.PartSuffix)
	r := handedOver(part, leave(t, part, oneURL, nil))
	if err := partial.Remove(partial.OS{}, part); err != nil {
		t.Fatal(err)
	}
	leave(t, part, otherURL, nil)
	for r.Attempts = 1; r.Attempts < 3; r.Attempts++ {
		data, err := r.resumeData()
		if err != nil {
			t.Fatal(err)
		}
		if info, err := data.Describe(); err != nil || info.OriginalURL != oneURL {
			t.Errorf("attempt %d goes on with the bytes of %s, %v", r.Attempts, info.OriginalURL, err)
		}
	}
}

func TestATaskRemovesWhatItLeftAlone(t *testing.T) {
	theirs := &partial.Owner{Session: "haul", Task: 8}
	for name, c := range map[string]struct {
		make func(part string) record
		gone bool
	}{
		"as it was given": {func(part string) record { return handedOver(part, leave(t, part, oneURL, nil)) }, true},
		"as the task left it": {func(part string) record {
			leave(t, part, oneURL, &partial.Owner{Session: "haul", Task: 7})
			return handedOver(part, nil)
		}, true},
		"without a state": {func(part string) record {
			if err := os.WriteFile(part, []byte("bytes"), 0o600); err != nil {
				t.Fatal(err)
			}
			return handedOver(part, nil)
		}, true},
		"another task's": {func(part string) record {
			leave(t, part, oneURL, theirs)
			return handedOver(part, nil)
		}, false},
		"another program's": {func(part string) record {
			data := leave(t, part, oneURL, nil)
			if err := partial.Remove(partial.OS{}, part); err != nil {
				t.Fatal(err)
			}
			leave(t, part, otherURL, nil)
			return handedOver(part, data)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := c.make(filepath.Join(t.TempDir(), "late.bin"+partial.PartSuffix))
			if err := r.removePartial(partial.OS{}, "haul"); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Lstat(r.PartialFile); errors.Is(err, fs.ErrNotExist) != c.gone {
				t.Errorf("it is there: %v, want it gone: %t", err, c.gone)
			}
		})
	}
}
