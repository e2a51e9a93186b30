package cli

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"haul/model"
	"haul/session/background"
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

var (
	errUnchecked = errors.New(phrases.AgentKnowsNoChecksum)
	errMirrored  = errors.New(phrases.AgentKnowsNoMirrors)
)

// take hands one over. It is on the disk of the agent when it returns.
func (h *handing) take(ctx context.Context, what model.Handover) error {
	if what.Spec.Checksum != "" {
		return errUnchecked
	}
	if len(what.Spec.Mirrors) > 0 || len(what.Spec.Proof.Pieces) > 0 {
		return errMirrored
	}
	c, with, err := h.dial(ctx)
	if err != nil {
		return err
	}
	w, err := taskOf(what.Spec, with, what.Credential, h.options.config.Downloads.Force)
	if err != nil {
		return err
	}
	if what.Resume != nil {
		info, err := what.Resume.Describe()
		if err != nil {
			return err
		}
		// It has its request and names its partial file; what it leaves out for
		// being secret is given again.
		w.ResumeData, w.PartialFile = json.RawMessage(what.Resume), nil
		w.Settings.Header, w.Request.Header, w.Request.URL = what.Spec.Header, nil, info.OriginalURL
	}
	_, err = c.Create(ctx, w)
	return err
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
