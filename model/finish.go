package model

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

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

	mu sync.Mutex
	// part is the data file of the partial, "" before there is one.
	part string
	// origin is the scheme, host and port that the row was made with, or
	// renewed with: the only one that Options.Credential is sent to.
	origin origin
	// creds are the credentials that the user gave for this row alone, tried
	// the ones last sent to each space.
	creds, tried map[session.ProtectionSpace]*session.Credential
	// followed are the redirects that the user allowed for this row.
	followed map[redirectKey]bool
	// file are the last path elements of the URLs that the bytes came from.
	file map[string]bool
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
func (l *lineage) place(t *session.DownloadTask, path string, resumed bool, opt Options) outcome {
	resp := t.Response()
	if resp == nil {
		return outcome{result: Failed, err: errors.New("the file came without a response")}
	}
	status := resp.StatusCode
	l.mu.Lock()
	whole := path == l.part
	l.mu.Unlock()
	name := l.spec.Name
	if name == "" {
		name = partial.SuggestedName(resp)
	}
	// A resumed task that was whole already ends with 416 and the partial
	// file itself; any other body of an error status lies elsewhere.
	if !success(status) && !(resumed && whole && status == http.StatusRequestedRangeNotSatisfiable) {
		return l.refuse(path, name, status, resumed, opt)
	}
	dest := filepath.Join(l.spec.Dir, name)
	if l.sum.algo != "" {
		got, ok, err := l.sum.check(path)
		if err != nil {
			return outcome{result: Failed, status: status, err: err}
		}
		if !ok {
			aside, err := partial.Publish(partial.OS{}, path, dest+mismatchSuffix, false)
			return outcome{
				result: Mismatch, status: status, path: aside, err: err,
				reason: fmt.Sprintf("%s is %s, not %s", l.sum.algo, got, l.sum.sum),
			}
		}
	}
	if fi, err := os.Lstat(dest); err == nil && opt.Overwrite && fi.IsDir() {
		return outcome{result: Failed, status: status, err: fmt.Errorf("%s is a directory", dest)}
	}
	final, err := partial.Publish(partial.OS{}, path, dest, opt.Overwrite)
	if err != nil {
		return outcome{result: Failed, status: status, err: err}
	}
	return outcome{result: Done, status: status, path: final}
}

// refuse deals with an error status: its body is never the user's file.
func (l *lineage) refuse(path, name string, status int, resumed bool, opt Options) outcome {
	out := outcome{result: Refused, status: status}
	if resumed && expiring(status) {
		out.result = Expired
	}
	if opt.KeepErrorBody {
		dest := filepath.Join(l.spec.Dir, fmt.Sprintf("%s.error-%d", strings.TrimSpace(name), status))
		kept, err := partial.Publish(partial.OS{}, path, dest, false)
		if err != nil {
			out.reason = "its body could not be kept: " + err.Error()
		} else {
			out.reason, out.path = "its body was kept", kept
		}
	}
	return out
}
