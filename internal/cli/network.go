package cli

import (
	"net/http"

	"golang.org/x/time/rate"

	"haul/session"
)

// network is a session's configuration as the flags, the environment and the
// file have it: what a run and the agent have in common.
func (o *options) network() (session.Configuration, error) {
	cfg := session.DefaultConfiguration()
	cfg.TimeoutForRequest = o.config.Downloads.Timeout
	if o.maximumTime > 0 {
		cfg.TimeoutForResource = o.maximumTime
	}
	cfg.Proxy = http.ProxyFromEnvironment
	cfg.DisableHTTP2 = o.http1
	cfg.HTTP3 = o.http3Mode()
	cfg.MaxConnectionsPerHost = max(mostConnections, o.config.Downloads.PerHost)
	bytes, err := o.rate()
	if err != nil {
		return cfg, err
	}
	if bytes > 0 {
		// A burst of a tenth of a second keeps the rate smooth.
		cfg.Limiter = rate.NewLimiter(rate.Limit(bytes), int(max(bytes/10, 1<<10)))
	}
	cfg.RootCAs, err = o.roots()
	return cfg, err
}
