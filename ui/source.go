package ui

import (
	tea "charm.land/bubbletea/v2"

	"haul/model"
)

// source is what the screens read of the model. See [model.Model] for what
// each method returns.
type source interface {
	Len() int
	Rows(dst []model.Row, from, n int) []model.Row
	Row(id model.RowID) (model.Row, bool)
	Detail(id model.RowID) (model.Detail, bool)
	Link(id model.RowID) (string, bool)
	Totals() model.Totals
	Prompts() []model.PromptView
	Version() uint64
	Place(id model.RowID) (place, of int)
	Spark(dst []float64, id model.RowID) []float64
	Listed() func(link string) (model.RowID, bool)
	RateLimit() int64
	HostRateLimit(host string) int64
	RowRateLimit(id model.RowID) int64
	TakeEvents() []model.Event
	AnsweredElsewhere(id model.PromptID) bool
	Unfinished() int

	Cursor() (int, model.RowID)
	View() model.View
	Filter() string
	Sort() (model.SortKey, bool)
	Marked() int
	Selection() []model.RowID
	Cancellable(ids []model.RowID) []model.RowID
	Cost(ids []model.RowID) model.Cost
	QuitCost() (running, lost int)
	Detachable() bool
	DetachCost() (again []string)
}

// actor is what keys and answers do to the model.
type actor interface {
	Init() tea.Cmd
	Update(msg tea.Msg) tea.Cmd

	MoveTo(i int)
	SetView(v model.View)
	SetFilter(s string) error
	SetSort(k model.SortKey, rev bool)
	ToggleMark()
	MarkRange()
	InvertMarks()
	MarkAll()
	ClearMarks()

	Add(specs []model.Spec) ([]model.RowID, []model.Problem, tea.Cmd)
	TogglePause(ids []model.RowID) tea.Cmd
	PauseAll() tea.Cmd
	ResumeAll() tea.Cmd
	Cancel(ids []model.RowID) tea.Cmd
	Remove(ids []model.RowID, deleteFiles bool) tea.Cmd
	Undo() int
	Retry(ids []model.RowID) tea.Cmd
	Restart(ids []model.RowID) tea.Cmd
	SetPriority(ids []model.RowID, p model.Priority) tea.Cmd
	Move(ids []model.RowID, up bool) (moved int, cmd tea.Cmd)
	Rename(id model.RowID, name string) error
	SetRateLimit(bytesPerSecond int64)
	SetHostRateLimit(host string, bytesPerSecond int64)
	SetRowRateLimit(ids []model.RowID, bytesPerSecond int64)
	Renew(id model.RowID, url string) (tea.Cmd, error)
	Answer(id model.PromptID, a model.Answer) (bool, tea.Cmd)
	Quit() tea.Cmd
	Detach() tea.Cmd
}

// transfers is the model as the monitor sees it. Tests give one that is made by
// hand.
type transfers interface {
	source
	actor
}

var _ transfers = (*model.Model)(nil)
