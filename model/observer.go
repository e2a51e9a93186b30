package model

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Observer is the delegate of the session. Make it before the session, give it
// to session.New, then make the model with both.
type Observer struct{}

// NewObserver returns an observer that remembers nothing yet.
func NewObserver() *Observer { panic("contract") }

// Next is the command that waits until something changed and the next frame is
// due, and returns a FrameMsg. It returns nil when ctx ends.
func (o *Observer) Next(ctx context.Context, interval time.Duration) tea.Cmd { panic("contract") }
