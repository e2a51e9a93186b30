package ui

import (
	"context"
	"io"

	tea "charm.land/bubbletea/v2"

	"haul/model"
)

// Options say how the monitor looks and what it starts with.
type Options struct {
	// Theme is auto, dark, light or mono; Color is auto, always or never;
	// Glyphs is auto, unicode or ascii.
	Theme, Color, Glyphs string
	Mouse                bool
	Environ              []string // "NAME=value", of the terminal
	In                   io.Reader
	Out                  io.Writer
	// Dir is where added transfers go when nothing else is said.
	Dir string
	// Note is shown above the list until esc; "" for none.
	Note string
	// Start runs beside the model's own first commands.
	Start tea.Cmd
}

// App is the monitor. It belongs to Bubble Tea's loop.
type App struct{}

// New makes a monitor of m. ctx ends its commands. An unknown theme or glyph
// set is an error that names those there are.
func New(ctx context.Context, m *model.Model, opt Options) (*App, error) { panic("contract") }

// ProgramOptions are what Bubble Tea has to know to run it: streams, colour
// profile, frame rate.
func (a *App) ProgramOptions() []tea.ProgramOption { panic("contract") }

// Interrupted tells whether Ctrl-C or a signal ended it.
func (a *App) Interrupted() bool { panic("contract") }

// Init, Update and View make it a tea.Model.
func (a *App) Init() tea.Cmd                           { panic("contract") }
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) { panic("contract") }
func (a *App) View() tea.View                          { panic("contract") }
