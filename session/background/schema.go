package background

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
)

// errNewer says that a later haul has written the database.
var errNewer = errors.New("the database is of a newer haul")

// migrations are the versions of the schema: the nth takes a database of
// version n to version n+1. One that was released is never changed.
func migrations() []string {
	return []string{
		// 1: sessions and their tasks. A record is the JSON of package wire
		// and record.go; the columns are what is searched for.
		`CREATE TABLE sessions (
			number     INTEGER PRIMARY KEY,
			identifier TEXT NOT NULL UNIQUE,
			last_task  INTEGER NOT NULL,
			record     TEXT NOT NULL
		) STRICT;
		CREATE TABLE tasks (
			session INTEGER NOT NULL REFERENCES sessions(number),
			id      INTEGER NOT NULL,
			ended   INTEGER NOT NULL, -- 0, or the number of the end
			record  TEXT NOT NULL,
			PRIMARY KEY (session, id)
		) STRICT, WITHOUT ROWID;
		CREATE TABLE history (
			number     INTEGER PRIMARY KEY,
			identifier TEXT NOT NULL,
			id         INTEGER NOT NULL,
			host       TEXT NOT NULL,
			name       TEXT NOT NULL,
			url        TEXT NOT NULL,
			result     TEXT NOT NULL,
			ended      INTEGER NOT NULL, -- Unix time in milliseconds
			record     TEXT NOT NULL
		) STRICT;`,
		// 2: the story of each task, and history by time.
		`CREATE TABLE story (
			number     INTEGER PRIMARY KEY,
			identifier TEXT NOT NULL,
			id         INTEGER NOT NULL,
			time       INTEGER NOT NULL, -- Unix time in milliseconds
			line       TEXT NOT NULL
		) STRICT;
		CREATE INDEX story_task ON story (identifier, id, number);
		CREATE INDEX history_ended ON history (ended);`,
	}
}

// migrate brings a database to the present version, each step in one
// transaction.
func migrate(db *sql.DB) error {
	var version int
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	steps := migrations()
	if version > len(steps) {
		return fmt.Errorf("%w: version %d, this haul knows %d", errNewer, version, len(steps))
	}
	for ; version < len(steps); version++ {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		if _, err := tx.Exec(steps[version] + fmt.Sprintf("PRAGMA user_version = %d;", version+1)); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// uriPath is path as it stands in a file: URI of SQLite.
func uriPath(path string) string { return (&url.URL{Path: path}).EscapedPath() }
