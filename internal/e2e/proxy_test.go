//go:build unix

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"haul/internal/testserver"
)

// export puts variables into the environment of the shell.
func (s *screen) export(environ ...string) {
	s.t.Helper()
	for _, e := range environ {
		s.text("export '" + e + "'")
		s.press("Enter")
	}
}

// through is an nginx's URL by a name that only a proxy knows.
func through(url string) string {
	return strings.NewReplacer("127.0.0.1", "files.test", "localhost", "files.test").Replace(url)
}

func TestOneAnswerServesAllTransfersThroughAProxy(t *testing.T) {
	t.Parallel()
	data := content(5, 100_000)
	n := testserver.StartNginx(t, testserver.NginxConfig{Files: map[string][]byte{
		"1.zip": data, "2.zip": data, "3.zip": data, "4.zip": data, "5.zip": data,
	}})
	squid := testserver.StartSquid(t, testserver.SquidConfig{
		Users: map[string]string{"alice": "wonderland"}, Basic: true, Names: []string{"files.test"},
	})
	h := newHome(t)
	s := openScreen(t, h, 100, 30)
	keep := "HAUL_CREDENTIALS_KEEP=file"
	s.export(keep)
	args := []string{"--proxy", squid.URL("", "").String()}
	for i := range 5 {
		args = append(args, through(n.URL(fmt.Sprintf("/%d.zip", i+1))))
	}
	s.haul(args...)
	// All of them wait for the one question.
	title := `the proxy ` + squid.URL("", "").Host + ` asks for a password`
	s.openQuestion(title)
	s.see(`and 4 more`)
	s.text("alice")
	s.press("Tab")
	s.text("wonderland")
	if shown := s.see(`NOT ENCRYPTED`); strings.Contains(shown, "wonderland") {
		t.Errorf("the password is on the screen:\n%s", shown)
	}
	s.press("Tab", "Right", "Right")
	s.see("In an encrypted file")
	s.press("Tab", "Enter")
	s.see(`Send unencrypted`)
	s.gone(title, "Enter")
	s.see(`5 done`)
	s.press("q")
	s.left(0)
	for i := range 5 {
		wantFile(t, s.home, fmt.Sprintf("%d.zip", i+1), sha256Of(data))
	}
	done := func(all []testserver.Proxied) (n int) {
		for _, q := range all {
			if q.User == "alice" && q.Status == http.StatusOK {
				n++
			}
		}
		return n
	}
	squid.AwaitLog(func(all []testserver.Proxied) bool { return done(all) == 5 })
	// What was kept for the proxy answers in the next run.
	environ := append(h.environ(), "PATH="+os.Getenv("PATH"), keep)
	if out, code := runBinary(t, h, environ, append([]string{"--plain", "--force"}, args[:3]...)); code != 0 {
		t.Errorf("with the kept password: %d, %s", code, out)
	}
	squid.AwaitLog(func(all []testserver.Proxied) bool { return done(all) == 6 })
	want := "proxy " + squid.URL("", "").String()
	if out, code := runBinary(t, h, environ, []string{"credentials", "ls"}); code != 0 || !strings.Contains(out, want) || !strings.Contains(out, "alice") {
		t.Errorf("ls: %d, %s", code, out)
	}
}

func TestATicketForAProxyIsGotWithAPasswordByKeyboard(t *testing.T) {
	t.Parallel()
	data := content(6, 100_000)
	n := testserver.StartNginx(t, testserver.NginxConfig{Files: map[string][]byte{"letters.zip": data}})
	kdc := testserver.StartKDC(t, map[string]string{"alice": "wonderland"})
	squid := testserver.StartSquid(t, testserver.SquidConfig{Negotiate: true, KDC: kdc, Names: []string{"files.test"}})
	s := openScreen(t, newHome(t), 80, 24)
	s.export("KRB5_CONFIG="+kdc.Config, "KRB5CCNAME="+filepath.Join(t.TempDir(), "none"))
	s.haul("--proxy", squid.URL("", "").String(), through(n.URL("/letters.zip")))
	const title = `the proxy localhost:\d+ asks for a password`
	s.openQuestion(title)
	s.see(`Negotiate`)
	s.text("alice@" + testserver.Realm)
	s.press("Tab")
	s.text("wrong")
	s.gone(`refused before: 0`, "Enter")
	s.openQuestion(title)
	s.see(`(?s)refused 1 time.*Because `) // the user stands there
	s.text("wonderland")
	s.gone(title, "Enter")
	s.finish(data)
	squid.AwaitLog(func(all []testserver.Proxied) bool {
		last := all[len(all)-1]
		return last.User == "alice@"+testserver.Realm && last.Status == http.StatusOK
	})
}

func TestASOCKSPasswordIsTypedByKeyboard(t *testing.T) {
	t.Parallel()
	data := content(7, 100_000)
	n := testserver.StartNginx(t, testserver.NginxConfig{Files: map[string][]byte{"letters.zip": data}})
	socks := testserver.StartMicroSocks(t, "alice", "wonderland")
	s := openScreen(t, newHome(t), 80, 24)
	h := filepath.Join(filepath.Dir(s.home.state), "config", "haul")
	writeConfig(t, h, "[hosts.'127.0.0.1']\nproxy = '"+socks.URL().String()+"'\n")
	s.haul(n.URL("/letters.zip"))
	const title = `the proxy 127.0.0.1:\d+ asks for a password`
	s.openQuestion(title)
	s.text("alice")
	s.press("Tab")
	s.text("wrong")
	s.press("Enter")
	s.see(`Send unencrypted`)
	s.gone(`refused before: 0`, "Enter")
	s.openQuestion(title)
	s.see(`refused 1 time`)
	s.text("wonderland")
	s.press("Enter")
	s.see(`Send unencrypted`)
	s.gone(title, "Enter")
	s.finish(data)
}

func writeConfig(t *testing.T, dir, text string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// proxied is a run of haul by way of a proxy, or not.
type proxied struct {
	environ func(proxy string) []string
	args    func(proxy string) []string
	config  func(proxy string) string
	files   map[string]string // of the person, in the home directory
	secure  bool              // the URL is https
	direct  bool              // the proxy is not asked
}

func runs() map[string]proxied {
	env := func(format ...string) func(string) []string {
		return func(proxy string) []string {
			all := make([]string, len(format))
			for i, f := range format {
				all[i] = strings.ReplaceAll(f, "URL", proxy)
			}
			return all
		}
	}
	asAlice := []string{"HAUL_PROXY_USER=alice", "HAUL_PROXY_PASSWORD=wonderland"}
	own := func(proxy string) string { return "[hosts.'files.test']\nproxy = '" + proxy + "'\n" }
	flag := func(proxy string) []string { return []string{"--proxy", proxy} }
	alice := func(proxy string) string { return strings.Replace(proxy, "http://", "http://alice:wonderland@", 1) }
	return map[string]proxied{
		"HTTP_PROXY":                {environ: env(append(asAlice, "HTTP_PROXY=URL")...)},
		"HTTPS_PROXY":               {environ: env(append(asAlice, "HTTPS_PROXY=URL")...), secure: true},
		"ALL_PROXY":                 {environ: env(append(asAlice, "all_proxy=URL")...), secure: true},
		"NO_PROXY":                  {environ: env(append(asAlice, "HTTP_PROXY=URL", "NO_PROXY=.test")...), direct: true},
		"HTTPS_PROXY alone":         {environ: env(append(asAlice, "HTTPS_PROXY=URL")...), direct: true},
		"the table of the host":     {environ: env(asAlice...), config: own},
		"the table before NO_PROXY": {environ: env(append(asAlice, "NO_PROXY=*")...), config: own},
		"the table of another host": {environ: env(asAlice...), direct: true,
			config: func(proxy string) string { return strings.Replace(own(proxy), "files", "others", 1) }},
		"the flag":            {environ: env(asAlice...), args: flag, secure: true},
		"the user of the URL": {environ: env("HTTP_PROXY=URL"), config: func(proxy string) string { return own(alice(proxy)) }},
		"a user without password": {environ: env("HAUL_PROXY_PASSWORD=wonderland"),
			config: func(proxy string) string { return own(strings.Replace(alice(proxy), ":wonderland", "", 1)) }},
		"netrc": {args: func(proxy string) []string { return append(flag(proxy), "--netrc") },
			files: map[string]string{".netrc": "machine localhost login alice password wonderland\n"}},
		"command": {args: flag, files: map[string]string{
			"helper": "#!/bin/sh\ngrep -q '^host=localhost:' && test \"$1\" = get && printf 'username=alice\\npassword=wonderland\\n'\n",
		}, config: func(string) string { return "[credentials]\ncommand = [\"sh\", \"../helper\"]\n" }},
	}
}

func TestProxiesAndTheirPasswordsAreFound(t *testing.T) {
	t.Parallel()
	n := testserver.StartNginx(t, testserver.NginxConfig{Files: map[string][]byte{"letters.zip": content(8, 10_000)}})
	squid := testserver.StartSquid(t, testserver.SquidConfig{
		Users: map[string]string{"alice": "wonderland"}, Digest: true, Names: []string{"files.test"},
	})
	proxy := squid.URL("", "").String()
	for name, r := range runs() {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			dir := filepath.Dir(h.state)
			for file, text := range r.files {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if r.config != nil {
				writeConfig(t, filepath.Join(dir, "config", "haul"), r.config(proxy))
			}
			environ := append(h.environ(), "PATH="+os.Getenv("PATH"))
			if r.environ != nil {
				environ = append(environ, r.environ(proxy)...)
			}
			args := []string{"--plain", "--insecure", "--retry", "0", "-d", h.downloads}
			if r.args != nil {
				args = append(args, r.args(proxy)...)
			}
			url := through(n.URL("/letters.zip"))
			if r.secure {
				url = through(n.TLSURL("/letters.zip"))
			}
			log := func() []testserver.Proxied { return squid.AwaitLog(func([]testserver.Proxied) bool { return true }) }
			since := len(log())
			output, code := runBinary(t, h, environ, append(args, url))
			switch {
			case strings.Contains(output, "wonderland"):
				t.Errorf("the password is told: %s", output)
			case r.direct && (code == 0 || !strings.Contains(output, "files.test")):
				t.Errorf("without the proxy nobody knows that name: %d, %s", code, output)
			case !r.direct && code != 0:
				t.Fatalf("%d, %s", code, output)
			}
			if r.direct {
				if all := log(); len(all) != since {
					t.Errorf("the proxy was asked: %+v", all[since:])
				}
				return
			}
			wantFile(t, h, "letters.zip", sha256Of(content(8, 10_000)))
			squid.AwaitLog(func(all []testserver.Proxied) bool {
				return len(all) > since && all[len(all)-1].User == "alice" && (all[len(all)-1].Method == http.MethodConnect) == r.secure
			})
		})
	}
}

// runBinary runs haul to its end.
func runBinary(t *testing.T, h home, environ, args []string) (output string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	var out bytes.Buffer
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = environ, h.downloads, &out, &out
	_ = cmd.Run() // the code is looked at
	return out.String(), cmd.ProcessState.ExitCode()
}
