package session

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"haul/transfer/partial"
)

func TestFileIsKeptLockedUntilTheDelegateHasPublishedIt(t *testing.T) {
	body := content(5000, 1)
	f := &fileServer{body: body, etag: `"e1"`}
	url := serve(t, f.ServeHTTP).URL + "/f"
	for _, c := range []struct {
		name            string
		locked, publish bool
	}{
		{"published with its lock", true, true},
		{"left behind with its lock", true, false},
		{"published without a lock", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := newRecorder()
			s := open(t, rec, nil)
			dir := t.TempDir()
			part, dest := partial.PathFor(dir, "f"), filepath.Join(dir, "f")
			d := download(t, s, url, part)
			if c.locked {
				if err := d.KeepLocked(); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := d.Publish(nil, dest, false); !errors.Is(err, errNotFinished) {
				t.Errorf("published before it is there: %v", err)
			}
			p := partial.NewPublisher(partial.OS{}, 0)
			rec.onFinishedDownload = func(path string) {
				h, err := partial.OS{}.OpenLocked(path, 0)
				if err == nil {
					err = errors.Join(err, h.Close())
				}
				if locked := errors.Is(err, partial.ErrLocked); locked != c.locked {
					t.Errorf("opened by somebody else: %v", err)
				}
				if !c.publish {
					return
				}
				if got, err := d.Publish(p, dest, false); got != dest || err != nil {
					t.Errorf("published as %q, %v", got, err)
				}
			}
			d.Resume()
			await(t, rec.done)
			if err := d.Err(); err != nil {
				t.Fatal(err)
			}
			want := 0
			if c.publish {
				want = 1
				if got, err := os.ReadFile(dest); err != nil || !bytes.Equal(got, body) {
					t.Errorf("%d bytes, %v", len(got), err)
				}
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != want {
				t.Errorf("in the directory: %v, %v", left, err)
			}
			if err := d.KeepLocked(); !errors.Is(err, errResumed) {
				t.Errorf("KeepLocked after the end: %v", err)
			}
			if _, err := d.Publish(p, dest, false); !errors.Is(err, errNotFinished) {
				t.Errorf("published after the end: %v", err)
			}
		})
	}
}
