//go:build unix

package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"haul/internal/demo"
)

// The secrets of these tests. The one of the query is in the URL that a resume
// state needs to go on, so that it may be in files that are the user's alone;
// all others may be nowhere.
const (
	queryHush  = "Hush-Query-1"
	proxyHush  = "Hush-Proxy-2"
	flagHush   = "Hush-Flag-3"
	urlHush    = "Hush-Url-4"
	bearerHush = "Hush-Bearer-5"
	keyHush    = "Hush-Key-6"
	sourceHush = "Hush-Source-7"
	// certificateHush opens a client certificate.
	certificateHush = "Hush-Certificate-8"
)

// secretSeed makes the files of these tests.
const secretSeed = 3

// secretServer is the demo server behind signed URLs: it takes the token out of
// the query, and repeats it in what it says.
type secretServer struct{ at, secure string }

func startSecret(t *testing.T) secretServer {
	t.Helper()
	files := demo.New(demo.Options{Seed: secretSeed})
	handler := files.Handler()
	signed := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		query.Del("token")
		if rest, ok := strings.CutPrefix(r.URL.Path, "/away"); ok {
			_, port, _ := strings.Cut(r.Host, ":")
			http.Redirect(w, r, "http://localhost:"+port+rest+"?token="+queryHush, http.StatusFound)
			return
		}
		r.URL.RawQuery = query.Encode()
		w.Header().Set("Content-Location", r.URL.Path+"?token="+queryHush)
		w.Header().Set("X-Api-Key", keyHush)
		handler.ServeHTTP(w, r)
	})
	plain, secure := httptest.NewServer(signed), httptest.NewTLSServer(signed)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of certificates that haul refuses
	t.Cleanup(func() {
		if err := files.Close(); err != nil { // first: it ends what hangs
			t.Error(err)
		}
		plain.Close()
		secure.Close()
	})
	return secretServer{plain.URL, secure.URL}
}

// urls are transfers that end in every way, the last one none.
func (s secretServer) urls() []string {
	withUser := strings.Replace(s.at, "http://", "http://bob:"+urlHush+"@", 1)
	urls := []string{
		s.at + "/slow/slow.bin?size=40MB&rate=100kB",
		s.at + "/file/done.bin?size=1kB",
		s.at + "/basic/refused.bin?size=1kB",
		withUser + "/basic/user.bin?size=1kB",
		s.at + "/missing/missing.bin?size=1kB",
		s.at + "/flaky/cut.bin?size=1MB",
		s.at + "/file/code.bin?size=1kB&fail=500",
		s.at + "/away/file/away.bin?size=1kB",
		s.secure + "/file/trust.bin?size=1kB",
		"http://127.0.0.1:1/no.bin?size=1kB",
	}
	for i := range urls {
		urls[i] += "&token=" + queryHush
	}
	return urls
}

func secretFlags(h home) []string {
	return []string{
		"-d", h.downloads, "-u", "bob:" + flagHush,
		"-H", "Authorization: Bearer " + bearerHush, "-H", "X-Api-Key: " + keyHush, "--retry", "2",
	}
}

// told looks for secrets in something that was said.
func told(t *testing.T, where string, text []byte, allowed ...string) {
	t.Helper()
	for _, secret := range []string{queryHush, proxyHush, flagHush, urlHush, bearerHush, keyHush, sourceHush, certificateHush} {
		coded := base64.StdEncoding.EncodeToString([]byte("bob:" + secret))
		for _, form := range []string{secret, coded} {
			if at := bytes.Index(text, []byte(form)); at >= 0 && !contains(allowed, secret) {
				t.Errorf("%s tells %s: …%q…", where, secret, text[max(0, at-120):min(len(text), at+60)])
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

// kept looks into all files that haul left, and at their modes.
func kept(t *testing.T, h home) (states, journals int) {
	t.Helper()
	for _, root := range []string{h.state, h.downloads} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || path == root {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			if d.IsDir() {
				if info.Mode().Perm() != 0o700 {
					t.Errorf("%s has the mode %v", path, info.Mode())
				}
				return nil
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			switch {
			case strings.HasSuffix(path, ".haul-state"):
				states++
			case strings.HasSuffix(path, ".haul-state.tmp"): // of whoever was killed while it wrote one
			case strings.HasSuffix(path, ".jsonl"):
				journals++
			default:
				told(t, path, text)
				if !strings.HasSuffix(path, ".haul-part") && !strings.HasSuffix(path, ".lock") {
					return nil // a finished file has the usual mode
				}
			}
			told(t, path, text, queryHush)
			if info.Mode().Perm() != 0o600 && !aboutToBePublished(path, text) {
				t.Errorf("%s has the mode %v", path, info.Mode())
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return states, journals
}

// aboutToBePublished tells that text is all of a file of startSecret. It has the mode
// that it is to keep already then, and a process that is killed in that moment
// leaves it so.
func aboutToBePublished(path string, text []byte) bool {
	name, part := strings.CutSuffix(filepath.Base(path), ".haul-part")
	files := demo.New(demo.Options{Seed: secretSeed})
	for _, size := range []string{"1kB", "1MB"} {
		if fmt.Sprintf("%x", sha256.Sum256(text)) == files.SHA256("/file/"+name+"?size="+size) {
			return part
		}
	}
	return false
}

// TestSecretsAreNotToldWithoutAScreen runs haul in a pipe, in both forms, ends
// it with a signal, with a crash, and lets the next one go on.
func TestSecretsAreNotToldWithoutAScreen(t *testing.T) {
	t.Parallel()
	server := startSecret(t)
	for _, form := range []string{"--plain", "--json"} {
		for name, sig := range map[string]syscall.Signal{"interrupt": syscall.SIGINT, "kill": syscall.SIGKILL, "crash": syscall.SIGQUIT} {
			t.Run(form+"/"+name, func(t *testing.T) {
				t.Parallel()
				h := newHome(t)
				list := filepath.Join(filepath.Dir(h.state), "list")
				bad := "ftp://x/?token=" + queryHush + "\nhttps://h/%zz?token=" + queryHush + "\nhost/x?token=" + queryHush +
					"\nhttps://bob:" + urlHush + "@h:x/\n" + strings.Join(server.urls(), "\n")
				if err := os.WriteFile(list, []byte(bad), 0o600); err != nil {
					t.Fatal(err)
				}
				run := func(sig syscall.Signal, args ...string) {
					t.Helper()
					output := runUntil(t, h, sig, append(append([]string{form, "--progress", "100ms"}, secretFlags(h)...), args...)...)
					if len(output) < 500 && len(args) > 1 {
						t.Errorf("haul said little: %s", output)
					}
					told(t, "the output", output)
				}
				run(sig, "-i", list)
				states, journals := kept(t, h)
				if states == 0 || journals == 0 {
					t.Errorf("%d states and %d journals were left, want some", states, journals)
				}
				output, err := exec.CommandContext(t.Context(), binary, "inspect", h.file("slow.bin.haul-state")).CombinedOutput()
				if err != nil {
					t.Errorf("inspect: %v", err)
				}
				told(t, "inspect", output)
				run(syscall.SIGINT, "--continue")
				kept(t, h)
			})
		}
	}
}

// runUntil runs haul until the slow download has a state, and ends it.
func runUntil(t *testing.T, h home, sig syscall.Signal, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(h.environ(), "PATH="+os.Getenv("PATH"), "GOTRACEBACK=all")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	size := func() int64 { return onDisk(h.file("slow.bin.haul-part")) }
	before := size()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "bytes of the slow download", func() bool {
		return size() > before+50_000 && onDisk(h.file("slow.bin.haul-state")) > 0 && onDisk(h.file("done.bin")) > 0
	})
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // how it ends is the business of other tests
	return output.Bytes()
}

// TestSecretsOfAProxyAreNotTold: a proxy's URL has a password in it, and errors
// about proxies like to repeat it.
func TestSecretsOfAProxyAreNotTold(t *testing.T) {
	t.Parallel()
	for i, proxy := range []string{
		"http://bob:" + proxyHush + "@127.0.0.1:1", "http://bob:" + proxyHush + "%zz@proxy.test:1",
		"foo://bob:" + proxyHush + "@proxy.test", "socks5://bob:" + proxyHush + "@127.0.0.1:1", "http://bob:" + proxyHush + " x@h",
		"http://bob:" + proxyHush + "@127.0.0.1:99999",
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			for _, target := range []string{"http://files.test/a", "https://files.test/a"} {
				h := newHome(t)
				cmd := exec.CommandContext(t.Context(), binary, "--plain", "--retry", "0", "-d", h.downloads, target)
				cmd.Env = append(h.environ(), "http_proxy="+proxy, "https_proxy="+proxy)
				output, err := cmd.CombinedOutput()
				if err == nil || len(output) == 0 {
					t.Errorf("%v, %s", err, output)
				}
				told(t, "the output", output)
				kept(t, h)
			}
		})
	}
}

// TestSecretsAreNotToldOnTheScreen walks through everything that the monitor
// shows of every row, and looks at the bytes that went to the terminal.
func TestSecretsAreNotToldOnTheScreen(t *testing.T) {
	t.Parallel()
	server := startSecret(t)
	h := newHome(t)
	s := openScreen(t, h, 120, 40)
	raw := filepath.Join(filepath.Dir(h.state), "raw")
	s.text("clear")
	s.press("Enter")
	if err := s.term.Record(raw); err != nil {
		t.Fatal(err)
	}
	s.haul(append(secretFlags(h), server.urls()...)...)
	const question = `esc (decide )?later`
	s.see(question)
	await(t, "the slow download", func() bool { return onDisk(h.file("slow.bin.haul-state")) > 0 })
	for range 4 {
		s.gone(question, "Escape")
		s.press("!")
		s.see(question)
	}
	s.gone(question, "Escape")
	s.press("Home", "Enter")
	for range server.urls() {
		s.see(`esc back`)
		s.press("1", "2", "3", "4", "5", "6", "n")
	}
	s.press("Escape")
	s.wait("the list again", func(screen string) bool { return !strings.Contains(screen, "esc back") })
	// A question that opens by itself comes in between and takes the key.
	log, next, keys := regexp.MustCompile(`\d+ entries`), time.Now(), []string{"Escape", "l"}
	s.wait("the log", func(screen string) bool {
		if now := time.Now(); !log.MatchString(screen) && !now.Before(next) {
			s.press(keys[0])
			keys[0], keys[1] = keys[1], keys[0]
			next = now.Add(600 * time.Millisecond)
		}
		return log.MatchString(screen)
	})
	s.press("C-c")
	s.see(`left with 130`)
	output := s.recorded(raw)
	told(t, "the terminal", output)
	s.untold(raw, flagHush, urlHush, bearerHush, keyHush)
	for _, word := range []string{"missing.bin", "token=", "RESPONSE HEADERS"} {
		if !bytes.Contains(output, []byte(word)) {
			t.Errorf("%q was never shown: the test looked at too little", word)
		}
	}
	if states, _ := kept(t, h); states == 0 {
		t.Error("no state was left")
	}
}
