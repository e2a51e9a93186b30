package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"

	"haul/session/background"
	"haul/ui"
)

// inMonitor is the history for the monitor's screen. Where nothing was ever in
// the background there is none, and no agent is started to find that out.
func (o *options) inMonitor(ctx context.Context) ([]ui.Past, error) {
	if _, err := os.Stat(filepath.Join(xdg.StateHome, "haul", "agent.db")); err != nil {
		return nil, nil //nolint:nilerr // said above
	}
	c, err := o.dial(ctx, true)
	if err != nil {
		return nil, err
	}
	found, err := pastTransfers(ctx, c, background.HistoryQuery{})
	err = errors.Join(err, c.Close())
	past := make([]ui.Past, len(found))
	for i, p := range found {
		past[i] = ui.Past{
			Ended: p.Ended.Local(), Name: p.Name, Host: p.Host, Bytes: p.Bytes, Result: p.Result, Reason: p.Reason,
		}
	}
	return past, err
}
