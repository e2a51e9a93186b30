package background

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"haul/session/internal/wire"
	"haul/transfer/partial"
)

// record is what the database has of a task. Nothing in it is secret.
type record struct {
	ID      int64        `json:"id"`
	Kind    string       `json:"kind"`
	Token   string       `json:"token,omitempty"`
	Request wire.Request `json:"request"` // redacted; Omitted names what is not in it
	Created time.Time    `json:"created"`

	Revision uint64 `json:"revision"`
	State    string `json:"state"`
	Resumed  bool   `json:"resumed,omitempty"` // at least once

	Description   string    `json:"description,omitempty"`
	Priority      float32   `json:"priority"`
	Order         int64     `json:"order,omitempty"` // among all tasks of the agent that wait
	RateLimit     int64     `json:"rate_limit,omitempty"`
	Again         int64     `json:"again,omitempty"` // the task that this one was made of
	EarliestBegin time.Time `json:"earliest_begin,omitzero"`
	// What the app expects, in bytes; 0: unknown.
	ExpectedSend    int64 `json:"expected_send,omitempty"`
	ExpectedReceive int64 `json:"expected_receive,omitempty"`

	PartialFile string  `json:"partial_file"`
	OwnPartial  bool    `json:"own_partial,omitempty"` // the agent chose it
	Destination string  `json:"destination,omitempty"`
	Overwrite   bool    `json:"overwrite,omitempty"`
	Connections *int    `json:"connections,omitempty"`
	Upload      string  `json:"upload,omitempty"` // the agent's file of what is sent
	Source      *source `json:"source,omitempty"` // nil: nobody else can write into Upload

	// Access is without the token.
	Access wire.Access `json:"access,omitzero"`
	// Attempts were begun: from the first on the partial file is the task's.
	Attempts   int             `json:"attempts,omitempty"`
	ResumeData json.RawMessage `json:"resume_data,omitempty"`
	// Left is what is left of the time for the whole resource; 0: no limit.
	Left time.Duration `json:"left,omitempty"`

	Counts   wire.Counts    `json:"counts"`
	At       *wire.Resumed  `json:"at,omitempty"`
	Current  *wire.Request  `json:"current,omitempty"`
	Response *wire.Response `json:"response,omitempty"`
	Body     []byte         `json:"body,omitempty"` // of the response to an upload

	// Finished is the complete file, once it has been given that name; it is
	// written down before.
	Finished  string       `json:"finished,omitempty"`
	Result    *wire.Result `json:"result,omitempty"`
	FileTaken bool         `json:"file_taken,omitempty"`
}

// sessionRecord is what the database has of a session besides its tasks.
type sessionRecord struct {
	Configuration wire.Configuration `json:"configuration"` // Header redacted
	Omitted       []string           `json:"omitted,omitempty"`
	Shared        bool               `json:"shared,omitempty"`
	Delayed       bool               `json:"delayed,omitempty"`
}

// saveTask returns the change that writes a task down. It is encoded now.
func saveTask(session int64, r *record) func(*sql.Tx) error {
	text, err := json.Marshal(r)
	ended := int64(0)
	if r.Result != nil {
		ended = r.Result.Number
	}
	id := r.ID
	return func(tx *sql.Tx) error {
		if err != nil {
			return err
		}
		_, err := tx.Exec("INSERT OR REPLACE INTO tasks (session, id, ended, record) VALUES (?, ?, ?, ?)", session, id, ended, string(text))
		return err
	}
}

func saveSession(number int64, identifier string, last int64, r sessionRecord) func(*sql.Tx) error {
	text, err := json.Marshal(r)
	return func(tx *sql.Tx) error {
		if err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO sessions (number, identifier, last_task, record) VALUES (?1, ?2, ?3, ?4)
			ON CONFLICT (number) DO UPDATE SET last_task = max(last_task, ?3), record = ?4`, number, identifier, last, string(text))
		return err
	}
}

func removeSession(number int64) func(*sql.Tx) error {
	return func(tx *sql.Tx) error {
		if _, err := tx.Exec("DELETE FROM tasks WHERE session = ?", number); err != nil {
			return err
		}
		_, err := tx.Exec("DELETE FROM sessions WHERE number = ?", number)
		return err
	}
}

// retireTask takes a task that was acknowledged to the history.
func retireTask(session int64, p wire.Past) func(*sql.Tx) error {
	text, err := json.Marshal(p)
	return func(tx *sql.Tx) error {
		if err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM tasks WHERE session = ? AND id = ?", session, p.ID); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO history (identifier, id, host, name, url, result, ended, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			p.Identifier, p.ID, p.Host, p.Name, p.URL, p.Result, p.Ended.UnixMilli(), string(text))
		return err
	}
}

// storyLines bounds how many lines of a task's story are kept.
const storyLines = 200

func saveLine(identifier string, id int64, at time.Time, line string) func(*sql.Tx) error {
	return func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO story (identifier, id, time, line) VALUES (?, ?, ?, ?)", identifier, id, at.UnixMilli(), line)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM story WHERE identifier = ?1 AND id = ?2 AND number <=
			(SELECT number FROM story WHERE identifier = ?1 AND id = ?2 ORDER BY number DESC LIMIT 1 OFFSET ?3)`, identifier, id, storyLines)
		return err
	}
}

// story returns the lines of a task behind number after.
func (s *store) story(identifier string, id, after int64) (lines []wire.LogLine, err error) {
	rows, err := s.db.Query("SELECT number, time, line FROM story WHERE identifier = ? AND id = ? AND number > ? ORDER BY number", identifier, id, after)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var l wire.LogLine
		var ms int64
		if err := rows.Scan(&l.Number, &ms, &l.Text); err != nil {
			return nil, err
		}
		l.Time = time.UnixMilli(ms).UTC()
		lines = append(lines, l)
	}
	return lines, rows.Err()
}

// The number of rows that one search of the history gives.
const (
	defaultPast = 1000
	mostPast    = 5000
)

func (s *store) history(q wire.HistoryQuery) (past []wire.Past, err error) {
	limit := q.Limit
	if limit <= 0 {
		limit = defaultPast
	}
	until := q.Until
	if until.IsZero() {
		until = time.UnixMilli(1 << 52)
	}
	since := int64(-1 << 52)
	if !q.Since.IsZero() {
		since = q.Since.UnixMilli()
	}
	like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(q.Name) + "%"
	rows, err := s.db.Query(`SELECT record FROM history
		WHERE ended BETWEEN ?1 AND ?2 AND (?3 = '' OR host = ?3) AND (?4 = '' OR result = ?4)
		AND (name LIKE ?5 ESCAPE '\' OR url LIKE ?5 ESCAPE '\') ORDER BY number DESC LIMIT ?6`,
		since, until.UnixMilli(), strings.ToLower(q.Host), q.Result, like, min(limit, mostPast))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text string
		var p wire.Past
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			return nil, err
		}
		past = append(past, p)
	}
	return past, rows.Err()
}

// savedSession is a session as it was written down.
type savedSession struct {
	number, last int64
	identifier   string
	record       sessionRecord
	tasks        []*record
}

// load reads everything, and the greatest number of an end.
func (s *store) load() (sessions map[int64]*savedSession, lastEnd int64, err error) {
	sessions = make(map[int64]*savedSession)
	err = each(s.db, "SELECT number, identifier, last_task, record FROM sessions", func(scan func(...any) error) error {
		one := new(savedSession)
		var text string
		if err := scan(&one.number, &one.identifier, &one.last, &text); err != nil {
			return err
		}
		sessions[one.number] = one
		return decode(text, &one.record)
	})
	if err != nil {
		return nil, 0, err
	}
	err = each(s.db, "SELECT session, ended, record FROM tasks ORDER BY session, id", func(scan func(...any) error) error {
		var of, ended int64
		var text string
		if err := scan(&of, &ended, &text); err != nil {
			return err
		}
		r := new(record)
		if err := decode(text, r); err != nil {
			return err
		}
		lastEnd = max(lastEnd, ended)
		if one := sessions[of]; one != nil {
			one.tasks, one.last = append(one.tasks, r), max(one.last, r.ID)
		}
		return nil
	})
	return sessions, lastEnd, err
}

func decode(text string, to any) error {
	if err := json.Unmarshal([]byte(text), to); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return nil
}

func each(db *sql.DB, query string, row func(scan func(...any) error) error) (err error) {
	rows, err := db.Query(query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// redact splits a request's fields into those that may be written down and
// those that are kept in memory only.
func redact(h http.Header) (kept, secret http.Header, omitted []string) {
	kept, omitted = partial.Redact(h)
	if len(omitted) == 0 {
		return kept, nil, nil
	}
	secret = http.Header{}
	for name, values := range h {
		for _, o := range omitted {
			if strings.EqualFold(name, o) {
				secret[http.CanonicalHeaderKey(name)] = values
			}
		}
	}
	return kept, secret, omitted
}
