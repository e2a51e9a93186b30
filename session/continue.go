package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"haul/transfer"
	"haul/transfer/partial"
)

// overlapBytes is how much of what is at hand is fetched again and compared
// under partial.RuleOverlap.
const overlapBytes = 64 << 10

// resumption goes on with a partial file (guide step 6). Nothing on disk is
// changed before a response has come whose bytes may be used.
type resumption struct {
	l    *loader
	from *resumePoint
	file *partial.File
	st   partial.State // as on disk
	have int64         // bytes at hand
	gap  partial.Range // the first that are missing; an End of -1 is that of the file

	rule         partial.Rule
	asked        partial.Range
	triedOverlap bool // also after the rule did not give a result
	triedPlain   bool
	triedPart    bool // a part of the gap was asked for, with an answer of no use
	atOriginal   bool
}

// loadResumed is load for a task that was made from resume data.
func (l *loader) loadResumed() outcome {
	from := l.t.from
	cannot := func(err error) outcome {
		return outcome{err: &Error{Code: CannotOpenFile, Err: err}, reason: err.Error()}
	}
	f, err := partial.Open(l.s.files, from.part)
	if err != nil {
		return cannot(err)
	}
	st := f.State()
	if st.Serial != from.state.Serial || st.OriginalURL != from.state.OriginalURL {
		return cannot(errors.Join(partial.ErrSpent, f.Abandon()))
	}
	// The ledger of a process that was killed may have more than its state.
	st.Have = f.Written()
	r := &resumption{l: l, from: from, file: f, st: st, have: st.Have.Len(), rule: from.rule()}
	r.gap = partial.Range{Start: st.Have.Prefix(), End: -1}
	if missing := st.Have.Missing(st.Length); len(missing) > 0 && missing[0].End < st.Length {
		r.gap = missing[0]
	}
	if st.Complete() {
		return r.whole()
	}
	return r.run()
}

// whole ends a task whose file was complete already, for instance because the
// process was killed before the file was moved. The state claims only durable
// bytes that were checked when they came, so nobody has to be asked.
func (r *resumption) whole() outcome {
	if err := r.l.t.settle(); err != nil {
		return r.untouched(err)
	}
	r.l.t.didResume(Continuation{Offset: r.have, Rule: r.rule}, r.have)
	return r.l.t.finishFile(r.file)
}

// untouched ends the task with the partial file and its state as they were:
// the resume data stays good.
func (r *resumption) untouched(err error) outcome {
	out := r.l.unstarted(err)
	out.err = errors.Join(out.err, r.file.Abandon())
	return out
}

// otherFile ends a task whose fresh link serves something else.
func (r *resumption) otherFile(why string) outcome {
	out := r.untouched(&Error{Code: BadServerResponse, Err: fmt.Errorf("%w: %s", ErrOtherFile, why)})
	out.resume = r.from.withoutFresh()
	return out
}

// run asks for the rest until there is an answer that can be used.
func (r *resumption) run() outcome {
	for {
		x, j, err := r.ask()
		if err != nil {
			return r.untouched(err)
		}
		out, done := r.judge(x, j)
		if done {
			return out
		}
		x.drain()
	}
}

// ask sends the request for what the plan says: the rest, the rest with an
// overlap, or everything.
func (r *resumption) ask() (*exchange, transfer.Judgement, error) {
	st := r.st
	st.Rule = r.rule
	r.asked = r.firstPart(r.gap)
	if r.rule == partial.RuleOverlap {
		r.asked.Start = max(0, r.gap.Start-overlapBytes)
		if r.gap.Start == 0 && r.have > 0 && !r.triedPlain {
			r.plain("nothing is at hand before the first missing byte to compare with")
		}
	}
	r.l.prepare = nil
	if !r.triedPlain && r.have > 0 {
		r.l.prepare = func(h http.Header) { transfer.Continue(h, st, r.asked) }
	}
	x, err := r.l.fetch()
	if err != nil {
		return nil, transfer.Judgement{}, err
	}
	r.l.notePromises(x)
	return x, transfer.Judge(x.Response, st, r.asked), nil
}

// judge acts on an answer. It returns false if another request is to be made;
// the plan for it is in r then.
func (r *resumption) judge(x *exchange, j transfer.Judgement) (outcome, bool) {
	switch j.Verdict {
	case transfer.Append:
		return r.fits(x, j)
	case transfer.Whole:
		return r.everything(x, j)
	case transfer.Complete:
		x.close()
		return r.whole(), true
	case transfer.Again:
		return r.useless(x, j)
	case transfer.Refused:
	}
	return r.refused(x)
}

// fits handles the range that was asked for.
func (r *resumption) fits(x *exchange, j transfer.Judgement) (outcome, bool) {
	if j.Total < 0 {
		// Without a total nobody could tell when the file is whole.
		j.Reason = "length missing from the answer"
		return r.useless(x, j)
	}
	if r.rule == partial.RuleOverlap {
		if !r.compares() {
			st := r.st
			st.Rule = partial.RuleValidator
			if strict := transfer.Judge(x.Response, st, r.asked); strict.Verdict != transfer.Append {
				return r.useless(x, strict)
			}
		}
		same, err := compare(x.Body, r.file, r.asked.Start, r.gap.Start)
		switch {
		case err != nil:
			x.close()
			return r.untouched(err), true
		case !same && r.from.fresh != nil:
			x.close()
			return r.otherFile("the bytes at hand differ"), true
		case !same && r.triedPlain:
			x.close()
			return r.untouched(&Error{Code: BadServerResponse, Err: errors.New("a range came that was not asked for")}), true
		case !same:
			r.plain("the bytes at hand differ")
			return outcome{}, false
		}
	}
	return r.append(x, j.Total), true
}

// compares tells whether equal bytes are enough. Where the server ignored the range
// they are not: they are asked for without If-Range then, and what answers may be
// another machine with another version, that differs before them alone.
func (r *resumption) compares() bool {
	return r.from.fresh != nil || r.l.s.cfg.OverlapCheck || r.from.rule() == partial.RuleOverlap
}

// everything handles an answer that begins with byte 0.
func (r *resumption) everything(x *exchange, j transfer.Judgement) (outcome, bool) {
	fresh := r.from.fresh != nil
	changed := r.st.Length >= 0 && j.Total >= 0 && j.Total != r.st.Length
	switch {
	case fresh && changed:
		x.close()
		return r.otherFile("its length differs"), true
	case r.have > 0 && !r.triedOverlap && r.rule == partial.RuleValidator &&
		(fresh || j.Reason == transfer.ReasonIgnored || r.l.s.cfg.OverlapCheck && j.Total == r.st.Length):
		// Some caches answer so although the file is the same, and some
		// servers give one file several entity tags.
		r.rule, r.triedOverlap = partial.RuleOverlap, true
		return outcome{}, false
	case fresh:
		return r.compareAll(x, j), true
	}
	return r.restart(x, j), true
}

// compareAll reads a whole file from a fresh link over the bytes at hand.
func (r *resumption) compareAll(x *exchange, j transfer.Judgement) outcome {
	if _, length := r.l.decoded(x, Unknown, Unknown); length < 0 {
		x.close()
		return r.otherFile("its length is not known")
	}
	if r.gap.Start != r.have {
		// New bytes would come before all of the old ones were compared.
		x.close()
		return r.otherFile("it has no ranges, and the bytes at hand have gaps")
	}
	same, err := compare(x.Body, r.file, 0, r.have)
	if err != nil {
		x.close()
		return r.untouched(err)
	}
	if !same {
		x.close()
		return r.otherFile("the bytes at hand differ")
	}
	r.rule = partial.RuleOverlap
	return r.append(x, j.Total)
}

// useless handles an answer that is neither the range nor the whole: a right
// range without proof is compared, anything else is asked for once without a
// range.
func (r *resumption) useless(x *exchange, j transfer.Judgement) (outcome, bool) {
	switch {
	case r.asked.End != r.gap.End && !r.triedPart && !r.triedPlain:
		r.triedPart = true
		return outcome{}, false
	case !r.triedOverlap && r.comparable(x, j):
		r.rule, r.triedOverlap = partial.RuleOverlap, true
		return outcome{}, false
	case r.from.fresh != nil:
		x.close()
		return r.otherFile(j.Reason), true
	case r.triedPlain:
		x.close()
		return r.untouched(&Error{Code: BadServerResponse, Err: errors.New(j.Reason)}), true
	}
	r.plain(j.Reason)
	return outcome{}, false
}

// comparable tells whether the bytes may stand in for the validator that is missing,
// or is another one: where the app says so, by its configuration or a fresh link.
func (r *resumption) comparable(x *exchange, j transfer.Judgement) bool {
	return r.from.fresh != nil && j.Reason == transfer.ReasonUnproven || r.l.s.cfg.OverlapCheck && r.rightRange(x)
}

// rightRange tells whether x is the range that was asked for, of a file as long
// as the one at hand.
func (r *resumption) rightRange(x *exchange) bool {
	got, err := transfer.ParseContentRange(x.Header.Get("Content-Range"))
	return err == nil && x.StatusCode == http.StatusPartialContent && got.Start == r.asked.Start && got.Total == r.st.Length
}

// plain makes the next request one for the whole file.
func (r *resumption) plain(reason string) {
	r.triedPlain, r.triedOverlap = true, true
	r.l.t.mu.Lock()
	r.l.t.continuation.Reason = reason
	r.l.t.mu.Unlock()
}

// refused handles an error status. The link that served the bytes may have
// expired: then the one that the user asked for is tried. Else the status is
// the result, its body goes elsewhere, and the partial file stays.
func (r *resumption) refused(x *exchange) (outcome, bool) {
	if original := r.l.t.originalURL(); x.StatusCode >= 400 && x.StatusCode <= 499 && !r.atOriginal &&
		r.from.fresh == nil && original.String() != r.l.req.URL.String() {
		r.atOriginal = true
		r.l.goBack()
		return outcome{}, false
	}
	closeErr := r.file.Abandon()
	out := r.l.payload(x)
	if out.err != nil || closeErr != nil {
		out.err = errors.Join(out.err, closeErr)
		out.resume = r.from.data
	}
	return out, true
}

// goBack makes the original request the next one.
func (l *loader) goBack() {
	l.t.mu.Lock()
	defer l.t.mu.Unlock()
	l.req = l.t.original
	l.t.current = l.req
	l.redirects = 0
}

// compare reads the bytes from start to end from body, and holds them against
// the file.
func compare(body io.Reader, file io.ReaderAt, start, end int64) (same bool, err error) {
	theirs, ours := make([]byte, overlapBytes), make([]byte, overlapBytes)
	for off := start; off < end; {
		n := min(overlapBytes, end-off)
		if _, err := io.ReadFull(body, theirs[:n]); err != nil {
			return false, err
		}
		if _, err := file.ReadAt(ours[:n], off); err != nil {
			return false, &Error{Code: CannotOpenFile, Err: err}
		}
		if !bytes.Equal(theirs[:n], ours[:n]) {
			return false, nil
		}
		off += n
	}
	return true, nil
}

// append goes on behind the bytes at hand.
func (r *resumption) append(x *exchange, total int64) outcome {
	rule, why := r.l.eligible(x)
	r.file.Update(func(st *partial.State) {
		if r.rule == partial.RuleOverlap {
			if rule == "" {
				// The bytes can be compared again, whatever the headers say.
				rule, why = partial.RuleOverlap, ""
			}
			r.l.describe(st, x, total, rule)
		}
		st.URL, st.Length = x.req.URL.String(), total
		st.Owner = r.l.t.ownerNow()
		st.Name = r.st.Name
	})
	r.begin(x)
	r.l.t.didResume(Continuation{Offset: r.have, Rule: r.rule}, total)
	d := &receiver{
		l: r.l, x: x, file: r.file, resumable: rule != "", whyNot: why, compares: r.rule == partial.RuleOverlap,
	}
	return d.receive(x.Body, r.gap.Start, total)
}

// restart throws the bytes at hand away, now that the server has begun to send
// the new ones.
func (r *resumption) restart(x *exchange, j transfer.Judgement) outcome {
	body, length := r.l.decoded(x, DownloadDecodingFailedMidStream, DownloadDecodingFailedToComplete)
	rule, why := r.l.eligible(x)
	r.file.Update(func(st *partial.State) { r.l.describe(st, x, length, rule) })
	if err := r.file.Restart(); err != nil {
		x.close()
		closeErr := r.file.Abandon()
		return outcome{err: errors.Join(&Error{Code: CannotWriteToFile, Err: err}, closeErr), reason: "its state could not be saved"}
	}
	reason := r.l.t.continuationReason()
	if reason == "" {
		reason = j.Reason
	}
	r.begin(x)
	r.l.t.didResume(Continuation{Reason: reason}, length)
	d := &receiver{l: r.l, x: x, file: r.file, resumable: rule != "", whyNot: why}
	return d.receive(body, 0, length)
}

// begin shows the response whose body is used.
func (r *resumption) begin(x *exchange) {
	r.l.t.mu.Lock()
	defer r.l.t.mu.Unlock()
	r.l.t.response = head(x.Response, x.req)
}

func (t *task) continuationReason() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.continuation.Reason
}

// originalRequest is the request that the task was made with. It does not
// change once the task runs.
func (t *task) originalRequest() *http.Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.original
}

func (t *task) originalURL() *url.URL { return t.originalRequest().URL }

// cancelledByApp tells whether the task ended by a plain Cancel.
func (t *task) cancelledByApp() bool { return errors.Is(context.Cause(t.ctx), errCancelled) }
