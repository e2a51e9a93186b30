package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

// run runs a command and takes what it brings, but looks at the clock.
func run(a *App, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			run(a, c)
		}
	case historyMsg:
		a.Update(msg)
	}
}

func TestHistoryIsReadWhenItIsShownAndCleaned(t *testing.T) {
	synctest.Test(t, historyIsRead)
}

func historyIsRead(t *testing.T) {
	reads := 0
	var fails error
	a := newTestApp(t, thirteen(time.Now()), Options{Environ: noColour().Environ, History: func(context.Context) ([]Past, error) {
		reads++
		return []Past{{Name: "a\x1b[2J.iso", Result: "failed", Reason: "x\x1b]0;y\a"}}, fails
	}})
	screenNow(a, size{80, 24})
	show := func(key string) string {
		run(a, pressKey(a, key))
		return a.View().Content
	}
	if got := show("h"); reads != 1 || !strings.Contains(got, "a␛[2J.iso") || !strings.Contains(got, "failed: x␛]0;y␇") {
		t.Fatalf("read %d times:\n%s", reads, got)
	}
	if got := show("p"); !strings.Contains(got, "the history is about all transfers") {
		t.Errorf("a key for a transfer says nothing:\n%s", got)
	}
	if show("l"); a.screen != screenLog {
		t.Error("the log cannot be reached")
	}
	if show("esc"); a.screen != screenList {
		t.Error("back does not lead to the list")
	}
	fails = errors.New("no agent")
	if got := show("h"); reads != 2 || !strings.Contains(got, "cannot be read: no agent") || strings.Contains(got, "a␛") {
		t.Errorf("read %d times:\n%s", reads, got)
	}
	if show("h"); a.screen != screenList {
		t.Error("the same key does not lead back")
	}
}
