package cli

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"haul/model"
	"haul/session/background"
)

// handing hands the transfers of this run to the agent, which is started for
// the first of them.
type handing struct {
	options *options

	mu     sync.Mutex
	client *background.Client // nil before the first
}

var errUnchecked = errors.New("the agent compares no checksum, and the next run does")

// take hands one over. It is on the disk of the agent when it returns.
func (h *handing) take(ctx context.Context, what model.Handover) error {
	if what.Spec.Checksum != "" {
		return errUnchecked
	}
	w, err := taskOf(what.Spec, what.Credential, h.options.config.Downloads.Force)
	if err != nil {
		return err
	}
	if what.Resume != nil {
		// It names its request and its partial file; what it leaves out for
		// being secret is given again.
		w.ResumeData, w.PartialFile = json.RawMessage(what.Resume), nil
		w.Settings.Header, w.Request = what.Spec.Header, nil
	}
	c, err := h.dial(ctx)
	if err != nil {
		return err
	}
	_, err = c.Create(ctx, w)
	return err
}

func (h *handing) dial(ctx context.Context) (*background.Client, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.client != nil {
		return h.client, nil
	}
	c, err := h.options.dial(ctx, true)
	h.client = c
	return c, err
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
