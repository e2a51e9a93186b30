package credentials

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"haul/session"
)

func TestNetrcAnswersForItsHostAlone(t *testing.T) {
	const text = `# of mine
machine files.test login alice password wonder#land # the rest is odd: see below
machine two.test
	login "bob b" password "pass \"word\" \\x"
	account ignored
macdef init
machine evil.test login x password y

machine TWO.test login carol password c
machine nouser.test password p
machine "quoted.test" login q password ""
default login anonymous password guest
machine behind.test login never password reached
`
	// A comment behind words is no comment in a netrc file, so that a password
	// may begin with #: the words of it are mistakes.
	if _, err := parseNetrc([]byte(text)); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Fatalf("words behind an entry: %v", err)
	}
	n, err := parseNetrc([]byte(strings.Replace(text, " # the rest is odd: see below", "", 1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		host, wanted   string
		own            bool
		user, password string
	}{
		{"files.test", "", true, "alice", "wonder#land"},
		{"files.test", "", false, "alice", "wonder#land"},
		{"files.test", "alice", true, "alice", "wonder#land"},
		{"two.test", "", true, "bob b", `pass "word" \x`},
		{"two.test", "carol", true, "carol", "c"},
		{"nouser.test", "dora", true, "dora", "p"},
		{"quoted.test", "", true, "q", ""},
		{"evil.test", "", false, "", ""},
		{"sub.files.test", "", false, "", ""},
		{"files.test", "mallory", false, "", ""},
		{"other.test", "", true, "anonymous", "guest"},
		{"other.test", "", false, "", ""},
		{"behind.test", "", true, "anonymous", "guest"},
	} {
		got, err := n.Credential(t.Context(), session.ProtectionSpace{Protocol: "https", Host: c.host, Port: 443}, c.own, c.wanted)
		switch {
		case err != nil:
			t.Error(err)
		case got == nil && c.user == "":
		case got == nil || got.User != c.user || got.Password != c.password:
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

func TestMistakesInNetrcAreToldWithoutItsWords(t *testing.T) {
	for text, want := range map[string]string{
		"machine a login b password c " + hush:       "line 1: there is a word",
		"\n\nlogin " + hush:                          "line 3: login comes before any machine",
		"machine":                                    "nothing follows machine",
		"machine a login b\npassword \"" + hush:      "line 2: a quote is not closed",
		"machine a password \"" + hush + "\n\"":      "line 1: a quote is not closed",
		"machine a password " + hush + "\x00":        "line 1: it has bytes that are no text",
		"machine \"\" login b password " + hush:      "nothing follows machine",
		"default login a password b password":        "nothing follows password",
		"machine a password \"x\"" + hush + "\n":     "there is a word",
		"macdef init\nput x\n\npassword " + hush:     "line 4: password comes before any machine",
		"# " + hush + "\n\r\n\tmachine a " + "login": "line 3: nothing follows login",
	} {
		_, err := parseNetrc([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), hush) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestANetrcThatOthersReadIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "netrc")
	for mode, good := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o644: false} {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("machine a login b password "+hush), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := OpenNetrc(path)
		if (err == nil) != good {
			t.Errorf("%v: %v", mode, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "chmod 600") || strings.Contains(err.Error(), hush)) {
			t.Errorf("%v: %v", mode, err)
		}
	}
	if _, err := OpenNetrc(t.TempDir()); err == nil {
		t.Error("a directory is read")
	}
}

func TestANetrcWithoutEndIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "netrc")
	if err := os.WriteFile(path, []byte(strings.Repeat("default ", mostNetrc/8+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenNetrc(path); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Error(err)
	}
}

func FuzzNetrc(f *testing.F) {
	f.Add("machine a login b password c\ndefault login x password \"y\\\" z\"\nmacdef m\nx\n\n# c\n", "a", "b", true)
	f.Add("\"", "", "", false)
	f.Fuzz(func(t *testing.T, text, host, user string, own bool) {
		n, err := parseNetrc([]byte(text))
		if err != nil {
			return
		}
		got, err := n.Credential(t.Context(), session.ProtectionSpace{Host: host}, own, user)
		if err != nil {
			t.Fatal(err)
		}
		if got != nil && !own && !strings.Contains(strings.ToLower(text), "machine") {
			t.Fatalf("an entry for nobody was sent to %q", host)
		}
		if got != nil && user != "" && got.User != user {
			t.Fatalf("wanted %q, got %q", user, got.User)
		}
		for _, e := range n.entries {
			if strings.ContainsRune(e.login+e.password+e.machine, '\n') {
				t.Fatalf("a line break in %+v", e)
			}
		}
	})
}

func TestNetrcAnswersForAProxyByItsNameAlone(t *testing.T) {
	n, err := parseNetrc([]byte("machine proxy.test login alice password geheim\ndefault login anonymous password guest\n"))
	if err != nil {
		t.Fatal(err)
	}
	for host, has := range map[string]bool{"proxy.test": true, "other.test": false} {
		p := session.ProtectionSpace{Protocol: "http", Host: host, Port: 3128, Method: session.MethodDigest, Proxy: true}
		if cred, err := n.Credential(t.Context(), p, false, ""); err != nil || (cred != nil) != has {
			t.Errorf("%s: %v, %v", host, cred, err)
		}
	}
	p := session.ProtectionSpace{Protocol: "https", Host: "proxy.test", Port: 443, Method: session.MethodBearer}
	if cred, err := n.Credential(t.Context(), p, true, ""); cred != nil || err != nil {
		t.Errorf("a password for a token: %v, %v", cred, err)
	}
}
