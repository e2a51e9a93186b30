package session

import (
	"errors"
	"fmt"
	"strings"
)

// Error is the error of a task. HTTP statuses are never errors (guide step 13).
// errors.Is matches it with its Code.
type Error struct {
	Code Code
	// URL is the failing URL, redacted.
	URL string
	// Resource tells that a TimedOut is the resource timeout.
	Resource bool
	// CancelledBy says who has cancelled a task of a background session, if it
	// was not the program itself.
	CancelledBy CancelReason
	// Resume is the resume data of a download that can go on, or nil.
	Resume ResumeData
	// Err is the cause, or nil.
	Err error
}

// CancelReason is why a task of a background session was cancelled from outside
// of its program.
type CancelReason string

// CancelledByUser: the user has ended it, with a command or in another program.
const CancelledByUser CancelReason = "user"

// Error says what went wrong and where, then the cause.
func (e *Error) Error() string {
	var b strings.Builder
	d, ok := describe(e.Code)
	if !ok {
		d.text = e.Code.String()
	}
	b.WriteString(d.text)
	if e.Resource {
		b.WriteString(" (time for the whole resource)")
	}
	if e.CancelledBy != "" {
		b.WriteString(" by the ")
		b.WriteString(string(e.CancelledBy))
	}
	if e.URL != "" {
		b.WriteString(": ")
		b.WriteString(e.URL)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is matches the error's code.
func (e *Error) Is(target error) bool {
	c, ok := target.(Code)
	return ok && c == e.Code
}

// ResumeDataFrom finds the resume data in the error of a download task
// (guide step 13).
func ResumeDataFrom(err error) (ResumeData, bool) {
	var e *Error
	if !errors.As(err, &e) || len(e.Resume) == 0 {
		return nil, false
	}
	return e.Resume, true
}

// PanicError is the cause of the failure of a task whose delegate panicked, or
// whose completion handler did.
type PanicError struct {
	Method string // "DidWriteData"
	Value  any    // what was passed to panic
	Stack  []byte
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("the delegate panicked in %s: %v", e.Method, e.Value)
}
