//go:build unix

package credentials

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"haul/session"
)

// helper writes a command as a script. It notes how it was called, with which
// input, environment and arguments, and ends as the script wants.
func helper(t *testing.T, script string) (c *Command, notes func() string) {
	t.Helper()
	dir := t.TempDir()
	path, log := filepath.Join(dir, "helper"), filepath.Join(dir, "log")
	text := fmt.Sprintf("#!/bin/sh\n{ printf '[%%s]' \"$*\"; tr '\\n' ' '; } >>'%s'\n%s\n", log, script)
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return NewCommand([]string{path, "--flag; touch x"}, os.Environ()), func() string {
		noted, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return string(noted)
	}
}

func TestACommandIsAskedAsGitAsks(t *testing.T) {
	ctx := t.Context()
	c, notes := helper(t, `test "$2" = get && printf 'protocol=https\nhost=files.test:8443\nusername=alice\npassword=%s\nfuture=1\n' 'won=der land'`)
	p := session.ProtectionSpace{Protocol: "https", Host: "files.test", Port: 8443}
	for range 3 {
		cred, err := c.Credential(ctx, p, true, "")
		if err != nil || cred == nil || cred.User != "alice" || cred.Password != "won=der land" {
			t.Fatalf("%v, %v", cred, err)
		}
	}
	c.Refused(ctx, p, &session.Credential{User: "alice", Password: "another"})
	cred, err := c.Credential(ctx, p, true, "")
	if err != nil || cred == nil {
		t.Fatalf("after the refusal of another password: %v, %v", cred, err)
	}
	c.Refused(ctx, p, cred)
	c.Refused(ctx, p, cred)
	if again, err := c.Credential(ctx, p, true, ""); again != nil || err != nil {
		t.Errorf("what was refused is proposed again: %v, %v", again, err)
	}
	if err := c.Store(ctx, p, &session.Credential{User: "bob", Password: hush}); err == nil || strings.Contains(err.Error(), hush) {
		t.Errorf("a command that ends with 1: %v", err)
	}
	const at = "[--flag; touch x %s]protocol=https host=files.test:8443 "
	want := fmt.Sprintf(at+" "+at+"username=alice password=won=der land  "+at+"username=bob password="+hush+"  ", "get", "erase", "store")
	if got := notes(); got != want {
		t.Errorf("the command was told\n%s\nwant\n%s", got, want)
	}
}

func TestACommandHasNoSecretInItsArgumentsOrEnvironment(t *testing.T) {
	seen := filepath.Join(t.TempDir(), "seen")
	c, _ := helper(t, fmt.Sprintf(`tr '\0' ' ' </proc/$$/cmdline >'%[1]s'; tr '\0' ' ' </proc/$$/environ >>'%[1]s'`, seen))
	if err := c.Store(t.Context(), spaceAt("a.test"), &session.Credential{User: "bob", Password: hush}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(seen)
	if err != nil || strings.Contains(string(text), hush) || !strings.Contains(string(text), "store") {
		t.Errorf("%v, %s", err, text)
	}
}

func TestAnswersOfCommandsThatAreNone(t *testing.T) {
	for name, script := range map[string]string{
		"silent":        "true",
		"quits":         "printf 'username=a\\npassword=b\\nquit=1\\n'",
		"no user":       "printf 'password=b\\n'",
		"no password":   "printf 'username=a\\n'",
		"another host":  "printf 'host=b.test\\nusername=a\\npassword=b\\n'",
		"less than TLS": "printf 'protocol=http\\nusername=a\\npassword=b\\n'",
		"a zero":        "printf 'username=a\\npassword=b\\0c\\n'",
		"noise":         "head -c 5000 /dev/urandom",
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := helper(t, script)
			if cred, err := c.Credential(t.Context(), spaceAt("a.test"), true, ""); cred != nil || err != nil {
				t.Errorf("%v, %v", cred, err)
			}
		})
	}
	c, _ := helper(t, "printf 'username=mallory\\npassword=b\\n'")
	if cred, err := c.Credential(t.Context(), spaceAt("a.test"), true, "alice"); cred != nil || err != nil {
		t.Errorf("for another user: %v, %v", cred, err)
	}
}

func TestCommandsThatFailAreToldWithoutTheirWords(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"fails":   {"echo " + hush + " >&2; echo password=" + hush + "; exit 3", "get ended with exit status 3"},
		"floods":  {"head -c 1000000 /dev/zero", "says more than"},
		"unknown": {"kill -9 $$", "get ended with signal: killed"},
	} {
		t.Run(name, func(t *testing.T) {
			command, _ := helper(t, c.script)
			cred, err := command.Credential(t.Context(), spaceAt("a.test"), true, "")
			if cred != nil || err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), hush) {
				t.Errorf("%v, %v", cred, err)
			}
			if _, err := command.Credential(t.Context(), spaceAt("a.test"), true, ""); err != nil {
				t.Errorf("it was asked again: %v", err)
			}
		})
	}
	missing := NewCommand([]string{filepath.Join(t.TempDir(), "nothing")}, nil)
	if _, err := missing.Credential(t.Context(), spaceAt("a.test"), true, ""); err == nil {
		t.Error("a command that does not exist answers")
	}
}

func TestACommandEndsWithItsTaskAndLeavesNoChild(t *testing.T) {
	alive := filepath.Join(t.TempDir(), "alive")
	if err := syscall.Mkfifo(alive, 0o600); err != nil {
		t.Fatal(err)
	}
	// The child holds standard output; only the end of the whole group frees it.
	c, notes := helper(t, "sleep 1000 & echo >'"+alive+"'; wait")
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the row was cancelled")
	var asked sync.WaitGroup
	asked.Go(func() {
		if cred, err := c.Credential(ctx, spaceAt("a.test"), true, ""); cred != nil || err == nil {
			t.Errorf("%v, %v", cred, err)
		}
	})
	if _, err := os.ReadFile(alive); err != nil { // it waits for the child
		t.Fatal(err)
	}
	cancel(gone)
	asked.Wait()
	if !strings.HasPrefix(notes(), "[--flag; touch x get]") {
		t.Errorf("told %q", notes())
	}
}

func TestLineBreaksAreNotToldToACommand(t *testing.T) {
	c, _ := helper(t, "true")
	for _, cred := range []session.Credential{{User: "a\nhost=evil.test", Password: "b"}, {User: "a", Password: hush + "\nhost=evil.test"}} {
		err := c.Store(t.Context(), spaceAt("a.test"), &cred)
		if !errors.Is(err, errUnsayable) || strings.Contains(err.Error(), hush) {
			t.Errorf("%v", err)
		}
	}
}

func TestTheCommandIsToldWhatIsNewlyKept(t *testing.T) {
	c, notes := helper(t, "true")
	s := NewPlaces(t.TempDir(), KeepFile, c)
	alice, bob := permanentOf("alice", "x"), permanentOf("bob", "y")
	for _, kept := range [][]session.Credential{{alice}, {alice, bob}, {alice, bob}} {
		if err := s.Set(t.Context(), spaceAt("a.test"), kept); err != nil {
			t.Fatal(err)
		}
	}
	if got := notes(); strings.Count(got, "store]") != 2 || strings.Count(got, "username=bob password=y") != 1 {
		t.Errorf("told %s", got)
	}
}

func FuzzAnswerOfACommand(f *testing.F) {
	f.Add([]byte("protocol=https\nhost=a.test\nusername=a\npassword=b=c\r\nquit=0\n"), "a", false)
	f.Add([]byte("capability[]=authtype\nauthtype=Bearer\ncredential=abc\n"), "", true)
	f.Fuzz(func(t *testing.T, output []byte, user string, token bool) {
		cred := question{"https", "a.test", user, token}.read(output)
		if cred != nil && token != (cred.User == "") {
			t.Fatalf("a user %q, token %t", cred.User, token)
		}
		if cred != nil && (user != "" && !token && cred.User != user || strings.ContainsAny(cred.User+cred.Password, "\n\x00")) {
			t.Fatalf("%q for %q", cred.User, user)
		}
	})
}

func TestACommandIsAskedForATokenAsGitAsks(t *testing.T) {
	p := session.ProtectionSpace{Protocol: "https", Host: "files.test", Port: 443, Method: session.MethodBearer}
	c, notes := helper(t, `test "$2" = get && printf 'capability[]=authtype\nauthtype=Bearer\ncredential=%s\nusername=alice\n' won=der || true`)
	cred, err := c.Credential(t.Context(), p, true, "")
	if err != nil || cred == nil || cred.Password != "won=der" || cred.User != "" {
		t.Fatalf("%v, %v", cred, err)
	}
	c.Refused(t.Context(), p, cred)
	if err := c.Store(t.Context(), p, &session.Credential{Password: "new"}); err != nil {
		t.Error(err)
	}
	const at = "[--flag; touch x %s]capability[]=authtype protocol=https host=files.test "
	want := fmt.Sprintf(at+" "+at+"authtype=Bearer credential=won=der  "+at+"authtype=Bearer credential=new  ", "get", "erase", "store")
	if got := notes(); got != want {
		t.Errorf("the command was told\n%s\nwant\n%s", got, want)
	}
	password, _ := helper(t, `printf 'username=alice\npassword=geheim\n'`)
	if cred, err := password.Credential(t.Context(), p, true, ""); cred != nil || err != nil {
		t.Errorf("a password for a token: %v, %v", cred, err)
	}
}

func TestACommandIsAskedForAProxy(t *testing.T) {
	c, notes := helper(t, `printf 'username=alice\npassword=geheim\n'`)
	p := session.ProtectionSpace{Protocol: "socks5", Host: "proxy.test", Port: 1080, Method: session.MethodSOCKS, Proxy: true}
	cred, err := c.Credential(t.Context(), p, false, "")
	if err != nil || cred == nil || cred.User != "alice" {
		t.Fatalf("%v, %v", cred, err)
	}
	if got, want := notes(), "[--flag; touch x get]protocol=socks5 host=proxy.test:1080  "; got != want {
		t.Errorf("the command was told %q, want %q", got, want)
	}
}

func TestTheEnvironmentTellsProxiesFromServers(t *testing.T) {
	server := session.ProtectionSpace{Protocol: "http", Host: "a.test", Method: session.MethodBasic}
	proxy := server
	proxy.Proxy = true
	token := server
	token.Method = session.MethodBearer
	for _, c := range []struct {
		env   Environment
		space session.ProtectionSpace
		own   bool
		has   bool
	}{
		{Environment{User: "u", Password: "p"}, server, true, true},
		{Environment{User: "u", Password: "p"}, token, true, false},
		{Environment{User: "u", Password: "p"}, proxy, false, false},
		{Environment{User: "u", Password: "p", Proxies: true}, proxy, false, true},
		{Environment{User: "u", Password: "p", Proxies: true}, server, true, false},
	} {
		if cred, err := c.env.Credential(t.Context(), c.space, c.own, ""); err != nil || (cred != nil) != c.has {
			t.Errorf("%s for %+v: %v, %v", c.env.Name(), c.space, cred, err)
		}
	}
}

func TestTheEnvironmentIsForTheURLsOwnOrigin(t *testing.T) {
	for _, c := range []struct {
		env    Environment
		own    bool
		wanted string
		user   string
	}{
		{Environment{User: "alice", Password: "p"}, true, "", "alice"},
		{Environment{User: "alice", Password: "p"}, true, "alice", "alice"},
		{Environment{User: "alice", Password: "p"}, true, "bob", ""},
		{Environment{User: "alice", Password: "p"}, false, "", ""},
		{Environment{User: "", Password: "p"}, true, "bob", "bob"},
		{Environment{User: "", Password: "p"}, true, "", ""},
	} {
		got, err := c.env.Credential(t.Context(), spaceAt("a.test"), c.own, c.wanted)
		if err != nil || (got == nil) != (c.user == "") || got != nil && (got.User != c.user || got.Password != "p") {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
	}
}
