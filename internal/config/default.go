package config

import "time"

// Default is the configuration without a file.
func Default() Config {
	return Config{
		Downloads: Downloads{
			Running: 8, PerHost: 16, RowsPerHost: 6, Connections: "auto", Retry: 5,
			Redirect: "ask-cross-host", Timeout: time.Minute, LinkedMirrors: true,
		},
		Credentials:   Credentials{Netrc: "never", Keep: "auto"},
		Interface:     Interface{Theme: "auto", Colour: "auto", Glyphs: "auto", Ambiguous: 1, Units: "si", Mouse: true, Pane: true, Graphs: true},
		Notifications: Notifications{Finish: "never", Fail: "never", Question: "never"},
		Agent:         Agent{Linger: 5 * time.Minute, OnHangup: "pause"},
	}
}
