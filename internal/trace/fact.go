package trace

import (
	"net/http"
	"net/url"
	"os"
	"strconv"

	"haul/session"
)

// Hooks follow facts; each runs inside its call, after the event was recorded.
// nil ones do nothing.
type Hooks struct {
	Created  func(t session.Task)
	Waiting  func(t session.Task)
	Upgraded func(t session.Task, from, to *url.URL)
	Sent     func(t session.Task, n, sent, expected int64)
	Data     func(t session.Task, p []byte)
	Wrote    func(t *session.DownloadTask, n, written, expected int64)
	Resumed  func(t *session.DownloadTask, offset, expected int64)
	Became   func(t *session.DataTask, d *session.DownloadTask)
	Finished func(t *session.DownloadTask, path string)
	Metrics  func(t session.Task, m session.Metrics)
	Done     func(t session.Task, err error)
	Invalid  func(s *session.Session, err error)
	Events   func(s *session.Session)
}

// Facts are all facts of a recorder, and the parts of it that hear one fact
// each.
type Facts struct {
	Invalidations
	Creations
	Waits
	Upgrades
	Informationals
	Sends
	Arrivals
	Writes
	Resumptions
	Conversions
	Finishes
	Measurements
	Completions
	BackgroundEvents
}

func newFacts(r *Recorder) Facts {
	return Facts{
		Invalidations{r}, Creations{r}, Waits{r}, Upgrades{r}, Informationals{r}, Sends{r}, Arrivals{r}, Writes{r},
		Resumptions{r}, Conversions{r}, Finishes{r}, Measurements{r}, Completions{r}, BackgroundEvents{r},
	}
}

// The parts of a recorder that hear one fact each.
type (
	Invalidations  struct{ r *Recorder } // Invalidations hears DidBecomeInvalid.
	Creations      struct{ r *Recorder } // Creations hears DidCreateTask.
	Waits          struct{ r *Recorder } // Waits hears TaskIsWaitingForConnectivity.
	Upgrades       struct{ r *Recorder } // Upgrades hears DidUpgradeToHTTPS.
	Informationals struct{ r *Recorder } // Informationals hears DidReceiveInformationalResponse.
	Sends          struct{ r *Recorder } // Sends hears DidSendBodyData.
	Arrivals       struct{ r *Recorder } // Arrivals hears DidReceiveData.
	Writes         struct{ r *Recorder } // Writes hears DidWriteData.
	Resumptions    struct{ r *Recorder } // Resumptions hears DidResumeAtOffset.
	Conversions    struct{ r *Recorder } // Conversions hears DidBecomeDownload.
	Finishes       struct{ r *Recorder } // Finishes hears DidFinishDownloading.
	Measurements   struct{ r *Recorder } // Measurements hears DidFinishCollectingMetrics.
	Completions    struct{ r *Recorder } // Completions hears DidComplete.
	// BackgroundEvents hears DidFinishEventsForBackgroundSession.
	BackgroundEvents struct{ r *Recorder }
)

// DidFinishEventsForBackgroundSession records.
func (p BackgroundEvents) DidFinishEventsForBackgroundSession(s *session.Session) {
	r := p.r
	r.fact(Event{Kind: EventsDone}, func() {
		if f := r.On.Events; f != nil {
			f(s)
		}
	})
}

// DidBecomeInvalid records.
func (p Invalidations) DidBecomeInvalid(s *session.Session, err error) {
	r := p.r
	r.fact(Event{Kind: Invalid, Args: []string{errorName(err)}, Err: err}, func() {
		if f := r.On.Invalid; f != nil {
			f(s, err)
		}
	})
}

// DidCreateTask records.
func (p Creations) DidCreateTask(t session.Task) {
	r := p.r
	r.fact(Event{Task: TaskOf(t), Kind: Created}, func() {
		if f := r.On.Created; f != nil {
			f(t)
		}
	})
}

// TaskIsWaitingForConnectivity records.
func (p Waits) TaskIsWaitingForConnectivity(t session.Task) {
	r := p.r
	r.fact(Event{Task: TaskOf(t), Kind: Waiting}, func() {
		if f := r.On.Waiting; f != nil {
			f(t)
		}
	})
}

// DidUpgradeToHTTPS records.
func (p Upgrades) DidUpgradeToHTTPS(t session.Task, from, to *url.URL) {
	r := p.r
	r.fact(Event{Task: TaskOf(t), Kind: Upgraded, Args: []string{to.String()}}, func() {
		if f := r.On.Upgraded; f != nil {
			f(t, from, to)
		}
	})
}

// DidReceiveInformationalResponse records.
func (p Informationals) DidReceiveInformationalResponse(t session.Task, resp *http.Response) {
	p.r.fact(Event{Task: TaskOf(t), Kind: Informational, Args: []string{status(resp)}}, func() {})
}

// DidSendBodyData records.
func (p Sends) DidSendBodyData(t session.Task, n, sent, expected int64) {
	r := p.r
	r.fact(Event{Task: TaskOf(t), Kind: Sent, N: n, Total: sent, Expected: expected}, func() {
		if f := r.On.Sent; f != nil {
			f(t, n, sent, expected)
		}
	})
}

// DidReceiveData records and keeps the data.
func (p Arrivals) DidReceiveData(t session.Task, b []byte) {
	r := p.r
	r.fact(Event{Task: TaskOf(t), Kind: Data, N: int64(len(b))}, func() {
		r.mu.Lock()
		k := r.of(t)
		k.data = append(k.data, b)
		r.mu.Unlock()
		if f := r.On.Data; f != nil {
			f(t, b)
		}
	})
}

// DidWriteData records.
func (p Writes) DidWriteData(t *session.DownloadTask, n, written, expected int64) {
	r := p.r
	r.fact(Event{Task: TaskOf(t), Kind: Wrote, N: n, Total: written, Expected: expected}, func() {
		if f := r.On.Wrote; f != nil {
			f(t, n, written, expected)
		}
	})
}

// DidResumeAtOffset records.
func (p Resumptions) DidResumeAtOffset(t *session.DownloadTask, offset, expected int64) {
	r := p.r
	r.fact(Event{Task: TaskOf(t), Kind: Resumed, Total: offset, Expected: expected}, func() {
		if f := r.On.Resumed; f != nil {
			f(t, offset, expected)
		}
	})
}

// DidBecomeDownload records.
func (p Conversions) DidBecomeDownload(t *session.DataTask, d *session.DownloadTask) {
	r := p.r
	r.fact(Event{Task: TaskOf(t), Kind: Became}, func() {
		if f := r.On.Became; f != nil {
			f(t, d)
		}
	})
}

// DidFinishDownloading records and reads the file.
func (p Finishes) DidFinishDownloading(t *session.DownloadTask, path string) {
	r := p.r
	r.fact(Event{Task: TaskOf(t), Kind: Finished}, func() {
		r.readFile(t, path)
		if f := r.On.Finished; f != nil {
			f(t, path)
		}
	})
}

// DidFinishCollectingMetrics records.
func (p Measurements) DidFinishCollectingMetrics(t session.Task, m session.Metrics) {
	r := p.r
	r.fact(Event{Task: TaskOf(t), Kind: Metrics}, func() {
		if f := r.On.Metrics; f != nil {
			f(t, m)
		}
	})
}

// DidComplete records, and holds the task against what it says.
func (p Completions) DidComplete(t session.Task, err error) {
	r := p.r
	r.fact(Event{Task: TaskOf(t), Kind: Done, Args: []string{errorName(err)}, Err: err}, func() {
		r.checkCompleted(t, err)
		if f := r.On.Done; f != nil {
			f(t, err)
		}
	})
}

// DataHandler returns a recorded completion handler that calls h, if there is
// one. task returns the task it is for, which is made with the handler.
func (r *Recorder) DataHandler(task func() session.Task, h session.DataHandler) session.DataHandler {
	return func(data []byte, resp *http.Response, err error) {
		t := task()
		r.fact(handled(t, resp, err), func() {
			r.checkCompleted(t, err)
			r.mu.Lock()
			k := r.of(t)
			k.data = append(k.data, data)
			if err != nil && data != nil {
				r.violate("%v: handler gets both data and an error", TaskOf(t))
			}
			r.mu.Unlock()
			if h != nil {
				h(data, resp, err)
			}
		})
	}
}

// DownloadHandler is [Recorder.DataHandler] for a download.
func (r *Recorder) DownloadHandler(task func() session.Task, h session.DownloadHandler) session.DownloadHandler {
	return func(path string, resp *http.Response, err error) {
		t := task()
		r.fact(handled(t, resp, err), func() {
			r.checkCompleted(t, err)
			if err == nil {
				r.readFile(t, path)
			} else if path != "" {
				r.mu.Lock()
				r.violate("%v: handler gets both a file and an error", TaskOf(t))
				r.mu.Unlock()
			}
			if h != nil {
				h(path, resp, err)
			}
		})
	}
}

func handled(t session.Task, resp *http.Response, err error) Event {
	head := "-"
	if resp != nil {
		head = status(resp)
	}
	return Event{Task: TaskOf(t), Kind: Handler, Args: []string{head, errorName(err)}, Err: err}
}

func status(resp *http.Response) string { return strconv.Itoa(resp.StatusCode) }

// readFile keeps the contents of a finished download, which is there now and
// may be gone when the call returns.
func (r *Recorder) readFile(t session.Task, path string) {
	b, err := os.ReadFile(path) // #nosec G304 -- a path of the session under test
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.violate("%v: the file is not there: %w", TaskOf(t), err)
	}
	k := r.of(t)
	k.data = append(k.data, b)
}

// checkCompleted checks that the task says of itself what its last call says.
func (r *Recorder) checkCompleted(t session.Task, err error) {
	state, own := t.State(), t.Err()
	r.mu.Lock()
	defer r.mu.Unlock()
	if state != session.Completed {
		r.violate("%v: state is %d in the last call", TaskOf(t), state)
	}
	if own != err {
		r.violate("%v: Err is %v, the last call says %v", TaskOf(t), own, err)
	}
}
