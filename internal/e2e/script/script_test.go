// Package script runs the scripts in testdata: haul as its users meet it, by its
// command line, its output and its exit code.
package script

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"haul/internal/cli"
	"haul/internal/demo"
)

// TestMain lets the test binary be haul when a script calls it. haul-code is
// haul that prints its exit code, for scripts that run it in the background.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"haul":      func() { os.Exit(cli.Main()) },
		"haul-code": func() { fmt.Fprintf(os.Stderr, "exit code %d\n", cli.Main()) },
	})
}

// TestScript runs the scripts. The commands that they have besides testscript's
// own are below.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":        exits,
			"until":        until,
			"signal":       signalBackground,
			"json-lines":   jsonLines,
			"json-row":     jsonRow,
			"demo-server":  demoServer,
			"http3-server": http3Server,
			"demo-log":     demoLog,
			"demo-await":   demoAwait,
			"demo-change":  demoChange,
			"demo-sha256":  demoSHA256,
		},
	})
}

// patience bounds every wait. It is only reached when something is wrong.
const patience = 30 * time.Second

// setup gives each script a home, a state directory and a download directory
// of its own, and nothing of the developer's environment.
func setup(env *testscript.Env) error {
	for name, dir := range map[string]string{
		"HOME": "home", "XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache",
	} {
		path := filepath.Join(env.WorkDir, dir)
		if err := os.MkdirAll(path, 0o700); err != nil {
			return err
		}
		env.Setenv(name, path)
	}
	env.Defer(func() { stopAgent(env) })
	env.Values[fixtureKey{}] = &fixture{}
	env.Setenv("LC_ALL", "C.UTF-8")
	env.Setenv("TERM", "xterm-256color")
	return nil
}

// stopAgent ends the agent that a script has started and leaves its log to the
// script's.
func stopAgent(env *testscript.Env) {
	log, err := os.ReadFile(filepath.Join(env.WorkDir, "state", "haul", "agent.log"))
	if err != nil {
		return // there was none
	}
	cmd := exec.Command("haul", "agent", "stop", "--now")
	cmd.Env = env.Vars
	if out, err := cmd.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("stopping the agent: %v: %s\n%s", err, out, log))
	}
}

// exits runs a program and checks its exit code:
//
//	exits CODE PROGRAM ARGUMENT...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGUMENT...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// until runs a program until what it prints matches a regular expression:
//
//	until PATTERN PROGRAM ARGUMENT...
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until PATTERN PROGRAM ARGUMENT...")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	for late := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		err := ts.Exec(args[1], args[2:]...)
		if err == nil && pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(late) {
			ts.Fatalf("it never prints %q: %v", args[0], err)
		}
	}
}

// signalBackground sends a signal to the programs in the background:
//
//	signal INT|TERM|HUP
func signalBackground(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}
	if neg || len(args) != 1 || signals[args[0]] == nil {
		ts.Fatalf("usage: signal INT|TERM|HUP")
	}
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(signals[args[0]]))
	}
}

// line is one line of --json with every field that docs/json.md describes.
type line struct {
	V         int
	T         time.Time
	Ev        string
	ID        int64
	Task      int64
	Name      string
	URL       string
	State     string
	Status    int
	Bytes     *int64
	Total     *int64
	Rate      *int64
	Path      string
	Code      string
	Text      string
	Done      *int
	Failed    *int
	Refused   *int
	Cancelled *int
	Kept      *int
}

// jsonEvent are the names that ev may have: delegate calls, what a user does to
// a task, and the printer's own.
var jsonEvent = regexp.MustCompile(`^(row|progress|question|total|(Did|Will|Need)[A-Z][A-Za-z]+|[A-Z][A-Za-z]+)$`)

func readLines(ts *testscript.TestScript, file string) []line {
	var lines []line
	for n, text := range strings.Split(strings.TrimSuffix(ts.ReadFile(file), "\n"), "\n") {
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		var l line
		if err := d.Decode(&l); err != nil {
			ts.Fatalf("%s line %d is no object of documented fields: %v: %q", file, n+1, err, text)
		}
		if d.More() || l.V != 1 || l.T.IsZero() || l.T.Location() != time.UTC || !jsonEvent.MatchString(l.Ev) {
			ts.Fatalf("%s line %d has more than an object, or a wrong v, t or ev: %q", file, n+1, text)
		}
		if l.Ev == "total" && (l.Done == nil || l.Failed == nil || l.Refused == nil || l.Cancelled == nil || l.Kept == nil) {
			ts.Fatalf("%s line %d: a total lacks a count: %q", file, n+1, text)
		}
		if l.Ev != "total" && l.ID == 0 {
			ts.Fatalf("%s line %d is about no row: %q", file, n+1, text)
		}
		lines = append(lines, l)
	}
	if last := lines[len(lines)-1]; last.Ev != "total" {
		ts.Fatalf("%s ends with %q, want the total", file, last.Ev)
	}
	return lines
}

// jsonLines checks that each line of a file (or stdout) is one object in the
// documented form, and that the named events come in this order:
//
//	json-lines FILE EVENT...
func jsonLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: json-lines FILE EVENT...")
	}
	events := args[1:]
	for _, l := range readLines(ts, args[0]) {
		if len(events) > 0 && l.Ev == events[0] {
			events = events[1:]
		}
	}
	if len(events) > 0 {
		ts.Fatalf("%s has no %s (in this order)", args[0], strings.Join(events, ", "))
	}
}

// jsonRow checks the last "row" object of a file (or stdout) about a name:
//
//	json-row FILE NAME STATE [STATUS]
func jsonRow(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: json-row FILE NAME STATE [STATUS]")
	}
	var last *line
	for _, l := range readLines(ts, args[0]) {
		if l.Ev == "row" && l.Name == args[1] {
			last = &l
		}
	}
	if last == nil {
		ts.Fatalf("%s has no row named %q", args[0], args[1])
	}
	if last.State != args[2] {
		ts.Fatalf("row %q is %q at last, want %q", args[1], last.State, args[2])
	}
	if len(args) > 3 && strconv.Itoa(last.Status) != args[3] {
		ts.Fatalf("row %q has status %d at last, want %s", args[1], last.Status, args[3])
	}
}

// condition knows "mount": whether a script may mount a file system in a name space
// of its own, which some systems allow nobody. Where CI says that nothing may be
// skipped it is an error; disk_limit.txtar needs no such thing.
func condition(cond string) (bool, error) {
	if cond != "mount" {
		return false, fmt.Errorf("unknown condition %q", cond)
	}
	output, err := exec.Command("unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", os.TempDir()).CombinedOutput()
	if err != nil && os.Getenv("HAUL_TEST_REQUIRE") == "1" {
		return false, fmt.Errorf("cannot mount in a name space: %w: %s", err, output)
	}
	return err == nil, nil
}

// fixture is a script's demo server; fixtureKey is where the script keeps it.
type (
	fixture    struct{ server *demo.Server }
	fixtureKey struct{}
)

// demoOf returns the server that demo-server started.
func demoOf(ts *testscript.TestScript) *demo.Server {
	f, ok := ts.Value(fixtureKey{}).(*fixture)
	if !ok || f.server == nil {
		ts.Fatalf("demo-server comes first")
	}
	return f.server
}

// demoServer starts the server of internal/demo for this script. It sets FILES,
// FILES_TLS, MIRROR, MIRROR_TLS and OTHER_PORT to its origins, CA to a file with
// its certificate, STRANGER to one with another, and FINGERPRINT to its SHA-256.
func demoServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: demo-server")
	}
	write := func(name string) ([]byte, demo.Options) {
		cert, err := demo.SelfSigned([]string{"localhost", "127.0.0.1", "::1"}, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
		ts.Check(err)
		der := cert.Certificate[0]
		ts.Check(os.WriteFile(ts.MkAbs(name), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
		return der, demo.Options{Seed: 1, Certificate: &cert}
	}
	write("stranger.pem")
	der, options := write("ca.pem")
	server := demo.New(options)
	ts.Defer(func() {
		if err := server.Close(); err != nil {
			ts.Logf("closing the demo server: %v", err)
		}
	})
	at, err := server.Start()
	ts.Check(err)
	sum := sha256.Sum256(der)
	for name, value := range map[string]string{
		"FILES": at.Files, "FILES_TLS": at.FilesTLS, "MIRROR": at.Mirror, "MIRROR_TLS": at.MirrorTLS,
		"OTHER_PORT": at.OtherPort, "CA": ts.MkAbs("ca.pem"), "STRANGER": ts.MkAbs("stranger.pem"),
		"FINGERPRINT": hex.EncodeToString(sum[:]),
	} {
		ts.Setenv(name, value)
	}
	f, ok := ts.Value(fixtureKey{}).(*fixture)
	if !ok {
		ts.Fatalf("the script has no place for a server")
	}
	f.server = server
}

// await waits until the server's log satisfies done.
func await(ts *testscript.TestScript, done func([]demo.Entry) bool) []demo.Entry {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	entries, err := demoOf(ts).Await(ctx, done)
	if err != nil {
		ts.Fatalf("the server's log does not become what it should: %v: %+v", err, entries)
	}
	return entries
}

// demoLog prints the requests that the server got, one a line, when all of them
// have ended. With a path, only those for it:
//
//	demo-log [PATH]
//	GET /file/x.bin 206 range=bytes=10- if-range="v1" auth= sent=90 end=complete
func demoLog(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: demo-log [PATH]")
	}
	entries := await(ts, func(entries []demo.Entry) bool {
		for _, e := range entries {
			if e.End == demo.UnderWay {
				return false
			}
		}
		return true
	})
	out := ts.Stdout()
	for _, e := range entries {
		if len(args) == 1 && e.Path != args[0] {
			continue
		}
		fmt.Fprintf(out, "%s %s %d range=%s if-range=%s auth=%s sent=%d got=%d end=%s\n", e.Method, e.Path, e.Status,
			e.Header.Get("Range"), e.Header.Get("If-Range"), e.Authorization, e.Written, e.Received, e.End)
	}
}

// demoAwait waits until the server has sent so many bytes of a path:
//
//	demo-await BYTES PATH
func demoAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: demo-await BYTES PATH")
	}
	want, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	await(ts, func(entries []demo.Entry) bool {
		var sent int64
		for _, e := range entries {
			if e.Path == args[1] {
				sent += e.Written
			}
		}
		return sent >= want
	})
}

// demoChange puts another version at a path of the server:
//
//	demo-change PATH
func demoChange(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: demo-change PATH")
	}
	ts.Check(demoOf(ts).Change(args[0]))
}

// demoSHA256 checks that a file has the bytes of a path of the server:
//
//	[!] demo-sha256 FILE PATH
func demoSHA256(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: demo-sha256 FILE PATH")
	}
	want := demoOf(ts).SHA256(args[1])
	if want == "" {
		ts.Fatalf("the server does not understand %s", args[1])
	}
	sum := sha256.Sum256([]byte(ts.ReadFile(args[0])))
	if got := hex.EncodeToString(sum[:]); (got == want) == neg {
		ts.Fatalf("%s has SHA-256 %s, the server's file %s", args[0], got, want)
	}
}
