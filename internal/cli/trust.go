package cli

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"haul/internal/trusted"
	"haul/session/hsts"
	"haul/ui/phrases"
)

// trustedServers is the file of the servers that were accepted for good.
func trustedServers() *trusted.File {
	return trusted.At(filepath.Join(xdg.StateHome, "haul", "trusted-servers"))
}

// strictHosts is the file of the hosts that want https only.
func strictHosts() *hsts.Store {
	return hsts.At(filepath.Join(xdg.StateHome, "haul", "hsts"))
}

// trustCommand is "haul trust" with what is below it.
func trustCommand(env Env, o *options) *cobra.Command {
	c := &cobra.Command{
		Use: "trust", Short: phrases.TrustShort,
		Long: phrases.TrustLong,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return listTrusted(env, o) },
	}
	c.AddCommand(
		&cobra.Command{
			Use: "ls", Short: phrases.TrustListShort, Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return listTrusted(env, o) },
		},
		&cobra.Command{
			Use: "rm HOST[:PORT]...", Short: phrases.TrustRemoveShort, Args: cobra.MinimumNArgs(1),
			ValidArgsFunction: completeTrusted,
			RunE:              func(_ *cobra.Command, args []string) error { return removeTrusted(env, args) },
		},
	)
	return c
}

// completeTrusted offers what is in the files.
func completeTrusted(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	servers, err := trustedServers().Servers()
	hosts, err2 := strictHosts().Policies()
	if err != nil || err2 != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, s := range servers {
		names = append(names, s.Addr)
	}
	for _, h := range hosts {
		names = append(names, h.Host)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func listTrusted(env Env, o *options) error {
	servers, err := trustedServers().Servers()
	if err != nil {
		return fail(ExitDisk, phrases.CannotReadTrusted, err)
	}
	hosts, err := strictHosts().Policies()
	if err != nil {
		return fail(ExitDisk, phrases.CannotReadHTTPSOnly, err)
	}
	if o.json {
		return printTrusted(env, servers, hosts)
	}
	var lines []string
	for _, s := range servers {
		lines = append(lines, fmt.Sprintf(phrases.Accepted, s.Addr, s.SHA256, s.Since.Format(time.DateOnly)))
	}
	for _, h := range hosts {
		hosts := h.Host
		if h.IncludeSubDomains {
			hosts = fmt.Sprintf(phrases.AllBelowIt, h.Host)
		}
		lines = append(lines, fmt.Sprintf(phrases.HTTPSOnly, hosts, h.Expires.Format(time.DateOnly)))
	}
	if len(lines) == 0 {
		lines = []string{phrases.NothingAccepted}
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(env.Stdout, line); err != nil {
			return err
		}
	}
	return nil
}

// trustLine is a line of "haul trust ls --json": a server that was accepted, or a
// host that wants https only.
type trustLine struct {
	Address    string `json:"address,omitempty"`
	SHA256     string `json:"sha256,omitempty"`
	Since      string `json:"since,omitempty"`
	Host       string `json:"host,omitempty"`
	SubDomains bool   `json:"subdomains,omitempty"`
	HTTPSOnly  bool   `json:"https_only"`
	Until      string `json:"until,omitempty"`
}

func printTrusted(env Env, servers []trusted.Server, hosts []hsts.Policy) error {
	out := json.NewEncoder(env.Stdout)
	for _, s := range servers {
		line := trustLine{Address: s.Addr, SHA256: hex.EncodeToString(s.SHA256[:]), Since: s.Since.Format(time.DateOnly)}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	for _, h := range hosts {
		line := trustLine{Host: h.Host, SubDomains: h.IncludeSubDomains, HTTPSOnly: true, Until: h.Expires.Format(time.DateOnly)}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// removeTrusted takes servers back. A host alone is its port 443, and what it has
// said of itself.
func removeTrusted(env Env, args []string) error {
	n := 0
	for _, arg := range args {
		addr, said := arg, hsts.ErrUnknown
		if _, _, err := net.SplitHostPort(arg); err != nil {
			addr, said = net.JoinHostPort(arg, "443"), strictHosts().Remove(arg)
		}
		accepted := trustedServers().Remove(addr)
		for _, err := range []error{accepted, said} {
			if err != nil && !errors.Is(err, trusted.ErrUnknown) && !errors.Is(err, hsts.ErrUnknown) {
				return fail(ExitDisk, phrases.CannotTakeBack, arg, err)
			}
		}
		if accepted != nil && said != nil {
			return fail(ExitUsage, phrases.NothingToTakeBack, addr, trusted.ErrUnknown)
		}
		for _, err := range []error{accepted, said} {
			if err == nil {
				n++
			}
		}
	}
	_, err := fmt.Fprintf(env.Stdout, phrases.RemovedKept+"\n", n)
	return err
}
