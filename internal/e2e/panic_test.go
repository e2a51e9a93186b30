//go:build unix

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// buildPanicking builds a haul that panics where somebody has just answered a
// question for a password, with what was answered in the panic. The source is
// changed for the compiler only, so that the haul that people have has no such
// place.
func buildPanicking(t *testing.T, statement string) (path string) {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join("..", "..", "model", "challenge.go")
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	const place = "	cred := &session.Credential{User: a.User, Password: a.Password, Persistence: a.Keep}\n"
	if strings.Count(string(text), place) != 1 {
		t.Fatalf("%s has changed: say where an answered password is", source)
	}
	changed := filepath.Join(dir, "challenge.go")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(text), place, place+statement+"\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	absolute, err := filepath.Abs(source)
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{absolute: changed}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "haul")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", file, "-o", path, "haul").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// TestAPanicTellsNoSecret has haul panic with a password in its hands: in a
// method of the session's delegate, and on a goroutine of its own, which nothing
// catches. The secret is in memory, in the value of the panic and in arguments
// of functions on the stack.
func TestAPanicTellsNoSecret(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		statement string
		crashes   bool // the program ends
	}{
		"in the delegate": {"	panic(cred)", false},
		"by itself":       {"	done := make(chan int)\n	go func(c session.Credential) { panic(c) }(*cred)\n	<-done", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			panicking := buildPanicking(t, c.statement)
			for _, form := range []string{"screen", "plain"} {
				t.Run(form, func(t *testing.T) {
					t.Parallel()
					at, _ := startGuarded(t)
					s := openScreen(t, newHome(t), 100, 40)
					raw := filepath.Join(filepath.Dir(s.home.state), "raw")
					s.text("export GOTRACEBACK=all")
					s.press("Enter")
					if err := s.term.Record(raw); err != nil {
						t.Fatal(err)
					}
					if form == "plain" {
						s.runProgram(panicking, "--plain", "--retry", "0", at+"/file/letters.bin?size=1kB")
						s.see(`^1-\d:`)
						s.text("answer 1")
						s.press("Enter")
						s.see(`^User`)
						s.text("bob")
						s.press("Enter")
						s.see(`^Password`)
						s.text(sourceHush)
						s.press("Enter")
						s.see(`^Type one of these words`)
						s.press("Enter")
					} else {
						s.runProgram(panicking, "--retry", "0", at+"/file/letters.bin?size=1kB")
						const title = `asks for a password`
						s.openQuestion(title)
						s.text("bob")
						s.press("Tab")
						s.text(sourceHush)
						s.press("Enter")
						s.see(`Send unencrypted`)
						s.gone(title, "Enter")
					}
					if c.crashes {
						s.see(`left with 2`)
					} else {
						s.see(`failed`)
						s.press("C-c")
						s.see(`left with`)
					}
					if !bytes.Contains(s.recorded(raw), []byte("panic")) {
						t.Error("nothing panicked")
					}
					s.untold(raw, sourceHush)
				})
			}
		})
	}
}
