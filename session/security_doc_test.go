package session_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"haul/internal/evidence"
)

// failures are the classes that docs/security.md has to have rows for: what has
// gone wrong in other clients again and again.
var failures = []string{
	"credentials on redirect", "connection-bound authentication", "TLS identity", "cookies", "names from the server",
	"terminal escapes", "HSTS bypass", "netrc confusion", "resource exhaustion", "framing", "response-queue poisoning",
	"redirect to local resources", "stale request state", "resuming the wrong file", "stored credentials",
	"crashes and full disks",
}

func TestEveryClassOfFailureHasItsTests(t *testing.T) {
	c := evidence.New(t, "..", "session")
	var seen []string
	for _, r := range evidence.Rows(t, docs+"security.md", regexp.MustCompile(`^[A-Za-z]`)) {
		id := r[0]
		if id == "class" {
			continue
		}
		if slices.Contains(seen, id) {
			t.Errorf("%s has two rows", id)
		}
		seen = append(seen, id)
		if len(r) != 4 || slices.Contains(r, "") {
			t.Errorf("%s has an empty cell or a wrong number of them: %q", id, r)
			continue
		}
		if n, words := c.Tests(id, r[3]); n == 0 && !strings.HasPrefix(words, "not yet: ") {
			t.Errorf("%s names no test and does not say that it is not there yet", id)
		}
	}
	for _, id := range failures {
		if !slices.Contains(seen, id) {
			t.Errorf("%s has no row", id)
		}
	}
}
