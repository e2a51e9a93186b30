package demo

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// redirect answers /redirect/KIND/PATH.
func (s *Server) redirect(w http.ResponseWriter, r *http.Request, p plan) {
	location, err := s.location(r, p)
	if err != nil {
		page(w, http.StatusBadRequest, err.Error())
		return
	}
	if location != "" {
		w.Header().Set("Location", location)
	}
	if strings.HasPrefix(p.rest, "endless/") {
		w.WriteHeader(p.status)
		for r.Method != http.MethodHead {
			if _, err := w.Write(make([]byte, 1024)); err != nil {
				return
			}
			if flush(w) != nil || sleep(r.Context(), slice) != nil {
				return
			}
		}
		return
	}
	page(w, p.status, "The file is elsewhere.")
}

// location returns where r is to be sent, "" for nowhere.
func (s *Server) location(r *http.Request, p plan) (string, error) {
	kind, rest, _ := strings.Cut(p.rest, "/")
	target := url.URL{Path: "/" + rest, RawQuery: r.URL.RawQuery}
	at := s.addresses().of(r)
	var origin string
	switch kind {
	case "same", "endless":
		return target.String(), nil
	case "loop":
		return r.URL.String(), nil
	case "none":
		return "", nil
	case "file":
		return "file:///etc/passwd", nil
	case "utf8":
		return target.Path + "?id=\u65e5\u672c\u8a9e", nil
	case "escapes":
		return target.Path + "?id=" + escapesC1, nil
	case "chain":
		count, rest, _ := strings.Cut(rest, "/")
		n, err := strconv.Atoi(count)
		if err != nil {
			return "", fmt.Errorf("chain of %q", count)
		}
		target.Path = "/" + rest
		if n > 1 {
			target.Path = fmt.Sprintf("/redirect/chain/%d/%s", n-1, rest)
		}
		return target.String(), nil
	case "host":
		origin = at.otherHost
	case "port":
		origin = at.otherPort
	case "http":
		origin = at.plain
	case "https":
		origin = at.secure
	default:
		return "", fmt.Errorf("unknown kind of redirect %q", kind)
	}
	if origin == "" {
		return "", fmt.Errorf("this server has no address for a redirect to another %s", kind)
	}
	return origin + target.String(), nil
}

// Addresses are the origins of a running server, such as
// "http://127.0.0.1:8080". All of them serve all files.
type Addresses struct {
	Files, FilesTLS   string
	Mirror, MirrorTLS string // the other host
	OtherPort         string // the host of Files, on another port, http
}

// neighbours are the origins that redirects of a request lead to.
type neighbours struct{ otherHost, otherPort, plain, secure string }

// of returns the neighbours of r. Without a match, because the handler was
// mounted by somebody else, they are empty.
func (a Addresses) of(r *http.Request) neighbours {
	host := hostName(r.Host)
	pick := func(plain, secure string) string {
		if r.TLS != nil {
			return secure
		}
		return plain
	}
	switch {
	case a.Files == "":
		return neighbours{}
	case host == hostName(strings.TrimPrefix(a.Mirror, "http://")):
		return neighbours{otherHost: pick(a.Files, a.FilesTLS), otherPort: a.MirrorTLS, plain: a.Mirror, secure: a.MirrorTLS}
	default:
		return neighbours{otherHost: pick(a.Mirror, a.MirrorTLS), otherPort: a.OtherPort, plain: a.Files, secure: a.FilesTLS}
	}
}

func hostName(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return hostport
	}
	return host
}
