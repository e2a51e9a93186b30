package cli

import (
	"time"

	"haul/session"
)

// nearHost is the round trip below which many connections to a host do as well as
// one that is shared, and cost less.
const nearHost = time.Millisecond

// network is a session's configuration as the flags, the environment and the
// file have it: what a run and the agent have in common.
func (o *options) network(env Env) (session.Configuration, error) {
	cfg := session.DefaultConfiguration()
	cfg.TimeoutForRequest = o.config.Downloads.Timeout
	if o.maximumTime > 0 {
		cfg.TimeoutForResource = o.maximumTime
	}
	cfg.DisableHTTP2, cfg.HTTP1Within = o.http1, nearHost
	cfg.HTTP3 = o.http3Mode()
	cfg.LinkedMirrors = o.config.Downloads.LinkedMirrors
	var err error
	if cfg.Proxy, err = o.proxy(env); err != nil {
		return cfg, err
	}
	if cfg.ExtraRootCAs, err = o.roots(); err != nil {
		return cfg, err
	}
	cfg.StrictTransport, cfg.PinnedCertificate = strictHosts(), o.trustHost
	cfg.Kerberos.Keytab, err = o.auth.keytabFile()
	return cfg, err
}
