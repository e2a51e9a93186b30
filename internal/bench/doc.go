// Package bench measures the whole program, from outside: the built binary on
// real files. docs/performance.md says how to run it and what came of it.
// Directory peers holds the program that measures haul against others that
// download, directory terminal the one that measures the monitor.
//
// It is no part of go test ./...: benchmarks run only when they are asked for.
//
//	go test -bench . -benchtime 1x -timeout 30m ./internal/bench
package bench
