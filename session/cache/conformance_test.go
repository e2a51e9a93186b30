package cache_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"haul/session/cache"
	"haul/session/cache/cachetest"
)

var update = flag.Bool("update", false, "write docs/cache-tests.md anew")

// inBubble runs f at a time when the dates in the suite are in the future.
func inBubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC)))
		f(t)
	})
}

// client is something that loads requests through a cache.
type client func(t *testing.T, c *cache.Cache, origin *cachetest.Origin) func(*http.Request, cache.Policy) (*http.Response, error)

// theLoader is the cache with the least around it.
func theLoader(_ *testing.T, c *cache.Cache, origin *cachetest.Origin) func(*http.Request, cache.Policy) (*http.Response, error) {
	l := &loader{cache: c, next: origin}
	return l.load
}

// runCase runs a case against a cache made anew.
func runCase(t *testing.T, c cachetest.Case, opt cache.Options, through client) cachetest.Result {
	t.Helper()
	var result cachetest.Result
	inBubble(t, func(t *testing.T) {
		origin := new(cachetest.Origin)
		load := through(t, newCache(t, opt), origin)
		result = c.Run(origin, func(req *http.Request, mode cachetest.Mode) (*http.Response, error) {
			policy := cache.UseProtocol
			if mode == cachetest.Revalidate {
				policy = cache.Revalidate
			}
			return load(req, policy)
		}, time.Sleep)
	})
	return result
}

func TestEveryRequiredCaseOfTheSuitePasses(t *testing.T) {
	for name, through := range map[string]client{"cache": theLoader, "session": aSession} {
		for _, place := range []string{"memory", "disk"} {
			for _, c := range cachetest.Cases() {
				if c.Skip != "" || c.Kind != cachetest.Required {
					continue
				}
				t.Run(name+"/"+place+"/"+c.ID, func(t *testing.T) {
					opt := cache.Options{MemoryBytes: 1 << 20}
					if place == "disk" {
						opt = cache.Options{DiskBytes: 1 << 20, Dir: t.TempDir()}
					}
					if r := runCase(t, c, opt, through); r.Err != nil {
						t.Errorf("%s: %v", c.What(), r.Err)
					}
				})
			}
		}
	}
}

const tablePath = "../../docs/cache-tests.md"

func TestTheTableOfResultsIsTrue(t *testing.T) {
	want := table(t)
	if *update {
		if err := os.WriteFile(tablePath, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(tablePath)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Errorf("%s is not what the cases give; go test ./session/cache -run Table -update writes it", tablePath)
	}
}

// tally counts the results of one kind of case.
type tally struct{ run, passed, skipped int }

type tallies map[cachetest.Kind]*tally

func (t tallies) of(k cachetest.Kind) *tally {
	if t[k] == nil {
		t[k] = new(tally)
	}
	return t[k]
}

// table runs every case and writes down how it went.
func table(t *testing.T) []byte {
	t.Helper()
	var rows strings.Builder
	alone, inSession := make(tallies), make(tallies)
	group := ""
	for _, c := range cachetest.Cases() {
		if c.Group != group {
			group = c.Group
			fmt.Fprintf(&rows, "\n## %s\n\n| case | kind | cache | session | what is done |\n|---|---|---|---|---|\n", group)
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %s | %s |\n", c.ID, c.Kind,
			outcome(t, c, alone.of(c.Kind), theLoader), outcome(t, c, inSession.of(c.Kind), aSession), strings.ReplaceAll(c.What(), "|", `\|`))
	}
	var b bytes.Buffer
	b.WriteString(tableIntroduction)
	b.WriteString("\n| kind | run | cache: passed, or yes | session: passed, or yes | do not apply |\n|---|---|---|---|---|\n")
	for _, k := range []cachetest.Kind{cachetest.Required, cachetest.Optimal, cachetest.Check} {
		n := alone.of(k)
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", k, n.run, n.passed, inSession.of(k).passed, n.skipped)
	}
	b.WriteString(rows.String())
	return b.Bytes()
}

// outcome is the word for how a case went.
func outcome(t *testing.T, c cachetest.Case, n *tally, through client) string {
	t.Helper()
	if c.Skip != "" {
		n.skipped++
		return "does not apply"
	}
	n.run++
	r := runCase(t, c, cache.Options{MemoryBytes: 1 << 20}, through)
	switch {
	case r.Err == nil:
		n.passed++
		if c.Kind == cachetest.Check {
			return "yes"
		}
		return "pass"
	case r.Unprepared:
		return "not prepared"
	case c.Kind == cachetest.Required:
		return "**fail**"
	}
	return "no"
}

const tableIntroduction = `# The public HTTP cache test suite

These are the cases of [http-tests/cache-tests](https://github.com/http-tests/cache-tests) under their identifiers there, run against ` + "`session/cache`" + ` alone and against data tasks of a session that has such a cache. They are written down anew in Go in ` + "`session/cache/cachetest`" + ` and run in virtual time. The table is written by ` + "`go test ./session/cache -run Table -update`" + `, and a test fails when it is not true.

- *required*: a requirement of RFC 9111. All that apply to a private cache pass.
- *optimal*: good to have; "no" means one more request to the server, or a stored response that could have been used and was not.
- *check*: how the cache does it, where HTTP leaves it open; "yes" and "no" answer the suite's question. "not prepared": what the question stands on does not come about with this cache.

In the last column, ` + "`@N`" + ` is the date N seconds from the answer (` + "`~N`" + `: in the form of RFC 850), and "3 s" a wait. Cases of statuses 3xx and of conditions that the caller asks itself are run too, though the suite spares browsers them.

Not done, on purpose: serving stale responses while they are validated in the background, storing parts of a resource, storing the answer to a POST, and choosing among languages by their weights.
`
