package session_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"haul/internal/evidence"
	"haul/session"
)

// docs is where the tables are that are held against the code here.
const docs = "../docs/"

// behaviours are the groups of docs/conformance.md, with the number of rows: the
// steps of the guide with a custom delegate and with the system's (CD, SP), the
// golden traces (G), what shows the life cycle besides (SH), and the behaviours.
var behaviours = []struct {
	group string
	rows  int
}{
	{"CD", 15}, {"SP", 6}, {"G", 32}, {"SH", 4},
	{"CFG", 19}, {"TSK", 21}, {"DEL", 15}, {"CMP", 7}, {"DWN", 9}, {"RSM", 20}, {"UPL", 12}, {"STR", 9}, {"RUP", 8},
	{"AUT", 25}, {"RDR", 15}, {"RSP", 7}, {"CCH", 12}, {"CKI", 6}, {"TMO", 11}, {"MPX", 7}, {"INV", 8}, {"BGS", 15},
	{"MET", 6}, {"CON", 7}, {"PRS", 5},
}

// codes are the error codes that docs/conformance.md has rows for, as ranges.
var codes = [][2]int{
	{-1, -1}, {-997, -995}, {-999, -999}, {-1017, -1000}, {-1022, -1020}, {-1103, -1100}, {-1206, -1200},
	{-2000, -2000}, {-3007, -3000},
}

// upstream is how many tests of a session swift-corelibs-foundation has.
const upstream = 85

func TestEveryBehaviourHasItsTestOrItsReason(t *testing.T) {
	var want []string
	for _, b := range behaviours {
		want = append(want, evidence.Numbers(b.group, b.rows)...)
	}
	for _, r := range codes {
		for n := r[1]; n >= r[0]; n-- {
			want = append(want, "ERR "+strconv.Itoa(n))
		}
	}
	rows := evidence.Rows(t, docs+"conformance.md", regexp.MustCompile(`^([A-Z]+-[0-9]+|ERR -[0-9]+)$`))
	evidence.New(t, "..", "session").Hold(rows, want)
	for _, r := range rows {
		if number, ok := strings.CutPrefix(r[0], "ERR "); ok && len(r) == 4 {
			checkCode(t, r[0], number, r)
		}
	}
}

// checkCode holds the row of an error code against the code itself.
func checkCode(t *testing.T, id, number string, r evidence.Row) {
	t.Helper()
	n, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	name := session.Code(n).String()
	known := !strings.HasPrefix(name, "Code(")
	switch {
	case known && r[1] != name:
		t.Errorf("%s is called %s, the code is %s", id, r[1], name)
	case !known && (r[2] == "yes" || r[2] == "partly"):
		t.Errorf("%s holds %s, and there is no such code", id, r[2])
	}
}

func TestEveryFoundationTestHasItsRow(t *testing.T) {
	c := evidence.New(t, "..", "session")
	seen := make(map[int]bool)
	for _, r := range evidence.Rows(t, docs+"corelibs.md", regexp.MustCompile(`^[0-9]+$`)) {
		n, err := strconv.Atoi(r[0])
		if err != nil {
			t.Fatal(err)
		}
		id := "number " + r[0]
		if seen[n] || n < 1 || n > upstream {
			t.Errorf("%s does not belong there, or has two rows", id)
		}
		seen[n] = true
		if len(r) != 4 || slices.Contains(r, "") {
			t.Errorf("%s has an empty cell or a wrong number of them: %q", id, r)
			continue
		}
		tests, words := c.Tests(id, r[3])
		switch r[2] {
		case "pass":
			if tests == 0 {
				t.Errorf("%s passes and names no test", id)
			}
		case "changed":
			if tests == 0 || len(words) < 10 {
				t.Errorf("%s is changed and does not name a test and say how", id)
			}
		case "not yet", "not ported":
			if len(words) < 10 {
				t.Errorf("%s is %s and does not say why", id, r[2])
			}
		default:
			t.Errorf("%s: %q is no result", id, r[2])
		}
	}
	for n := 1; n <= upstream; n++ {
		if !seen[n] {
			t.Errorf("number %d has no row", n)
		}
	}
	suites := evidence.Rows(t, docs+"corelibs.md", regexp.MustCompile(`^Test[A-Za-z]+$`))
	if len(suites) == 0 {
		t.Error("the neighbour suites have no rows")
	}
	for _, r := range suites {
		if len(r) != 4 || slices.Contains(r, "") {
			t.Errorf("%s has an empty cell or a wrong number of them: %q", r[0], r)
			continue
		}
		if tests, words := c.Tests(r[0], r[3]); tests == 0 && len(words) < 10 {
			t.Errorf("%s names no test and gives no reason", r[0])
		}
	}
}
