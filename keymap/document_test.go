package keymap

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of keys into docs/keys.md")

// TestKeysDocument holds the table in docs/keys.md against the map that it is
// made of.
func TestKeysDocument(t *testing.T) {
	const path, begin, end = "../docs/keys.md", "<!-- keys -->\n", "<!-- /keys -->"
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, opened := strings.Cut(string(raw), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !opened || !closed {
		t.Fatalf("%s has no place for the keys: %q and %q", path, begin, end)
	}
	want := head + begin + Default().Markdown() + end + tail
	if want == string(raw) {
		return
	}
	if !*update {
		t.Fatalf("the keys in %s are not those of the map: go test ./keymap -run TestKeysDocument -update", path)
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestKeysInTheREADMEDoSomething holds the keys that the README names against
// the map.
func TestKeysInTheREADMEDoSomething(t *testing.T) {
	raw, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(raw), "\n## Keys\n")
	section, _, _ = strings.Cut(section, "\n## ")
	m, keys := Default(), 0
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		for i, word := range strings.Split(line, "`") {
			if i%2 == 0 {
				continue
			}
			keys++
			if _, ok := m.Lookup(List, word); !ok {
				t.Errorf("%q does nothing in the list", word)
			}
		}
	}
	if keys < 20 {
		t.Errorf("the README names %d keys only", keys)
	}
}
