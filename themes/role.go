package themes

import "fmt"

// Role is what a piece of the screen is for.
type Role uint8

const (
	Text      Role = iota // plain text
	Subtle                // what matters less: labels, queued transfers
	Faint                 // what matters least: hints, the empty part of a bar
	Accent                // what moves, what has the focus
	OK                    // done
	Warn                  // paused, retrying, a status other than 2xx
	Error                 // failed
	Attention             // a question waits for the user
	SelectBG              // background of the selected row
	SelectFG              // text of the selected row
	Border                // lines and frames
	Bar                   // the full part of a bar
	roleCount
)

func (r Role) String() string {
	names := [roleCount]string{
		"text", "subtle", "faint", "accent", "ok", "warn", "error", "attention",
		"select-bg", "select-fg", "border", "bar",
	}
	if r >= roleCount {
		return fmt.Sprintf("Role(%d)", uint8(r))
	}
	return names[r]
}
