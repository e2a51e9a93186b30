package phrases

// What is said of the content of a data task.
const (
	ContentNone   = "Nothing has come yet."
	ContentBinary = "This is no text. Add it as a download to have it as a file."
	ContentCut    = "This is the beginning only. Add it as a download to have it whole."
	InMemory      = "in memory, not stored"
)
