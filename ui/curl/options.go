package curl

// effect is what an option does here.
type effect int

const (
	passOver effect = iota // it makes no difference, or haul has its own way
	refuse                 // it would be another request
	setURL
	setField // a header field of its own
	setHeader
	setCookie
	setUser
	setName
	setRemote
	setMethod
	setWhole
)

// option is one of curl's.
type option struct {
	letter, name string
	takes        bool // a value follows
	does         effect
	field        string // for setField
	why          string // for refuse
}

const (
	whyBody   = "it sends a body, and haul only downloads here; \"haul put FILE URL\" uploads"
	whyHead   = "it asks for the head alone, and haul downloads the file"
	whyProxy  = "haul takes the proxy from its configuration or the environment"
	whyOther  = "haul does not have it; take it out of the command"
	whyClient = "client certificates are named in haul's configuration"
	whyFile   = "haul reads no file of curl's"
)

// options are those that are met in documentation and in what browsers copy.
func options() []option {
	return []option{
		{letter: "H", name: "header", takes: true, does: setHeader},
		{letter: "u", name: "user", takes: true, does: setUser},
		{letter: "o", name: "output", takes: true, does: setName},
		{letter: "O", name: "remote-name", does: setRemote},
		{letter: "X", name: "request", takes: true, does: setMethod},
		{letter: "A", name: "user-agent", takes: true, does: setField, field: "User-Agent"},
		{letter: "e", name: "referer", takes: true, does: setField, field: "Referer"},
		{letter: "b", name: "cookie", takes: true, does: setCookie},
		{letter: "g", name: "globoff", does: setWhole},
		{name: "url", takes: true, does: setURL},
		{name: "oauth2-bearer", takes: true, does: refuse, why: "give it as -H 'Authorization: Bearer ...'"},

		{letter: "d", name: "data", takes: true, does: refuse, why: whyBody},
		{name: "data-raw", takes: true, does: refuse, why: whyBody},
		{name: "data-binary", takes: true, does: refuse, why: whyBody},
		{name: "data-ascii", takes: true, does: refuse, why: whyBody},
		{name: "data-urlencode", takes: true, does: refuse, why: whyBody},
		{name: "json", takes: true, does: refuse, why: whyBody},
		{letter: "F", name: "form", takes: true, does: refuse, why: whyBody},
		{name: "form-string", takes: true, does: refuse, why: whyBody},
		{letter: "T", name: "upload-file", takes: true, does: refuse, why: whyBody},
		{letter: "G", name: "get", does: refuse, why: "put the data into the URL"},
		{letter: "I", name: "head", does: refuse, why: whyHead},
		{letter: "r", name: "range", takes: true, does: refuse, why: "haul asks for the ranges that it needs"},
		{letter: "x", name: "proxy", takes: true, does: refuse, why: whyProxy},
		{letter: "U", name: "proxy-user", takes: true, does: refuse, why: whyProxy},
		{name: "socks5", takes: true, does: refuse, why: whyProxy},
		{name: "socks5-hostname", takes: true, does: refuse, why: whyProxy},
		{letter: "E", name: "cert", takes: true, does: refuse, why: whyClient},
		{name: "key", takes: true, does: refuse, why: whyClient},
		{letter: "K", name: "config", takes: true, does: refuse, why: whyFile},
		{name: "resolve", takes: true, does: refuse, why: whyOther},
		{name: "connect-to", takes: true, does: refuse, why: whyOther},
		{name: "unix-socket", takes: true, does: refuse, why: whyOther},
		{name: "next", does: refuse, why: "give the commands one by one"},

		{letter: "L", name: "location"},
		{name: "location-trusted", does: refuse, why: "haul does not send a password to the host of a redirect; -L alone does"},
		{letter: "s", name: "silent"}, {letter: "S", name: "show-error"}, {letter: "v", name: "verbose"},
		{letter: "i", name: "include"}, {letter: "f", name: "fail"}, {letter: "#", name: "progress-bar"},
		{letter: "J", name: "remote-header-name"}, {letter: "N", name: "no-buffer"}, {letter: "k", name: "insecure"},
		{letter: "q", name: "disable"}, {letter: "R", name: "remote-time"}, {letter: "n", name: "netrc"},
		{letter: "j", name: "junk-session-cookies"}, {letter: "4", name: "ipv4"}, {letter: "6", name: "ipv6"},
		{letter: "0", name: "http1.0"}, {letter: "Z", name: "parallel"},
		{name: "http1.1"}, {name: "http2"}, {name: "http3"}, {name: "compressed"}, {name: "basic"}, {name: "digest"},
		{name: "anyauth"}, {name: "tlsv1.2"}, {name: "tlsv1.3"}, {name: "ssl-reqd"}, {name: "fail-with-body"},
		{name: "create-dirs"}, {name: "no-progress-meter"}, {name: "remote-name-all"}, {name: "path-as-is"},
		{name: "retry-all-errors"}, {name: "retry-connrefused"}, {name: "tcp-nodelay"}, {name: "proto-default", takes: true},
		{letter: "C", name: "continue-at", takes: true}, {letter: "m", name: "max-time", takes: true},
		{name: "connect-timeout", takes: true}, {name: "retry", takes: true}, {name: "retry-delay", takes: true},
		{name: "retry-max-time", takes: true}, {name: "max-redirs", takes: true}, {name: "limit-rate", takes: true},
		{letter: "c", name: "cookie-jar", takes: true}, {letter: "w", name: "write-out", takes: true},
		{letter: "D", name: "dump-header", takes: true}, {name: "output-dir", takes: true}, {name: "proto", takes: true},
		{name: "cacert", takes: true}, {name: "capath", takes: true}, {name: "ciphers", takes: true},
		{letter: "y", name: "speed-time", takes: true}, {letter: "Y", name: "speed-limit", takes: true},
		{name: "keepalive-time", takes: true}, {name: "tls-max", takes: true}, {name: "parallel-max", takes: true},
	}
}

func byName(name string) (option, bool) {
	for _, o := range options() {
		if o.name == name {
			return o, true
		}
	}
	return option{}, false
}

func byLetter(letter string) (option, bool) {
	for _, o := range options() {
		if o.letter == letter {
			return o, true
		}
	}
	return option{}, false
}
