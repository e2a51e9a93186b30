package background

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// store is the agent's memory on disk. It has one writer, a goroutine that
// makes one transaction of everything that waits, so that a thousand tasks made
// at once cost one sync. What must not be lost is waited for; the rest goes
// along with the next transaction, or by itself after lazyTime.
type store struct {
	db   *sql.DB
	wake chan struct{}
	done chan struct{}
	// committed is called after each commit, before those who wait are told;
	// nil for nothing.
	committed func()

	mu      sync.Mutex
	pending []write
	urgent  bool // somebody waits
	closed  bool
}

// write is a change. told gets what came of it; nil if nobody waits.
type write struct {
	change func(*sql.Tx) error
	told   chan<- error
}

// lazyTime is how long a change that nobody waits for may take to reach the
// disk.
const lazyTime = 3 * time.Second

// mostPending bounds the changes of one transaction.
const mostPending = 5000

var errStoreClosed = errors.New("the agent's database is closed")

// openStore opens the database at path and brings its schema to the present
// version. A database of a later version is an error ([errNewer]); any other
// error means that the file is damaged, or that the disk is.
func openStore(path string, committed func()) (*store, error) {
	// SQLite makes files with the mode of the umask.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Chmod(0o600), f.Close()); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+uriPath(path)+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-512)&_pragma=temp_store(MEMORY)"+
		"&_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := prepare(db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := prune(db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &store{db: db, wake: make(chan struct{}, 1), done: make(chan struct{}), committed: committed}
	go s.write()
	return s, nil
}

// errDamaged says that what the database has makes no sense.
var errDamaged = errors.New("the database is damaged")

// damaged tells whether err says that a database is of no use, as opposed to a
// disk that is full or a file that cannot be opened.
func damaged(err error) bool {
	const failed, corrupt, notDatabase = 1, 11, 26 // SQLite's primary result codes
	var code interface{ Code() int }
	if errors.As(err, &code) {
		switch code.Code() & 0xff {
		case failed, corrupt, notDatabase:
			return true
		}
	}
	return errors.Is(err, errDamaged)
}

// prepare checks the file and migrates it.
func prepare(db *sql.DB) error {
	var verdict string
	if err := db.QueryRow("PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, verdict)
	}
	return migrate(db)
}

// mostRows bounds the history and the stories in rows; the oldest go.
const mostRows = 100_000

func prune(db *sql.DB) error {
	for _, table := range []string{"history", "story"} {
		_, err := db.Exec("DELETE FROM "+table+" WHERE number <= (SELECT max(number) FROM "+table+") - ?", mostRows)
		if err != nil {
			return err
		}
	}
	return nil
}

// later makes a change that nobody waits for.
func (s *store) later(change func(*sql.Tx) error) { s.put(write{change: change}) }

// now makes a change and returns the channel that gets what came of it, once
// everything up to it is durable.
func (s *store) now(change func(*sql.Tx) error) <-chan error {
	told := make(chan error, 1)
	if !s.put(write{change: change, told: told}) {
		told <- errStoreClosed
	}
	return told
}

func (s *store) put(w write) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.pending = append(s.pending, w)
	s.urgent = s.urgent || w.told != nil
	if w.told != nil || len(s.pending) == 1 || len(s.pending) >= mostPending {
		s.poke()
	}
	return true
}

func (s *store) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// write is the writer. It ends when the store is closed and nothing waits.
func (s *store) write() {
	defer close(s.done)
	for {
		s.mu.Lock()
		n, urgent, closed := len(s.pending), s.urgent, s.closed
		var batch []write
		if urgent || closed || n >= mostPending {
			batch, s.pending, s.urgent = s.pending, nil, false
		}
		s.mu.Unlock()
		switch {
		case len(batch) > 0:
			s.commit(batch)
		case closed:
			return
		case n > 0:
			s.linger()
		default:
			<-s.wake
		}
	}
}

// linger waits for company for the lazy changes.
func (s *store) linger() {
	timer := time.NewTimer(lazyTime)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			s.mu.Lock()
			s.urgent = true
			s.mu.Unlock()
			return
		case <-s.wake:
			s.mu.Lock()
			over := s.urgent || s.closed || len(s.pending) >= mostPending
			s.mu.Unlock()
			if over {
				return
			}
		}
	}
}

// commit makes one transaction of a batch. Lazy changes that fail are of no
// consequence: the ones behind them say more.
func (s *store) commit(batch []write) {
	err := s.transaction(batch)
	if err == nil && s.committed != nil {
		s.committed()
	}
	for _, w := range batch {
		if w.told != nil {
			w.told <- err
		}
	}
}

func (s *store) transaction(batch []write) error {
	tx, err := s.db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	for _, w := range batch {
		if err := w.change(tx); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// close writes what waits and closes the database.
func (s *store) close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.poke()
	<-s.done
	return s.db.Close()
}
