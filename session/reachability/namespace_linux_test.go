package reachability

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const inNamespace = "HAUL_TEST_IN_NETWORK_NAMESPACE"

// TestLinuxReportsChanges runs itself again in a network namespace of its own,
// where it may change links, addresses and routes without touching the machine.
func TestLinuxReportsChanges(t *testing.T) {
	if os.Getenv(inNamespace) != "" {
		changeTheNetwork(t)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLinuxReportsChanges$", "-test.v")
	cmd.Env = append(os.Environ(), inNamespace+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWNET | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		cannot(t, "no network namespace: "+err.Error())
	}
	err := cmd.Wait()
	_, reason, skipped := strings.Cut(out.String(), "cannot: ")
	switch {
	case err != nil:
		t.Errorf("%v\n%s", err, &out)
	case skipped:
		cannot(t, reason)
	case !strings.Contains(out.String(), "--- PASS: TestLinuxReportsChanges"):
		t.Errorf("nothing ran:\n%s", &out)
	}
}

// cannot skips a test that the machine does not allow, or fails it where the
// machine is one that has to.
func cannot(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("HAUL_TEST_REQUIRE") == "1" {
		t.Fatal(why)
	}
	t.Skip("cannot: " + why)
}

func changeTheNetwork(t *testing.T) {
	ip := func(args string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), "ip", strings.Fields(args)...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", args, err, out)
		}
	}
	if _, err := exec.LookPath("ip"); err != nil {
		cannot(t, err.Error())
	}
	if out, err := exec.CommandContext(t.Context(), "ip", "link", "add", "probe0", "type", "veth", "peer", "name", "probe1").CombinedOutput(); err != nil {
		cannot(t, "no virtual link: "+string(out))
	}
	ip("link set probe1 up") // the other end of the cable
	m := New()
	m.system.poll = 24 * time.Hour // what is told, the kernel has reported
	defer m.Close()
	var notices int
	watching, stop := context.WithCancel(t.Context())
	began, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- watch(watching, func() {
			if notices++; notices == 1 {
				close(began)
			}
		})
	}()
	<-began

	for _, step := range []struct {
		commands string
		online   bool
	}{
		{"link set lo up", false},
		{"link set probe0 up; addr add 169.254.7.7/16 dev probe0", false},
		{"addr add 198.51.100.2/24 dev probe0", true},
		{"route add default via 198.51.100.1", true},
		{"route del default", true},
		{"addr del 198.51.100.2/24 dev probe0", false},
		{"-6 addr add 2001:db8:1::2/64 dev probe0 nodad", true},
		{"link set probe1 down", false}, // the cable is pulled
		{"link set probe1 up", true},
		{"link set probe0 down", false},
		{"link del probe0", false},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		changes := m.Changes(ctx)
		for command := range strings.SplitSeq(step.commands, ";") {
			ip(command)
		}
		// Loopback is no change. The kernel may take a link up or down in more
		// than one.
		told := step.commands == "link set lo up"
		for !told || m.Online() != step.online {
			if err := receive(ctx, changes); err != nil {
				t.Errorf("%s: %v, online is %v\n%s", step.commands, err, m.Online(), look().text)
				break
			}
			told = true
		}
		cancel()
	}
	stop()
	if err := <-ended; err != context.Canceled || notices < 8 {
		t.Errorf("%v after %d notices", err, notices)
	}
}
