package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"haul/internal/credentials"
	"haul/session"
	"haul/ui/phrases"
	"haul/ui/text"
)

// credentialsCommand is "haul credentials" with what is below it. It sees both
// the keyring and the file, whatever the configuration says of new ones.
func credentialsCommand(env Env, o *options) *cobra.Command {
	c := &cobra.Command{
		Use: "credentials", Short: phrases.CredentialsShort,
		Args: cobra.NoArgs,
	}
	all := false
	remove := &cobra.Command{
		Use: "rm [HOST...]", Short: phrases.CredentialsRemoveShort,
		Long: phrases.CredentialsRemoveLong,
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			// The shell has nowhere to show an error.
			entries, _ := keptPlaces().Entries(cmd.Context())
			return hostsOf(entries), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return fail(ExitUsage, phrases.HostsOrAll)
			}
			return removeKept(cmd.Context(), env, args)
		},
	}
	remove.Flags().BoolVar(&all, "all", false, phrases.FlagCredentialsAll)
	c.AddCommand(remove, &cobra.Command{
		Use: "ls", Short: phrases.CredentialsListShort,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return listKept(cmd.Context(), env, o) },
	})
	return c
}

func keptPlaces() *credentials.Places {
	return credentials.NewPlaces(keptDir(), credentials.KeepAuto, nil)
}

// keptLine is a line of "haul credentials ls --json".
type keptLine struct {
	Origin string         `json:"origin"`
	Realm  string         `json:"realm"`
	Method session.Method `json:"method"`
	Proxy  bool           `json:"proxy"`
	User   string         `json:"user"`
	Where  string         `json:"where"`
}

func listKept(ctx context.Context, env Env, o *options) error {
	entries, err := keptPlaces().Entries(ctx)
	if o.json {
		out := json.NewEncoder(env.Stdout)
		for _, e := range entries {
			line := keptLine{originOf(e.Space), e.Space.Realm, e.Space.Method, e.Space.Proxy, e.User, e.Where}
			if err := out.Encode(line); err != nil {
				return err
			}
		}
		return failKept(err)
	}
	if len(entries) == 0 && err == nil {
		_, err := fmt.Fprintln(env.Stdout, phrases.NothingIsKept)
		return err
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	for _, e := range entries {
		user := phrases.AToken
		if e.Space.Method != session.MethodBearer {
			user = text.Clean(e.User).String()
		}
		fmt.Fprintf(w, "%s\t%s %q\t%s\tin %s\n", text.Clean(originOf(e.Space)), e.Space.Method, text.Clean(e.Space.Realm).String(), user, e.Where)
	}
	return errors.Join(w.Flush(), failKept(err))
}

// removeKept removes what is kept for hosts; without hosts everything.
func removeKept(ctx context.Context, env Env, hosts []string) error {
	places := keptPlaces()
	entries, err := places.Entries(ctx)
	if err != nil {
		return failKept(err)
	}
	for _, host := range hosts {
		if !slices.ContainsFunc(entries, func(e credentials.Entry) bool { return isAt(e.Space, host) }) {
			return fail(ExitUsage, phrases.NothingKeptFor, text.Clean(host))
		}
	}
	var done []session.ProtectionSpace
	n := 0
	for _, e := range entries {
		if len(hosts) > 0 && !slices.ContainsFunc(hosts, func(h string) bool { return isAt(e.Space, h) }) {
			continue
		}
		n++
		if slices.Contains(done, e.Space) {
			continue
		}
		if err := places.Delete(ctx, e.Space); err != nil {
			return failKept(err)
		}
		done = append(done, e.Space)
	}
	_, err = fmt.Fprintf(env.Stdout, phrases.RemovedKept+"\n", n)
	return err
}

func failKept(err error) error {
	if err == nil {
		return nil
	}
	return fail(ExitDisk, phrases.CannotUseCredentials, err, keptDir())
}

// isAt tells whether a space is at a host, or at a host:port.
func isAt(p session.ProtectionSpace, host string) bool {
	host = strings.ToLower(host)
	return host == p.Host || host == address(p)
}

func address(p session.ProtectionSpace) string { return net.JoinHostPort(p.Host, strconv.Itoa(p.Port)) }

func originOf(p session.ProtectionSpace) string {
	origin := p.Protocol + "://" + address(p)
	if p.Proxy {
		return "proxy " + origin
	}
	return origin
}

func hostsOf(entries []credentials.Entry) (hosts []string) {
	for _, e := range entries {
		if !slices.Contains(hosts, e.Space.Host) {
			hosts = append(hosts, e.Space.Host)
		}
	}
	return hosts
}
