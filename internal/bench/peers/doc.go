//go:build linux

// Peers measures haul against other programs that download over HTTP, each in
// turn in every round, and prints one table of Markdown for each workload:
//
//	go run ./internal/bench/peers                        # everything, five rounds
//	go run ./internal/bench/peers -workload files-https -rounds 7
//	go run ./internal/bench/peers -list                  # the workloads
//
// The server is nginx. As root, everything runs in a network namespace of its
// own, so that nothing else uses the interface; the long link is made of two
// namespaces and a pair of TUN devices (link.go), and the kernel's own TCP runs
// over it. Without root it is plain loopback, and the workloads that need more
// are left out. What is missing of the peers is named and left out.
//
// Every result is compared with its source byte for byte, outside of what is
// measured. Wall is from the start of the process to its end, CPU is its user
// and system time, and the peak of its memory is looked up every 5 ms. Files are
// in memory, but for the workloads that say disk.
package main
