package model

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"haul/session"
)

// Model is the user's transfers. It belongs to the goroutine that calls Update.
type Model struct{}

// New makes a model over s, whose delegate is o. ctx ends every command.
func New(ctx context.Context, s *session.Session, o *Observer, opt Options) *Model {
	panic("contract")
}

// Init returns the first commands.
func (m *Model) Init() tea.Cmd { panic("contract") }

// Update takes a message of this package (others are ignored) and returns what
// is to be run.
func (m *Model) Update(msg tea.Msg) tea.Cmd { panic("contract") }

// Add takes transfers in. A spec whose URL is in the list, or whose partial
// file lies in its directory, continues that one. The others' problems come
// back with their index.
func (m *Model) Add(specs []Spec) (added []RowID, problems []Problem, cmd tea.Cmd) { panic("contract") }

// Interrupted adds the rows that an earlier run left behind, paused, and
// returns how many.
func (m *Model) Interrupted() (int, error) { panic("contract") }

// Reading: the list.

// Len is the number of rows that the view and the filter leave.
func (m *Model) Len() int { panic("contract") }

// Rows appends the rows [from, from+n) of the list in its order to dst.
func (m *Model) Rows(dst []Row, from, n int) []Row { panic("contract") }

// Row returns one row.
func (m *Model) Row(id RowID) (Row, bool) { panic("contract") }

// Detail returns everything about one row.
func (m *Model) Detail(id RowID) (Detail, bool) { panic("contract") }

// Totals sums up all rows.
func (m *Model) Totals() Totals { panic("contract") }

// Prompts are the questions that wait, oldest first.
func (m *Model) Prompts() []PromptView { panic("contract") }

// Version grows with every change that a screen could show.
func (m *Model) Version() uint64 { panic("contract") }

// TakeEvents returns the events since the last call, oldest first, progress
// merged per row; for printers. Without a caller at most 1,024 are kept.
func (m *Model) TakeEvents() []Event { panic("contract") }

// Idle tells that nothing runs, waits, retries or asks.
func (m *Model) Idle() bool { panic("contract") }

// Summary sums up how it ended.
func (m *Model) Summary() Summary { panic("contract") }

// The list's order, cursor and marks.

// Cursor is the position of the cursor in the list, -1 in an empty one, and
// the row under it. The cursor stays on its row when the order changes.
func (m *Model) Cursor() (int, RowID) { panic("contract") }

// MoveTo puts the cursor at a position, cut to the list.
func (m *Model) MoveTo(i int) { panic("contract") }

// SetView, SetFilter and SetSort choose what is listed and in which order.
func (m *Model) SetView(v View)              { panic("contract") }
func (m *Model) View() View                  { panic("contract") }
func (m *Model) SetFilter(s string) error    { panic("contract") }
func (m *Model) Filter() string              { panic("contract") }
func (m *Model) SetSort(k SortKey, rev bool) { panic("contract") }
func (m *Model) Sort() (SortKey, bool)       { panic("contract") }

// ToggleMark marks or unmarks the row under the cursor; MarkRange marks from
// the last mark to the cursor.
func (m *Model) ToggleMark()  { panic("contract") }
func (m *Model) MarkRange()   { panic("contract") }
func (m *Model) InvertMarks() { panic("contract") }
func (m *Model) MarkAll()     { panic("contract") }
func (m *Model) ClearMarks()  { panic("contract") }
func (m *Model) Marked() int  { panic("contract") }

// Selection is the marked rows, or the one under the cursor.
func (m *Model) Selection() []RowID { panic("contract") }

// Acting. Each shows in the next frame and returns at once.

// TogglePause pauses what runs and resumes what is paused or held. With ids of
// both kinds it pauses.
func (m *Model) TogglePause(ids []RowID) tea.Cmd { panic("contract") }

// PauseAll pauses everything; ResumeAll resumes everything.
func (m *Model) PauseAll() tea.Cmd  { panic("contract") }
func (m *Model) ResumeAll() tea.Cmd { panic("contract") }

// Cost tells what cancelling or removing ids would lose.
func (m *Model) Cost(ids []RowID) Cost { panic("contract") }

// Cost is what is lost by cancelling rows.
type Cost struct {
	Rows, Active int
	Bytes        int64 // on disk in partial files
	Finished     int   // rows whose file is in place
	Name         string
}

// Cancel cancels what is active.
func (m *Model) Cancel(ids []RowID) tea.Cmd { panic("contract") }

// Remove takes rows off the list; what is active is cancelled first. Partial
// files stay until Forget, so that Undo is real. deleteFiles deletes finished
// files at once.
func (m *Model) Remove(ids []RowID, deleteFiles bool) tea.Cmd { panic("contract") }

// Undo brings the latest removed rows back and returns how many.
func (m *Model) Undo() int { panic("contract") }

// Retry tries failed, refused or cancelled rows again, from the bytes at hand;
// Restart from byte 0.
func (m *Model) Retry(ids []RowID) tea.Cmd   { panic("contract") }
func (m *Model) Restart(ids []RowID) tea.Cmd { panic("contract") }

// Renew gives a row a fresh URL and goes on with the bytes at hand.
func (m *Model) Renew(id RowID, url string) (tea.Cmd, error) { panic("contract") }

// Answer answers a question. It reports false if it was answered already.
func (m *Model) Answer(id PromptID, a Answer) (bool, tea.Cmd) { panic("contract") }

// Quit pauses everything that can be resumed, cancels the rest, closes the
// journal and then sends QuitMsg. Drain starts nothing new meanwhile.
func (m *Model) Quit() tea.Cmd { panic("contract") }

// QuitCost tells how many rows run and how many of them cannot be resumed.
func (m *Model) QuitCost() (running, lost int) { panic("contract") }
