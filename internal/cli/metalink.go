package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"haul/model"
	"haul/session"
	"haul/transfer/metalink"
	"haul/ui/phrases"
)

// arguments turns what the command line names into transfers: each URL is one,
// and each Metalink file, on disk or at a URL, as many as it names files.
func (o *options) arguments(ctx context.Context, env Env, args []string) ([]model.Spec, error) {
	var specs []model.Spec
	for _, arg := range args {
		remote := false
		if u, err := model.ParseURL(arg); err == nil {
			remote = strings.HasSuffix(strings.ToLower(u.Path), metalink.Suffix)
		}
		local := !strings.Contains(arg, "://") && strings.HasSuffix(strings.ToLower(arg), metalink.Suffix)
		if !remote && !local {
			if err := checkURL(arg); err != nil {
				return nil, fail(ExitUsage, "%w", err)
			}
			specs = append(specs, model.Spec{URL: arg})
			continue
		}
		read := readMetalink
		if remote {
			read = func(arg string) ([]metalink.File, error) { return o.fetchMetalink(ctx, env, arg) }
		}
		files, err := read(arg)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			specs = append(specs, specOf(f))
		}
	}
	return specs, nil
}

// specOf is the transfer of a file that a Metalink document names.
func specOf(f metalink.File) model.Spec {
	s := model.Spec{
		URL: f.URLs[0].URL, Name: f.Name, Checksum: f.Checksum,
		Proof: session.Proof{Size: f.Size, Pieces: f.Pieces, PieceSize: f.PieceSize, Hash: f.Hash},
	}
	for _, u := range f.URLs[1:] {
		s.Mirrors = append(s.Mirrors, u.URL)
	}
	return s
}

// readMetalink reads a document on disk.
func readMetalink(path string) ([]metalink.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fail(ExitUsage, phrases.CannotReadMetalink, path, cause(err), suspect(err))
	}
	defer f.Close() // read only: closing cannot lose anything
	return parseMetalink(shown(path), f)
}

func parseMetalink(name string, r io.Reader) ([]metalink.File, error) {
	files, err := metalink.Parse(r)
	if err != nil {
		return nil, fail(ExitUsage, phrases.NoMetalink, name, err)
	}
	return files, nil
}

// fetchMetalink reads a document from its URL, before there is a list in which
// questions could be asked: a server that has one has no document.
func (o *options) fetchMetalink(ctx context.Context, env Env, link string) ([]metalink.File, error) {
	cfg, err := o.network(env)
	if err != nil {
		return nil, err
	}
	accepts := certificates{insecure: o.insecure}
	if accepts.sums, err = o.fingerprints(); err != nil {
		return nil, err
	}
	u, err := url.Parse(link)
	if err != nil {
		return nil, fail(ExitUsage, "%w", checkURL(link))
	}
	header, err := o.header()
	if err != nil {
		return nil, err
	}
	s, err := session.New(cfg, accepts)
	if err != nil {
		return nil, fail(ExitSome, "%w", err)
	}
	defer func() {
		s.InvalidateAndCancel()
		s.Wait()
	}()
	body, err := interruptible(env, func() ([]byte, error) {
		return loadSmall(ctx, s, &http.Request{Method: http.MethodGet, URL: u, Header: header})
	})
	var exit *exitError
	if errors.As(err, &exit) {
		return nil, err
	}
	if err != nil {
		return nil, fail(ExitSome, phrases.CannotFetchMetalink, shown(link), err)
	}
	return parseMetalink(shown(link), bytes.NewReader(body))
}

// certificates is the session's delegate that takes what the command line lets it.
type certificates struct {
	insecure bool
	sums     [][sha256.Size]byte
}

// DidBecomeInvalid implements the delegate method of that name.
func (certificates) DidBecomeInvalid(*session.Session, error) {}

// DidReceiveSessionChallenge implements the delegate method of that name.
func (c certificates) DidReceiveSessionChallenge(
	_ context.Context, _ *session.Session, _ session.Task, ch *session.Challenge,
) (session.Disposition, *session.Credential) {
	t := ch.Trust
	if t == nil || t.Err == nil || len(t.Chain()) == 0 || !c.insecure && !slices.Contains(c.sums, t.SHA256()) {
		return session.PerformDefaultHandling, nil
	}
	return session.UseCredential, session.CredentialForTrust(t)
}

var errTooMuch = errors.New(phrases.TooLargeForMetalink)

// bounded is a task's delegate that ends it when more comes than any document
// has.
type bounded struct {
	left int
	end  context.CancelCauseFunc
}

// DidReceiveData implements the delegate method of that name.
func (b *bounded) DidReceiveData(_ session.Task, p []byte) {
	if b.left -= len(p); b.left < 0 {
		b.end(errTooMuch)
	}
}

// loadSmall returns the body of a success.
func loadSmall(ctx context.Context, s *session.Session, r *http.Request) ([]byte, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	body, resp, err := s.Data(ctx, r, &bounded{left: metalink.MaxSize, end: cancel})
	switch {
	case errors.Is(context.Cause(ctx), errTooMuch):
		return nil, errTooMuch
	case err != nil:
		return nil, err
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf(phrases.AnswersWithStatus, resp.StatusCode)
	}
	return body, nil
}
