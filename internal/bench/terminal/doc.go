//go:build linux

// Terminal measures what haul costs the person who keeps it open: the real
// binary, on a pseudo-terminal of 120x40 whose other end answers what a terminal
// is asked, with a server in this process.
//
//	go run ./internal/bench/terminal                     # all figures and their limits
//	go run ./internal/bench/terminal -rounds 9 -scene busy,watch
//	go run ./internal/bench/terminal -peer 'Surge|Downloads|/path/to/surge {urls}'
//
// A round starts every scene once, so that what disturbs the machine disturbs
// all of them; the table has the median of the rounds and the least and the most.
//
//	start   from the start of the process to the first frame, of one transfer
//	        and of a list of 10,000
//	idle    a list of 10,000 rows in which nothing runs: the share of a core,
//	        then without the focus (the terminal sends CSI O)
//	busy    10,000 rows of which 16 run: from a key to the screen, and memory
//	watch   16 transfers of a given rate: the monitor, without the focus, and
//	        haul --plain beside it
//	full    16 transfers as fast as they go, from memory to memory, with the
//	        monitor and with --plain in turn; the server holds its answers back
//	        until haul has settled. What the monitor costs is the difference of
//	        the two processor times for the same bytes, of the wall time that
//	        the transfers took with the monitor
//	frame   the composition of one frame with 100,000 rows, by the benchmark
//	        of package ui
//
// Processor time is what the kernel has counted for the process with all its
// threads (clock_getcpuclockid). The terminal's own end costs this process, not
// haul, but it takes its part of a small machine.
//
// # Peers
//
// -peer NAME|WORD|COMMAND runs another program beside haul, on the same terminal
// and from the same server; {urls} in its command becomes ten URLs, or nothing
// for an empty list, {dir} its directory. WORD is what its first frame has on it.
// The flag can be given several times. The table of peers has haul in it, under
// the same conditions.
package main
