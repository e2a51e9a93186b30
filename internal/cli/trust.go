package cli

import (
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
func trustCommand(env Env) *cobra.Command {
	c := &cobra.Command{
		Use: "trust", Short: phrases.TrustShort,
		Long: phrases.TrustLong,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return listTrusted(env) },
	}
	c.AddCommand(
		&cobra.Command{
			Use: "ls", Short: phrases.TrustListShort, Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return listTrusted(env) },
		},
		&cobra.Command{
			Use: "rm HOST[:PORT]...", Short: phrases.TrustRemoveShort, Args: cobra.MinimumNArgs(1),
			ValidArgsFunction: completeTrusted,
			RunE:              func(_ *cobra.Command, args []string) error { return removeTrusted(args) },
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

func listTrusted(env Env) error {
	servers, err := trustedServers().Servers()
	if err != nil {
		return fail(ExitDisk, phrases.CannotReadTrusted, err)
	}
	hosts, err := strictHosts().Policies()
	if err != nil {
		return fail(ExitDisk, phrases.CannotReadHTTPSOnly, err)
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

// removeTrusted takes servers back. A host alone is its port 443, and what it has
// said of itself.
func removeTrusted(args []string) error {
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
	}
	return nil
}
