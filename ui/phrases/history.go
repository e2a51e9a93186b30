package phrases

// What is said where the log or the history has nothing.
const (
	LogEmpty     = "Nothing has happened yet."
	HistoryEmpty = "The history has what ended in the background. Add -b to haul URL to have a transfer there."
	HistoryReads = "Reading the history."
)
