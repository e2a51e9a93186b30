// Package cli is haul's command line: it reads flags, makes the session and the
// model, chooses between the monitor, plain lines and JSON, handles signals and
// turns the end into an exit code.
//
// cobra carries the commands, because completion for bash, zsh and fish and the
// man pages come from the same definitions; fang's dress for it is left
// out, since colours follow haul's own themes and its reading of NO_COLOR.
//
// Nothing in here touches os.Args, the environment or the standard streams: all
// of that comes in through [Env], so that a test is a caller like the process.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"haul/internal/credentials"
	"haul/ui/phrases"
)

// The exit codes.
const (
	ExitOK          = 0
	ExitSome        = 1   // some transfers failed or were refused
	ExitUsage       = 2   // the command line is no good
	ExitUnanswered  = 3   // a question could not be asked
	ExitDisk        = 4   // the disk, a directory or a file
	ExitInterrupted = 130 // interrupted, as shells count it
)

// Version is haul's version.
const Version = "0.1.0"

// Env is what the command line gets from the process.
type Env struct {
	Args    []string // without the program's name
	Environ []string // "NAME=value"
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	// Signals delivers interrupts, terminations and hang-ups; nil: none come.
	Signals <-chan os.Signal
}

// Main runs the command line on the process and returns its exit code.
func Main() int {
	// net/http prints what servers send unasked, right across the screen.
	log.SetOutput(io.Discard)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	// quic-go would write a hint for developers into the terminal. It asks for
	// this name; without it there is nothing to be done here.
	_ = os.Setenv("QUIC_GO_DISABLE_RECEIVE_BUFFER_WARNING", "true")
	environ := os.Environ()
	// No program that haul starts is given a password. Unsetting what has a
	// good name does not fail.
	for _, name := range credentials.SecretVariables() {
		_ = os.Unsetenv(name)
	}
	return Run(context.Background(), Env{
		Args: os.Args[1:], Environ: environ,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Signals: signals,
	})
}

// Run runs one command line and returns the exit code. It returns when all that
// it started has ended.
func Run(ctx context.Context, env Env) int {
	root := rootCommand(env)
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return ExitOK
	}
	var exit *exitError
	if !errors.As(err, &exit) {
		exit = &exitError{code: ExitUsage, err: err}
	}
	if exit.err != nil {
		env.warn("%v", exit.err)
		if exit.code == ExitUsage {
			fmt.Fprintln(env.Stderr, phrases.RunHelpForFlags)
		}
	}
	return exit.code
}

// exitError is an exit code with what is said about it; err may be nil when all
// was said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// fail makes an error that ends the program with code.
func fail(code int, format string, args ...any) error {
	return &exitError{code: code, err: fmt.Errorf(format, args...)}
}

func rootCommand(env Env) *cobra.Command {
	o := defaultOptions()
	root := &cobra.Command{
		Use:   "haul [get] URL...",
		Short: phrases.HaulShort,
		Long:  phrases.HaulLong,
		Example: `  haul https://example.org/file.iso
  haul -i urls.txt -d ~/Downloads
  haul put report.pdf https://example.org/inbox/report.pdf
  haul demo`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		SilenceErrors:     true,
		SilenceUsage:      true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := bareWord(cmd, args); err != nil {
				return err
			}
			if len(args) == 0 && o.input == "" && !o.agent.background && !o.continueAll {
				if attached, err := attachToTasks(cmd.Context(), env, o); attached || err != nil {
					return err
				}
			}
			return get(cmd.Context(), env, o, args)
		},
	}
	o.register(root.PersistentFlags())
	root.PersistentFlags().BoolP("help", "h", false, phrases.FlagHelp)
	root.Flags().Bool("version", false, phrases.FlagVersion)
	root.Version = Version
	root.SetVersionTemplate(versionLine())
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(configCommand(env, o), credentialsCommand(env, o), keysCommand(env, o), themesCommand(env, o), manCommand(), trustCommand(env, o), completionCommand(env))
	root.AddCommand(agentCommands(env, o)...)
	root.AddCommand(
		&cobra.Command{
			Use: "get URL...", Short: phrases.GetShort,
			ValidArgsFunction: cobra.NoFileCompletions,
			RunE:              func(cmd *cobra.Command, args []string) error { return get(cmd.Context(), env, o, args) },
		},
		&cobra.Command{
			Use: "put FILE URL", Short: phrases.PutShort,
			Args: cobra.ExactArgs(2), ValidArgsFunction: completeFile(),
			RunE: func(cmd *cobra.Command, args []string) error {
				return put(cmd.Context(), env, o, args[0], args[1])
			},
		},
		&cobra.Command{
			Use: "demo", Short: phrases.DemoShort,
			Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return demonstrate(cmd.Context(), env, o) },
		},
		&cobra.Command{
			Use: "inspect FILE", Short: phrases.InspectShort,
			Args: cobra.ExactArgs(1), ValidArgsFunction: completeFile(stateEndings()...),
			RunE: func(_ *cobra.Command, args []string) error { return inspect(env, o, args[0]) },
		},
		&cobra.Command{
			Use: "version", Short: phrases.VersionShort, Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				_, err := io.WriteString(env.Stdout, versionLine())
				return err
			},
		},
	)
	reword(root)
	if err := completions(root, env, o); err != nil {
		panic(err) // a flag that does not exist: every test runs this
	}
	return root
}

// isTerminal tells whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(f.Fd())
}

// warn says something on the standard error, with whose words they are.
func (e Env) warn(format string, args ...any) {
	fmt.Fprintf(e.Stderr, "haul: "+format+"\n", args...)
}

// getenv looks up a name in the environment given.
func (e Env) getenv(name string) string {
	for i := len(e.Environ) - 1; i >= 0; i-- {
		if k := name + "="; len(e.Environ[i]) >= len(k) && e.Environ[i][:len(k)] == k {
			return e.Environ[i][len(k):]
		}
	}
	return ""
}
