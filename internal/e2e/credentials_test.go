//go:build unix

package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"haul/internal/demo"
	"haul/internal/testserver"
)

// startGuarded is the demo server behind the password sourceHush of bob. refused
// counts what it did not let in.
func startGuarded(t *testing.T) (url string, refused *atomic.Int64) {
	t.Helper()
	files := demo.New(demo.Options{Seed: secretSeed})
	handler := files.Handler()
	refused = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, ok := r.BasicAuth()
		if user == "bob" && password == sourceHush && r.URL.Path != "/file/never.bin" {
			r.Header.Del("Authorization")
			handler.ServeHTTP(w, r)
			return
		}
		if ok {
			refused.Add(1)
		}
		// What is refused in one realm is not tried for others of it.
		realm := "guarded"
		if r.URL.Path == "/file/never.bin" {
			realm = "never"
		}
		w.Header().Set("WWW-Authenticate", fmt.Sprintf("Basic realm=%q", realm))
		http.Error(w, "no", http.StatusUnauthorized)
	}))
	t.Cleanup(func() {
		if err := files.Close(); err != nil { // first: it ends what hangs
			t.Error(err)
		}
		server.Close()
	})
	return server.URL, refused
}

// source is a place that the password of bob comes from.
type source struct {
	args    func(dir string) []string
	environ func(dir string) []string
	url     func(string) string
	files   map[string]string // of the person, in the home directory
}

// helperScript notes its arguments and environment, which everybody may see,
// and answers get. Its own text has the secret, as a person's script may.
const helperScript = `#!/bin/sh
cat >/dev/null
tr '\0' '\n' </proc/$$/cmdline >>"$HOME/seen"
tr '\0' '\n' </proc/$$/environ >>"$HOME/seen"
echo "the helper says ` + sourceHush + `" >&2
test "$1" = get && printf 'username=bob\npassword=` + sourceHush + `\n'
`

func sources() map[string]source {
	return map[string]source{
		"URL":         {url: func(u string) string { return strings.Replace(u, "http://", "http://bob:"+sourceHush+"@", 1) }},
		"-u":          {args: func(string) []string { return []string{"-u", "bob:" + sourceHush} }},
		"environment": {environ: func(string) []string { return []string{"HAUL_USER=bob", "HAUL_PASSWORD=" + sourceHush} }},
		"-u and the environment": {
			args:    func(string) []string { return []string{"-u", "bob"} },
			environ: func(string) []string { return []string{"HAUL_PASSWORD=" + sourceHush} },
		},
		"netrc": {
			args:  func(string) []string { return []string{"--netrc"} },
			files: map[string]string{".netrc": "machine 127.0.0.1 login bob password " + sourceHush + "\n"},
		},
		"netrc file": {
			args:  func(dir string) []string { return []string{"--netrc-file", filepath.Join(dir, "other")} },
			files: map[string]string{"other": "default login bob password " + sourceHush + "\n"},
		},
		"command": {
			// The password of the environment is wrong, and is withheld from
			// the command all the same.
			environ: func(string) []string { return []string{"HAUL_USER=bob", "HAUL_PASSWORD=" + flagHush} },
			files: map[string]string{
				"helper": helperScript, "config/haul/config.toml": "[credentials]\ncommand = [\"sh\", \"../helper\"]\n",
			},
		},
	}
}

// TestSecretsOfSourcesAreNotTold lets haul take a password from each source, for
// what it opens and for what it does not, and looks at all that is left: what
// was printed, also by a crash, the files, and what others see of processes.
func TestSecretsOfSourcesAreNotTold(t *testing.T) {
	t.Parallel()
	for name, source := range sources() {
		for form, sig := range map[string]syscall.Signal{"--plain": syscall.SIGQUIT, "--json": syscall.SIGINT} {
			t.Run(name+form, func(t *testing.T) {
				t.Parallel()
				at, refused := startGuarded(t)
				h := newHome(t)
				dir := filepath.Dir(h.state)
				for file, text := range source.files {
					path := filepath.Join(dir, file)
					if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				args := []string{form, "--progress", "100ms", "--retry", "0", "-d", h.downloads}
				environ := append(h.environ(), "PATH="+os.Getenv("PATH"), "GOTRACEBACK=all")
				if source.args != nil {
					args = append(args, source.args(dir)...)
				}
				if source.environ != nil {
					environ = append(environ, source.environ(dir)...)
				}
				for _, path := range []string{"/slow/slow.bin?size=40MB&rate=100kB", "/file/done.bin?size=1kB", "/file/never.bin?size=1kB"} {
					if source.url != nil {
						args = append(args, source.url(at+path))
						continue
					}
					args = append(args, at+path)
				}
				output := runSource(t, h, environ, args, sig, refused)
				if len(output) < 300 {
					t.Errorf("haul said little: %s", output)
				}
				told(t, "the output", output)
				if states, journals := kept(t, h); states == 0 || journals == 0 {
					t.Errorf("%d states and %d journals were left", states, journals)
				}
				if seen, err := os.ReadFile(filepath.Join(dir, "seen")); err == nil {
					told(t, "what others see of the command", seen)
				} else if name == "command" {
					t.Error(err)
				}
			})
		}
	}
}

// runSource runs haul until the guarded file is there and one was refused, and
// ends it.
func runSource(t *testing.T, h home, environ, args []string, sig syscall.Signal, refused *atomic.Int64) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env, cmd.Dir = environ, h.downloads
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "bytes of the slow download", func() bool {
		return onDisk(h.file("slow.bin.haul-part")) > 50_000 && onDisk(h.file("slow.bin.haul-state")) > 0 &&
			onDisk(h.file("done.bin")) > 0 && refused.Load() > 0
	})
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // how it ends is the business of other tests
	return output.Bytes()
}

// keepingIn is the environment of hauls that keep credentials in a file or in a
// keyring of their own.
func (h home) keepingIn(t *testing.T, place string) []string {
	t.Helper()
	environ := append(h.environ(), "PATH="+os.Getenv("PATH"), "HAUL_CREDENTIALS_KEEP="+place)
	if place == "keyring" {
		environ = append(environ, "DBUS_SESSION_BUS_ADDRESS="+testserver.StartKeyring(t))
	}
	return environ
}

// TestAPasswordIsKeptForGood types a password, chooses to keep it, and lets
// another run use it until it is removed.
func TestAPasswordIsKeptForGood(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"file", "keyring"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			at, _ := startGuarded(t)
			h := newHome(t)
			environ := h.keepingIn(t, place)
			words := map[string]string{"file": "an encrypted file", "keyring": "the system's keyring"}[place]
			s := openScreen(t, h, 100, 30)
			raw := filepath.Join(filepath.Dir(h.state), "raw")
			for _, e := range environ {
				s.text("export '" + e + "'")
				s.press("Enter")
			}
			s.text("clear")
			s.press("Enter")
			if err := s.term.Record(raw); err != nil {
				t.Fatal(err)
			}
			s.haul(at + "/file/letters.bin?size=10kB")
			const title = `asks for a password`
			s.openQuestion(title)
			s.text("bob")
			s.press("Tab")
			s.text(sourceHush)
			s.press("Tab", "Right", "Right")
			s.see("In " + words)
			s.press("Tab", "Enter")
			s.see(`Send unencrypted`)
			s.gone(title, "Enter")
			await(t, "the download", func() bool { return onDisk(h.file("letters.bin")) > 0 })
			s.press("C-c")
			s.see(`left with`)
			told(t, "the terminal", s.recorded(raw))
			s.untold(raw, sourceHush)
			nothingInTheOpen(t, h)

			haul := func(args ...string) (string, int) {
				t.Helper()
				cmd := exec.CommandContext(t.Context(), binary, args...)
				cmd.Env = environ
				output, _ := cmd.CombinedOutput() // the code is looked at
				told(t, strings.Join(args, " "), output)
				return string(output), cmd.ProcessState.ExitCode()
			}
			if out, code := haul("--plain", "-d", h.downloads, at+"/file/again.bin?size=10kB"); code != 0 {
				t.Errorf("with the kept password: %d, %s", code, out)
			}
			out, code := haul("credentials", "ls")
			if code != 0 || !strings.Contains(out, at) || !strings.Contains(out, "bob") || !strings.Contains(out, words) {
				t.Errorf("ls: %d, %s", code, out)
			}
			out, code = haul("credentials", "ls", "--json")
			if code != 0 || !strings.Contains(out, `"user":"bob"`) || !strings.Contains(out, `"realm":"guarded"`) {
				t.Errorf("ls --json: %d, %s", code, out)
			}
			if out, code := haul("__complete", "credentials", "rm", ""); code != 0 || !strings.HasPrefix(out, "127.0.0.1\n") {
				t.Errorf("completion: %d, %s", code, out)
			}
			if out, code := haul("credentials", "rm", "nobody.test"); code != 2 || !strings.Contains(out, "haul keeps nothing for nobody.test") {
				t.Errorf("rm of nothing: %d, %s", code, out)
			}
			if out, code := haul("credentials", "rm"); code != 2 {
				t.Errorf("rm of I do not know what: %d, %s", code, out)
			}
			if out, code := haul("credentials", "rm", strings.TrimPrefix(at, "http://")); code != 0 || out != "Removed 1.\n" {
				t.Errorf("rm: %d, %s", code, out)
			}
			if out, code := haul("--plain", "-d", h.downloads, at+"/file/third.bin?size=10kB"); code != 3 {
				t.Errorf("after it was removed: %d, %s", code, out)
			}
			if out, _ := haul("credentials", "ls"); out != "Nothing is kept.\n" {
				t.Errorf("ls: %s", out)
			}
		})
	}
}

// nothingInTheOpen looks for the secret in all files of haul's.
func nothingInTheOpen(t *testing.T, h home) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(h.state, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		told(t, path, text)
		told(t, path+", as base64 of itself", bytes.ReplaceAll(text, []byte(base64.StdEncoding.EncodeToString([]byte(sourceHush))), []byte(sourceHush)))
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}
