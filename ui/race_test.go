//go:build race

package ui

// The sizes are apart: the race detector makes drawing many times slower, and the sizes
// have nothing to do with it.
const sizesApart, widthsApart = 29, 3
