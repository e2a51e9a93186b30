package ui

import (
	"regexp"
	"testing"

	"haul/internal/evidence"
)

// TestEveryRuleOfTheInterfaceHasItsTestOrItsReason holds docs/interface.md against
// the code.
func TestEveryRuleOfTheInterfaceHasItsTestOrItsReason(t *testing.T) {
	var want []string
	for _, g := range []struct {
		group string
		rows  int
	}{
		{"HAB", 29}, {"PRI", 9}, {"KEY", 8}, {"STA", 5}, {"SIZ", 7}, {"COL", 9}, {"ASK", 9}, {"ADD", 5}, {"REM", 5}, {"QUI", 8},
		{"OUT", 8}, {"PLN", 5}, {"CLN", 3}, {"PRF", 4}, {"CFG", 5}, {"TST", 5}, {"MOR", 8}, {"SCR", 11},
	} {
		want = append(want, evidence.Numbers(g.group, g.rows)...)
	}
	evidence.New(t, "..", "ui").Hold(evidence.Rows(t, "../docs/interface.md", regexp.MustCompile(`^[A-Z]{3}-[0-9]+$`)), want)
}
