package cli

import (
	"crypto/sha256"
	"crypto/x509"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/net/http/httpguts"

	"haul/internal/config"
	"haul/themes"
	"haul/transfer"
	"haul/ui/phrases"
	"haul/ui/units"
)

// options are what a run was asked for: the configuration, which [options.settle]
// puts together, and the flags that are of the one run only. They are checked by
// the methods that turn them into what the session and the model want.
type options struct {
	config     config.Config
	typed      config.Config // as the flags alone have it
	configFile string        // of --config
	themes     themes.Library
	// sources says where each member of the configuration has its value from;
	// those that are not there have their default.
	sources map[string]string
	flags   *pflag.FlagSet

	output, input       string
	user                string
	headers             []string
	insecure            bool
	trust               []string
	checksum            string
	json                bool
	paused, continueAll bool
	method              string
	progress            time.Duration
	maximumTime         time.Duration
	http1, http3        bool
	agent               agentOptions
	auth                authOptions
	identity            identityOptions
	mirrors             mirrorOptions
	from                sourceOptions
}

func defaultOptions() *options { return &options{config: config.Default()} }

func (o *options) register(f *pflag.FlagSet) {
	o.flags = f
	f.StringVar(&o.configFile, "config", "", phrases.FlagConfig)
	f.StringVarP(&o.output, "output", "o", "", phrases.FlagOutput)
	f.StringVarP(&o.input, "input", "i", "", phrases.FlagInput)
	f.StringVarP(&o.user, "user", "u", "", phrases.FlagUser)
	f.StringArrayVarP(&o.headers, "header", "H", nil, phrases.FlagHeader)
	f.BoolVar(&o.insecure, "insecure", false, phrases.FlagInsecure)
	f.StringArrayVar(&o.trust, "trust-sha256", nil, phrases.FlagTrust)
	f.StringVar(&o.checksum, "checksum", "", phrases.FlagChecksum)
	f.BoolVar(&o.json, "json", false, phrases.FlagJSON)
	f.BoolVar(&o.paused, "paused", false, phrases.FlagPaused)
	f.BoolVar(&o.continueAll, "continue", false, phrases.FlagContinue)
	f.StringVarP(&o.method, "request", "X", "PUT", phrases.FlagRequest)
	o.progress = 10 * time.Second
	f.Var((*interval)(&o.progress), "progress", phrases.FlagProgress)
	f.DurationVar(&o.maximumTime, "max-time", 0, phrases.FlagMaxTime)
	o.auth.register(f)
	o.identity.register(f)
	o.mirrors.register(f)
	o.from.register(f)
	f.BoolVar(&o.http1, "http1.1", false, phrases.FlagHTTP1)
	f.BoolVar(&o.http3, "http3", false, phrases.FlagHTTP3)
	o.agent.register(f)
	o.registerMembers(f)
}

// check refuses what no combination makes sense of. The members of the
// configuration are checked already.
func (o *options) check() error {
	if o.json && o.config.Interface.Plain && o.flags.Changed("plain") {
		return fail(ExitUsage, phrases.JSONAndPlain)
	}
	if o.http1 && o.http3 {
		return fail(ExitUsage, phrases.HTTP1AndHTTP3)
	}
	return o.checkConnections()
}

// http3Mode is when HTTP/3 is tried: first with --http3, and where the configuration
// allows it, when a server has said that it speaks it.
func (o *options) http3Mode() transfer.HTTP3 {
	switch {
	case o.http3:
		return transfer.HTTP3First
	case o.config.Downloads.HTTP3 && !o.http1:
		return transfer.HTTP3Announced
	}
	return transfer.HTTP3Never
}

// header turns the -H flags into fields.
func (o *options) header() (http.Header, error) {
	h := http.Header{}
	for _, line := range o.headers {
		name, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, fail(ExitUsage, phrases.HeaderIsNoField)
		}
		h.Add(name, value)
	}
	return h, nil
}

// rates are the limits of all transfers together, 0 for none, and of the hosts
// that have one, in bytes per second.
func (o *options) rates() (all int64, hosts map[string]int64, err error) {
	if all, err = config.ParseRate(o.config.Downloads.LimitRate); err != nil {
		return 0, nil, err
	}
	hosts = make(map[string]int64)
	for name, h := range o.config.Hosts {
		n, err := config.ParseRate(h.LimitRate)
		if err != nil {
			return 0, nil, err
		}
		if n > 0 {
			hosts[strings.ToLower(name)] = n
		}
	}
	return all, hosts, nil
}

// units are those of sizes and rates. The configuration was checked: its name is
// one of them.
func (o *options) units() units.System {
	in, _ := units.Named(o.config.Interface.Units)
	return in
}

// roots reads the certificate authorities that are trusted besides the system's.
func (o *options) roots() (*x509.CertPool, error) {
	path := o.config.Trust.CACert
	if path == "" {
		return nil, nil
	}
	source := o.source("trust.cacert")
	pem, err := os.ReadFile(config.ExpandHome(path))
	if err != nil {
		return nil, fail(ExitUsage, phrases.CannotReadAuthorities, source, path, cause(err))
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fail(ExitUsage, phrases.NoAuthorities, source, path)
	}
	return pool, nil
}

// fingerprints turns the --trust-sha256 flags into digests.
func (o *options) fingerprints() ([][sha256.Size]byte, error) {
	var out [][sha256.Size]byte
	for _, text := range o.trust {
		sum, err := config.ParseFingerprint(text)
		if err != nil {
			return nil, fail(ExitUsage, phrases.FingerprintUnfit, err)
		}
		out = append(out, sum)
	}
	return out, nil
}

// trustHost is the fingerprint that the configuration has for a host.
func (o *options) trustHost(addr string) (sum [sha256.Size]byte, ok bool) {
	text := o.config.ForHost(addr).TrustSHA256
	if text == "" {
		return sum, false
	}
	sum, err := config.ParseFingerprint(text)
	return sum, err == nil // the configuration was checked
}
