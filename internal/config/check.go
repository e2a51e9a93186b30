package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"haul/internal/strict"
	"haul/keymap"
	"haul/themes"
)

// Words are what a member accepts, for checks, messages and completion; nil for
// one that accepts more than words. Those of the same name in a flag are these.
func Words(path string) []string {
	switch path {
	case "downloads.redirect":
		return []string{"ask-cross-host", "follow", "ask", "never"}
	case "interface.color":
		return []string{"auto", "always", "never"}
	case "interface.glyphs":
		return []string{"auto", "unicode", "ascii"}
	case "interface.units":
		return []string{"si", "iec", "bytes"}
	case "credentials.keep":
		return []string{"auto", "keyring", "file", "never"}
	case "notifications.finish", "notifications.fail", "notifications.question":
		return []string{"never", "unfocused", "always"}
	case "agent.on-hangup":
		return []string{"pause", "detach"}
	}
	return nil
}

// Check tells what is wrong with a value of a member: of a host's, path is
// hosts.*.name. The message says what to do and repeats nothing that may be a
// secret. nil: the value is good.
func Check(path string, value any) error {
	if words := Words(path); words != nil {
		if !slices.Contains(words, value.(string)) {
			return fmt.Errorf("%q is not known: use %s", value, list(words))
		}
		return nil
	}
	switch path {
	case "downloads.max-running", "downloads.max-per-host", "downloads.max-rows-per-host":
		if value.(int) < 1 {
			return fmt.Errorf("%d is too few: use a number from 1", value)
		}
	case "downloads.retry":
		if value.(int) < 0 {
			return fmt.Errorf("%d is less than none: use a number from 0", value)
		}
	case "downloads.connections":
		return checkConnections(value.(string))
	case "hosts.*.connections":
		return orNothing(value.(string), checkConnections)
	case "downloads.limit-rate", "hosts.*.limit-rate":
		_, err := ParseRate(value.(string))
		return err
	case "downloads.timeout", "agent.linger":
		if value.(time.Duration) < 0 {
			return fmt.Errorf("%s is less than nothing: use a duration like \"5m\"", value)
		}
	case "proxy.url", "hosts.*.proxy":
		if value == "direct" {
			return nil
		}
		return orNothing(value.(string), checkProxy)
	case "hosts.*.trust-sha256":
		return orNothing(value.(string), func(s string) error { _, err := ParseFingerprint(s); return err })
	case "hosts.*.user":
		if strings.ContainsAny(value.(string), ":\x00\r\n") {
			return fmt.Errorf("a user name has no colon and no line break, and a password does not belong here")
		}
	case "interface.ambiguous-width":
		if n := value.(int); n != 1 && n != 2 {
			return fmt.Errorf("%d is no width of a character: use 1 or 2", n)
		}
	case "interface.theme":
		return themes.CheckName(value.(string))
	}
	return nil
}

func orNothing(value string, check func(string) error) error {
	if value == "" {
		return nil
	}
	return check(value)
}

// mostConnections of one file are more than any server likes.
const mostConnections = 1000

func checkConnections(s string) error {
	if n, err := strconv.Atoi(s); s != "auto" && (err != nil || n < 1 || n > mostConnections) {
		return fmt.Errorf("%q is no number of connections: use auto or a number from 1 to %d", s, mostConnections)
	}
	return nil
}

func checkProxy(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return fmt.Errorf("it is no URL of a proxy: use one like \"http://proxy.example:3128\"")
	}
	if schemes := []string{"http", "https", "socks5", "socks5h"}; !slices.Contains(schemes, u.Scheme) {
		return fmt.Errorf("a proxy is not reached by %q: use %s", u.Scheme, list(schemes))
	}
	return nil
}

// ParseRate reads bytes per second: "500k", "2M", "1.5Gi"; "" is 0, no limit.
func ParseRate(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	text, unit := strings.TrimSuffix(strings.ToLower(s), "b"), 1.0
	for _, u := range []struct {
		suffix string
		factor float64
	}{{"ki", 1 << 10}, {"mi", 1 << 20}, {"gi", 1 << 30}, {"k", 1e3}, {"m", 1e6}, {"g", 1e9}} {
		if rest, ok := strings.CutSuffix(text, u.suffix); ok {
			text, unit = rest, u.factor
			break
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	// The comparison is false for what is not a number (NaN).
	if inRange := n*unit >= 1 && n*unit <= 1e12; err != nil || !inRange {
		return 0, fmt.Errorf("%q is no rate: use a number with k, M or G, like 500k", s)
	}
	return int64(n * unit), nil
}

// ParseFingerprint reads the SHA-256 of a certificate. Colons and spaces between
// the digits are fine, as other programs print them.
func ParseFingerprint(s string) (sum [sha256.Size]byte, err error) {
	raw, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(s))
	if err != nil || len(raw) != sha256.Size {
		return sum, fmt.Errorf("%q is not 64 hexadecimal digits", s)
	}
	return [sha256.Size]byte(raw), nil
}

// list is "a, b or c".
func list(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// check finds the values that mean nothing, with their places.
func (f *File) check() (problems strict.Problems) {
	for _, m := range f.Config.members() {
		if !f.doc.Has(m.path...) || f.doc.Bad(m.path...) {
			continue // a default is good
		}
		if err := Check(m.pattern(), m.value.Interface()); err != nil {
			problems = append(problems, f.doc.Problem(m.path.String()+": "+err.Error(), m.path...))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Config.Hosts)) {
		if err := checkHost(name); err != nil {
			problems = append(problems, strict.Problem{
				File: f.Path, Position: f.doc.Key("hosts", name), Text: fmt.Sprintf("hosts: %v", err),
			})
		}
	}
	if one, other := sameHost(slices.Collect(maps.Keys(f.Config.Hosts))); other != "" {
		problems = append(problems, strict.Problem{
			File: f.Path, Position: f.doc.Key("hosts", other), Text: fmt.Sprintf("hosts: %q and %q are the same host: make one table of them", one, other),
		})
	}
	return append(problems, f.checkKeys()...)
}

// checkHost judges a name of a host in the table of hosts.
func checkHost(name string) error {
	rest := strings.TrimPrefix(name, "*.")
	if rest == "" || strings.ContainsAny(rest, "*/@ \t") {
		return fmt.Errorf("%q is no host: use a name like example.org, or *.example.org for all below it", name)
	}
	return nil
}

// checkKeys finds what is wrong with the key map.
func (f *File) checkKeys() (problems strict.Problems) {
	_, err := keymap.New(f.Config.Keys.Overrides())
	mistakes, _ := err.(keymap.Mistakes)
	for _, m := range mistakes {
		path := []string{"keys", string(m.Context)}
		if m.Action != "" {
			path = append(path, string(m.Action))
		}
		if f.doc.Bad(path...) {
			continue // it was no list of texts, and is none now
		}
		at := f.doc.Value(path...)
		if i := slices.Index(f.Config.Keys[string(m.Context)][string(m.Action)], m.Key); i >= 0 {
			at = f.doc.Element(i, path...)
		}
		text := m.Error()
		if m.Other != "" {
			text += f.whereElse(m)
		}
		problems = append(problems, strict.Problem{File: f.Path, Position: at, Text: text})
	}
	return problems
}

// whereElse is where the other action of a conflict has its key from.
func (f *File) whereElse(m keymap.Mistake) string {
	if !m.OtherChanged {
		return fmt.Sprintf(" (%q has it by default)", m.Other)
	}
	at := f.doc.Value("keys", string(m.Context), string(m.Other))
	return fmt.Sprintf(" (%q has it at %d:%d)", m.Other, at.Line, at.Column)
}

// Overrides are the keys for the key map.
func (k Keys) Overrides() keymap.Overrides {
	o := make(keymap.Overrides, len(k))
	for context, actions := range k {
		of := make(map[keymap.Action][]string, len(actions))
		for action, keys := range actions {
			of[keymap.Action(action)] = keys
		}
		o[keymap.Context(context)] = of
	}
	return o
}

// Map is the key map: the user's keys over the default ones.
func (k Keys) Map() (*keymap.Map, error) { return keymap.New(k.Overrides()) }

// ExpandHome puts the home directory in the place of "~/" at the beginning of a
// path, since no shell reads the file.
func ExpandHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return home + "/" + rest
}
