package partial

import (
	"errors"
	"net/http"
	"slices"
	"time"
)

// Version is the version of the state's format that this package writes. It
// reads this one and refuses newer ones with [ErrVersion].
const Version = 1

// Bounds of a state file. What is beyond them is damaged.
const (
	// MaxStateSize is the size of the file in bytes.
	MaxStateSize = 1 << 20
	// MaxRanges is the number of ranges in Have.
	MaxRanges = 65536
)

// Suffixes of the two files beside the destination.
const (
	PartSuffix  = ".haul-part"
	StateSuffix = ".haul-state"
)

var (
	// ErrVersion says that the state was written by a newer haul.
	ErrVersion = errors.New("resume state is of a newer version")
	// ErrCorrupt says that the state or the partial file contradicts itself.
	ErrCorrupt = errors.New("resume state is damaged")
	// ErrLocked says that another task or process has the partial file.
	ErrLocked = errors.New("partial file is in use by another transfer")
	// ErrSpent says that resume data was used before: the state on disk is
	// newer than the data that is to be continued from.
	ErrSpent = errors.New("resume data was used already")
	// ErrIncomplete says that bytes are missing in a file that is to be
	// finished.
	ErrIncomplete = errors.New("partial file is not complete")
)

// Rule says what makes it safe to put new bytes behind the ones at hand.
type Rule string

// The rules. The row of a download names the one that was used.
const (
	// RuleValidator is If-Range with a strong entity tag or a date that is
	// strong by RFC 9110 section 8.8.2.2.
	RuleValidator Rule = "validator"
	// RuleOverlap fetches the last bytes at hand again and compares them.
	RuleOverlap Rule = "overlap"
)

// State is the resume state of one download: everything a new task needs to go
// on, and nothing secret. Its JSON form is documented in docs/resume-state.md.
//
// A [File] owns Version, Serial, Have and Updated; the rest is its user's. The
// URLs have to stay as the server knows them, with a query that may be signed:
// that is why the file is its owner's alone.
type State struct {
	// Version is the format's version, [Version] when written.
	Version int `json:"haul"`
	// Serial grows by one with every state written, so that resume data
	// handed out earlier can be told from the present state.
	Serial uint64 `json:"serial"`
	// OriginalURL is the URL that the user asked for, URL the one that
	// served the bytes after redirects. Neither has user information.
	OriginalURL string `json:"original_url"`
	URL         string `json:"url"`
	// Header are the request's own fields without secrets; Omitted names
	// the fields that were left out.
	Header  http.Header `json:"header,omitempty"`
	Omitted []string    `json:"omitted,omitempty"`
	// ETag, LastModified and Date are the response's fields, verbatim. A
	// value that text cannot hold (control bytes, not UTF-8) is left out:
	// a validator that is changed by a single byte is worse than none.
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
	Date         string `json:"date,omitempty"`
	// Length is the size of the whole file in bytes, -1 when unknown.
	Length int64 `json:"length"`
	// ContentType is the response's media type, verbatim.
	ContentType string `json:"content_type,omitempty"`
	// Name is the suggested file name; it is cleaned by [SafeName].
	Name string `json:"name,omitempty"`
	// Have are the bytes that are durable in the partial file.
	Have RangeSet `json:"have"`
	// Rule is the rule that the next continuation has to follow.
	Rule Rule `json:"rule,omitempty"`
	// Owner is the task of a background session that the file belongs to, nil
	// for none: it brings the task back when the agent's database is lost.
	Owner *Owner `json:"owner,omitempty"`
	// Started is when the partial file was created, Updated when this state
	// was written.
	Started time.Time `json:"started"`
	Updated time.Time `json:"updated"`
}

// Owner names a task of a background session.
type Owner struct {
	// Session is the identifier of the session, Task that of the task.
	Session string `json:"session"`
	Task    int64  `json:"task"`
	// Place is the name that the finished file is given beside the partial
	// file, "/" for the one that the server suggests. "" where it goes somewhere
	// else, or where the program takes it: a state that somebody has made can
	// name no other directory.
	Place string `json:"place,omitempty"`
}

// SuggestedPlace is the Place of a file that is named by its server.
const SuggestedPlace = "/"

const (
	// mostSession bounds the identifier of a session in bytes, mostTask that of a
	// task.
	mostSession = 255
	mostTask    = 1 << 40
)

// fits tells whether o is one that a program may believe.
func (o *Owner) fits() bool {
	return o == nil || o.Session != "" && len(o.Session) <= mostSession && isText(o.Session) && o.Task > 0 && o.Task <= mostTask &&
		(o.Place == "" || o.Place == SuggestedPlace || SafeName(o.Place) == o.Place)
}

// Complete tells that every byte of a file of known length is durable.
func (s State) Complete() bool { return s.Length >= 0 && s.Have.Len() == s.Length }

// clone returns a state that shares nothing with s.
func (s State) clone() State {
	s.Header = s.Header.Clone()
	s.Omitted = slices.Clone(s.Omitted)
	s.Have = s.Have.Clone()
	if s.Owner != nil {
		owner := *s.Owner
		s.Owner = &owner
	}
	return s
}
