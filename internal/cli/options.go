package cli

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/net/http/httpguts"

	"haul/model"
)

// options are the flags as they were typed. They are checked by the methods
// that turn them into what the session and the model want.
type options struct {
	output, dir, input   string
	user                 string
	headers              []string
	redirect             string
	caCert               string
	insecure             bool
	trust                []string
	connections          string
	limitRate            string
	retry                int
	checksum             string
	json, plain          bool
	theme, color         string
	force, keepErrorBody bool
	paused, continueAll  bool
	running, perHost     int
	method               string
	progress             time.Duration
	timeout, maximumTime time.Duration
	glyphs               string
	noMouse, http1       bool
	auth                 authOptions
}

func defaultOptions() *options { return &options{} }

func (o *options) register(f *pflag.FlagSet) {
	f.StringVarP(&o.output, "output", "o", "", "write to `FILE` (one URL only)")
	f.StringVarP(&o.dir, "dir", "d", "", "write into `DIR` (default: the current directory)")
	f.StringVarP(&o.input, "input", "i", "", "read URLs from `FILE`, one a line; - is standard input")
	f.StringVarP(&o.user, "user", "u", "", "answer password challenges of the given URLs' hosts with `USER[:PASSWORD]`")
	f.StringArrayVarP(&o.headers, "header", "H", nil, "add a request field, `'Name: value'` (repeatable)")
	f.StringVar(&o.redirect, "redirect", string(model.RedirectAskCrossHost), "redirects: ask-cross-host, follow, ask or never")
	f.StringVar(&o.caCert, "cacert", "", "trust the certificate authorities in `FILE` (PEM) as well")
	f.BoolVar(&o.insecure, "insecure", false, "accept every server certificate; each row says so")
	f.StringArrayVar(&o.trust, "trust-sha256", nil, "accept the server certificate with this SHA-256 `FINGERPRINT` (repeatable)")
	f.StringVarP(&o.connections, "connections", "n", "auto", "connections per file: auto or a number; auto is one")
	f.StringVar(&o.limitRate, "limit-rate", "", "limit all downloads together to `RATE` bytes per second, like 500k or 2M")
	f.IntVar(&o.retry, "retry", 5, "try a failed transfer again up to `N` times")
	f.StringVar(&o.checksum, "checksum", "", "check the finished file against `ALGO:HEX` (md5, sha1, sha256, sha512)")
	f.BoolVar(&o.json, "json", false, "print one JSON object a line")
	f.BoolVar(&o.plain, "plain", false, "print plain lines even on a terminal")
	f.StringVar(&o.theme, "theme", "auto", "colours: auto, dark, light or mono")
	f.StringVar(&o.color, "color", "auto", "use colour: auto, always or never")
	f.StringVar(&o.glyphs, "glyphs", "auto", "signs: auto, unicode or ascii")
	f.BoolVar(&o.force, "force", false, "replace a file that exists")
	f.BoolVar(&o.keepErrorBody, "keep-error-body", false, "keep the body of a refusal beside the destination")
	f.BoolVar(&o.paused, "paused", false, "add the transfers without starting them")
	f.BoolVar(&o.continueAll, "continue", false, "go on with what an earlier run left unfinished, without asking")
	f.IntVar(&o.running, "max-running", 0, "transfers that run at once (default 8)")
	f.IntVar(&o.perHost, "max-per-host", 0, "transfers that run at once from one host (default 6)")
	f.StringVarP(&o.method, "request", "X", "PUT", "method of an upload")
	f.DurationVar(&o.progress, "progress", 10*time.Second, "time between progress lines; 0 for none")
	f.DurationVar(&o.timeout, "timeout", time.Minute, "give up when nothing moves for this long")
	f.DurationVar(&o.maximumTime, "max-time", 0, "give up on a transfer after this long (default 7 days)")
	o.auth.register(f)
	f.BoolVar(&o.noMouse, "no-mouse", false, "leave the mouse to the terminal")
	f.BoolVar(&o.http1, "http1.1", false, "keep to HTTP/1.1")
}

// check refuses what no combination makes sense of.
func (o *options) check() error {
	policies := []model.Redirect{
		model.RedirectAskCrossHost, model.RedirectFollow, model.RedirectAsk, model.RedirectNever,
	}
	if !slices.Contains(policies, model.Redirect(o.redirect)) {
		return fail(ExitUsage, "--redirect=%s: use ask-cross-host, follow, ask or never", o.redirect)
	}
	if !slices.Contains([]string{"auto", "always", "never"}, o.color) {
		return fail(ExitUsage, "--color=%s: use auto, always or never", o.color)
	}
	if o.connections != "auto" {
		if n, err := strconv.Atoi(o.connections); err != nil || n < 1 {
			return fail(ExitUsage, "-n %s: use auto or a number from 1", o.connections)
		}
	}
	if o.json && o.plain {
		return fail(ExitUsage, "--json and --plain exclude each other: choose one")
	}
	if o.running < 0 || o.perHost < 0 {
		return fail(ExitUsage, "--max-running and --max-per-host want a number from 1")
	}
	return nil
}

// header turns the -H flags into fields.
func (o *options) header() (http.Header, error) {
	h := http.Header{}
	for _, line := range o.headers {
		name, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, fail(ExitUsage, "-H wants 'Name: value', and a name of letters, digits and dashes")
		}
		h.Add(name, value)
	}
	return h, nil
}

// rate turns --limit-rate into bytes per second, 0 for none.
func (o *options) rate() (int64, error) {
	if o.limitRate == "" {
		return 0, nil
	}
	text, unit := strings.TrimSuffix(strings.ToLower(o.limitRate), "b"), 1.0
	for suffix, u := range map[string]float64{
		"ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30, "k": 1e3, "m": 1e6, "g": 1e9,
	} {
		if rest, ok := strings.CutSuffix(text, suffix); ok {
			text, unit = rest, u
			break
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n <= 0 || n*unit < 1 || n*unit > 1e12 {
		return 0, fail(ExitUsage, "--limit-rate %s: use a number with k, M or G, like 500k", o.limitRate)
	}
	return int64(n * unit), nil
}

// roots reads --cacert into a pool that holds the system's roots as well.
func (o *options) roots() (*x509.CertPool, error) {
	if o.caCert == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(o.caCert)
	if err != nil {
		return nil, fail(ExitUsage, "--cacert: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a system without roots of its own
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fail(ExitUsage, "--cacert %s: no certificate in PEM form in it", o.caCert)
	}
	return pool, nil
}

// fingerprints turns the --trust-sha256 flags into digests. Colons and spaces
// between the digits are fine, as other programs print them.
func (o *options) fingerprints() ([][sha256.Size]byte, error) {
	var out [][sha256.Size]byte
	for _, text := range o.trust {
		raw, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(text))
		if err != nil || len(raw) != sha256.Size {
			return nil, fail(ExitUsage, "--trust-sha256 %s: that is not 64 hexadecimal digits", text)
		}
		out = append(out, [sha256.Size]byte(raw))
	}
	return out, nil
}

// connectionsNote says what -n does not do.
func (o *options) connectionsNote() string {
	if o.connections == "auto" || o.connections == "1" {
		return ""
	}
	return fmt.Sprintf("-n %s: one connection per file is used", o.connections)
}
