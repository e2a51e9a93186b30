package cli

import (
	"golang.org/x/time/rate"

	"haul/session"
	"haul/transfer"
)

// network is a session's configuration as the flags, the environment and the
// file have it: what a run and the agent have in common.
func (o *options) network(env Env) (session.Configuration, error) {
	cfg := session.DefaultConfiguration()
	cfg.TimeoutForRequest = o.config.Downloads.Timeout
	if o.maximumTime > 0 {
		cfg.TimeoutForResource = o.maximumTime
	}
	cfg.DisableHTTP2 = o.http1
	cfg.HTTP3 = o.http3Mode()
	cfg.LinkedMirrors = o.config.Downloads.LinkedMirrors
	var err error
	if cfg.Proxy, err = o.proxy(env); err != nil {
		return cfg, err
	}
	if cfg.RootCAs, err = o.roots(); err != nil {
		return cfg, err
	}
	cfg.StrictTransport, cfg.PinnedCertificate = strictHosts(), o.trustHost
	cfg.Kerberos.Keytab, err = o.auth.keytabFile()
	return cfg, err
}

// limiter is the rate of all transfers together, nil for no limit.
func (o *options) limiter() (transfer.Limiter, error) {
	bytes, _, err := o.rates()
	if err != nil || bytes == 0 {
		return nil, err
	}
	// A burst of a tenth of a second keeps the rate smooth.
	return rate.NewLimiter(rate.Limit(bytes), int(max(bytes/10, 1<<10))), nil
}
