package background_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"haul/session"
	"haul/session/background"
)

// The test binary is also the agent and the app of tests with real processes.
const (
	roleAgent = "as-agent" // STATE RUNTIME
	roleApp   = "as-app"   // see killApp
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case roleAgent:
			os.Exit(runAgent(os.Args[2], os.Args[3]))
		case roleApp:
			os.Exit(runApp(os.Args[2:]))
		}
	}
	goleak.VerifyTestMain(m)
}

func runAgent(state, runtime string) int {
	err := background.Run(context.Background(), background.Options{
		Location: session.Agent{StateDirectory: state, RuntimeDirectory: runtime},
		Linger:   20 * time.Second,
		Log:      slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil && !errors.Is(err, background.ErrRunning) {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// processAgent is the way to an agent that is a process of its own.
func processAgent(state, runtime string) session.Agent {
	return session.Agent{
		Command:        []string{os.Args[0], roleAgent, state, runtime},
		StateDirectory: state, RuntimeDirectory: runtime,
	}
}
