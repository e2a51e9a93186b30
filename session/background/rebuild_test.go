package background_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"haul/session"
	"haul/session/background"
)

// damage makes rubbish of the agent's database.
func (f *fixture) damage() {
	f.t.Helper()
	db := filepath.Join(f.o.Location.StateDirectory, "agent.db")
	if err := os.WriteFile(db, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		f.t.Fatal(err)
	}
	for _, more := range []string{"-wal", "-shm"} {
		if err := os.Remove(db + more); err != nil && !errors.Is(err, os.ErrNotExist) {
			f.t.Fatal(err)
		}
	}
}

// TestADamagedDatabaseIsPutAsideAndRebuilt loses the database while a program's
// download in the spool and one of haul's own are half done.
func TestADamagedDatabaseIsPutAsideAndRebuilt(t *testing.T) {
	g := &gated{open: make(chan struct{})}
	server := serve(t, g)
	f := newFixture(t, background.Options{})
	c := f.client()
	dir := t.TempDir()
	part, place := filepath.Join(dir, "x.haul-part"), filepath.Join(dir, "mine.bin")
	rec := f.recorder()
	theirs := f.session("theirs", rec)
	var ids []session.TaskID
	for range 3 { // only the last one runs
		d, err := theirs.DownloadTask(get(t, server.URL+"/theirs"), nil)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, d.ID())
	}
	theirs.Detach()
	theirs.Wait()
	if err := c.Act(t.Context(), background.Resume, "theirs", ids[2]); err != nil {
		t.Fatal(err)
	}
	ours, err := c.Create(t.Context(), background.Create{
		Identifier: background.CommandIdentifier, Kind: "download", Request: &background.Request{URL: server.URL + "/ours"}, Start: true,
		Settings: background.Settings{PartialFile: &part, Destination: &place},
	})
	if err != nil {
		t.Fatal(err)
	}
	half := int64(len(content) / 2)
	state := func(identifier string, id session.TaskID) *background.TaskInfo {
		list, err := c.Tasks(t.Context(), identifier)
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			if list[i].ID == int64(id) {
				return &list[i]
			}
		}
		return nil
	}
	await(t, func() bool {
		return state("theirs", ids[2]).Counts.Received == half && state(background.CommandIdentifier, ours).Counts.Received == half
	})
	f.stop()
	f.damage()
	f.start()
	c = f.client()
	s, err := c.Status(t.Context())
	told := strings.Join(s.Notices, "\n")
	if err != nil || !strings.Contains(told, "was damaged and is kept as") ||
		!strings.Contains(told, `1 downloads of the session "theirs"`) || !strings.Contains(told, `1 downloads of the session "haul"`) {
		t.Errorf("%q, %v", told, err)
	}
	if aside, err := filepath.Glob(filepath.Join(f.o.Location.StateDirectory, "agent.db.damaged-*")); err != nil || len(aside) == 0 {
		t.Errorf("%v, %v", aside, err)
	}
	// Another start changes nothing of it.
	f.stop()
	f.start()
	c = f.client()
	if got := state(background.CommandIdentifier, ours); got == nil || got.State != "suspended" || got.Request.URL != server.URL+"/ours" || got.Destination != place {
		t.Fatalf("haul's own is %+v", got)
	}
	close(g.open)
	if err := c.Act(t.Context(), background.Resume, background.CommandIdentifier, ours); err != nil {
		t.Fatal(err)
	}
	if list, late, err := c.Wait(t.Context(), time.Minute, background.CommandIdentifier); err != nil || late || list[0].Result.Error != nil {
		t.Errorf("%+v, %v", list, err)
	}
	if got, err := os.ReadFile(place); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the file is not in its place: %v", err)
	}
	// The program finds its task in its session.
	rec = f.recorder()
	theirs = f.session("theirs", rec)
	again := theirs.Reassociated()
	if len(again) != 1 || again[0].ID() != ids[2] || again[0].State() != session.Suspended {
		t.Fatalf("%d tasks, %+v", len(again), again)
	}
	again[0].Resume()
	rec.Expect(again[0], "created wrote* finished metrics done(nil)")
	if !bytes.Equal(rec.Body(again[0]), content) {
		t.Error("the file is not the server's")
	}
	for _, n := range []int32{1, 2, 3, 4} {
		if got, _ := g.ranges.Load(n); n > 2 && got != "bytes=160000-" {
			t.Errorf("request %d asked for %q", n, got)
		}
	}
}

// TestFinishedFilesOutliveTheDatabase loses it while a finished file waits for a
// program, and a file of an upload for its server.
func TestFinishedFilesOutliveTheDatabase(t *testing.T) {
	server := serve(t, files())
	f := newFixture(t, background.Options{})
	c := f.client()
	id := f.begin(c, "theirs", background.Request{URL: server.URL + "/f"})
	if _, late, err := c.Wait(t.Context(), time.Minute, "theirs", id); err != nil || late {
		t.Fatal(late, err)
	}
	letter := filepath.Join(t.TempDir(), "letter")
	if err := os.WriteFile(letter, []byte("dear reader"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Create(t.Context(), background.Create{
		Identifier: "theirs", Kind: "upload", File: letter, Request: &background.Request{Method: "PUT", URL: server.URL + "/up"},
	}); err != nil {
		t.Fatal(err)
	}
	f.stop()
	f.damage()
	for range 2 {
		f.start()
		f.stop()
	}
	kept, err := filepath.Glob(filepath.Join(f.o.Location.StateDirectory, "spool.damaged-*", "*"))
	if err != nil || len(kept) != 2 {
		t.Fatalf("kept are %v, %v", kept, err)
	}
	for _, path := range kept {
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content) && string(got) != "dear reader" {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
}
