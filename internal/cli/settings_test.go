package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"haul/internal/config"
	"haul/keymap"
	"haul/model"
	"haul/session"
	"haul/ui"
	"haul/ui/units"
)

// settled is a run's options from a configuration file, an environment and a
// command line.
func settled(t *testing.T, file string, environ, args []string) (*options, Env, string, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "haul"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "haul", "config.toml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	env := Env{Environ: append([]string{"XDG_CONFIG_HOME=" + dir}, environ...), Stdout: io.Discard, Stderr: &stderr}
	o := defaultOptions()
	flags := pflag.NewFlagSet("haul", pflag.ContinueOnError)
	o.register(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	err := o.settle(env)
	return o, env, stderr.String(), err
}

// effects are what a run is made with.
type effects struct {
	session session.Configuration
	model   model.Options
	ui      ui.Options
	options *options
}

func TestEveryMemberOfTheFileHasItsEffect(t *testing.T) {
	tests := []struct {
		file string
		got  func(effects) any
		want any
	}{
		{"downloads.max-running = 3", func(e effects) any { return e.model.Running }, 3},
		{"downloads.max-rows-per-host = 2", func(e effects) any { return e.model.PerHost }, 2},
		{"downloads.max-rows-per-host = 3", func(e effects) any { return e.model.Grow }, false},
		{"downloads.max-per-host = 3", func(e effects) any { return e.model.Grow }, true},
		{"downloads.connections = '7'", func(e effects) any { return e.session.Connections }, 7},
		{"hosts.\"a.example\".connections = '3'", func(e effects) any { return e.model.Connections("a.example:8080") }, 3},
		{"hosts.\"a.example\".connections = 'auto'", func(e effects) any { return e.model.Connections("a.example") }, session.Auto},
		{"downloads.retry = 8", func(e effects) any { return e.model.Connections("a.example") }, 0},
		{"downloads.connections = '70'", func(e effects) any { return e.session.MaxConnectionsPerHost }, 70},
		{"downloads.connections = 'auto'", func(e effects) any { return e.session.Connections }, session.Auto},
		{"downloads.max-per-host = 40", func(e effects) any { return e.session.MaxConnectionsPerHost }, 40},
		{"downloads.limit-rate = '2M'", func(e effects) any { return e.model.RateLimit }, int64(2e6)},
		{"hosts.\"*.Example.org\".limit-rate = '5k'", func(e effects) any { return e.model.HostRateLimits["*.example.org"] }, int64(5e3)},
		{"downloads.retry = 9", func(e effects) any { return e.model.Retries }, 9},
		{"downloads.retry = 0", func(e effects) any { return e.model.Retries }, -1},
		{"downloads.redirect = 'never'", func(e effects) any { return e.model.Redirect }, model.RedirectNever},
		{"downloads.timeout = '7s'", func(e effects) any { return e.session.TimeoutForRequest }, 7 * time.Second},
		{"# no member is about this", func(e effects) any { return e.session.HTTP1Within }, nearHost},
		{"downloads.keep-error-body = true", func(e effects) any { return e.model.KeepErrorBody }, true},
		{"downloads.force = true", func(e effects) any { return e.model.Overwrite }, true},
		{"interface.theme = 'soft'", func(e effects) any { return e.ui.Theme }, "soft"},
		{"interface.color = 'never'", func(e effects) any { return e.ui.Color }, "never"},
		{"interface.glyphs = 'ascii'", func(e effects) any { return e.ui.Glyphs }, "ascii"},
		{"interface.ambiguous-width = 2", func(e effects) any { return e.ui.Wide }, true},
		{"interface.ambiguous-width = 1", func(e effects) any { return e.ui.Wide }, false},
		{"interface.units = 'iec'", func(e effects) any { return e.ui.Units }, "iec"},
		{"interface.units = 'bytes'", func(e effects) any { return e.options.units() }, units.Bytes},
		{"interface.mouse = false", func(e effects) any { return e.ui.Mouse }, false},
		{"interface.mouse = true", func(e effects) any { return e.ui.Mouse }, true},
		{"interface.pane = false", func(e effects) any { return e.ui.NoPane }, true},
		{"interface.graphs = false", func(e effects) any { return e.ui.NoGraphs }, true},
		{"interface.plain = true", func(e effects) any { return chooseMode(Env{Stdout: io.Discard}, e.options) }, modePlain},
		{"notifications.names = true", func(e effects) any { return e.ui.Notify.Names }, true},
		{"keys.list.pause = ['f5']", func(e effects) any { a, _ := e.ui.Keys.Lookup("list", "f5"); return string(a) }, "pause"},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			o, env, said, err := settled(t, tt.file, nil, nil)
			if err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			e := effects{options: o}
			j := job{options: o, env: env}
			if e.session, e.model, err = j.settings(); err != nil {
				t.Fatal(err)
			}
			if e.ui, err = j.monitorOptions(); err != nil {
				t.Fatal(err)
			}
			if got := tt.got(e); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// Where there is no agent the key says so.
func TestARunThatKeepsNothingHasTheKeyToDetach(t *testing.T) {
	o, env, said, err := settled(t, "", nil, nil)
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	j := job{options: o, env: env, noJournal: true}
	opt, err := j.monitorOptions()
	if err != nil {
		t.Fatal(err)
	}
	if a, _ := opt.Keys.Lookup(keymap.List, "d"); a != keymap.Detach {
		t.Errorf("d does %q", a)
	}
}

func TestTheFilesDirectoriesKnowHome(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	o, _, _, err := settled(t, "downloads.dir = '~/down'\ntrust.cacert = '~/ca.pem'", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if dir, _, err := o.destination(1); err != nil || dir != filepath.Join(home, "down") {
		t.Errorf("%s, %v", dir, err)
	}
	if _, err := o.roots(); err == nil || !strings.Contains(err.Error(), "config.toml:2: cannot read the certificates in ~/ca.pem") {
		t.Errorf("%v", err)
	}
}

// Each row has the file, the environment and the flags set the same member, as
// far as it says, and tells who wins.
func TestFlagsGoBeforeTheEnvironmentAndThatBeforeTheFile(t *testing.T) {
	theme := func(c config.Config) any { return c.Interface.Theme }
	colour := func(c config.Config) any { return c.Interface.Colour }
	plain := func(c config.Config) any { return c.Interface.Plain }
	ambiguous := func(c config.Config) any { return c.Interface.Ambiguous }
	mouse := func(c config.Config) any { return c.Interface.Mouse }
	tests := []struct {
		name, file, environ, args string
		of                        func(config.Config) any
		want                      any
		path, source              string
	}{
		{"nothing", "", "", "", theme, "auto", "interface.theme", ""},
		{"file", "interface.theme = 'soft'", "", "", theme, "soft", "interface.theme", "config.toml:1"},
		{"variable", "interface.theme = 'soft'", "HAUL_INTERFACE_THEME=light", "", theme, "light", "interface.theme", "HAUL_INTERFACE_THEME"},
		{"flag", "interface.theme = 'soft'", "HAUL_INTERFACE_THEME=light", "--theme=mono", theme, "mono", "interface.theme", "--theme"},
		{"flag with the default's value", "interface.theme = 'soft'", "", "--theme=auto", theme, "auto", "interface.theme", "--theme"},
		{"an empty variable is none", "interface.theme = 'soft'", "HAUL_INTERFACE_THEME=", "", theme, "soft", "interface.theme", "config.toml:1"},
		{"NO_COLOR before the file", "interface.color = 'always'", "NO_COLOR=no", "", colour, "never", "interface.color", "NO_COLOR"},
		{"the width of the libraries", "", "RUNEWIDTH_EASTASIAN=1", "", ambiguous, 2, "interface.ambiguous-width", "RUNEWIDTH_EASTASIAN"},
		{"no width of the libraries", "interface.ambiguous-width = 2", "RUNEWIDTH_EASTASIAN=0", "", ambiguous, 2, "interface.ambiguous-width", "config.toml:1"},
		{"flag before NO_COLOR", "", "NO_COLOR=1", "--color=always", colour, "always", "interface.color", "--color"},
		{"haul's own variable before NO_COLOR", "", "NO_COLOR=1 HAUL_INTERFACE_COLOR=always", "", colour, "always", "interface.color", "HAUL_INTERFACE_COLOR"},
		{"empty NO_COLOR is none", "interface.color = 'always'", "NO_COLOR=", "", colour, "always", "interface.color", "config.toml:1"},
		{"ACCESSIBLE before the file", "interface.plain = false", "ACCESSIBLE=1", "", plain, true, "interface.plain", "ACCESSIBLE"},
		{"flag before ACCESSIBLE", "", "ACCESSIBLE=1", "--plain=false", plain, false, "interface.plain", "--plain"},
		{"a flag that takes away", "interface.mouse = true", "", "--no-mouse", mouse, false, "interface.mouse", "--no-mouse"},
		{"and gives back", "interface.mouse = false", "", "--no-mouse=false", mouse, true, "interface.mouse", "--no-mouse"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, _, said, err := settled(t, tt.file, strings.Fields(tt.environ), strings.Fields(tt.args))
			if err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			if got := tt.of(o.config); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
			if got := o.sources[tt.path]; !strings.HasSuffix(got, tt.source) || tt.source == "" && got != "" {
				t.Errorf("source %q, want %q", got, tt.source)
			}
		})
	}
}

func TestEveryFlagOfAMemberIsThere(t *testing.T) {
	o := defaultOptions()
	flags := pflag.NewFlagSet("haul", pflag.ContinueOnError)
	o.register(flags)
	for flag, members := range memberFlags() {
		if flags.Lookup(flag) == nil {
			t.Errorf("--%s does not exist", flag)
		}
		for _, path := range members {
			if err := o.config.Take(path, &o.config); err != nil {
				t.Errorf("--%s sets %s: %v", flag, path, err)
			}
		}
	}
}

// The model has the policies as constants, the configuration has them as words.
func TestTheWordsOfRedirectsAreThoseOfTheModel(t *testing.T) {
	policies := []model.Redirect{model.RedirectAskCrossHost, model.RedirectFollow, model.RedirectAsk, model.RedirectNever}
	words := config.Words("downloads.redirect")
	if len(words) != len(policies) {
		t.Fatalf("%q and %q", words, policies)
	}
	for i, p := range policies {
		if words[i] != string(p) {
			t.Errorf("%q and %q", words[i], p)
		}
	}
}

func TestNothingStartsWithABrokenConfiguration(t *testing.T) {
	_, _, said, err := settled(t, "x = 1\n[downloads]\nretry = 'often'", nil, nil)
	var exit *exitError
	if !errors.As(err, &exit) || exit.code != ExitUsage {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{"2 mistakes", "config.toml:1:1: ", "config.toml:3:9: "} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in %q", want, said)
		}
	}
	if _, _, _, err := settled(t, "", []string{"HAUL_DOWNLOADS_RETRY=often"}, nil); err == nil || !strings.Contains(err.Error(), `HAUL_DOWNLOADS_RETRY: "often" is no whole number`) {
		t.Errorf("%v", err)
	}
}
