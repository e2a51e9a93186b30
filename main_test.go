package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"haul/internal/cli"
)

// TestMain lets the test binary be haul when a script calls it. haul-code is
// haul that prints its exit code, for scripts that run it in the background.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"haul":      func() { os.Exit(cli.Main()) },
		"haul-code": func() { fmt.Fprintf(os.Stderr, "exit code %d\n", cli.Main()) },
	})
}

// TestScript runs testdata/script: the binary as its users meet it. The
// commands that the scripts have besides testscript's own are in
// script_test.go.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":       exits,
			"signal":      signalBackground,
			"json-lines":  jsonLines,
			"json-row":    jsonRow,
			"demo-server": demoServer,
			"demo-log":    demoLog,
			"demo-await":  demoAwait,
			"demo-change": demoChange,
			"demo-sha256": demoSHA256,
		},
	})
}
