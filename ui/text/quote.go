package text

import "strings"

// MaxQuoted is how many cells what a stranger says gets at most.
const MaxQuoted = 60

// Quoted is what a stranger says in its own words, in at most so many cells
// without the quotation marks. Marks inside become single ones, so that its
// words end where they seem to.
func (r Ruler) Quoted(s string, cells int) string {
	t := Clean(strings.ReplaceAll(s, `"`, "'"))
	return `"` + r.Truncate(t, min(cells, MaxQuoted)).String() + `"`
}

// Word is a stranger's word that stands between words of ours: as it is if it
// looks like a name, else quoted, since with spaces it could pass for ours.
func (r Ruler) Word(s string, cells int) string {
	for _, c := range s {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.ContainsRune("-._*:=/@", c):
		default:
			return r.Quoted(s, cells-2)
		}
	}
	return r.Truncate(Clean(s), min(cells, MaxQuoted)).String()
}
