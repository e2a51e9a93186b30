package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/pflag"

	"haul/internal/config"
	"haul/internal/strict"
	"haul/themes"
	"haul/ui/phrases"
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
	f.StringVarP(&d.Dir, "dir", "d", d.Dir, phrases.FlagDir)
	registerConnections(f, d)
	f.StringVar(&d.LimitRate, "limit-rate", d.LimitRate, phrases.FlagLimitRate)
	f.IntVar(&d.Retry, "retry", d.Retry, phrases.FlagRetry)
	f.StringVar(&d.Redirect, "redirect", d.Redirect, phrases.FlagRedirect)
	f.DurationVar(&d.Timeout, "timeout", d.Timeout, phrases.FlagTimeout)
	f.BoolVar(&d.KeepErrorBody, "keep-error-body", d.KeepErrorBody, phrases.FlagKeepErrorBody)
	f.BoolVar(&d.Force, "force", d.Force, phrases.FlagForce)
	registerProxy(f, &o.config.Proxy)
	f.StringVar(&o.config.Trust.CACert, "cacert", "", phrases.FlagCACert)
	f.StringVar(&i.Theme, "theme", i.Theme, phrases.FlagTheme)
	f.StringVar(&i.Colour, "color", i.Colour, phrases.FlagColour)
	f.StringVar(&i.Glyphs, "glyphs", i.Glyphs, phrases.FlagGlyphs)
	f.StringVar(&i.Units, "units", i.Units, phrases.FlagUnits)
	f.BoolVar(&i.Plain, "plain", i.Plain, phrases.FlagPlain)
	negated(f, &i.Mouse, "no-mouse", phrases.FlagNoMouse)
	negated(f, &i.Pane, "no-pane", phrases.FlagNoPane)
	negated(f, &i.Graphs, "no-graphs", phrases.FlagNoGraphs)
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
		env.warn("%s\n%v", phrases.NothingStarted(len(problems)), problems)
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
	if problems, ok := errors.AsType[strict.Problems](err); ok {
		err = withTheme(problems, o.themes, file)
	}
	if err != nil {
		return file.Config, nil, err
	}
	c, sources := file.Config, file.Sources()
	if err := ownVariables(env, &c, sources); err != nil {
		return c, nil, err
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
	if slices.Contains(themes.Names(), c.Interface.Theme) {
		return c, sources, nil // it is read where something is drawn
	}
	if _, err := o.themes.Palette(c.Interface.Theme, true); err != nil {
		return c, nil, fmt.Errorf("%s: %w", from(sources, "interface.theme"), err)
	}
	return c, sources, nil
}

// ownVariables lays haul's own variables over the file.
func ownVariables(env Env, c *config.Config, sources map[string]string) error {
	if !slices.ContainsFunc(env.Environ, config.IsVariable) {
		return nil
	}
	for _, path := range config.Paths() {
		name := config.Variable(path)
		if value := env.getenv(name); value != "" {
			if err := c.Set(path, value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			sources[path] = name
		}
	}
	return nil
}

// conventions are variables that other programs read as well. haul's own
// variables for the same members go before them.
func conventions(env Env, c *config.Config, sources map[string]string) {
	own := func(path string) bool { return sources[path] == config.Variable(path) }
	if env.getenv("NO_COLOR") != "" && !own("interface.color") {
		c.Interface.Colour = "never"
		sources["interface.color"] = "NO_COLOR"
	}
	if widths(env) && !own("interface.ambiguous-width") {
		c.Interface.Ambiguous = 2
		sources["interface.ambiguous-width"] = wideVariable
	}
	if env.getenv("ACCESSIBLE") != "" && !own("interface.plain") {
		c.Interface.Plain = true
		sources["interface.plain"] = "ACCESSIBLE"
	}
}

// wideVariable is what the library that counts cells, for the renderer as well,
// reads when the process starts.
const wideVariable = "RUNEWIDTH_EASTASIAN"

// widths tells whether they count characters of ambiguous width as two cells.
func widths(env Env) bool {
	wide, err := strconv.ParseBool(env.getenv(wideVariable))
	return err == nil && wide
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
