package session_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"haul/session"
)

// badServer is a server that does not keep to the rules.
type badServer struct {
	name    string
	spoil   func(*share)
	refuses bool         // a second connection
	fails   session.Code // 0: it succeeds
	most    int          // answers under way at once, 0: any number
}

var badServers = []badServer{
	{name: "ignores ranges", most: 2, spoil: func(s *share) { s.ranged = false }},
	{name: "answers the second range with everything", spoil: func(s *share) {
		if s.number == 3 {
			s.ranged = false
		}
	}},
	{name: "has another file from the second request on", spoil: func(s *share) {
		if !s.first {
			s.etag = `"two"`
		}
	}},
	{name: "changes the file in the middle and breaks the old one off", fails: session.NetworkConnectionLost, spoil: func(s *share) {
		s.cut = 2 << 20
		if s.number > 4 {
			s.etag = `"two"`
		}
	}},
	{name: "claims another length in ranges", spoil: func(s *share) {
		if !s.first {
			s.total++
		}
	}},
	{name: "claims too much from the beginning", fails: session.NetworkConnectionLost, spoil: func(s *share) {
		s.total += 1 << 20
	}},
	{name: "sends short ranges", spoil: func(s *share) {
		if s.ranged {
			s.end = min(s.end, s.start+100_000)
		}
	}},
	{name: "sends ranges from elsewhere", spoil: func(s *share) {
		if s.ranged {
			s.start = max(0, s.start-1)
		}
	}},
	{name: "closes every connection after 1 MB", spoil: func(s *share) { s.cut = 1_000_000 }},
	{name: "closes further connections at once", spoil: func(s *share) {
		if s.others > 0 {
			s.cut = 1
		}
	}},
	{name: "answers 503 to the second", most: 2, spoil: func(s *share) {
		if s.others > 0 {
			s.status = http.StatusServiceUnavailable
		}
	}},
	{name: "answers 429 to the fourth", most: 4, spoil: func(s *share) {
		if s.others > 2 {
			s.status = http.StatusTooManyRequests
		}
	}},
	{name: "answers 403 to all but the first", spoil: func(s *share) {
		if !s.first {
			s.status = http.StatusForbidden
		}
	}},
	{name: "takes the second connection and never answers", spoil: func(s *share) { s.silent = s.others > 0 }},
	{name: "is slow to answer", spoil: func(s *share) { s.after = 300 * time.Millisecond }},
	{name: "refuses a second connection", most: 1, refuses: true},
}

// The bytes are right or the error says what is wrong, in no more than twice the
// time that a single connection to a server without faults takes: whether each
// connection is limited, so that further ones could make up for what is lost,
// or all share one line, which carries also what is sent in vain.
func TestSegments_BadServers(t *testing.T) {
	for _, line := range []bool{false, true} {
		var clean time.Duration
		synctest.Test(t, func(t *testing.T) {
			f := newShareServer(nil)
			f.oneLine = line
			clean = badDownload(t, f, badServer{}, 1)
		})
		if clean < shareTime-time.Second || clean > shareTime+time.Second {
			t.Fatalf("without faults it took %v, the server sends for %v", clean, shareTime)
		}
		for _, c := range badServers {
			name := c.name + ", each connection limited"
			if line {
				name = c.name + ", one line for all"
			}
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := newShareServer(c.spoil)
					f.oneLine = line
					if took := badDownload(t, f, c, session.Auto); took > 2*clean {
						t.Errorf("took %v, %v without faults", took, clean)
					}
					if _, most, _ := f.log(); c.most > 0 && most > c.most {
						t.Errorf("%d connections at once", most)
					}
				})
			})
		}
	}
}

// badDownload fetches the file of f, expects what c says to come of it and
// returns how long it took.
func badDownload(t *testing.T, f *shareServer, c badServer, connections int) time.Duration {
	t.Helper()
	var conns openConns
	s, rec := shared(t, f.ServeHTTP, func(cfg *session.Configuration) {
		cfg.Connections = connections
		if c.refuses {
			cfg.Dial = conns.one(conns.dial(cfg.Dial))
		}
	})
	task := download(t, s, request(t, "GET", "/f"))
	began := time.Now()
	task.Resume()
	rec.Wait(task)
	took := time.Since(began)
	var failed *session.Error
	switch {
	case c.fails == 0 && task.Err() != nil:
		t.Errorf("failed: %v", task.Err())
	case c.fails == 0:
		expectBody(t, rec, task, f.content)
	case !errors.As(task.Err(), &failed) || failed.Code != c.fails:
		t.Errorf("ended with %v, want %v", task.Err(), c.fails)
	}
	return took
}

// one is a Configuration.Dial that is refused while there is a connection.
func (o *openConns) one(next func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		o.mu.Lock()
		now := o.now
		o.mu.Unlock()
		if now > 0 {
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
		}
		return next(ctx, network, addr)
	}
}
