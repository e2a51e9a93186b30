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
)

// trustedServers is the file of the servers that were accepted for good.
func trustedServers() *trusted.File {
	return trusted.At(filepath.Join(xdg.StateHome, "haul", "trusted-servers"))
}

// trustCommand is "haul trust" with what is below it.
func trustCommand(env Env) *cobra.Command {
	c := &cobra.Command{
		Use: "trust", Short: "List and take back the servers that you accepted for good",
		Long: `haul asks about a server whose certificate cannot be verified. One that you accept
for good is not asked about again as long as it shows the same certificate. haul
trust ls lists these servers, haul trust rm takes one back.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return listTrusted(env) },
	}
	c.AddCommand(
		&cobra.Command{
			Use: "ls", Short: "List the servers accepted for good", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return listTrusted(env) },
		},
		&cobra.Command{
			Use: "rm HOST[:PORT]...", Short: "Take servers back", Args: cobra.MinimumNArgs(1),
			ValidArgsFunction: completeTrusted,
			RunE:              func(_ *cobra.Command, args []string) error { return removeTrusted(args) },
		},
	)
	return c
}

// completeTrusted offers the addresses that are in the file.
func completeTrusted(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	servers, err := trustedServers().Servers()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	addrs := make([]string, len(servers))
	for i, s := range servers {
		addrs[i] = s.Addr
	}
	return addrs, cobra.ShellCompDirectiveNoFileComp
}

func listTrusted(env Env) error {
	servers, err := trustedServers().Servers()
	if err != nil {
		return fail(ExitDisk, "cannot read the accepted servers: %w: move the file away", err)
	}
	for _, s := range servers {
		if _, err := fmt.Fprintf(env.Stdout, "%s  %X  since %s\n", s.Addr, s.SHA256, s.Since.Format(time.DateOnly)); err != nil {
			return err
		}
	}
	return nil
}

// removeTrusted takes servers back; a host alone is its port 443.
func removeTrusted(addrs []string) error {
	for _, addr := range addrs {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			addr = net.JoinHostPort(addr, "443")
		}
		err := trustedServers().Remove(addr)
		if errors.Is(err, trusted.ErrUnknown) {
			return fail(ExitUsage, "%s: %w: run haul trust ls for what was", addr, err)
		}
		if err != nil {
			return fail(ExitDisk, "cannot take %s back: %w: check the directory", addr, err)
		}
	}
	return nil
}
