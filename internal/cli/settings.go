package cli

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/pflag"

	"haul/internal/config"
	"haul/internal/strict"
)

// memberFlags are the flags that set members of the configuration.
func memberFlags() map[string][]string {
	return map[string][]string{
		"dir": {"downloads.dir"}, "max-running": {"downloads.max-running"}, "max-per-host": {"downloads.max-per-host"},
		"max-rows-per-host": {"downloads.max-rows-per-host"},
		"connections":       {"downloads.connections"}, "limit-rate": {"downloads.limit-rate"}, "retry": {"downloads.retry"},
		"redirect": {"downloads.redirect"}, "timeout": {"downloads.timeout"},
		"keep-error-body": {"downloads.keep-error-body"}, "force": {"downloads.force"},
		"proxy": {"proxy.url"}, "noproxy": {"proxy.not"},
		"cacert": {"trust.cacert"},
		"theme":  {"interface.theme"}, "color": {"interface.color"}, "glyphs": {"interface.glyphs"}, "units": {"interface.units"},
		"no-mouse": {"interface.mouse"}, "no-pane": {"interface.pane"}, "no-graphs": {"interface.graphs"},
		"plain":  {"interface.plain"},
		"notify": {"notifications.finish", "notifications.fail", "notifications.question"}, "bell": {"notifications.bell"},
	}
}

// registerMembers registers the flags that set a member of the configuration.
// Their defaults are those of the configuration.
func (o *options) registerMembers(f *pflag.FlagSet) {
	d, i := &o.config.Downloads, &o.config.Interface
	f.StringVarP(&d.Dir, "dir", "d", d.Dir, "write into `DIR` (default: the current directory)")
	registerConnections(f, d)
	f.StringVar(&d.LimitRate, "limit-rate", d.LimitRate, "limit all transfers together to `RATE` bytes per second, like 500k or 2M")
	f.IntVar(&d.Retry, "retry", d.Retry, "try a failed transfer again up to `N` times")
	f.StringVar(&d.Redirect, "redirect", d.Redirect, "follow redirects by `POLICY`: ask-cross-host, follow, ask or never")
	f.DurationVar(&d.Timeout, "timeout", d.Timeout, "give up when nothing moves for this long")
	f.BoolVar(&d.KeepErrorBody, "keep-error-body", d.KeepErrorBody, "keep the body of a refusal beside the destination")
	f.BoolVar(&d.Force, "force", d.Force, "replace a file that exists")
	registerProxy(f, &o.config.Proxy)
	f.StringVar(&o.config.Trust.CACert, "cacert", "", "trust the certificate authorities in `FILE` (PEM) as well")
	f.StringVar(&i.Theme, "theme", i.Theme, "colours of the theme `NAME`: auto, or one that haul themes lists")
	f.StringVar(&i.Colour, "color", i.Colour, "use colour `WHEN`: auto, always or never")
	f.StringVar(&i.Glyphs, "glyphs", i.Glyphs, "draw with the signs of `SET`: auto, unicode or ascii")
	f.StringVar(&i.Units, "units", i.Units, "write sizes and rates in `UNITS`: si, iec or bytes")
	f.BoolVar(&i.Plain, "plain", i.Plain, "print plain lines even on a terminal, and take commands typed as words")
	negated(f, &i.Mouse, "no-mouse", "leave the mouse to the terminal")
	negated(f, &i.Pane, "no-pane", "start without the preview pane")
	negated(f, &i.Graphs, "no-graphs", "draw no curves of rates")
	registerNotifications(f, &o.config.Notifications)
}

// negative is a flag that takes something away from what is true by default.
type negative struct{ member *bool }

func (n negative) String() string   { return strconv.FormatBool(n.member != nil && !*n.member) }
func (n negative) Type() string     { return "bool" }
func (n negative) IsBoolFlag() bool { return true }

func (n negative) Set(text string) error {
	v, err := strconv.ParseBool(text)
	*n.member = !v
	return err
}

func negated(f *pflag.FlagSet, member *bool, name, usage string) {
	f.VarPF(negative{member}, name, "", usage).NoOptDefVal = "true"
}

// settle puts the configuration together: flags go before the environment, that
// before the file, that before the defaults. What is wrong with the file is
// printed here.
func (o *options) settle(env Env) error {
	o.typed = o.config
	o.themes = o.library(env)
	effective, sources, err := o.merge(env, &o.typed)
	if problems, ok := errors.AsType[strict.Problems](err); ok {
		fmt.Fprintf(env.Stderr, "haul: the configuration has %s, and nothing was started:\n%v\n", count(len(problems), "mistake"), problems)
		return &exitError{code: ExitUsage}
	}
	if err != nil {
		return fail(ExitUsage, "%w", err)
	}
	o.config, o.sources = effective, sources
	return o.check()
}

// merge reads the file and lays the environment and the flags over it. typed
// has the values of the flags. It changes nothing of o, so that it can be called
// while others read that.
func (o *options) merge(env Env, typed *config.Config) (config.Config, map[string]string, error) {
	file, err := config.Open(o.configFile, env.getenv)
	if err != nil {
		return file.Config, nil, err
	}
	c, sources := file.Config, file.Sources()
	for _, path := range config.Paths() {
		name := config.Variable(path)
		if value := env.getenv(name); value != "" {
			if err := c.Set(path, value); err != nil {
				return c, nil, fmt.Errorf("%s: %w", name, err)
			}
			sources[path] = name
		}
	}
	conventions(env, &c, sources)
	proxyConventions(env, &c, sources)
	for flag, paths := range memberFlags() {
		if !o.flags.Changed(flag) {
			continue
		}
		for _, path := range paths {
			if err := c.Take(path, typed); err != nil {
				return c, nil, fmt.Errorf("--%s: %w", flag, err)
			}
			sources[path] = "--" + flag
		}
	}
	_, err = o.themes.Palette(c.Interface.Theme, true)
	if err != nil {
		return c, nil, fmt.Errorf("%s: %w", from(sources, "interface.theme"), err)
	}
	return c, sources, nil
}

// conventions are variables that other programs read as well. haul's own
// variables for the same members go before them.
func conventions(env Env, c *config.Config, sources map[string]string) {
	own := func(path string) bool { return sources[path] == config.Variable(path) }
	if env.getenv("NO_COLOR") != "" && !own("interface.color") {
		c.Interface.Colour = "never"
		sources["interface.color"] = "NO_COLOR"
	}
	// The libraries that count cells read it as well.
	if wide, err := strconv.ParseBool(env.getenv("RUNEWIDTH_EASTASIAN")); err == nil && wide && !own("interface.ambiguous-width") {
		c.Interface.Ambiguous = 2
		sources["interface.ambiguous-width"] = "RUNEWIDTH_EASTASIAN"
	}
	if env.getenv("ACCESSIBLE") != "" && !own("interface.plain") {
		c.Interface.Plain = true
		sources["interface.plain"] = "ACCESSIBLE"
	}
}

// given tells whether a member is not just the default.
func (o *options) given(path string) bool { return o.sources[path] != "" }

// source says where a member has its value from, to begin a message with.
func (o *options) source(path string) string { return from(o.sources, path) }

func from(sources map[string]string, path string) string {
	if s, ok := sources[path]; ok {
		return s
	}
	return path
}

// count is "1 mistake", "2 mistakes".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
