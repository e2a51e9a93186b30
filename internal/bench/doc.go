// Package bench measures the whole program, from outside: the built binary in a
// terminal, on real files. docs/performance.md says how to run it and what came
// of it. Directory peers holds the program that measures haul against others.
//
// It is no part of go test ./...: benchmarks run only when they are asked for.
//
//	go test -bench . -benchtime 1x -timeout 30m ./internal/bench
//	go test -bench Watching -benchtime 1x ./internal/bench -args -watch 60s
package bench
