package model

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"haul/session"
	"haul/transfer/partial"
)

// mismatchSuffix marks a complete file whose checksum differs.
const mismatchSuffix = ".haul-mismatch"

// lineage is what the tasks of one row have in common and what their delegate
// calls have to know. What is not guarded by mu never changes.
type lineage struct {
	row  RowID
	spec *Spec
	sum  checksum
	// origin is the scheme, host and port that the row was made with, or
	// renewed with: the only one that Options.Credential is sent to. It becomes
	// that of https where the host wants nothing else.
	origin atomic.Pointer[origin]

	mu sync.Mutex
	// part is the data file of the partial, "" before there is one, and
	// suggestedName what the row is called so far.
	part, suggestedName string
	// name is the file name that the user gave, "" for what the response
	// suggests.
	name string
	// creds are the credentials that the user gave for this row alone, tried
	// the ones that a task sent to each space, the last one last.
	own   *session.Credential // the user information of the URL
	creds map[session.ProtectionSpace]*session.Credential
	tried map[session.ProtectionSpace][]attempt
	// asked counts the questions for client certificates.
	asked map[session.ProtectionSpace]int
	// followed are the redirects that the user allowed for this row.
	followed map[redirectKey]bool
	// files are the last path elements of the URLs that the bytes came from.
	files []string
}

// setPart names the partial file for the delegate calls.
func (l *lineage) setPart(path string) {
	l.mu.Lock()
	l.part = path
	l.mu.Unlock()
}

// outcome is what DidFinishDownloading found and did.
type outcome struct {
	result State // Done, Refused, Expired, Mismatch or Failed
	status int
	path   string // where the file is
	file   mark
	reason string
	err    error // the file system's, with Failed
}

func (o outcome) text() string {
	switch {
	case o.err != nil:
		return o.err.Error()
	case o.path != "" && o.reason != "":
		return o.reason + ": " + o.path
	case o.path != "":
		return o.path
	}
	return o.reason
}

// expiring tells the statuses with which a link that worked before has run
// out, rather than the server being in trouble.
func expiring(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return true
	}
	return status >= 300 && status < 400
}

// place decides what the complete file at path is and puts it in its place. A
// file that is not moved is removed by the session when the call returns.
func (l *lineage) place(t *session.DownloadTask, path string, resumed bool, opt Options, pub *partial.Publisher) outcome {
	l.mu.Lock()
	name, given := l.suggestedName, l.name
	l.mu.Unlock()
	// A resumed download that was whole already has no response of its own.
	status := http.StatusOK
	if resp := t.Response(); resp != nil {
		status = resp.StatusCode
		if success(status) {
			name = partial.SuggestedName(resp)
		}
	}
	if given != "" {
		name = given
	}
	if !success(status) {
		return l.refuse(t, name, status, resumed, opt, pub)
	}
	dest := filepath.Join(l.spec.Dir, name)
	if l.sum.algo != "" {
		got, ok, err := l.sum.check(path)
		if err != nil {
			return outcome{result: Failed, status: status, err: err}
		}
		if !ok {
			aside, err := t.Publish(pub, dest+mismatchSuffix, false)
			return outcome{
				result: Mismatch, status: status, path: aside, err: err,
				reason: fmt.Sprintf("%s is %s, not %s", l.sum.algo, got, l.sum.sum),
			}
		}
	}
	final, err := t.Publish(pub, dest, opt.Overwrite)
	if final == "" {
		return outcome{result: Failed, status: status, err: err}
	}
	return done(status, final)
}

// mark tells a finished file from what may have its name later.
type mark struct{ size, modified int64 } // bytes, Unix time in nanoseconds

// markOf fails for what is no file.
func markOf(path string) (mark, error) {
	fi, err := os.Lstat(path)
	if err != nil {
		return mark{}, err
	}
	if !fi.Mode().IsRegular() {
		return mark{}, errAnotherFile
	}
	return mark{fi.Size(), fi.ModTime().UnixNano()}, nil
}

// done is the outcome of a file that is in its place. One that cannot be looked at is
// not deleted with its row.
func done(status int, path string) outcome {
	file, _ := markOf(path)
	return outcome{result: Done, status: status, path: path, file: file}
}

// refuse deals with an error status: its body is never the user's file.
func (l *lineage) refuse(
	t *session.DownloadTask, name string, status int, resumed bool, opt Options, pub *partial.Publisher,
) outcome {
	out := outcome{result: Refused, status: status}
	if resumed && expiring(status) {
		out.result = Expired
	}
	if opt.KeepErrorBody {
		dest := filepath.Join(l.spec.Dir, fmt.Sprintf("%s.error-%d", strings.TrimSpace(name), status))
		kept, err := t.Publish(pub, dest, false)
		if err != nil {
			out.reason = "its body could not be kept: " + err.Error()
		} else {
			out.reason, out.path = "its body was kept", kept
		}
	}
	return out
}
