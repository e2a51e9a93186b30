package cli

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/net/http/httpproxy"

	"haul/internal/config"
	"haul/ui/phrases"
)

// direct is the word for no proxy.
const direct = "direct"

// registerProxy registers the flags about proxies.
func registerProxy(f *pflag.FlagSet, p *config.Proxy) {
	f.StringVar(&p.URL, "proxy", p.URL, phrases.FlagProxy)
	f.StringSliceVar(&p.Not, "noproxy", p.Not, phrases.FlagNoProxy)
}

// The variables that other programs read as well, each with the spelling that
// counts if both are there.
var (
	proxyVariables   = [][]string{{"HTTP_PROXY", "http_proxy"}, {"HTTPS_PROXY", "https_proxy"}, {"ALL_PROXY", "all_proxy"}}
	noProxyVariables = []string{"NO_PROXY", "no_proxy"}
)

// either is the first of some variables that has a value, with its name.
func either(env Env, names []string) (name, value string) {
	for _, name := range names {
		if value := env.getenv(name); value != "" {
			return name, value
		}
	}
	return "", ""
}

// proxyConventions lays the variables of other programs over the file: they are
// up to three proxies, for which an empty member stands.
func proxyConventions(env Env, c *config.Config, sources map[string]string) {
	if sources["proxy.url"] != config.Variable("proxy.url") {
		var names []string
		for _, pair := range proxyVariables {
			if name, _ := either(env, pair); name != "" {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			c.Proxy.URL, sources["proxy.url"] = "", strings.Join(names, ", ")
		}
	}
	if name, list := either(env, noProxyVariables); name != "" {
		c.Proxy.Not, sources["proxy.not"] = nil, name
		for host := range strings.SplitSeq(list, ",") {
			if host = strings.TrimSpace(host); host != "" {
				c.Proxy.Not = append(c.Proxy.Not, host)
			}
		}
	}
}

// proxy picks the proxy of a request, by what the configuration has for its host
// and else for all. The flag, which is of this run, goes before both.
func (o *options) proxy(env Env) (func(*http.Request) (*url.URL, error), error) {
	general, err := o.generalProxy(env)
	if err != nil {
		return nil, err
	}
	if o.source("proxy.url") == "--proxy" {
		return func(r *http.Request) (*url.URL, error) { return general(r.URL) }, nil
	}
	return func(r *http.Request) (*url.URL, error) {
		switch text := o.config.ForHost(r.URL.Host).Proxy; text {
		case "":
			return general(r.URL)
		case direct:
			return nil, nil
		default:
			return url.Parse(text) // it was checked
		}
	}, nil
}

// generalProxy picks the proxy of a URL whose host has none of its own. Servers
// on this machine are reached without one.
func (o *options) generalProxy(env Env) (func(*url.URL) (*url.URL, error), error) {
	p := o.config.Proxy
	chosen := httpproxy.Config{NoProxy: strings.Join(p.Not, ",")}
	switch p.URL {
	case direct:
	case "":
		all, err := proxyVariable(env, proxyVariables[2], "")
		if err != nil {
			return nil, err
		}
		if chosen.HTTPProxy, err = proxyVariable(env, proxyVariables[0], all); err != nil {
			return nil, err
		}
		if chosen.HTTPSProxy, err = proxyVariable(env, proxyVariables[1], all); err != nil {
			return nil, err
		}
	default:
		chosen.HTTPProxy, chosen.HTTPSProxy = p.URL, p.URL
	}
	return chosen.ProxyFunc(), nil
}

// proxyVariable is the proxy that a variable names, with the scheme that may be
// left out; otherwise is what holds where it is empty. What is wrong with it is
// told without its value, which may have a password in it.
func proxyVariable(env Env, names []string, otherwise string) (string, error) {
	name, value := either(env, names)
	if name == "" {
		return otherwise, nil
	}
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	if err := config.Check("proxy.url", value); err != nil {
		return "", fail(ExitUsage, "%w", fmt.Errorf("%s: %w", name, err))
	}
	return value, nil
}
