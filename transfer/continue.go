package transfer

import (
	"net/http"

	"haul/transfer/partial"
)

// Eligible says whether a download whose response is resp can be continued
// later, and if not, why, in words for the user ("no validator", "ranges not
// supported", "content-encoded", "not a GET"). Stricter than the guide where
// safety asks for it: a strong entity tag, or a Last-Modified that is at least
// one second older than Date (RFC 9110 section 8.8.2.2).
func Eligible(req *http.Request, resp *http.Response) (ok bool, reason string) { panic("contract") }

// Continue puts Range: bytes=from.Start-[from.End-1] and If-Range on h. An End
// of -1 or of the full length leaves the end open. Under RuleOverlap there is
// no If-Range. It also asks for the identity coding.
func Continue(h http.Header, st partial.State, from partial.Range) { panic("contract") }

// Verdict is what may be done with the answer to a range request.
type Verdict int

// The verdicts.
const (
	// Append: the body is the bytes asked for.
	Append Verdict = iota
	// Whole: the body is the whole file, from byte 0 (200, or 206 from 0).
	Whole
	// Complete: 416, and what is at hand is the whole, unchanged file.
	Complete
	// Again: the answer is of no use; ask once more without a range.
	Again
	// Refused: an error status; what is at hand stays good.
	Refused
)

// Judgement is a verdict with its reason.
type Judgement struct {
	Verdict Verdict
	// Start is the offset of the body's first byte, Total the size of the
	// whole file, -1 when unknown.
	Start, Total int64
	// Reason is for the event list and the row: "validator changed", …
	Reason string
}

// Judge holds resp, the answer to a request made with [Continue], against what
// is known. A 206 must have exactly the start asked for, the known total, the
// same validator if it names one, no content coding, a matching
// Content-Length, and one part only.
func Judge(resp *http.Response, st partial.State, asked partial.Range) Judgement { panic("contract") }
