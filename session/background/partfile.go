package background

import (
	"errors"
	"io/fs"

	"haul/session"
	"haul/transfer/partial"
)

// resumeData is what the download goes on from, nil for the beginning. What is
// on the disk decides; the data that the task was made with says more only as
// long as it is not spent.
func (r *record) resumeData() (session.ResumeData, error) {
	given := session.ResumeData(r.ResumeData)
	if r.Attempts <= 1 && given == nil {
		return nil, nil
	}
	have, err := session.ReadResumeData(r.PartialFile)
	var none *session.NotResumableError
	switch {
	case err == nil && given != nil && (unspent(given, have) || !sameResource(given, have)):
		return given, nil // and if another has its place, the task says so
	case err == nil:
		return have, nil
	case given != nil && (r.Attempts <= 1 || r.At == nil):
		return given, nil // and the task says what is wrong with it
	case errors.As(err, &none), errors.Is(err, fs.ErrNotExist), errors.Is(err, partial.ErrCorrupt):
		return nil, nil
	}
	return nil, &session.Error{Code: session.CannotOpenFile, Err: err}
}

// sameResource tells whether both are of what was first asked for by one URL.
func sameResource(given, have session.ResumeData) bool {
	a, errA := given.Describe()
	b, errB := have.Describe()
	return errA == nil && errB == nil && a.OriginalURL == b.OriginalURL
}

// unspent tells whether given describes the same state as what is on the disk.
func unspent(given, have session.ResumeData) bool {
	a, errA := given.Describe()
	b, errB := have.Describe()
	return errA == nil && errB == nil && a.Have == b.Have && a.Updated.Equal(b.Updated)
}

// removePartial removes what the task has by the name of its partial file, of a
// session with this identifier. A download that was handed over has a name that others
// may use as well: what is not as the task left it, or was given it, stays.
func (r *record) removePartial(files partial.FS, identifier string) error {
	if r.OwnPartial {
		return partial.Remove(files, r.PartialFile)
	}
	given, err := session.ResumeData(r.ResumeData).Describe()
	return partial.RemoveIf(files, r.PartialFile, func(st partial.State) bool {
		if o := st.Owner; o != nil && o.Session == identifier && o.Task == r.ID {
			return true
		}
		return err == nil && given.Started.Equal(st.Started) && given.Serial == st.Serial
	})
}
