//go:build race

package ui

// sizesApart: the race detector makes drawing many times slower, and the sizes
// have nothing to do with it.
const sizesApart = 29
