package testserver

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// patience bounds every wait for a server. It is only reached when something is
// wrong.
const patience = 20 * time.Second

var errPortTaken = errors.New("port taken")

// site is where a web server is reached.
type site struct {
	host                string
	httpPort, httpsPort int
	authority           *authority
}

// URL returns the http URL of path.
func (s *site) URL(path string) string {
	return fmt.Sprintf("http://%s:%d%s", s.host, s.httpPort, path)
}

// TLSURL returns the https URL of path.
func (s *site) TLSURL(path string) string {
	return fmt.Sprintf("https://%s:%d%s", s.host, s.httpsPort, path)
}

// CA returns a pool with the CA that vouches for the https side.
func (s *site) CA() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.authority.ca)
	return pool
}

// onFreePorts runs a server on count ports that nobody listens on. Between looking
// for them and the server's taking them somebody else may have come first: then
// others are tried.
func onFreePorts(t testing.TB, server string, count int, run func(ports []int) error) {
	t.Helper()
	for try := 1; ; try++ {
		ports, err := freePorts(count)
		if err == nil {
			err = run(ports)
		}
		if err == nil {
			return
		}
		if !errors.Is(err, errPortTaken) || try == 10 {
			t.Fatalf("%s does not start: %v", server, err)
		}
	}
}

// freePorts returns ports that nobody listens on just now.
func freePorts(count int) ([]int, error) {
	var ports []int
	for range count {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // only then, so that no port comes twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// serve has p serve until the test ends, and returns when it is ready. complaints
// is what it has to say in its log if it does not get so far.
func (p *process) serve(ready func() error, complaints func() string) error {
	err := p.await(ready)
	if err == nil {
		p.t.Cleanup(p.stop)
		return nil
	}
	p.stop()
	said := p.output.String() + complaints()
	if strings.Contains(said, "in use") {
		return errPortTaken
	}
	return fmt.Errorf("%w\n%s", err, said)
}

// owning is ready when a server answers at ports and has written its pid, which it
// does when it has them: it cannot be a stranger who answers.
func owning(pidFile string, ports ...int) func() error {
	return func() error {
		if pid, err := os.ReadFile(pidFile); err != nil || len(pid) == 0 {
			return errors.Join(errors.New("no pid yet"), err)
		}
		return answers(ports...)
	}
}

// contents is what is in a log, or why it cannot be read.
func contents(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// wholeLines are the lines of a log that are complete, none if it is not there yet.
func wholeLines(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text[:bytes.LastIndexByte(text, '\n')+1], err
}

// awaitIn reads what a server writes until it satisfies done: it writes a line
// some time after the client has seen the end. If that does not happen in 20
// seconds, the test fails, with what else there is to say.
func awaitIn[T any](t testing.TB, read func() (T, error), done func(T) bool, more func() string) T {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		got, err := read()
		if err != nil {
			t.Fatal(err)
		}
		if done(got) {
			return got
		}
		if time.Now().After(deadline) {
			t.Fatalf("the log does not become what it should: %+v\n%s", got, more())
		}
		time.Sleep(5 * time.Millisecond) // another process: nothing else to wait on
	}
}
