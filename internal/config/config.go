package config

import "time"

// Config is the configuration file. A member that the file does not have keeps
// the value of [Default].
type Config struct {
	Downloads     Downloads       `toml:"downloads"`
	Proxy         Proxy           `toml:"proxy"`
	Hosts         map[string]Host `toml:"hosts"` // by host name, or *.domain
	Trust         Trust           `toml:"trust"`
	Credentials   Credentials     `toml:"credentials"`
	Interface     Interface       `toml:"interface"`
	Notifications Notifications   `toml:"notifications"`
	Keys          Keys            `toml:"keys"`
	Agent         Agent           `toml:"agent"`
}

// Downloads says how transfers are made. Sizes and rates are text like "500k".
type Downloads struct {
	Dir           string        `toml:"dir"`
	Running       int           `toml:"max-running"`       // rows at once
	PerHost       int           `toml:"max-per-host"`      // connections to one host at once
	RowsPerHost   int           `toml:"max-rows-per-host"` // rows of one host at once
	Connections   string        `toml:"connections"`       // for one file: "auto" or a number
	LimitRate     string        `toml:"limit-rate"`        // of all together
	Retry         int           `toml:"retry"`
	Redirect      string        `toml:"redirect"`
	Timeout       time.Duration `toml:"timeout"`
	KeepErrorBody bool          `toml:"keep-error-body"`
	Force         bool          `toml:"force"`
	HTTP3         bool          `toml:"http3"`          // follow Alt-Svc to HTTP/3
	LinkedMirrors bool          `toml:"linked-mirrors"` // use the mirrors that a server names
}

// Proxy says which proxy is used: a URL, "direct", or "" for what the environment
// says.
type Proxy struct {
	URL string   `toml:"url"`
	Not []string `toml:"not"` // hosts that are reached directly
}

// Host is what differs for one host.
type Host struct {
	Proxy       string `toml:"proxy"` // a URL, or "direct"
	LimitRate   string `toml:"limit-rate"`
	Connections string `toml:"connections"`
	User        string `toml:"user"`
	Certificate string `toml:"certificate"` // PEM or PKCS#12 file of the client certificate
	Key         string `toml:"key"`         // PEM file of its key
	TrustSHA256 string `toml:"trust-sha256"`
}

// Trust says which servers are trusted.
type Trust struct {
	CACert string `toml:"cacert"`
}

// Credentials says where passwords come from and where they are kept.
type Credentials struct {
	Command []string `toml:"command"` // asked as git asks its helpers
	Netrc   string   `toml:"netrc"`   // a file, "default" or "never"
	Keep    string   `toml:"keep"`    // "auto", "keyring", "file" or "never"
	// Certificates are files and folders of client certificates to choose from.
	Certificates []string `toml:"certificates"`
}

// Interface is how haul looks and feels.
type Interface struct {
	Theme  string `toml:"theme"`
	Colour string `toml:"color"`
	Glyphs string `toml:"glyphs"`
	// Ambiguous is how many cells a character takes whose width Unicode calls
	// ambiguous, 1 or 2.
	Ambiguous int    `toml:"ambiguous-width"`
	Units     string `toml:"units"` // of sizes and rates
	Mouse     bool   `toml:"mouse"`
	Pane      bool   `toml:"pane"`   // show the preview pane at the start
	Graphs    bool   `toml:"graphs"` // draw the curves of rates
	Plain     bool   `toml:"plain"`
}

// Notifications says what is told outside the window: "never", "unfocused" or
// "always".
type Notifications struct {
	Finish   string `toml:"finish"` // the last transfer has ended
	Fail     string `toml:"fail"`
	Question string `toml:"question"`
	Bell     bool   `toml:"bell"`
	Names    bool   `toml:"names"` // of the latest transfer
}

// Keys gives actions other keys, by context and action: keys.list.pause =
// ["p", "f5"].
type Keys map[string]map[string][]string

// Agent says how transfers go on without a terminal. A command is a list of
// words; no shell reads it.
type Agent struct {
	Linger     time.Duration `toml:"linger"`    // how long it stays with nothing to do
	OnHangup   string        `toml:"on-hangup"` // "pause" or "detach"
	OnQuestion []string      `toml:"on-question"`
	OnFinish   []string      `toml:"on-finish"`
	OnFail     []string      `toml:"on-fail"`
}
