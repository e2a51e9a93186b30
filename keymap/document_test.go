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
