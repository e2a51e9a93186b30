package cachetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Load loads a request through the cache. Redirects are not followed.
type Load func(req *http.Request, mode Mode) (*http.Response, error)

// Result is how a case went.
type Result struct {
	// Unprepared says that what the case stands on did not come about, so
	// that it tells nothing.
	Unprepared bool
	// Err says what was not as wanted, nil if all was.
	Err error
}

// Run runs the case against a cache that is new and asks origin. wait lets time
// go by.
func (c Case) Run(origin *Origin, load Load, wait func(time.Duration)) Result {
	origin.text = "the body of " + c.ID
	origin.when = time.Now()
	for i, s := range c.steps {
		origin.begin(s, i+1)
		err := c.step(origin, load, s, i+1)
		if err != nil {
			var u unprepared
			return Result{Unprepared: errors.As(err, &u), Err: fmt.Errorf("request %d: %w", i+1, err)}
		}
		if s.pause {
			wait(pauseTime)
		}
	}
	return Result{}
}

// unprepared marks an error that means that the case tells nothing.
type unprepared struct{ error }

// step does one request and looks at what came of it.
func (c Case) step(o *Origin, load Load, s step, number int) error {
	url := "http://origin.test/" + c.ID + "/" + s.file
	if s.query != "" {
		url += "?" + s.query
	}
	var body io.Reader
	if s.method != http.MethodGet && s.method != http.MethodHead {
		body = strings.NewReader("abc")
	}
	req, err := http.NewRequestWithContext(context.Background(), s.method, url, body)
	if err != nil {
		return err
	}
	for _, f := range s.ask {
		req.Header.Add(f.name, o.dated(f.value))
	}
	resp, err := load(req, s.mode)
	if s.broken && s.want == anywhere {
		if err == nil {
			return errors.Join(errors.New("a stored response was served though the connection broke"), resp.Body.Close())
		}
		return nil
	}
	if err != nil {
		return err
	}
	text, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return err
	}
	if err := s.comesFrom(o, resp, number); err != nil {
		if s.preparing {
			return unprepared{err}
		}
		return err
	}
	return errors.Join(s.isComplete(o, resp, string(text)), s.hasFields(o, resp.Header), s.wasSent(o))
}

// comesFrom checks where the response comes from.
func (s step) comesFrom(o *Origin, resp *http.Response, number int) error {
	made := resp.Header.Get(numberField)
	switch s.want {
	case reused:
		if made == strconv.Itoa(number) {
			return errors.New("it was not reused")
		}
	case fetched:
		if o.asked == nil || made != strconv.Itoa(number) {
			return errors.New("it was reused")
		}
	case byTag, byDate:
		name := "If-None-Match"
		if s.want == byDate {
			name = "If-Modified-Since"
		}
		if o.asked == nil || o.asked.Header.Get(name) == "" || o.code != http.StatusNotModified {
			return errors.New("it was not " + string(s.want))
		}
	}
	return nil
}

// isComplete checks status and body.
func (s step) isComplete(o *Origin, resp *http.Response, text string) error {
	status := s.wantStatus
	if status == 0 {
		status = s.status
	}
	if resp.StatusCode != status {
		return fmt.Errorf("its status is %d, not %d", resp.StatusCode, status)
	}
	wanted := s.wantText
	if wanted == "" {
		wanted = s.text
	}
	if wanted == "" {
		wanted = o.text
	}
	bodiless := s.method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified
	if text != wanted && !s.anyText && !bodiless {
		return fmt.Errorf("its body is %q, not %q", text, wanted)
	}
	return nil
}

// hasFields checks the header of the response.
func (s step) hasFields(o *Origin, header http.Header) error {
	for _, f := range s.gives {
		got, there := header[http.CanonicalHeaderKey(f.name)]
		value := strings.Join(got, ", ")
		if !there {
			return fmt.Errorf("it has no %s", f.name)
		}
		if bound, ok := strings.CutPrefix(f.value, ">"); ok {
			n, err := strconv.Atoi(value)
			least, _ := strconv.Atoi(bound)
			if err != nil || n <= least {
				return fmt.Errorf("its %s is %q, not above %d", f.name, value, least)
			}
			continue
		}
		if want := o.dated(f.value); f.value != "" && value != want {
			return fmt.Errorf("its %s is %q, not %q", f.name, value, want)
		}
	}
	for _, f := range s.lacks {
		value, there := header[http.CanonicalHeaderKey(f.name)]
		if there && (f.value == "" || strings.Contains(strings.Join(value, ", "), f.value)) {
			return fmt.Errorf("it has %s", f.name)
		}
	}
	return nil
}

// wasSent checks the request that the origin got.
func (s step) wasSent(o *Origin) error {
	for _, f := range s.sends {
		if o.asked == nil {
			return errors.New("no request was sent")
		}
		if got := o.asked.Header.Get(f.name); got != f.value {
			return fmt.Errorf("the request was sent with %s %q, not %q", f.name, got, f.value)
		}
	}
	return nil
}
