package strict

import "fmt"

// DidYouMean is "; did you mean %q?" with the nearest of names, "" if none is
// near.
func DidYouMean(name string, names []string) string {
	near := Nearest(name, names)
	if near == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", near)
}

// Nearest is that of names which differs from name by the fewest letters, two at
// most and no more than half of its own; "" if none is so near.
func Nearest(name string, names []string) string {
	best, least := "", 3
	for _, n := range names {
		if d := distance(name, n); d < least && 2*d <= len(n) {
			best, least = n, d
		}
	}
	return best
}

// distance is the number of letters to change, add or take away (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
