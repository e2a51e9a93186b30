//go:build unix

package link

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheDirectoriesAreTheUsersAlone(t *testing.T) {
	base := t.TempDir()
	t.Setenv("XDG_STATE_HOME", filepath.Join(base, "state"))
	run := filepath.Join(base, "run")
	if err := os.Mkdir(run, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_RUNTIME_DIR", run)
	at, err := Find("", "")
	if err != nil {
		t.Fatal(err)
	}
	if at.State != filepath.Join(base, "state", "haul") || at.Runtime != filepath.Join(run, "haul") {
		t.Errorf("%+v", at)
	}
	for _, dir := range []string{at.State, at.Runtime} {
		if fi, err := os.Stat(dir); err != nil || fi.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", dir, fi.Mode(), err)
		}
	}
	if err := os.Chmod(at.State, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Find("", ""); err != nil {
		t.Error(err)
	}
	if fi, err := os.Stat(at.State); err != nil || fi.Mode().Perm() != 0o700 {
		t.Errorf("others can look into it: %v, %v", fi.Mode(), err)
	}
	// Where others can look into the runtime directory it is not used.
	if err := os.Chmod(run, 0o755); err != nil {
		t.Fatal(err)
	}
	if at, err := Find("", ""); err != nil || at.Runtime != filepath.Join(at.State, "run") {
		t.Errorf("%+v, %v", at, err)
	}
}

func TestPlacesThatCannotBeUsedAreRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{
		"a file": file, "a link": link, "a long path": filepath.Join(t.TempDir(), strings.Repeat("x", 120)),
	} {
		if _, err := Find(dir, t.TempDir()); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if os.Geteuid() == 0 {
		foreign := t.TempDir()
		if err := os.Chown(foreign, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if _, err := Find(foreign, t.TempDir()); !errors.Is(err, errForeign) {
			t.Errorf("another user's directory: %v", err)
		}
	}
}

func TestAnotherUserIsAStranger(t *testing.T) {
	if err := sameUser(os.Geteuid()+1, true); !errors.Is(err, ErrStranger) {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(CheckPeer(ours), CheckPeer(theirs), ours.Close(), theirs.Close(), ln.Close()); err != nil {
		t.Error(err)
	}
}

func TestAnAgentThatCannotBeStartedIsSaid(t *testing.T) {
	dir, err := os.MkdirTemp("", "haul")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	}()
	o := Options{Runtime: dir, State: t.TempDir()}
	if _, err := Dial(t.Context(), o); !errors.Is(err, ErrNotRunning) {
		t.Errorf("nobody there: %v", err)
	}
	o.Start = true
	for want, command := range map[string][]string{
		"cannot be started": {"/no/such/program"}, "ended at once": {"/bin/false"},
	} {
		o.Command = command
		began := time.Now()
		_, err := Dial(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", command, err)
		}
		if time.Since(began) > startTime {
			t.Errorf("%v took %v", command, time.Since(began))
		}
	}
}
