package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/spf13/pflag"

	"haul/model"
	"haul/session"
	"haul/session/background"
	"haul/transfer"
	"haul/ui/phrases"
)

// handing hands the transfers of this run to the agent, which is started for
// the first of them.
type handing struct {
	options *options
	env     Env

	mu     sync.Mutex
	client *background.Client // nil before the first
	with   *access
}

// harmless are the flags that -b refuses and that keep no transfer here: some say
// how many there are at once, or what is shown, and the rest is looked at in each
// transfer, or goes along.
func harmless() []string {
	return []string{
		"max-per-host", "max-rows-per-host", "max-running", "continue", "plain", "progress",
		"checksum", "mirror", "limit-rate", "connections",
	}
}

var (
	errUnchecked = errors.New(phrases.AgentKnowsNoChecksum)
	errMirrored  = errors.New(phrases.AgentKnowsNoMirrors)
	errFaster    = errors.New(phrases.AgentIsFaster)
)

// take hands one over. It is on the disk of the agent when it returns.
func (h *handing) take(ctx context.Context, what model.Handover) error {
	if what.Spec.Checksum != "" {
		return errUnchecked
	}
	if len(what.Spec.Mirrors) > 0 || len(what.Spec.Proof.Pieces) > 0 {
		return errMirrored
	}
	if err := h.refusal(what); err != nil {
		return err
	}
	c, with, err := h.dial(ctx)
	if err != nil {
		return err
	}
	w, err := h.task(what, with)
	if err != nil {
		return err
	}
	_, err = c.Create(ctx, w)
	return err
}

// task is what the agent is to make of it.
func (h *handing) task(what model.Handover, with *access) (background.Create, error) {
	w, err := taskOf(what.Spec, with, what.Credential, h.options.config.Downloads.Force)
	if err != nil {
		return w, err
	}
	if what.Spec.Limit > 0 {
		w.RateLimit = &what.Spec.Limit
	}
	if what.Spec.Upload == "" && h.options.flags.Changed("connections") {
		var cfg session.Configuration
		h.options.connections(&cfg, new(model.Options))
		w.Connections = &cfg.Connections
	}
	if what.Resume != nil {
		info, err := what.Resume.Describe()
		if err != nil {
			return w, err
		}
		// It has its request and names its partial file; what it leaves out for
		// being secret is given again.
		w.ResumeData, w.PartialFile = json.RawMessage(what.Resume), nil
		w.Settings.Header, w.Request.Header, w.Request.URL = what.Spec.Header, nil, info.OriginalURL
	}
	return w, nil
}

// refusal says why the agent would load it in a way that this run was told not to:
// past its proxy, or faster. nil: it would not.
func (h *handing) refusal(what model.Handover) error {
	why, fine := foreground(), harmless()
	for _, name := range slices.Sorted(maps.Keys(why)) {
		if h.options.flags.Changed(name) && !slices.Contains(fine, name) {
			return fmt.Errorf(phrases.AgentGoesWithout, name, why[name])
		}
	}
	all, hosts, err := h.agentRates()
	if err != nil {
		return err
	}
	there := transfer.NewLimits(all, hosts)
	exceeds := func(there, here int64) bool { return here > 0 && (there == 0 || there > here) }
	switch host := there.Host(what.Host); {
	case exceeds(there.All().Limit(), what.AllLimit):
		return errFaster
	case exceeds(host.Limit(), what.HostLimit):
		return fmt.Errorf(phrases.AgentIsFasterFrom, what.Host)
	}
	return nil
}

// agentRates are the limits of the agent: those of the configuration, which it
// follows, without the flags of this run.
func (h *handing) agentRates() (all int64, hosts map[string]int64, err error) {
	there := *h.options
	there.flags = pflag.NewFlagSet("", pflag.ContinueOnError)
	if there.config, _, err = there.merge(h.env, nil); err != nil {
		return 0, nil, err
	}
	return there.rates()
}

// dial connects for the first transfer, and gathers what lets them in.
func (h *handing) dial(ctx context.Context) (*background.Client, *access, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.client != nil {
		return h.client, h.with, nil
	}
	var err error
	if h.with, err = h.options.access(h.env, false); err != nil {
		return nil, nil, err
	}
	h.client, err = h.options.dial(ctx, true)
	return h.client, h.with, err
}

// close ends the connection.
func (h *handing) close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.client == nil {
		return nil
	}
	return h.client.Close()
}
