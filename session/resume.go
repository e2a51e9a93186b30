package session

import (
	"net/url"
	"time"

	"haul/transfer/partial"
)

// ResumeData is what a new task needs to go on with a download: JSON text, the
// state of package transfer/partial with the place of the partial file. It
// holds no secret, and serves once.
type ResumeData []byte

// ResumeDataFrom finds the resume data in the error of a download task.
func ResumeDataFrom(err error) (ResumeData, bool) { panic("contract") }

// ReadResumeData makes resume data from a partial file and the state beside
// it, after a crash or from another program's run. path names either file.
func ReadResumeData(path string) (ResumeData, error) { panic("contract") }

// ResumeInfo is what resume data says.
type ResumeInfo struct {
	OriginalURL, URL string
	PartialFile      string // path of the data file
	Name             string // suggested file name
	Length           int64  // of the whole file in bytes, -1 unknown
	Have             int64  // bytes that are durable
	Omitted          []string
	Rule             partial.Rule
	Updated          time.Time
}

// Describe decodes the data.
func (d ResumeData) Describe() (ResumeInfo, error) { panic("contract") }

// WithURL returns data that goes on from another URL: a fresh link to the same
// file. Whether it is the same file is decided by the validators when they
// agree, else by fetching the last bytes at hand again and comparing them.
func (d ResumeData) WithURL(u *url.URL) (ResumeData, error) { panic("contract") }

// WithRule returns data that goes on by the given rule.
func (d ResumeData) WithRule(r partial.Rule) (ResumeData, error) { panic("contract") }

// Continuation is how a resumed download went on.
type Continuation struct {
	// Offset is the first byte that is fetched anew; 0 after a restart.
	Offset int64
	// Rule is what made it safe.
	Rule partial.Rule
	// Reason says why it started over, "" if it did not.
	Reason string
}

// NotResumableError says why a download cannot be resumed.
type NotResumableError struct{ Reason string }

func (e *NotResumableError) Error() string { return "cannot be resumed: " + e.Reason }
