package cli

import (
	"strconv"

	"github.com/spf13/pflag"

	"haul/session"
)

// defaultPerHost bounds the connections to one host.
const defaultPerHost = 16

// connections are the flags about how many connections there are.
type connections struct {
	perFile     string
	perHost     int
	rowsPerHost int
}

func (c *connections) register(f *pflag.FlagSet) {
	f.StringVarP(&c.perFile, "connections", "n", "auto", "connections per file: auto for as many as pay, or a `NUMBER`")
	f.IntVar(&c.perHost, "max-per-host", 0, "connections to one host at once (default 16)")
	f.IntVar(&c.rowsPerHost, "max-rows-per-host", 0, "transfers that run at once from one host (default 6)")
}

func (c *connections) check() error {
	if c.perHost < 0 || c.rowsPerHost < 0 {
		return fail(ExitUsage, "--max-per-host and --max-rows-per-host want a number from 1")
	}
	if c.perFile == "auto" {
		return nil
	}
	n, err := strconv.Atoi(c.perFile)
	if err != nil || n < 1 || n > 1000 {
		return fail(ExitUsage, "-n %s: use auto or a number from 1 to 1000", c.perFile)
	}
	if c.perHost > 0 && n > c.perHost {
		return fail(ExitUsage, "-n %d is more than the %d connections of --max-per-host", n, c.perHost)
	}
	return nil
}

// apply puts the flags, which were checked, into a configuration. A number for
// a file is also one that its host may have.
func (c *connections) apply(cfg *session.Configuration) {
	cfg.Connections, cfg.MaxConnectionsPerHost = session.Auto, defaultPerHost
	if n, err := strconv.Atoi(c.perFile); err == nil {
		cfg.Connections = n
		cfg.MaxConnectionsPerHost = max(n, defaultPerHost)
	}
	if c.perHost > 0 {
		cfg.MaxConnectionsPerHost = c.perHost
	}
}
