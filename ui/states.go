package ui

import (
	"strconv"
	"time"

	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/units"
)

// roleOf is the colour of a state.
func roleOf(r *model.Row) themes.Role {
	switch r.State {
	case model.Running:
		return themes.Accent
	case model.Paused, model.Held, model.Retrying:
		return themes.Warn
	case model.Asking, model.Expired:
		return themes.Attention
	case model.Done:
		if odd(r) {
			return themes.Warn
		}
		return themes.OK
	case model.Refused, model.Mismatch, model.Failed:
		return themes.Error
	}
	return themes.Subtle
}

// signOf is the sign of a state. While something is under way the sign of the
// state before stays, and moving tells so.
func signOf(g *themes.Glyphs, s model.State) (sign string, moving bool) {
	switch s {
	case model.Queued:
		return g.Queued, false
	case model.Running:
		return g.Running, false
	case model.Pausing, model.Cancelling:
		return g.Running, true
	case model.Paused:
		return g.Paused, false
	case model.Held:
		return g.Held, false
	case model.Resuming:
		return g.Paused, true
	case model.Asking:
		return g.Asks, false
	case model.Retrying:
		return g.Retry, false
	case model.Done:
		return g.Done, false
	case model.Expired:
		return g.Alert, false
	}
	return g.Failed, false
}

// odd tells that a transfer is done with a status that is no success.
func odd(r *model.Row) bool { return r.Status >= 300 }

// appendState appends the state in at most width cells. clock asks for the
// time until a retry in place of its count.
func appendState(dst []byte, r *model.Row, width int, clock bool, now time.Time) []byte {
	word := phrases.State(r.State)
	switch {
	case waitsForNetwork(r):
		word = "no network"
		if len(word) > width {
			word = "offline"
		}
	case r.State == model.Retrying && clock:
		dst = append(append(dst, word...), ' ')
		return units.AppendDuration(dst, until(r.RetryAt, now))
	case r.State == model.Retrying && r.Attempts > 0:
		dst = append(append(dst, word...), ' ')
		dst = append(strconv.AppendInt(dst, int64(r.Attempt), 10), '/')
		return strconv.AppendInt(dst, int64(r.Attempts), 10)
	case r.State == model.Refused && r.Status > 0, r.State == model.Done && odd(r):
		if len(word)+4 > width {
			word = "HTTP"
		}
		dst = append(append(dst, word...), ' ')
		return strconv.AppendInt(dst, int64(r.Status), 10)
	case r.Priority != model.NormalPriority && len(word)+2 <= width && (r.State == model.Queued || r.State == model.Running):
		dst = append(append(dst, word...), ' ')
		if r.Priority > model.NormalPriority {
			return append(dst, '+')
		}
		return append(dst, '-')
	case len(word) > width:
		word = "stopping" // of all words only cancelling is that long
	}
	return append(dst, word...)
}

// waitsForNetwork tells that only the network can bring the retry about.
func waitsForNetwork(r *model.Row) bool { return r.State == model.Retrying && r.RetryAt.IsZero() }

// until is the time that is left until t, rounded up to seconds.
func until(t, now time.Time) time.Duration {
	d := max(t.Sub(now), 0)
	return (d + time.Second - 1).Truncate(time.Second)
}

// sortKeys are the keys that the list can be ordered by, in the order of their
// menu.
func sortKeys() []model.SortKey {
	return []model.SortKey{
		model.SortAdded, model.SortName, model.SortSize, model.SortDone,
		model.SortRate, model.SortETA, model.SortState, model.SortHost,
	}
}
