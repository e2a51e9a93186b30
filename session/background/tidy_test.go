package background_test

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"haul/session"
	"haul/session/background"
)

// ended has haul's session end a download of path, and returns its identifier.
func (f *fixture) ended(c *background.Client, url, dir string) session.TaskID {
	f.t.Helper()
	id, err := c.Create(f.t.Context(), background.Create{
		Identifier: background.CommandIdentifier, Kind: "download", Request: &background.Request{URL: url}, Start: true,
		Settings: background.Settings{Destination: &dir},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	if _, late, err := c.Wait(f.t.Context(), time.Minute, background.CommandIdentifier, id); err != nil || late {
		f.t.Fatal(late, err)
	}
	return id
}

func listed(t *testing.T, c *background.Client) (ids []int64) {
	t.Helper()
	list, err := c.Tasks(t.Context(), background.CommandIdentifier)
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range list {
		ids = append(ids, task.ID)
	}
	return ids
}

func TestAResultThatSomebodyWasToldLeavesTheList(t *testing.T) {
	server := serve(t, files())
	f := newFixture(t, background.Options{})
	c := f.client()
	dir := t.TempDir() + string(filepath.Separator)
	first, second := f.ended(c, server.URL+"/one", dir), f.ended(c, server.URL+"/two", dir)
	if err := c.Acknowledge(t.Context(), background.CommandIdentifier, first); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, c); len(got) != 1 || got[0] != int64(second) {
		t.Errorf("the list has %v", got)
	}
	if past, err := c.History(t.Context(), background.HistoryQuery{}); err != nil || len(past) != 1 || past[0].ID != int64(first) {
		t.Errorf("the history has %v, %v", past, err)
	}
	// A monitor that is there has to be told as well.
	rec := f.recorder()
	s := f.session(background.CommandIdentifier, rec, func(c *session.Configuration) { c.Shared = true })
	rec.Expect(s.Reassociated()[0], "created wrote finished metrics done(nil)")
	await(t, func() bool { return len(listed(t, c)) == 0 })
}

func TestWhatEndedADayAgoIsInTheHistory(t *testing.T) {
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/missing") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		files().ServeHTTP(w, r)
	}))
	f := newFixture(t, background.Options{})
	c := f.client()
	dir := t.TempDir() + string(filepath.Separator)
	f.ended(c, server.URL+"/old", dir)
	f.ended(c, server.URL+"/missing", dir)
	fresh := f.ended(c, server.URL+"/fresh", dir)
	nowhere := f.begin(c, background.CommandIdentifier, background.Request{URL: server.URL + "/untaken"})
	theirs := f.begin(c, "theirs", background.Request{URL: server.URL + "/theirs"})
	if _, late, err := c.Wait(t.Context(), time.Minute, ""); err != nil || late {
		t.Fatal(late, err)
	}
	f.stop()
	age(t, filepath.Join(f.o.Location.StateDirectory, "agent.db"), fresh)
	f.start()
	c = f.client()
	if got := listed(t, c); len(got) != 2 || got[0] != int64(fresh) || got[1] != int64(nowhere) {
		t.Errorf("the list has %v", got)
	}
	if list, err := c.Tasks(t.Context(), "theirs"); err != nil || len(list) != 1 || list[0].ID != int64(theirs) {
		t.Errorf("the other program's: %v, %v", list, err)
	}
	past, err := c.History(t.Context(), background.HistoryQuery{})
	if err != nil || len(past) != 2 || past[0].Result != "refused" || past[1].Result != "done" {
		t.Fatalf("the history has %v, %v", past, err)
	}
	// What the server refused with lay in the spool, and is gone.
	if past[0].Path != "" || past[0].Name != "missing" || past[1].Path != filepath.Join(dir, "old") {
		t.Errorf("the files are %q, named %q, and %q", past[0].Path, past[0].Name, past[1].Path)
	}
}

// age makes every result but one two days old.
func age(t *testing.T, path string, but session.TaskID) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	_, err = db.Exec(`UPDATE tasks SET record = json_set(record, '$.result.ended', ?) WHERE id <> ?`,
		time.Now().Add(-48*time.Hour).UTC().Format(time.RFC3339), but)
	if err != nil {
		t.Fatal(err)
	}
}
