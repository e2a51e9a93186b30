package background_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"
)

// setUserVersion says that a database has another version of the schema.
func setUserVersion(t *testing.T, path string, version int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(fmt.Sprintf("PRAGMA user_version = %d", version))
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}
