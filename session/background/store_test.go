package background

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"haul/session"
	"haul/session/internal/wire"
)

// oldDatabase writes a database as version 1 of the schema has it, with a
// suspended task and one that has ended.
func oldDatabase(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(migrations()[0] + `PRAGMA user_version = 1;
		INSERT INTO sessions VALUES (3, 'old', 7, '{"configuration":{"request_timeout":60000000000,"resource_timeout":0,"per_host":6},"shared":true}');
		INSERT INTO tasks VALUES (3, 7, 0, '{"id":7,"kind":"download","request":{"method":"GET","url":"http://h.example/f"},
			"created":"2026-01-02T03:04:05Z","revision":2,"state":"suspended","resumed":true,"description":"d","priority":0.5,
			"partial_file":"/nowhere/f.haul-part","counts":{"received":5,"expected_received":10,"sent":0,"expected_sent":0}}');
		INSERT INTO history VALUES (1, 'old', 6, 'h.example', 'g', 'http://h.example/g', 'done', 1767323045000,
			'{"identifier":"old","id":6,"kind":"download","url":"http://h.example/g","host":"h.example","name":"g","result":"done",
			"bytes":3,"created":"2026-01-02T03:04:05Z","ended":"2026-01-02T03:04:05Z"}');`)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestADatabaseOfTheFirstVersionIsTakenOver(t *testing.T) {
	o := testOptions(t)
	oldDatabase(t, filepath.Join(o.Location.StateDirectory, "agent.db"))
	a, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	c := pipeClient(t, a)
	list, err := c.Tasks(t.Context(), "old")
	if err != nil || len(list) != 1 || list[0].ID != 7 || list[0].State != wire.StateSuspended || list[0].Counts.Received != 5 {
		t.Errorf("%+v, %v", list, err)
	}
	past, err := c.History(t.Context(), HistoryQuery{Host: "H.example"})
	if err != nil || len(past) != 1 || past[0].ID != 6 {
		t.Errorf("%+v, %v", past, err)
	}
	id, err := c.Create(t.Context(), Create{Identifier: "old", Kind: "download", Request: &Request{URL: "http://h.example/x"}})
	if err != nil || id != 8 {
		t.Errorf("the next task is %d, %v", id, err)
	}
	if err := errors.Join(c.Close(), a.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(o.Location.StateDirectory, "agent.db"))
	if err != nil {
		t.Fatal(err)
	}
	var version int
	err = db.QueryRow("PRAGMA user_version").Scan(&version)
	if err := errors.Join(err, db.Close()); err != nil || version != len(migrations()) {
		t.Errorf("version %d, %v", version, err)
	}
}

func testOptions(t *testing.T) Options {
	t.Helper()
	return Options{Location: session.Agent{StateDirectory: t.TempDir(), RuntimeDirectory: t.TempDir()}, Linger: -1}
}

// pipeClient is a command's connection to an agent of this process.
func pipeClient(t *testing.T, a *Agent) *Client {
	t.Helper()
	c, err := Dial(t.Context(), session.Agent{Dial: func(context.Context) (net.Conn, error) {
		ours, theirs := net.Pipe()
		a.Handle(theirs)
		return ours, nil
	}}, false)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// fill makes the database behave as on a disk without room, or with room again.
func fill(t *testing.T, a *Agent, full bool) {
	t.Helper()
	pages := 1 << 30
	if full {
		if err := a.store.db.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.store.db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
		t.Fatal(err)
	}
}

func TestAFullDiskIsSaidAndNothingIsLost(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", long[:60_000])
		_, _ = w.Write([]byte("hello")) // the client sees what is missing
	}))
	defer server.Close()
	a, err := New(testOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	c := pipeClient(t, a)
	dest := filepath.Join(t.TempDir(), "f")
	id, err := c.Create(t.Context(), Create{
		Identifier: "a", Kind: "download", Request: &Request{URL: server.URL + "/f"}, Settings: Settings{Destination: &dest},
	})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, a, true)
	var refused *CallError
	_, err = c.Create(t.Context(), Create{
		Identifier: "a", Kind: "download", Request: &Request{URL: server.URL + "/g", Header: http.Header{"X-Long": {long}}},
	})
	if !errors.As(err, &refused) || refused.Code != wire.CodeStore {
		t.Errorf("a task that cannot be written down: %v", err)
	}
	if list, err := c.Tasks(t.Context(), "a"); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	// This one fits or does not; in either case it ends when there is room.
	if err := c.Act(t.Context(), Resume, "a", id); err != nil && !errors.As(err, &refused) {
		t.Fatal(err)
	}
	_, late, err := c.Wait(t.Context(), 300*time.Millisecond, "a")
	if err != nil || !late {
		t.Errorf("a result that is not written down was told: %v, %v", late, err)
	}
	if s, err := c.Status(t.Context()); err != nil || len(s.Notices) == 0 {
		t.Errorf("it is not said aloud: %+v, %v", s, err)
	}
	fill(t, a, false)
	list, late, err := c.Wait(t.Context(), time.Minute, "a")
	if err != nil || late {
		t.Fatal(late, err)
	}
	if r := list[0].Result; r.Error != nil {
		t.Errorf("it ended with %+v", r.Error)
	}
	if got, err := os.ReadFile(dest); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
	if err := errors.Join(c.Close(), a.Close()); err != nil {
		t.Error(err)
	}
}

func TestChangesThatNobodyWaitsForGoAlong(t *testing.T) {
	s, err := openStore(filepath.Join(t.TempDir(), "x.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 300 {
		s.later(saveLine("a", 1, time.Now(), fmt.Sprint(n)))
	}
	if err := <-s.now(nothing); err != nil {
		t.Fatal(err)
	}
	lines, err := s.story("a", 1, 0)
	if err != nil || len(lines) != storyLines || lines[len(lines)-1].Text != "299" {
		t.Errorf("%d lines, %v", len(lines), err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	if err := <-s.now(nothing); !errors.Is(err, errStoreClosed) {
		t.Errorf("%v", err)
	}
}

func TestARecordHoldsNoSecret(t *testing.T) {
	a, err := New(testOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	c := wire.Create{Kind: wire.KindDownload, Request: &wire.Request{
		URL: "http://ali:sesame@h.example/f", Header: http.Header{"Cookie": {"sid=sesame"}, "X-Api-Key": {"sesame"}, "Accept": {"*/*"}},
		Password: "sesame",
	}}
	r, user, err := a.newRecord(&c)
	if err != nil {
		t.Fatal(err)
	}
	kept, secret, omitted := redact(r.Request.Header)
	r.Request.Header, r.Request.Omitted = kept, omitted
	text, err := json.Marshal(r)
	if err != nil || strings.Contains(string(text), "sesame") || !strings.Contains(string(text), "Accept") {
		t.Errorf("%s, %v", text, err)
	}
	if user.Username() != "ali" || secret.Get("Cookie") == "" || len(omitted) != 2 {
		t.Errorf("%v, %v, %v", user, secret, omitted)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}
