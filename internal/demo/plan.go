package demo

import (
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// plan is all that the answer to one request depends on: the parameters of the
// behaviour in the path, overridden by the query.
type plan struct {
	behaviour string
	rest      string // the path after the behaviour, without a leading slash
	name      string // the last element of the path

	size     int64
	rate     float64 // bytes per second, 0 is no limit
	version  int     // 0: the current one
	changes  int
	etag     string
	modified string
	ranges   string
	length   string
	gzip     string

	fileName    string
	disposition string

	auth       string
	realm      string
	algorithms []string
	qop        string
	uses       int

	info   []int
	wait   time.Duration
	hang   bool
	fail   int
	retry  int
	cut    int64 // -1: never
	stall  int64 // -1: never
	wrong  string
	after  int
	times  int
	parts  int
	every  time.Duration
	status int
	limit  int64 // -1: none
}

// What a terminal must not be made to do: clear the screen, write the
// clipboard, turn the direction of writing. net/http's client refuses a header
// with a control character of ASCII, so that fields carry those of C1, which
// are not ASCII and do the same; percent-encoding brings the others in.
const (
	escapesC1 = "\u009b2J\u009d52;c;aGF1bA==\u009c\u202egpj.exe\u202c"
	escapesC0 = "\x1b[2J\x1b]52;c;aGF1bA==\a\r\n\b\x00"
)

// behaviour returns the parameters that a behaviour stands for.
func behaviour(name string) (query string, ok bool) {
	switch name {
	case "file", "upload", "redirect", "mixed":
		return "", true
	case "slow":
		return "rate=200kB", true
	case "large":
		return "size=2GiB", true
	case "drip":
		return "size=40&rate=4", true
	case "basic":
		return "auth=basic", true
	case "digest":
		return "auth=digest", true
	case "bearer":
		return "auth=bearer&realm=" + Token, true
	case "escapes":
		realm := escapesC1 + " please " + strings.Repeat("sign in ", 60) + escapesC1
		return "auth=basic&realm=" + url.QueryEscape(realm), true
	case "whole":
		return "ranges=none", true
	case "chunked":
		return "length=chunked", true
	case "bare":
		return "etag=none&modified=none", true
	case "weak":
		return "etag=weak&modified=none", true
	case "changing":
		return "changes=1", true
	case "flaky":
		return "cut=256KiB&times=2", true
	case "busy":
		return "fail=503&retry=1&times=2", true
	case "missing":
		return "fail=404", true
	case "gone":
		return "fail=410", true
	case "expire":
		return "fail=403&after=1", true
	case "gzip":
		return "gzip=yes", true
	case "named":
		return "", true
	case "hostile":
		name := "../../.config/" + escapesC0 + escapesC1 + "autostart.desktop"
		value := `attachment; filename="../../.profile"; filename*=UTF-8''` + extValue(name)
		return "disposition=" + url.QueryEscape(value), true
	case "hang":
		return "hang=yes", true
	case "early":
		return "info=103", true
	}
	return "", false
}

// parsePlan reads the path and the query of u.
func parsePlan(u *url.URL) (plan, error) {
	first, rest, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	defaults, ok := behaviour(first)
	if !ok {
		return plan{}, fmt.Errorf("unknown behaviour %q", first)
	}
	values, err := url.ParseQuery(defaults)
	if err != nil {
		return plan{}, err
	}
	asked, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return plan{}, err
	}
	for name, value := range asked {
		values[name] = value
	}
	p := plan{behaviour: first, rest: rest, name: path.Base(u.Path)}
	q := parameters{values: values}
	p.size = q.size("size", 1_000_000)
	p.rate = float64(q.size("rate", 0))
	p.version = q.number("version", 0)
	p.changes = q.number("changes", 0)
	p.etag = q.choice("etag", "strong", "weak", "none")
	p.modified = q.choice("modified", "yes", "none")
	p.ranges = q.choice("ranges", "yes", "none")
	p.length = q.choice("length", "known", "chunked", "close")
	p.gzip = q.choice("gzip", "no", "yes", "always")
	p.fileName = q.text("name", "")
	if first == "named" && p.fileName == "" {
		p.fileName = p.name
	}
	p.disposition = q.text("disposition", "")
	p.auth = q.choice("auth", "none", "basic", "digest", "both", "bearer")
	p.realm = q.text("realm", Realm)
	p.algorithms = strings.Split(q.text("algorithm", "SHA-256,MD5"), ",")
	for _, name := range p.algorithms {
		if _, _, ok := digestHash(name); !ok {
			q.reject("algorithm", name)
		}
	}
	p.qop = q.choice("qop", "auth", "none")
	p.uses = q.number("uses", 4)
	p.info = q.codes("info")
	p.wait = q.duration("wait", 0)
	p.hang = q.choice("hang", "no", "yes") == "yes"
	p.fail = q.number("fail", 0)
	p.retry = q.number("retry", 0)
	p.cut = q.size("cut", -1)
	p.stall = q.size("stall", -1)
	p.wrong = q.choice("wrong", "", "start", "zero", "total", "short", "multipart", "coded", "ifrange", "silent", "full", "416")
	p.after = q.number("after", 0)
	p.times = q.number("times", 0)
	p.parts = q.number("parts", 3)
	p.every = q.duration("every", time.Second)
	p.status = q.number("status", 302)
	p.limit = q.size("limit", -1)
	q.text("id", "")
	q.text("token", "")
	if p.fail != 0 && (p.fail < 200 || p.fail > 599) {
		q.reject("fail", strconv.Itoa(p.fail))
	}
	if p.status < 300 || p.status > 399 {
		q.reject("status", strconv.Itoa(p.status))
	}
	return p, q.finish()
}

// faulty tells whether the faults of the plan show on the n-th GET, counted
// from 1.
func (p plan) faulty(n int) bool {
	return n > p.after && (p.times == 0 || n <= p.after+p.times)
}

// parameters reads typed values by name and keeps the first error. What was
// never read is unknown.
type parameters struct {
	values url.Values
	err    error
}

func (q *parameters) reject(name, value string) {
	if q.err == nil {
		q.err = fmt.Errorf("parameter %s: %q is not possible", name, value)
	}
}

func (q *parameters) text(name, otherwise string) string {
	value, ok := q.values[name]
	if !ok {
		return otherwise
	}
	delete(q.values, name)
	return value[0]
}

// choice returns one of the given values, the first if none is given.
func (q *parameters) choice(name string, values ...string) string {
	value := q.text(name, values[0])
	for _, v := range values {
		if v == value {
			return v
		}
	}
	q.reject(name, value)
	return values[0]
}

func (q *parameters) number(name string, otherwise int) int {
	value := q.text(name, strconv.Itoa(otherwise))
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		q.reject(name, value)
	}
	return n
}

func (q *parameters) size(name string, otherwise int64) int64 {
	value := q.text(name, "")
	if value == "" {
		return otherwise
	}
	n, err := parseSize(value)
	if err != nil {
		q.reject(name, value)
	}
	return n
}

func (q *parameters) duration(name string, otherwise time.Duration) time.Duration {
	value := q.text(name, otherwise.String())
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 {
		q.reject(name, value)
	}
	return d
}

// codes returns a list of informational status codes. 101 is not one of them:
// it ends the exchange.
func (q *parameters) codes(name string) []int {
	value := q.text(name, "")
	if value == "" {
		return nil
	}
	var codes []int
	for field := range strings.SplitSeq(value, ",") {
		code, err := strconv.Atoi(field)
		if err != nil || code < 102 || code > 199 {
			q.reject(name, value)
		}
		codes = append(codes, code)
	}
	return codes
}

func (q *parameters) finish() error {
	for name, value := range q.values {
		if q.err == nil {
			q.err = fmt.Errorf("unknown parameter %q (%q)", name, value)
		}
	}
	return q.err
}

// parseSize reads a number of bytes such as 512, 200kB or 2GiB.
func parseSize(s string) (int64, error) {
	digits := strings.TrimRight(s, "BGKMik")
	var unit int64
	switch s[len(digits):] {
	case "", "B":
		unit = 1
	case "kB":
		unit = 1_000
	case "MB":
		unit = 1_000_000
	case "GB":
		unit = 1_000_000_000
	case "KiB":
		unit = 1 << 10
	case "MiB":
		unit = 1 << 20
	case "GiB":
		unit = 1 << 30
	default:
		return 0, fmt.Errorf("unknown unit in %q", s)
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, err
	}
	if n < 0 || n > (1<<62)/unit {
		return 0, fmt.Errorf("size %q is out of range", s)
	}
	return n * unit, nil
}
