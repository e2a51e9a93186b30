package cli

import (
	"github.com/spf13/cobra"

	"haul/internal/config"
	"haul/transfer/partial"
)

// completions tells the shells what can follow a flag or a command. URLs are
// nothing that a shell can know; files are completed only where a file is meant.
func completions(root *cobra.Command, env Env, o *options) error {
	fixed := func(words ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	of := map[string]cobra.CompletionFunc{
		"redirect":    fixed(config.Words("downloads.redirect")...),
		"color":       fixed(config.Words("interface.color")...),
		"glyphs":      fixed(config.Words("interface.glyphs")...),
		"units":       fixed(config.Words("interface.units")...),
		"notify":      fixed(config.Words("notifications.finish")...),
		"connections": fixed("auto", "1", "2", "4", "8", "16"),
		"limit-rate":  fixed("500k", "1M", "2M", "5M", "10M"),
		"retry":       fixed("0", "1", "5", "20"),
		"request":     fixed("PUT", "POST", "PATCH"),
		"checksum": cobra.FixedCompletions(
			[]string{"sha256:", "sha512:", "sha1:", "md5:"}, cobra.ShellCompDirectiveNoSpace|cobra.ShellCompDirectiveNoFileComp),
		"theme": func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return o.library(env).Names(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	for _, name := range []string{"max-running", "max-per-host", "max-rows-per-host", "timeout", "max-time", "progress", "header", "user", "trust-sha256"} {
		of[name] = cobra.NoFileCompletions
	}
	for name, complete := range of {
		if err := root.RegisterFlagCompletionFunc(name, complete); err != nil {
			return err
		}
	}
	for name, endings := range map[string][]string{"config": {"toml"}, "cacert": {"pem", "crt", "cer"}, "cert": {"pem", "crt", "cer", "p12", "pfx"}, "key": {"pem", "key"}} {
		if err := root.MarkPersistentFlagFilename(name, endings...); err != nil {
			return err
		}
	}
	return root.MarkPersistentFlagDirname("dir")
}

// completeFile completes one file, then nothing.
func completeFile(endings ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		switch {
		case len(args) > 0:
			return nil, cobra.ShellCompDirectiveNoFileComp
		case len(endings) > 0:
			return endings, cobra.ShellCompDirectiveFilterFileExt
		}
		return nil, cobra.ShellCompDirectiveDefault
	}
}

// stateEndings are the names of what haul inspect reads.
func stateEndings() []string {
	return []string{partial.PartSuffix[1:], partial.StateSuffix[1:]}
}
