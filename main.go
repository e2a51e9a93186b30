// Haul is a terminal transfer monitor: it downloads and uploads over HTTP while
// a person watches, pauses, resumes, cancels and answers from the keyboard.
//
// The command line is wired in internal/cli; this file only hands over the
// process.
package main

import (
	"os"

	"haul/internal/cli"
)

func main() {
	os.Exit(cli.Main())
}
