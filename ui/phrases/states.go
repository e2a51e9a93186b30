package phrases

import "haul/model"

// State is the word of a state.
func State(s model.State) string {
	switch s {
	case model.Queued:
		return "queued"
	case model.Running:
		return "running"
	case model.Pausing:
		return "pausing"
	case model.Paused:
		return "paused"
	case model.Held:
		return "held"
	case model.Resuming:
		return "resuming"
	case model.Asking:
		return "asks you"
	case model.Retrying:
		return "retry"
	case model.Cancelling:
		return "cancelling"
	case model.Cancelled:
		return "cancelled"
	case model.Done:
		return "done"
	case model.Refused:
		return "refused"
	case model.Expired:
		return "expired"
	case model.Mismatch:
		return "mismatch"
	}
	return "failed"
}

// View is what a view of the list is called.
func View(v model.View) string {
	switch v {
	case model.ViewRunning:
		return "running"
	case model.ViewWaiting:
		return "waiting"
	case model.ViewAttention:
		return "asks, failed"
	case model.ViewDone:
		return "done"
	}
	return "all"
}

// Sort is what a key is called that the list can be ordered by.
func Sort(k model.SortKey) string {
	switch k {
	case model.SortName:
		return "name"
	case model.SortSize:
		return "size"
	case model.SortDone:
		return "done"
	case model.SortRate:
		return "rate"
	case model.SortETA:
		return "eta"
	case model.SortState:
		return "state"
	case model.SortHost:
		return "host"
	}
	return "added"
}
