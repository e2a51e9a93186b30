// Package e2e tests haul from the outside: the built binary in a terminal
// (internal/e2e/tmux) or a pipe, against nginx and the demo server, with keys,
// signals and SIGKILL. The servers' logs judge what went over the wire, SHA-256
// what arrived, and tmux what is on the screen.
//
// Where tmux or nginx is not installed a test is skipped; with
// HAUL_TEST_REQUIRE=1 in the environment, as in CI, it fails.
package e2e
