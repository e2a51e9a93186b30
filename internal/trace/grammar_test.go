package trace

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"haul/session"
)

// parse reads a list of events as the tests write it: names as in patterns,
// numbers behind a colon. "d:" or "u:" before a name makes it an event of the
// download or the upload task 1, else it is of the data task 1.
//
//	wrote:3,10,100  sent:3,3,-1  resumed:5,100  done:err  data:2
func parse(t *testing.T, list string) []Event {
	t.Helper()
	var events []Event
	for word := range strings.FieldsSeq(list) {
		e := Event{Task: Task{Kind: DataTask, ID: 1}}
		if rest, ok := strings.CutPrefix(word, "d:"); ok {
			e.Task.Kind, word = DownloadTask, rest
		} else if rest, ok := strings.CutPrefix(word, "u:"); ok {
			e.Task.Kind, word = UploadTask, rest
		}
		name, rest, _ := strings.Cut(word, ":")
		e.Kind = Kind(name)
		if !e.Kind.known() {
			t.Fatalf("%q is no event", word)
		}
		switch e.Kind {
		case Wrote, Sent:
			e.N, e.Total, e.Expected = three(t, rest)
		case Resumed:
			_, e.Total, e.Expected = three(t, "0,"+rest)
		case Data:
			e.N = 1
		case Done, Handler:
			if rest == "err" {
				e.Err = errors.New("an error")
			}
		case Invalid:
			e.Task = Task{}
		}
		events = append(events, e)
	}
	return events
}

func three(t *testing.T, s string) (a, b, c int64) {
	t.Helper()
	var n [3]int64
	for i, field := range strings.Split(s, ",") {
		var err error
		if n[i], err = strconv.ParseInt(field, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	return n[0], n[1], n[2]
}

func TestCheckAcceptsWhatTheLifeCycleAllows(t *testing.T) {
	for name, list := range map[string]string{
		"nothing":                     "",
		"data":                        "created response data data metrics done invalid",
		"data, empty body":            "created response metrics done",
		"data, bare":                  "response done",
		"cached":                      "created response data data cache metrics done",
		"cached, empty body":          "response cache done",
		"cancelled while asked":       "response data cache metrics done:err",
		"upload, cached":              "u:response u:data u:cache u:done",
		"handler, cached":             "created cache metrics handler",
		"waiting behind the cache":    "created redirect waiting response done",
		"multipart":                   "response data response response data done",
		"became":                      "created response became d:wrote:4,4,4 d:finished d:metrics d:done",
		"download":                    "d:created d:wrote:4,4,9 d:wrote:5,9,9 d:finished d:metrics d:done",
		"download, unknown length":    "d:wrote:4,4,-1 d:wrote:5,9,-1 d:finished d:done",
		"download, empty":             "d:created d:finished d:done",
		"resumed":                     "d:created d:resumed:4,9 d:wrote:5,9,9 d:finished d:done",
		"resumed, started over":       "d:resumed:0,9 d:wrote:9,9,9 d:finished d:done",
		"resumed, all there":          "d:resumed:9,9 d:finished d:done",
		"challenges and redirects":    "schal tchal redirect schal tchal tchal redirect info info response done",
		"upload":                      "u:created u:sent:3,3,9 u:sent:6,9,9 u:response u:data u:done",
		"upload, sent again":          "u:sent:3,3,9 u:sent:6,6,9 u:sent:3,9,9 u:response u:done",
		"waiting":                     "created waiting schal response done",
		"waiting with a stream":       "u:created u:newstream u:waiting u:sent:1,1,1 u:response u:done",
		"streamed upload, twice":      "u:newstream u:sent:3,3,-1 u:tchal u:newstream u:sent:4,4,-1 u:response u:done",
		"upload, another length then": "u:sent:3,3,3 u:redirect u:sent:2,2,2 u:response u:done",
		"early final response":        "u:sent:3,3,9 u:response u:done",
		"cancelled before anything":   "created metrics done:err",
		"cancelled in a challenge":    "tchal done:err",
		"failed while writing":        "d:wrote:4,4,9 d:metrics d:done:err",
		"paused":                      "d:wrote:4,4,9 d:resumedata d:metrics d:done:err",
		"paused, told late":           "d:wrote:4,4,9 d:metrics d:done:err invalid d:resumedata",
		"handler":                     "created redirect metrics handler",
		"handler of a download":       "d:created d:wrote:9,9,9 d:metrics d:handler",
		"handler and an error":        "handler:err",
		"two tasks side by side":      "created d:created response d:wrote:1,1,1 data d:finished done d:done invalid",
	} {
		t.Run(name, func(t *testing.T) {
			if err := Check(parse(t, list)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCheckFindsEveryBrokenRule(t *testing.T) {
	for list, want := range map[string]string{
		// Order.
		"response created done":                      "created out of order",
		"response tchal done":                        "tchal out of order",
		"response redirect done":                     "redirect out of order",
		"response info done":                         "info out of order",
		"u:response u:newstream u:done":              "newstream out of order",
		"u:response u:sent:1,1,1 u:done":             "sent out of order",
		"u:info u:sent:1,1,1 u:response u:done":      "sent out of order",
		"data response done":                         "data before response",
		"created waiting waiting response done":      "waiting after the server was reached, or twice",
		"tchal waiting response done":                "waiting after the server was reached, or twice",
		"u:sent:1,1,1 u:waiting u:response u:done":   "waiting out of order",
		"cache response done":                        "response out of order",
		"response cache data done":                   "data out of order",
		"response cache cache done":                  "cache out of order",
		"response metrics cache done":                "cache out of order",
		"response cache became":                      "became out of order",
		"cache done":                                 "cache without response",
		"cache done:err":                             "cache without response",
		"d:cache d:done:err":                         "cache in a download task",
		"became done":                                "became before response",
		"metrics response done":                      "response out of order",
		"response metrics metrics done":              "metrics out of order",
		"response metrics data done":                 "data out of order",
		"d:wrote:1,1,2 d:resumed:1,2 d:done:err":     "resumed@1 out of order",
		"d:resumed:1,2 d:resumed:1,2 d:done:err":     "resumed@1 out of order",
		"d:finished d:wrote:1,1,1 d:done":            "wrote out of order",
		"d:finished d:finished d:done":               "finished out of order",
		"d:wrote:1,1,1 d:redirect d:finished d:done": "redirect out of order",
		"d:metrics d:finished d:done":                "finished out of order",
		"response done done":                         "done after the last call",
		"response done data":                         "data after the last call",
		"response done handler":                      "handler after the last call",
		"response became data":                       "data after the last call",
		"response became done":                       "done after the last call",
		"d:done:err d:metrics":                       "metrics after the last call",
		"response done invalid response":             "response of data task 1 after invalid",
		"invalid response done":                      "after invalid",
		"response done invalid invalid":              "invalid of  task 0 after invalid",
		"d:created d:wrote:1,1,2 invalid d:done:err": "done of download task 1 after invalid",
		// Which task has what.
		"wrote:1,1,1 done":          "wrote in a data task",
		"resumed:1,1 done":          "resumed@1 in a data task",
		"u:finished u:done":         "finished in a upload task",
		"resumedata done:err":       "resumedata in a data task",
		"d:response d:done":         "response in a download task",
		"d:data d:done":             "data in a download task",
		"u:response u:became":       "became in a upload task",
		"response handler":          "response in a task with a completion handler",
		"response data handler:err": "in a task with a completion handler",
		"d:finished d:handler":      "finished in a task with a completion handler",
		// The end.
		"created":                             "never ended",
		"response data":                       "never ended",
		"d:wrote:1,1,1 d:finished":            "never ended",
		"d:wrote:1,1,1 d:done":                "done(nil) without finished",
		"d:wrote:1,1,1 d:finished d:done:err": "finished, then done",
		"created done":                        "done(nil) without response",
		"u:sent:1,1,1 u:done":                 "done(nil) without response",
		"d:wrote:1,1,2 d:finished d:done":     "1 of 2 bytes written",
		"d:wrote:1,1,2 d:handler":             "1 of 2 bytes written",
		// Numbers.
		"d:wrote:0,0,1 d:done:err":                        "wrote 0",
		"d:wrote:1,2,9 d:done:err":                        "makes no total of 2",
		"d:wrote:2,2,9 d:wrote:3,4,9 d:done:err":          "makes no total of 4",
		"d:wrote:5,5,9 d:wrote:1,1,9 d:done:err":          "makes no total of 1",
		"d:wrote:1,1,9 d:wrote:1,2,8 d:done:err":          "expects 9, then 8",
		"d:wrote:1,1,9 d:wrote:1,2,-1 d:done:err":         "expects 9, then -1",
		"d:wrote:9,9,8 d:done:err":                        "wrote 9 of 8",
		"d:resumed:4,9 d:wrote:5,5,9 d:done:err":          "makes no total of 5",
		"d:resumed:4,9 d:wrote:5,9,5 d:done:err":          "expects 9, then 5",
		"d:resumed:9,4 d:done:err":                        "resumed at 9 of 4",
		"u:sent:0,0,9 u:done:err":                         "sent 0",
		"u:sent:3,3,9 u:sent:3,5,9 u:done:err":            "makes no total of 5",
		"u:sent:3,3,9 u:sent:3,6,8 u:done:err":            "expects 9, then 8",
		"u:sent:3,3,2 u:done:err":                         "sent 3 of 2",
		"u:sent:3,3,9 u:tchal u:sent:6,9,9 u:done:err":    "makes no total of 9",
		"u:sent:3,3,9 u:redirect u:sent:6,9,9 u:done:err": "makes no total of 9",
	} {
		t.Run(list, func(t *testing.T) {
			err := Check(parse(t, list))
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Check: %v, want %q", err, want)
			}
		})
	}
}

func TestCheckDoesNotMissWhatTheDelegateCannotHear(t *testing.T) {
	for _, tt := range []struct {
		list string
		deaf Kind
	}{
		{"created data done", Response},
		{"created done", Response},
		{"d:wrote:1,1,1 d:done", Finished},
		{"response data", Done},
	} {
		if err := Check(parse(t, tt.list), tt.deaf); err != nil {
			t.Errorf("%s without %s: %v", tt.list, tt.deaf, err)
		}
		if Check(parse(t, tt.list)) == nil {
			t.Errorf("%s passes also when the delegate has %s", tt.list, tt.deaf)
		}
	}
}

func TestFormatCountsWhatRepeats(t *testing.T) {
	events := parse(t, "created d:resumed:5,9 data data data")
	events[0].Reply = "r"
	if got, want := Format(events), "created[r] resumed@5 data x3"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestErrorsAreWrittenAsCodes(t *testing.T) {
	if got := errorName(nil); got != "nil" {
		t.Errorf("nil is written %q", got)
	}
	if got := errorName(fmt.Errorf("no code: %w", errors.ErrUnsupported)); got != "untyped" {
		t.Errorf("a foreign error is written %q", got)
	}
	if got, want := errorName(&session.Error{Code: session.TimedOut}), session.TimedOut.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
