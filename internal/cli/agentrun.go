package cli

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"time"

	"haul/internal/config"
	"haul/internal/credentials"
	"haul/model"
	"haul/session"
	"haul/session/background"
	"haul/session/reachability"
	"haul/ui/phrases"
)

// shortestLinger is long enough for whoever started the agent to reach it.
const shortestLinger = time.Second

// runAgent is the agent until it has nothing to do for long enough, or is told
// to stop. It follows the configuration file.
func runAgent(ctx context.Context, env Env, o *options) error {
	if err := o.settle(env); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(env.Stderr, nil))
	s := agentSettings{env: env, log: log}
	opt, err := s.options(o)
	if err != nil {
		return err
	}
	paths := reachability.New()
	defer paths.Close()
	ctx, stop := signalled(ctx, env)
	defer stop()
	changed := make(chan background.Options)
	unfollow := s.follow(ctx, o, changed)
	opt.Reachability, opt.Version, opt.Log, opt.Changed = paths, Version, log, changed
	err = background.Run(ctx, opt)
	if err := unfollow(); err != nil {
		log.Warn(phrases.LogWatching, "error", err)
	}
	if errors.Is(err, background.ErrRunning) {
		// Of two that are started at once one is enough: that is no failure.
		env.warn(phrases.AnotherAgentRuns)
		return nil
	}
	if err != nil {
		return &exitError{code: ExitSome, err: err}
	}
	return nil
}

// agentSettings makes the agent's options of the configuration, and again each
// time that it has changed.
type agentSettings struct {
	env Env
	log *slog.Logger

	fixed      any // of the configuration: what a session inside has for its life
	generation int
	keep       config.Credentials // what command and storage were made for
	command    *credentials.Command
	storage    *session.CredentialStorage // nil: credentials are kept in memory
}

// options are the agent's, as the configuration is now. Nobody changes o
// afterwards.
func (s *agentSettings) options(o *options) (background.Options, error) {
	network, err := o.network(s.env)
	if err != nil {
		return background.Options{}, err
	}
	o.connections(&network, new(model.Options))
	all, hosts, err := o.rates()
	if err != nil {
		return background.Options{}, err
	}
	if err := s.credentials(o); err != nil {
		return background.Options{}, err
	}
	d := o.config.Downloads
	fixed := []any{o.config.Proxy, o.config.Hosts, o.config.Trust, s.keep, d.HTTP3, d.Connections, d.PerHost}
	if s.fixed != nil && !reflect.DeepEqual(s.fixed, fixed) {
		s.generation++
	}
	s.fixed = fixed
	h := hook{commands: o.config.Agent, log: s.log, environ: s.env.without(credentials.SecretVariables()...)}
	storage := s.storage
	return background.Options{
		Linger: max(o.config.Agent.Linger, shortestLinger), Running: d.Running, RunningPerHost: d.RowsPerHost,
		RateLimit: all, HostRateLimits: hosts,
		Hook: h.run, Connections: o.hostConnections, Generation: s.generation,
		Answerer: o.answerer(s.env, s.log, s.command),
		Configure: func(identifier string, c *session.Configuration) {
			c.Proxy, c.HTTP3, c.ExtraRootCAs = network.Proxy, network.HTTP3, network.ExtraRootCAs
			c.StrictTransport, c.PinnedCertificate = network.StrictTransport, network.PinnedCertificate
			c.Kerberos.Keytab, c.Connections = network.Kerberos.Keytab, network.Connections
			c.DisableHTTP2, c.HTTP1Within = c.DisableHTTP2 || network.DisableHTTP2, network.HTTP1Within
			if identifier != background.CommandIdentifier {
				return
			}
			c.MaxConnectionsPerHost = network.MaxConnectionsPerHost
			if storage != nil {
				c.Credentials = storage
			}
		},
	}, nil
}

// credentials makes what has passwords, unless it is made already.
func (s *agentSettings) credentials(o *options) error {
	if s.fixed != nil && reflect.DeepEqual(s.keep, o.config.Credentials) {
		return nil
	}
	command, err := o.command(s.env)
	if err != nil {
		return err
	}
	s.keep, s.command, s.storage = o.config.Credentials, command, nil
	if places := credentials.NewPlaces(keptDir(), s.keep.Keep, command); places != nil {
		s.storage = session.NewPermanentCredentialStorage(places)
		s.storage.Watch(func(e session.CredentialEvent) {
			if e.Err != nil {
				s.log.Warn(phrases.LogCredentials, "host", e.Space.Host, "error", e.Err)
			}
		})
	}
	return nil
}

// follow delivers new options after each change of the file, until ctx ends or
// the returned function is called. What is wrong with the file is logged, and
// changes nothing.
func (s *agentSettings) follow(ctx context.Context, o *options, changed chan<- background.Options) (end func() error) {
	path, _ := config.Find(o.configFile, s.env.getenv)
	w, err := config.Watch([]string{path}, nil)
	if err != nil {
		return func() error { return err }
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range w.Changed() {
			next := *o
			if next.config, next.sources, err = o.merge(s.env, &o.typed); err == nil {
				err = next.check()
			}
			var opt background.Options
			if err == nil {
				opt, err = s.options(&next)
			}
			if err != nil {
				s.log.Warn(phrases.LogConfiguration, "error", briefly(err))
				continue
			}
			select {
			case changed <- opt:
			case <-ctx.Done():
			}
		}
	}()
	return func() error {
		cancel()
		err := w.Close()
		<-done
		return err
	}
}
