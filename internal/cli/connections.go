package cli

import (
	"strconv"

	"github.com/spf13/pflag"

	"haul/internal/config"
	"haul/model"
	"haul/session"
	"haul/ui/phrases"
)

// registerConnections registers the flags about how many connections and
// transfers there are.
func registerConnections(f *pflag.FlagSet, d *config.Downloads) {
	f.StringVarP(&d.Connections, "connections", "n", d.Connections, phrases.FlagConnections)
	f.IntVar(&d.PerHost, "max-per-host", d.PerHost, phrases.FlagMaxPerHost)
	f.IntVar(&d.Running, "max-running", d.Running, phrases.FlagMaxRunning)
	f.IntVar(&d.RowsPerHost, "max-rows-per-host", d.RowsPerHost, phrases.FlagMaxRowsPerHost)
}

// checkConnections refuses a number of connections for a file that its host may
// not have.
func (o *options) checkConnections() error {
	d := o.config.Downloads
	if n, err := strconv.Atoi(d.Connections); err == nil && o.given("downloads.max-per-host") && n > d.PerHost {
		return fail(ExitUsage, phrases.TooManyConnections,
			o.source("downloads.connections"), n, d.PerHost, o.source("downloads.max-per-host"))
	}
	return nil
}

// connections puts the numbers into what the session and the model want. A
// number for a file is also one that its host may have.
func (o *options) connections(cfg *session.Configuration, opt *model.Options) {
	d := o.config.Downloads
	cfg.Connections, cfg.MaxConnectionsPerHost = session.Auto, d.PerHost
	if n, err := strconv.Atoi(d.Connections); err == nil {
		cfg.Connections, cfg.MaxConnectionsPerHost = n, max(n, d.PerHost)
	}
	// For small files the model goes beyond its numbers where nobody asked for
	// them.
	opt.Running, opt.PerHost = d.Running, d.RowsPerHost
	opt.Grow = !o.given("downloads.max-running") && !o.given("downloads.max-rows-per-host")
	opt.Connections = o.hostConnections
}

// hostConnections is how many connections the configuration has for a file of
// the host at addr, 0 where it says nothing of it. The flag, which is of this
// run, goes before it.
func (o *options) hostConnections(addr string) int {
	text := o.config.ForHost(addr).Connections
	if text == "" || o.source("downloads.connections") == "--connections" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return session.Auto // a number or auto: it was checked
	}
	return n
}
