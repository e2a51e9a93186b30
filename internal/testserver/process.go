package testserver

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// find returns the path of a program that a test needs. Without it the test is
// skipped, or fails where HAUL_TEST_REQUIRE is 1.
func find(t testing.TB, name, pkg string) string {
	t.Helper()
	for _, dir := range []string{"", "/usr/sbin/", "/usr/local/sbin/", "/opt/homebrew/bin/"} {
		if path, err := exec.LookPath(dir + name); err == nil {
			return path
		}
	}
	missing(t, fmt.Sprintf("%s is not installed (Debian: apt-get install %s)", name, pkg))
	return ""
}

// missing ends a test that something is missing for.
func missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("HAUL_TEST_REQUIRE") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// openDir is a directory outside of the test's own, whose parents only the
// test's user may enter. It is removed when the test ends.
func openDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "haul-testserver-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// process is a server that runs in the foreground until it is stopped.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	output bytes.Buffer
	exited chan struct{}
}

// start runs a program with more environment, as the account.
func start(t testing.TB, as *account, env []string, path string, args ...string) (*process, error) {
	p := &process{t: t, cmd: exec.Command(path, args...), exited: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	as.use(p.cmd)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		// How it ended does not matter: it is stopped, or the log says why.
		_ = p.cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// stop ends it and waits for its end.
func (p *process) stop() {
	// An error means that it has ended already.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.exited
		p.t.Errorf("%s had to be killed", p.cmd.Path)
	}
}

// await waits until ready returns nil.
func (p *process) await(ready func() error) error {
	tick := time.NewTicker(5 * time.Millisecond) // another process: nothing else to wait on
	defer tick.Stop()
	timeout := time.After(patience)
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return errors.New("it ended by itself")
		case <-timeout:
			return fmt.Errorf("not ready: %w", err)
		case <-tick.C:
		}
	}
}

// answers tells whether somebody listens at ports of the loopback interface.
func answers(ports ...int) error {
	for _, port := range ports {
		c, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), time.Second)
		if err != nil {
			return err
		}
		if err := c.Close(); err != nil {
			return err
		}
	}
	return nil
}

// run runs a program to its end.
func run(env []string, input, path string, args ...string) error {
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin = bytes.NewBufferString(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(path), err, out)
	}
	return nil
}
