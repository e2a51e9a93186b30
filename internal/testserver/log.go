package testserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"time"
)

// Entry is one line of nginx's access log: a request that has ended.
type Entry struct {
	Time          time.Time // when it ended
	RemotePort    int       // tells connections apart
	Connection    int       // nginx's own number of the connection
	Method        string
	URI           string // with the query, as it was sent
	Host          string
	Proto         string // "HTTP/1.1", "HTTP/2.0"
	Status        int
	BodyBytesSent int64
	// Complete tells that all of the response was sent. If not, the client
	// went before.
	Complete       bool
	Range, IfRange string
	AcceptEncoding string
	UserAgent      string
	Authorization  string // the scheme only
	TLSProtocol    string // "TLSv1.3", "" without TLS
	TLSCipher      string
	TLSReused      bool // whether the TLS session was resumed
}

// Log returns the log as it is when it has at least count entries: nginx
// writes a line when a request has ended, which is some time after the client
// has seen the end. If they do not come, the test fails.
func (n *Nginx) Log(count int) []Entry {
	n.t.Helper()
	return n.AwaitLog(func(entries []Entry) bool { return len(entries) >= count })
}

// AwaitLog returns the log when it satisfies done. If that does not happen in
// 20 seconds, the test fails.
func (n *Nginx) AwaitLog(done func([]Entry) bool) []Entry {
	n.t.Helper()
	return awaitIn(n.t, n.readLog, done, n.errorLog)
}

// readLog parses the lines that are complete.
func (n *Nginx) readLog() ([]Entry, error) {
	text, err := wholeLines(filepath.Join(n.dir, "access.log"))
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for line := range bytes.Lines(text) {
		e, err := parseEntry(line)
		if err != nil {
			return nil, fmt.Errorf("log line %q: %w", line, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// parseEntry reads one line in the form of logFormat.
func parseEntry(line []byte) (Entry, error) {
	var fields map[string]string
	if err := json.Unmarshal(line, &fields); err != nil {
		return Entry{}, err
	}
	var failed error
	number := func(name string) int64 {
		v, err := strconv.ParseInt(fields[name], 10, 64)
		failed = errors.Join(failed, err)
		return v
	}
	seconds, err := strconv.ParseFloat(fields["time"], 64)
	failed = errors.Join(failed, err)
	e := Entry{
		Time:           time.UnixMilli(int64(math.Round(seconds * 1000))),
		RemotePort:     int(number("remote_port")),
		Connection:     int(number("connection")),
		Method:         fields["method"],
		URI:            fields["uri"],
		Host:           fields["host"],
		Proto:          fields["proto"],
		Status:         int(number("status")),
		BodyBytesSent:  number("body_bytes_sent"),
		Complete:       fields["completion"] == "OK",
		Range:          fields["range"],
		IfRange:        fields["if_range"],
		AcceptEncoding: fields["accept_encoding"],
		UserAgent:      fields["user_agent"],
		Authorization:  fields["authorization"],
		TLSProtocol:    fields["tls_protocol"],
		TLSCipher:      fields["tls_cipher"],
		TLSReused:      fields["tls_reused"] == "r",
	}
	return e, failed
}
