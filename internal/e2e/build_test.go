//go:build unix

package e2e

import (
	"bytes"
	"os/exec"
	"testing"

	"haul/internal/cli"
)

// TestTheBinaryIsThisHaul compares the binary with the haul that is linked into
// the tests. That one is there for the cache of go test as well, which knows what
// is linked and not what a test builds: without it a result of another haul could
// be taken for one of this.
func TestTheBinaryIsThisHaul(t *testing.T) {
	built, err := exec.CommandContext(t.Context(), binary, "--help").Output()
	var linked, said bytes.Buffer
	code := cli.Run(t.Context(), cli.Env{Args: []string{"--help"}, Stdout: &linked, Stderr: &said})
	if err != nil || code != cli.ExitOK || !bytes.Equal(built, linked.Bytes()) {
		t.Errorf("%v, code %d, said %q; built:\n%s\nlinked:\n%s", err, code, &said, built, &linked)
	}
}
