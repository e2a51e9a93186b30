package testserver

import (
	"cmp"
	"fmt"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
)

// configuration returns the text of nginx.conf. The log is made of JSON lines;
// of Authorization only the scheme gets there, by way of a map.
func (n *Nginx) configuration(cfg NginxConfig) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	path := func(name string) string { return filepath.Join(n.dir, name) }

	if u, err := user.Current(); err == nil && u.Uid == "0" {
		// The worker must be able to read the test's files.
		line("user %s;", u.Username)
	}
	line("worker_processes 1;")
	line("daemon off;")
	line("pid %q;", n.pidPath())
	line("error_log %q info;", n.errorLogPath())
	line("events { worker_connections 512; }")
	line("http {")
	line(`map $http_authorization $authorization_scheme { default malformed; "" ""; "~^(?<authorization_word>[A-Za-z]+) " $authorization_word; }`)
	line("log_format wire escape=json '%s';", logFormat())
	line("access_log %q wire;", path("access.log"))
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		line("%s_temp_path %q;", kind, path("temp/"+kind))
	}
	line("default_type application/octet-stream;")
	line("sendfile on;")
	line("server {")
	line("listen 127.0.0.1:%d;", n.httpPort)
	line("listen 127.0.0.1:%d ssl http2;", n.httpsPort)
	line("server_name localhost;")
	line("%s", cmp.Or(cfg.TLS, "ssl_protocols TLSv1.2 TLSv1.3;"))
	line("ssl_certificate %q;", path("leaf.pem"))
	line("ssl_certificate_key %q;", path("leaf.key"))
	if cfg.ClientCA != nil {
		line("ssl_client_certificate %q;", path(clientCAFile))
		if cfg.OptionalClient {
			line("ssl_verify_client optional;")
		} else {
			line("ssl_verify_client on;")
		}
	}
	if cfg.ClientCRL != nil {
		line("ssl_crl %q;", path(clientCRLFile))
	}
	line("root %q;", n.Root)
	for i, l := range cfg.Locations {
		line("location %q {", l.Prefix)
		if l.RateLimit > 0 {
			line("limit_rate %d;", l.RateLimit)
			line("limit_rate_after %d;", l.RateAfter)
		}
		if l.User != "" {
			line("auth_basic %q;", "haul test")
			line("auth_basic_user_file %q;", path(passwordFile(i)))
		}
		if l.Redirect != "" {
			ports := strings.NewReplacer("$http_port", strconv.Itoa(n.httpPort), "$https_port", strconv.Itoa(n.httpsPort))
			line("return 302 %s;", ports.Replace(l.Redirect))
		}
		if l.Directives != "" {
			line("%s", l.Directives)
		}
		line("}")
	}
	line("}")
	line("}")
	return b.String()
}

// logFormat returns one JSON object, decoded by Entry. Numbers are quoted, so
// that a variable without a value is still JSON.
func logFormat() string {
	fields := [][2]string{
		{"time", "$msec"},
		{"remote_port", "$remote_port"},
		{"connection", "$connection"},
		{"method", "$request_method"},
		{"uri", "$request_uri"},
		{"host", "$http_host"},
		{"proto", "$server_protocol"},
		{"status", "$status"},
		{"body_bytes_sent", "$body_bytes_sent"},
		{"completion", "$request_completion"},
		{"range", "$http_range"},
		{"if_range", "$http_if_range"},
		{"accept_encoding", "$http_accept_encoding"},
		{"user_agent", "$http_user_agent"},
		{"authorization", "$authorization_scheme"},
		{"tls_protocol", "$ssl_protocol"},
		{"tls_cipher", "$ssl_cipher"},
		{"tls_reused", "$ssl_session_reused"},
	}
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = fmt.Sprintf("%q:%q", f[0], f[1])
	}
	return "{" + strings.Join(parts, ",") + "}"
}
