package cli

import (
	"bytes"
	"strings"
	"testing"
)

func TestWhatIsTypedWrongIsNamedWithWhatIsRight(t *testing.T) {
	for _, c := range []struct{ line, says string }{
		{"--frobnicate", "there is no flag --frobnicate: check its name"},
		{"--procy direct", "there is no flag --procy: use --proxy if that is meant"},
		{"ls --folllow", "there is no flag --folllow: check its name"},
		{"log --folow 1", "there is no flag --folow: use --follow if that is meant"},
		{"-z", "there is no flag -z: check its name"},
		{"--=x", `"--=x" is no flag: give it as --NAME=VALUE`},
		{"--dir", "--dir wants a value: give it as --dir DIR"},
		{"-d", "--dir wants a value: give it as --dir DIR"},
		{"--retry often", `--retry does not take "often": give a whole number`},
		{"--timeout soon", `--timeout does not take "soon": give a time like 90s or 24h`},
		{"--force=perhaps", `--force does not take "perhaps": give true or false`},
		{"--no-mouse=perhaps", `--no-mouse does not take "perhaps": give true or false`},
		{"--progress often", `--progress: "often" is no time between lines: use one like 10s, or off`},
		{"--key a --cert b --key c", "--key: the --cert before it has a key already: give each --key after its --cert"},
		{"put a.bin", "haul put got 1 argument: use haul put FILE URL"},
		{"inspect", "haul inspect got 0 arguments: use haul inspect FILE"},
		{"trust rm", "haul trust rm got 0 arguments: use haul trust rm HOST[:PORT]..."},
		{"config chekc", `haul config has no command "chekc": run haul config --help for those there are`},
	} {
		t.Run(c.line, func(t *testing.T) {
			var said bytes.Buffer
			code := Run(t.Context(), Env{Args: strings.Fields(c.line), Stdout: &said, Stderr: &said})
			if first, _, _ := strings.Cut(said.String(), "\n"); code != ExitUsage || first != "haul: "+c.says {
				t.Errorf("code %d, got %q, want %q", code, first, c.says)
			}
		})
	}
}
