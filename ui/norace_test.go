//go:build !race

package ui

// The sizes are 1 apart: every size is drawn.
const sizesApart, widthsApart = 1, 1
