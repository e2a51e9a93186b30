// Package tree holds the source against rules that no compiler knows: which
// package may import which (deps_test.go), and how the texts that people read
// are written (words_test.go).
package tree
