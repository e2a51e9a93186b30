package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"haul/internal/strict"
)

// write makes a configuration file.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatTheFileLeavesOutIsTheDefault(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "[downloads]\n"} {
		got, err := Load(write(t, text))
		if err != nil {
			t.Fatal(err)
		}
		if want := Default(); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

func TestEveryMemberIsRead(t *testing.T) {
	got, err := Load(write(t, `
[downloads]
dir = "~/Downloads"
max-running = 3
max-per-host = 2
max-rows-per-host = 5
connections = "4"
limit-rate = "2M"
retry = 0
redirect = "follow"
timeout = "90s"
keep-error-body = true
force = true
http3 = true
linked-mirrors = false

[proxy]
url = "http://proxy.example:3128"
not = ["localhost", "*.lan"]

[hosts."*.example.org"]
proxy = "direct"
limit-rate = "500k"
connections = "auto"
user = "alice"
certificate = "me.pem"
key = "me.key"
trust-sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

[trust]
cacert = "ca.pem"

[credentials]
command = ["pass", "show"]
netrc = "default"
keep = "keyring"
certificates = ["~/certificates"]

[interface]
theme = "auto:dark,light"
color = "never"
glyphs = "ascii"
ambiguous-width = 2
units = "iec"
mouse = false
pane = false
graphs = false
plain = true

[notifications]
finish = "always"
fail = "unfocused"
question = "never"
bell = true
names = true

[keys.list]
pause = ["f5"]

[agent]
linger = "1h"
on-hangup = "detach"
on-question = ["a"]
on-finish = ["b", "c"]
on-fail = []
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Downloads: Downloads{
			Dir: "~/Downloads", Running: 3, PerHost: 2, RowsPerHost: 5, Connections: "4", LimitRate: "2M", Redirect: "follow",
			Timeout: 90 * time.Second, KeepErrorBody: true, Force: true, HTTP3: true,
		},
		Proxy: Proxy{URL: "http://proxy.example:3128", Not: []string{"localhost", "*.lan"}},
		Hosts: map[string]Host{"*.example.org": {
			Proxy: "direct", LimitRate: "500k", Connections: "auto", User: "alice", Certificate: "me.pem", Key: "me.key",
			TrustSHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		}},
		Trust:         Trust{CACert: "ca.pem"},
		Credentials:   Credentials{Command: []string{"pass", "show"}, Netrc: "default", Keep: "keyring", Certificates: []string{"~/certificates"}},
		Interface:     Interface{Theme: "auto:dark,light", Colour: "never", Glyphs: "ascii", Ambiguous: 2, Units: "iec", Plain: true},
		Notifications: Notifications{Finish: "always", Fail: "unfocused", Question: "never", Bell: true, Names: true},
		Keys:          Keys{"list": {"pause": {"f5"}}},
		Agent: Agent{
			Linger: time.Hour, OnHangup: "detach", OnQuestion: []string{"a"}, OnFinish: []string{"b", "c"}, OnFail: []string{},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
}

func TestMistakesAreNamedWithTheirPlace(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown member", "[downloads]\n  retri = 3", `:2:3: unknown name "downloads.retri"; did you mean "downloads.retry"?`},
		{"unknown table", "\n[downlods]\nretry = 1", `:2:2: unknown name "downlods"; did you mean "downloads"?`},
		{"member outside its table", "theme = 'dark'", `:1:1: unknown name "theme"; did you mean "interface.theme"?`},
		{"nothing near", "[interface]\nzoom = 3", `:2:1: unknown name "interface.zoom"`},
		{"member of a host", "[hosts.'example.org']\nusr = 'a'", `:2:1: unknown name "hosts.\"example.org\".usr"`},
		{"wrong type", "[downloads]\nretry = 'often'", `:2:9: downloads.retry: wants a whole number, not a text`},
		{"wrong type of an element", "[proxy]\nnot = ['a', 1]", `:2:13: proxy.not: wants a text in quotes, not 1`},
		{"table for a value", "[interface.mouse]", `:1:12: interface.mouse: wants true or false, not a table`},
		{"value for a table", "downloads = 3", `:1:13: downloads: wants a table, not 3`},
		{"a number as duration", "[downloads]\ntimeout = 5", `:2:11: downloads.timeout: wants a duration in quotes, like "5m", not 5`},
		{"no duration", "downloads.timeout = 'soon'", `:1:21: downloads.timeout: "soon" is no duration: write it like "90s", "5m" or "1h30m"`},
		{"negative duration", "downloads.timeout = '-5s'", `:1:21: downloads.timeout: -5s is less than nothing`},
		{"bad word", "interface = { color = 'red' }", `:1:23: interface.color: "red" is not known: use auto, always or never`},
		{"none running", "downloads.max-running = 0", `:1:25: downloads.max-running: 0 is too few: use a number from 1`},
		{"bad rate", "downloads.limit-rate = 'fast'", `:1:24: downloads.limit-rate: "fast" is no rate: use a number with k, M or G, like 500k`},
		{"bad rate of a host", "hosts.x.limit-rate = 'NaN'", `hosts.x.limit-rate: "NaN" is no rate`},
		{"bad connections", "downloads.connections = '0'", `downloads.connections: "0" is no number of connections: use auto or a number from 1`},
		{"bad host", "[hosts.'https://a']\nuser='u'", `:1:8: hosts: "https://a" is no host: use a name like example.org`},
		{"one host twice", "[hosts.'Example.org']\nuser='u'\n[hosts.'example.org']\nuser='v'", `:3:8: hosts: "Example.org" and "example.org" are the same host: make one table of them`},
		{"bad fingerprint", "hosts.x.trust-sha256 = '12'", `hosts.x.trust-sha256: "12" is not 64 hexadecimal digits`},
		{"bad theme", "interface.theme = '../x'", `interface.theme: "../x" is no name of a theme`},
		{"half a pair", "interface.theme = 'auto:dark'", `"auto:dark" is no name of a theme`},
		{"unknown action", "[keys.list]\npuase = ['f5']", `:2:1: keys.list.puase: there is no such action; did you mean "pause"?`},
		{"bad key", "[keys.list]\npause = ['f5', 'entre']", `:2:16: keys.list.pause: bad key "entre": no key is named "entre"; did you mean "enter"?`},
		{"conflict of two of the user's", "[keys.list]\npause = ['f5']\nadd = ['f5']", `:3:8: keys.list: "f5" has two meanings, "pause" and "add": give one of them another key ("pause" has it at 2:1)`},
		{"conflict with a default", "[keys.list]\npause = ['x']", `:2:10: keys.list: "x" has two meanings, "pause" and "cancel": give one of them another key ("cancel" has it by default)`},
		{"keys of a wrong type", "[keys.list]\npause = 'p'", `:2:9: keys.list.pause: wants a list in brackets, not a text`},
		{"the way out", "[keys.list]\nadd = ['ctrl+c']", `"ctrl+c" has two meanings`},
		{"no TOML", "[downloads\n", `:1:11: expected ']'`},
		{"twice", "[trust]\ncacert='a'\ncacert='b'", `:3:1: `},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, tt.text)
			_, err := Load(path)
			var problems strict.Problems
			if !errors.As(err, &problems) || len(problems) != 1 {
				t.Fatalf("%v: want one problem", err)
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), path+":") {
				t.Errorf("%s\nwant %s", err, tt.want)
			}
		})
	}
}

func TestAllMistakesAreToldInTheOrderOfTheFile(t *testing.T) {
	_, err := Load(write(t, `
[interface]
colour = "auto"
theme = 3
glyphs = "emoji"
[keys.list]
pause = ["x"]
[downloads]
timeout = "x"
max-running = -1
`))
	var problems strict.Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
	}
	if got, want := fmt.Sprint(lines), "[3 4 5 7 9 10]"; got != want {
		t.Errorf("lines %v, want %v:\n%v", got, want, err)
	}
}

func TestASecretIsNotRepeated(t *testing.T) {
	for _, text := range []string{
		"proxy.url = 'ftp://alice:wonderland@proxy'",
		"proxy.url = 'alice:wonderland@proxy:3128'",
		"proxy.url = 'http://alice:wonder\\land@%zz'",
		"proxy.not = 'http://alice:wonderland@proxy'",
		"hosts.x.proxy = 'wonderland'",
		"hosts.x.user = 'alice:wonderland'",
	} {
		_, err := Load(write(t, text))
		if err == nil || strings.Contains(err.Error(), "wonder") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestTheFileIsFoundAsDocumented(t *testing.T) {
	home := t.TempDir()
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	standard := filepath.Join(home, "haul", "config.toml")
	tests := []struct {
		name, flag string
		getenv     func(string) string
		want       string
		required   bool
	}{
		{"the standard place", "", env("XDG_CONFIG_HOME", home), standard, false},
		{"the variable", "", env("XDG_CONFIG_HOME", home, "HAUL_CONFIG", "mine.toml"), "mine.toml", true},
		{"the flag", "flag.toml", env("XDG_CONFIG_HOME", home, "HAUL_CONFIG", "mine.toml"), "flag.toml", true},
	}
	for _, tt := range tests {
		if got, required := Find(tt.flag, tt.getenv); got != tt.want || required != tt.required {
			t.Errorf("%s: %s, %v", tt.name, got, required)
		}
	}
	f, err := Open("", env("XDG_CONFIG_HOME", home))
	if err != nil || f.Path != "" || !reflect.DeepEqual(f.Config, Default()) {
		t.Errorf("without a file: %+v, %v", f, err)
	}
	missing := filepath.Join(home, "nowhere.toml")
	if _, err := Open(missing, env()); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("a file that was named and is missing: %v", err)
	}
	if _, err := Load(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load of a missing file: %v", err)
	}
}

func TestAFileThatCannotBeReadIsNamedWithWhatToDo(t *testing.T) {
	dir := t.TempDir() // a directory cannot be read as a file, by anybody
	_, err := Open(dir, func(string) string { return "" })
	if err == nil || !strings.HasPrefix(err.Error(), "cannot read the configuration file "+dir) || !strings.Contains(err.Error(), ": check") {
		t.Errorf("got %v", err)
	}
}

func TestDefaultsAreGood(t *testing.T) {
	c := Default()
	for _, m := range c.members() {
		if err := Check(m.pattern(), m.value.Interface()); err != nil {
			t.Errorf("%s: %v", m.path, err)
		}
	}
}

func TestAMemberIsSetInWords(t *testing.T) {
	c := Default()
	for path, text := range map[string]string{
		"downloads.max-running": "3", "downloads.timeout": "5s", "interface.mouse": "false", "interface.theme": "light",
	} {
		if err := c.Set(path, text); err != nil {
			t.Errorf("%s = %s: %v", path, text, err)
		}
	}
	if c.Downloads.Running != 3 || c.Downloads.Timeout != 5*time.Second || c.Interface.Mouse || c.Interface.Theme != "light" {
		t.Errorf("%+v", c)
	}
	for path, text := range map[string]string{
		"downloads.max-running": "0", "downloads.retry": "many", "downloads.timeout": "5", "interface.mouse": "perhaps",
		"interface.color": "red", "proxy.not": "a", "nothing": "x",
	} {
		if err := c.Set(path, text); err == nil {
			t.Errorf("%s = %s is accepted", path, text)
		}
	}
	var other Config
	if err := other.Take("downloads.max-running", &c); err != nil || other.Downloads.Running != 3 {
		t.Errorf("took %d, %v", other.Downloads.Running, err)
	}
}

func TestVariablesAreNamedAfterTheirMembers(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Paths() {
		v := Variable(p)
		if seen[v] {
			t.Errorf("%s is there twice", v)
		}
		seen[v] = true
	}
	if !seen["HAUL_DOWNLOADS_MAX_RUNNING"] || !seen["HAUL_INTERFACE_THEME"] || seen["HAUL_PROXY_NOT"] {
		t.Errorf("%v", seen)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("[downloads]\nretry = 3\ntimeout = '5m'")
	f.Add("keys.list.pause = ['x', \"\\u0000\"]\n[hosts.'a.b']\nuser = 'x'")
	f.Add("[[hosts]]\n[hosts.x]")
	f.Add("interface = { theme = 'dark', color = [1, {a = 2}] }")
	f.Fuzz(func(t *testing.T, text string) {
		file := &File{Path: "f.toml", Config: Default()}
		err := file.decode([]byte(text))
		if err == nil {
			if _, err := file.Config.Keys.Map(); err != nil {
				t.Errorf("a file without mistakes has keys with: %v", err)
			}
			return
		}
		var problems strict.Problems
		if !errors.As(err, &problems) || len(problems) == 0 {
			t.Fatalf("%T: %v", err, err)
		}
		for _, p := range problems {
			if p.Line < 1 || p.Column < 1 || p.Line > strings.Count(text, "\n")+1 {
				t.Errorf("%v is nowhere", p)
			}
		}
	})
}
