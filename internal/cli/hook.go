package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os/exec"
	"strings"
	"time"

	"haul/internal/config"
	"haul/session/background"
	"haul/ui/phrases"
	"haul/ui/text"
)

// hook runs the commands of the configuration for what happens in the agent:
// on-question, on-finish and on-fail.
type hook struct {
	commands config.Agent
	log      *slog.Logger
	environ  []string
}

const (
	// hookTime bounds one command. Those that follow wait for it.
	hookTime = 30 * time.Second
	// hookPipes is how long what a command has left behind may hold its output.
	hookPipes = time.Second
	// mostHookOutput is how much of its output goes to the log.
	mostHookOutput = 4 << 10
)

// run runs the command for an event, with the event as JSON on its standard
// input. No shell reads anything of it: the URL and the file's name are a
// stranger's, and reach the command as data only.
func (h hook) run(ctx context.Context, e background.Event) {
	command := map[background.Occasion][]string{
		background.OnQuestion: h.commands.OnQuestion,
		background.OnFinish:   h.commands.OnFinish,
		background.OnFail:     h.commands.OnFail,
	}[e.Occasion]
	if len(command) == 0 {
		return
	}
	log := h.log.With("event", string(e.Occasion), "task", e.ID, "command", command[0])
	event, err := json.Marshal(e)
	if err != nil {
		log.Error(phrases.LogHookEvent, "error", err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, hookTime)
	defer cancel()
	out := &head{left: mostHookOutput}
	c := exec.CommandContext(ctx, config.ExpandHome(command[0]), command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(append(event, '\n')), out, out
	c.Env, c.WaitDelay = h.environ, hookPipes
	if err = c.Run(); err != nil {
		log.Warn(phrases.LogHookFailed, "error", err, "output", out.words())
		return
	}
	log.Info(phrases.LogHookRan, "output", out.words())
}

// head keeps the beginning of what is written.
type head struct {
	kept bytes.Buffer
	left int
}

func (h *head) Write(p []byte) (int, error) {
	n := min(len(p), h.left)
	h.left -= n
	h.kept.Write(p[:n])
	return len(p), nil
}

func (h *head) words() string { return text.Clean(strings.TrimSpace(h.kept.String())).String() }
