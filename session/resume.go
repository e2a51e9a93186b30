package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"haul/transfer/partial"
)

// ResumeData is what a new task needs to go on with a download: JSON text, the
// state of package transfer/partial with the place of the partial file. It
// holds no secret, and serves once: a second task fails with
// [partial.ErrSpent], or with [partial.ErrLocked] while the first one runs.
// It is not spent by a task that ended before it wrote anything.
type ResumeData []byte

// Continuation is how a resumed download went on.
type Continuation struct {
	// Offset is the number of bytes at hand that are kept, which is the first
	// byte that is fetched anew unless the file has gaps, as a download on
	// several connections leaves it; 0 after a restart.
	Offset int64
	// Rule is what made it safe, "" after a restart.
	Rule partial.Rule
	// Reason says why it started over, "" if it did not.
	Reason string
}

// NotResumableError says why a download cannot be resumed.
type NotResumableError struct{ Reason string }

func (e *NotResumableError) Error() string { return "cannot be resumed: " + e.Reason }

// ErrOtherFile is the cause of the failure of a task whose resume data was
// given a fresh link ([ResumeData.WithURL]) that serves another file. What is
// on disk stays as it was, and the resume data in the error is good for another
// try.
var ErrOtherFile = errors.New("the new link serves another file")

// resumePoint is decoded resume data.
type resumePoint struct {
	data  ResumeData
	part  string // path of the data file
	state partial.State
	fresh *url.URL // from WithURL, or nil
}

// resumeText is the JSON form.
type resumeText struct {
	PartialFile string          `json:"partial_file"`
	FreshURL    string          `json:"fresh_url,omitempty"`
	State       json.RawMessage `json:"state"`
}

func encodeResume(p resumePoint) (ResumeData, error) {
	state, err := partial.Encode(p.state)
	if err != nil {
		return nil, err
	}
	path, err := filepath.Abs(p.part)
	if err != nil {
		return nil, err
	}
	text := resumeText{PartialFile: path, State: state}
	if p.fresh != nil {
		text.FreshURL = p.fresh.String()
	}
	return json.MarshalIndent(text, "", "\t")
}

// maxResumeData bounds what is decoded, in bytes.
const maxResumeData = partial.MaxStateSize + 64<<10

// decodeResume reads resume data, which may come from anybody.
func decodeResume(d ResumeData) (*resumePoint, error) {
	corrupt := func(why string) error { return fmt.Errorf("%w: %s", partial.ErrCorrupt, why) }
	if len(d) == 0 {
		return nil, corrupt("it is empty")
	}
	if len(d) > maxResumeData {
		return nil, corrupt("it is too long")
	}
	var text resumeText
	if err := json.Unmarshal(d, &text); err != nil {
		return nil, corrupt(err.Error())
	}
	st, err := partial.Decode(text.State)
	if err != nil {
		return nil, err
	}
	if !filepath.IsAbs(text.PartialFile) || !isPartPath(text.PartialFile) {
		return nil, corrupt("it names no partial file")
	}
	p := &resumePoint{data: d, part: text.PartialFile, state: st}
	if text.FreshURL != "" {
		if p.fresh, err = url.Parse(text.FreshURL); err != nil {
			return nil, corrupt("its URL is none")
		}
		if err := checkURL(p.fresh); err != nil {
			return nil, corrupt("its URL is none")
		}
		p.fresh.User = nil
	}
	return p, nil
}

// isPartPath tells whether path is one as partial.PathFor makes it, so that
// resume data from a stranger cannot name any other file.
func isPartPath(path string) bool {
	base := filepath.Base(path)
	return strings.HasSuffix(base, partial.PartSuffix) && base != partial.PartSuffix
}

// ReadResumeData makes resume data from a partial file and the state beside
// it, after a crash or from another program's run; what a process that was killed
// on this machine had written since is made durable first. path names either file. It
// fails with a *[NotResumableError] if nothing of the file is durable, and
// with the errors of [partial.ReadState].
func ReadResumeData(path string) (ResumeData, error) {
	if stem, ok := strings.CutSuffix(path, partial.StateSuffix); ok {
		path = stem + partial.PartSuffix
	}
	if !isPartPath(path) {
		return nil, fmt.Errorf("%w: %q is no partial file", partial.ErrCorrupt, filepath.Base(path))
	}
	var files partial.OS
	if _, err := files.Lstat(path); err != nil {
		return nil, err
	}
	// What cannot be recovered is fetched again; of errors that concern the
	// state as well, reading it tells.
	_ = partial.Recover(files, path)
	st, err := partial.ReadState(files, path)
	if err != nil {
		return nil, err
	}
	if st.Have.Len() == 0 && !st.Complete() {
		return nil, &NotResumableError{Reason: reasonNothing}
	}
	return encodeResume(resumePoint{part: path, state: st})
}

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
	// Started and Serial tell this state of this partial file from any other.
	Started time.Time
	Serial  uint64
	// Owner is the task of a background session that it belongs to, or nil.
	Owner *partial.Owner
}

// Describe decodes the data. It fails with [partial.ErrCorrupt] or
// [partial.ErrVersion].
func (d ResumeData) Describe() (ResumeInfo, error) {
	p, err := decodeResume(d)
	if err != nil {
		return ResumeInfo{}, err
	}
	i := ResumeInfo{
		OriginalURL: p.state.OriginalURL, URL: p.state.URL, PartialFile: p.part, Name: p.state.Name,
		Length: p.state.Length, Have: p.state.Have.Len(), Omitted: p.state.Omitted,
		Rule: p.rule(), Updated: p.state.Updated, Owner: p.state.Owner,
		Started: p.state.Started, Serial: p.state.Serial,
	}
	if p.fresh != nil {
		i.URL = p.fresh.String()
	}
	return i, nil
}

// WithURL returns data that goes on from another URL: a fresh link to the same
// file, without user information. Whether it is the same file is decided by
// the validators when they agree, else by fetching the last bytes at hand
// again and comparing them; from a server without ranges, by comparing all of
// them. If it is another file the task fails with [ErrOtherFile].
func (d ResumeData) WithURL(u *url.URL) (ResumeData, error) {
	p, err := decodeResume(d)
	if err != nil {
		return nil, err
	}
	if err := checkURL(u); err != nil {
		return nil, err
	}
	fresh := *u
	fresh.User = nil
	p.fresh = &fresh
	return encodeResume(*p)
}

// WithRule returns data that goes on by the given rule.
func (d ResumeData) WithRule(r partial.Rule) (ResumeData, error) {
	p, err := decodeResume(d)
	if err != nil {
		return nil, err
	}
	if r != partial.RuleValidator && r != partial.RuleOverlap {
		return nil, fmt.Errorf("session: there is no rule %q", r)
	}
	p.state.Rule = r
	return encodeResume(*p)
}

func (p *resumePoint) rule() partial.Rule {
	if p.state.Rule == partial.RuleOverlap {
		return partial.RuleOverlap
	}
	return partial.RuleValidator
}

// withoutFresh is the data as it was before WithURL.
func (p *resumePoint) withoutFresh() ResumeData {
	if p.fresh == nil {
		return p.data
	}
	old := *p
	old.fresh = nil
	data, err := encodeResume(old)
	if err != nil {
		return p.data // it was decoded from such text before
	}
	return data
}
