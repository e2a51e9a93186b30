//go:build !race

package ui

// sizesApart is 1: every size is drawn.
const sizesApart = 1
