package cli

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"

	"haul/ui/phrases"
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
		{"put http://joe:bad-one@a.test/a.bin a.bin", `"http://a.test/a.bin" is a URL, and the file goes first: use haul put FILE URL`},
		{"put a.bin http://a.test/a.bin -o foo", "--output is not for haul put: leave it out (nothing is written here)"},
		{"put a.bin http://a.test/a.bin -d /tmp", "--dir is not for haul put: leave it out (nothing is written here)"},
		{"put a.bin http://a.test/a.bin -i list.txt", "--input is not for haul put: leave it out (it sends one file to one URL)"},
		{"-X POST http://a.test/a.bin", "--request is not for a download: leave it out (it is the method of haul put FILE URL)"},
		{"get -X a http://a.test/a.bin", "--request is not for a download: leave it out (it is the method of haul put FILE URL)"},
		{"demo -b", "--background is not for haul demo: leave it out (all of it ends with the demo)"},
		{"demo -o x", "--output is not for haul demo: leave it out (the files are the demo's)"},
		{"demo -i l.txt", "--input is not for haul demo: leave it out (the files are the demo's)"},
		{"inspect", "haul inspect got 0 arguments: use haul inspect FILE"},
		{"trust rm", "haul trust rm got 0 arguments: use haul trust rm HOST[:PORT]..."},
		{"config chekc", `haul config has no command "chekc": use haul config check if that is meant`},
		{"config frobnicate", `haul config has no command "frobnicate": run haul config --help for those there are`},
		{"completion ksh", `haul completion has no command "ksh": use haul completion zsh if that is meant`},
		{"trust frobnicate", `haul trust has no command "frobnicate": run haul trust --help for those there are`},
		{"help frobnicate", `haul has no command "frobnicate": run haul --help for those there are`},
		{"help foo", `haul has no command "foo": run haul --help for those there are`},
		{"foo", `"foo" is neither a command nor a URL: give a command that haul --help lists, or a URL that begins with https://`},
		{"help lgo", `haul has no command "lgo": run haul --help for those there are`},
		{"help gt", `haul has no command "gt": use haul get if that is meant`},
		{"help atach", `haul has no command "atach": use haul attach if that is meant`},
		{"help agent strat", `haul agent has no command "strat": use haul agent start if that is meant`},
		{"frobnicate", `"frobnicate" is neither a command nor a URL: give a command that haul --help lists, or a URL that begins with https://`},
		{"atach 3", `"atach" is no URL: use haul attach if that is meant, or a URL that begins with https://`},
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

func TestWhatToCheckOfAFileIsWhatKeepsItShut(t *testing.T) {
	_, missing := os.Open(filepath.Join(t.TempDir(), "list.txt"))
	for _, tt := range []struct {
		err  error
		want string
	}{
		{missing, phrases.ItsName},
		{&fs.PathError{Op: "open", Path: "list.txt", Err: syscall.EACCES}, phrases.ItsPermissions},
	} {
		if got := suspect(tt.err); got != tt.want {
			t.Errorf("%v: check its %s", tt.err, got)
		}
	}
}

// The words of the library that carries the commands are American, and of
// another program.
func TestHelpIsInHaulsWords(t *testing.T) {
	root := rootCommand(Env{Stdout: io.Discard, Stderr: io.Discard})
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		var help bytes.Buffer
		args := append(strings.Fields(c.CommandPath())[1:], "--help")
		if code := Run(t.Context(), Env{Args: args, Stdout: &help, Stderr: &help}); code != ExitOK {
			t.Errorf("%v: code %d", args, code)
		}
		for _, line := range []string{phrases.HelpUsage + "\n  " + c.CommandPath(), c.Short} {
			if c.Long != "" && line == c.Short {
				line = c.Long
			}
			if !strings.Contains(help.String(), line) {
				t.Errorf("%v does not have %q:\n%s", args, line, &help)
			}
		}
		if foreign := regexp.MustCompile(`Available|Global|Additional|Use "|autocompletion|Generate|help for|for more information| (int|duration|string) `).FindString(help.String()); foreign != "" {
			t.Errorf("%v says %q:\n%s", args, foreign, &help)
		}
		for _, below := range c.Commands() {
			if below.IsAvailableCommand() {
				walk(below)
			}
		}
	}
	walk(root)
}

func TestTheVersionIsAFlagAndACommand(t *testing.T) {
	var said [2]bytes.Buffer
	for i, arg := range []string{"version", "--version"} {
		if code := Run(t.Context(), Env{Args: []string{arg}, Stdout: &said[i], Stderr: &said[i]}); code != ExitOK {
			t.Errorf("%s: code %d", arg, code)
		}
	}
	if one, other := said[0].String(), said[1].String(); one != other || !strings.HasPrefix(one, "haul "+Version) {
		t.Errorf("%q and %q", one, other)
	}
}

func TestCompletionGoesWhereTheOutputGoes(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		for _, more := range [][]string{nil, {"--no-descriptions"}} {
			var out, said bytes.Buffer
			code := Run(t.Context(), Env{Args: append([]string{"completion", shell}, more...), Stdout: &out, Stderr: &said})
			if code != ExitOK || !strings.Contains(out.String(), "haul") || said.Len() > 0 {
				t.Errorf("%s %v: code %d, %d bytes, said %q", shell, more, code, out.Len(), &said)
			}
		}
	}
}

func TestConfigCheckTellsWhereNamesAreCountedNarrow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte("[interface]\nambiguous-width = 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for variable, want := range map[string]bool{"": true, wideVariable + "=0": true, wideVariable + "=1": false} {
		var said bytes.Buffer
		env := Env{Args: []string{"config", "check", path}, Environ: []string{variable}, Stdout: &said, Stderr: &said}
		if code := Run(t.Context(), env); code != ExitOK || strings.Contains(said.String(), wideVariable) != want {
			t.Errorf("%q: code %d, %s", variable, code, &said)
		}
	}
}
