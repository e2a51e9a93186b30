package session

import (
	"time"

	"haul/transfer"
)

// Metrics are the measurements of one task.
type Metrics struct {
	Created, Completed time.Time
	Redirects          int
	// Transactions has one entry per request, redirects and repeated
	// requests included.
	Transactions []transfer.Transaction
}
